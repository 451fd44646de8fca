#!/usr/bin/env bash
# Builds the container images from Debian packages: HAProxy and PostgreSQL.
# An image is built again only when its recipe has changed; 'docker image rm' of one brings later security updates.
# shellcheck source=eng/offline/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

recipe_label=scaleup.offline.recipe
engine=docker
have docker || engine=podman
cd "$offline_dir/images"
# What is made here is read by other users inside the images, whoever checked this out and however.
umask 022

# Prints a hash of everything that image $1 is made from here.
recipe() { { cat "$1"/* base/* ../images.sh; echo "$debian_suite"; } | sha256sum | cut -c 1-16; }

# Whether image $1 is there and made by recipe $2.
is_built() { [[ $("$engine" image inspect --format "{{index .Config.Labels \"$recipe_label\"}}" "$1" 2>/dev/null) == "$2" ]]; }

import_base() { tar -C "$1" -c . | "$engine" import --change "LABEL $recipe_label=$2" - "$base_image"; }

build_base() {
    local recipe root=$state_dir/rootfs sources
    recipe=$(recipe base)
    ! is_built "$base_image" "$recipe" || return 0
    ((EUID == 0)) || die "images are built as root: run 'sudo eng/offline/images.sh'"
    { have debootstrap && [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]]; } || apt_install debootstrap debian-archive-keyring
    sources=$(trixie_sources)
    say "building image $base_image from Debian $debian_suite packages"
    # debootstrap mounts /proc in there, and might be stopped before it unmounts it.
    trap 'rm -rf --one-file-system "$state_dir/rootfs"' EXIT
    rm -rf --one-file-system "$root"
    quietly "debootstrap failed: check that apt's mirror is reachable, then run this again" \
        debootstrap --variant=minbase "$debian_suite" "$root" "$(awk '{ print $2; exit }' <<<"$sources")"
    echo "$sources" >"$root/etc/apt/sources.list"
    # A mirror behind a proxy, or one with old lists, needs apt to be told so in the image too.
    apt-config dump | grep -E '^Acquire::(http|https|Check)' >"$root/etc/apt/apt.conf.d/host" || :
    quietly "could not trim the root file system" chroot "$root" /bin/sh -c "$(<base/trim.sh)"
    quietly "could not import $base_image" import_base "$root" "$recipe"
}

# build IMAGE RECIPE FOLDER: builds an image from a folder.
build() {
    say "building image $1 from Debian $debian_suite packages"
    local old
    old=$("$engine" image inspect --format '{{.Id}}' "$1" 2>/dev/null) || :
    quietly "could not build $1: check that apt's mirror is reachable, then run this again" classic_build "$@"
    # In use by a container that still runs, it stays.
    [[ -z $old ]] || "$engine" image rm "$old" >/dev/null 2>&1 || :
}

# The classic builder needs no plug-in, and the host's network is one that reaches the mirror.
classic_build() {
    tar --mode 755 -C "$3" -c . | DOCKER_BUILDKIT=0 "$engine" build --network host --force-rm \
        --tag "$1" --label "$recipe_label=$2" -
}

build_server() {
    local image=$1 folder=$2 recipe
    recipe=$(recipe "$folder")
    is_built "$image" "$recipe" || build "$image" "$recipe" "$folder"
}

build_base
# Two at a time, for two processors; both are waited for, so that nothing goes on behind an error.
build_server "$postgres_image" postgres &
build_server "$haproxy_image" haproxy &
failed=''
for job in $(jobs -p); do wait "$job" || failed=true; done
[[ -z $failed ]]
