#!/usr/bin/env bash
# Builds the container images from Debian packages: HAProxy, PostgreSQL and the container end of DCP's tunnel.
# An image is built again only when its recipe has changed; 'docker image rm' of one brings later security updates.
# shellcheck source=eng/offline/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

recipe_label=scaleup.offline.recipe
base_digest_label=com.microsoft.developer.usvc-dev.base-image-digest
engine=docker
have docker || engine=podman
cd "$offline_dir/images"
# What is made here is read by other users inside the images, whoever checked this out and however.
umask 022

# Prints a hash of everything that image $1 is made from here.
recipe() { { cat "$1"/* base/* ../images.sh; echo "$debian_suite" "${@:2}"; } | sha256sum | cut -c 1-16; }

# Prints label $2 of image $1; nothing if there is no such image or label.
label() { "$engine" image inspect --format "{{index .Config.Labels \"$2\"}}" "$1" 2>/dev/null || :; }
is_built() { [[ $(label "$1" "$recipe_label") == "$2" ]]; }

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

# build IMAGE RECIPE CONTEXT [OPTION…]: builds an image from the folder CONTEXT, or from the tar that the function CONTEXT writes.
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
    local image=$1 recipe=$2 context=(tar --mode 755 -C "$3" -c .)
    [[ -d $3 ]] || context=("$3")
    "${context[@]}" | DOCKER_BUILDKIT=0 "$engine" build --network host --force-rm \
        --tag "$image" --label "$recipe_label=$recipe" "${@:4}" -
}

build_server() {
    local image=$1 folder=$2 recipe
    recipe=$(recipe "$folder")
    is_built "$image" "$recipe" || build "$image" "$recipe" "$folder"
}

# What DCP compares: the digest of an image as its engine tells it, or the id where engines have no digest of local images.
image_digest() {
    local json digest
    json=$("$engine" image inspect "$1" 2>/dev/null | tr -d ' \n\t') || return 0
    digest=$(sed -nE 's/.*"Descriptor":\{[^}]*"digest":"([^"]+)".*/\1/p' <<<"$json")
    echo "${digest:-$(sed -nE 's/^\[\{"Id":"([^"]+)".*/\1/p' <<<"$json")}"
}

tunnel_context() { tar --mode 755 -C "$PWD/tunnel" -c Dockerfile -C "$(dirname "$dcp")" dcptun_c; }

# DCP gives its tunnel image its own version as a tag. It looks up the image that it would build on (by a name
# that it has inside; pulled if possible, else local) and is content with a tunnel image that has the digest of that
# one in a label.
build_tunnel() {
    [[ -x $dcp ]] || die "DCP is not there yet: run eng/offline/orchestrator.sh first"
    local version image base recipe
    version=$("$dcp" version | sed -nE 's/.*"version":"([^"]+)".*/\1/p')
    image=dcptun_developer_ms:$version
    recipe=$(recipe tunnel "$version")
    base=$(grep -aoE -m 1 '[a-z]+(\.[a-z]+)+/azurelinux/base/core:[0-9]+\.[0-9]+' "$dcp" | head -n 1)
    [[ $base ]] || die "DCP $version does not name its tunnel's base image as 0.25 does: adapt eng/offline/images.sh"
    ! { is_built "$image" "$recipe" && [[ $(label "$image" "$base_digest_label") == "$(image_digest "$base")" ]]; } || return 0
    # Our base stands in under that name, for DCP to compare with; the first real pull takes the name over.
    if [[ -z $(image_digest "$base") || -n $(label "$base" "$recipe_label") ]]; then
        "$engine" tag "$base_image" "$base"
    fi
    build "$image" "$recipe" tunnel_context --label "$base_digest_label=$(image_digest "$base")"
}

build_servers() {
    build_base
    # Two at a time, for two processors; both are waited for, so that nothing goes on behind an error.
    build_server "$postgres_image" postgres &
    build_server "$haproxy_image" haproxy &
    local failed='' job
    for job in $(jobs -p); do wait "$job" || failed=true; done
    [[ -z $failed ]]
}

case ${1:-all} in
    servers) build_servers ;;
    tunnel) build_base; build_tunnel ;;
    all) build_servers; build_tunnel ;;
    *) die "usage: images.sh [servers|tunnel|all]" ;;
esac
