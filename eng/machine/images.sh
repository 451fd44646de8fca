#!/usr/bin/env bash
# Selects the images of HAProxy and PostgreSQL and writes the selection to artifacts/machine/images.env. Uses the official images if
# they are present or can be pulled; otherwise builds images from Debian packages.
# A built image is rebuilt when its recipe changes; remove it with 'docker image rm' to get later security updates.
# shellcheck source=eng/machine/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The AppHost's defaults; a test compares them.
official_haproxy=haproxy:3.4.0
official_postgres=postgres:17.6

base_image=scaleup-debian/base:$debian_suite
declare -A built=([haproxy]=scaleup-debian/haproxy:3.0 [postgres]=scaleup-debian/postgres:17)
recipe_label=scaleup.recipe
engine=docker
have docker || engine=podman
cd "$machine_dir/images"
# Other users must be able to read these files in the images, whatever the umask of the checkout was.
umask 022

is_present() { "$engine" image inspect "$1" >/dev/null 2>&1; }

# can_pull IMAGE SECONDS: pulls the image. Fails if the registry does not respond within that time; a download may take longer.
# Prints the engine's error.
can_pull() {
    local log pid deadline=$((SECONDS + $2))
    log=$(mktemp "$state_dir/log.XXXXXX")
    "$engine" pull "$1" >"$log" 2>&1 </dev/null &
    pid=$!
    # The first lines that Docker and Podman print after the registry has responded.
    until grep -qE 'Pulling from|Getting image|Copying' "$log" || ! kill -0 "$pid" 2>/dev/null; do
        if ((SECONDS >= deadline)); then
            kill "$pid"
            echo "the registry did not respond within $2 s" >>"$log"
        fi
        sleep 0.1
    done
    if wait "$pid" 2>/dev/null; then rm -f "$log"; return 0; fi
    tail -n 1 "$log"
    rm -f "$log"
    return 1
}

# Prints a hash of everything that image $1 is built from here.
recipe() { { cat "$1"/* base/* ../images.sh; echo "$debian_suite"; } | sha256sum | cut -c 1-16; }

# Whether image $1 is present and was built from recipe $2.
is_built() { [[ $("$engine" image inspect --format "{{index .Config.Labels \"$recipe_label\"}}" "$1" 2>/dev/null) == "$2" ]]; }

import_base() { tar -C "$1" -c . | "$engine" import --change "LABEL $recipe_label=$2" - "$base_image"; }

build_base() {
    local recipe root=$state_dir/rootfs sources
    recipe=$(recipe base)
    ! is_built "$base_image" "$recipe" || return 0
    ((EUID == 0)) || die "images are built as root: run 'sudo eng/machine/images.sh', or make the official images available"
    { have debootstrap && [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]]; } || apt_install debootstrap debian-archive-keyring
    sources=$(debian_sources)
    say "building image $base_image from Debian $debian_suite packages"
    # debootstrap mounts /proc there and leaves it mounted if it is interrupted; --one-file-system skips the mount.
    trap 'rm -rf --one-file-system "$state_dir/rootfs"' EXIT
    rm -rf --one-file-system "$root"
    quietly "debootstrap failed: check that apt's mirror is reachable, then run this again" \
        debootstrap --variant=minbase "$debian_suite" "$root" "$(awk '{ print $2; exit }' <<<"$sources")"
    echo "$sources" >"$root/etc/apt/sources.list"
    # The image needs the same proxy and validity settings to reach the mirror.
    apt-config dump | grep -E '^Acquire::(http|https|Check)' >"$root/etc/apt/apt.conf.d/host" || :
    quietly "could not trim the root file system" chroot "$root" /bin/sh -c "$(<base/trim.sh)"
    quietly "could not import $base_image" import_base "$root" "$recipe"
}

# build IMAGE RECIPE FOLDER
build() {
    say "building image $1 from Debian $debian_suite packages"
    local old
    old=$("$engine" image inspect --format '{{.Id}}' "$1" 2>/dev/null) || :
    quietly "could not build $1: check that apt's mirror is reachable, then run this again" classic_build "$@"
    # This fails, as intended, while a container still uses the old image.
    [[ -z $old ]] || "$engine" image rm "$old" >/dev/null 2>&1 || :
}

# The classic builder needs no plug-in; the host's network reaches the mirror.
classic_build() {
    tar --mode 755 -C "$3" -c . | DOCKER_BUILDKIT=0 "$engine" build --network host --force-rm \
        --tag "$1" --label "$recipe_label=$2" -
}

# choose SETTING OFFICIAL FOLDER: if the official image is unavailable, writes the setting for the image built from that folder.
choose() {
    local setting=$1 official=$2 folder=$3 timeout_seconds=10 reason
    # The caller has set the image.
    [[ -z ${!setting:-} ]] || return 0
    ! is_present "$official" || return 0
    ! is_built "${built[$folder]}" "$(recipe "$folder")" || timeout_seconds=3
    if reason=$(can_pull "$official" "$timeout_seconds"); then return 0; fi
    say "$official is not present and cannot be pulled ($reason): using ${built[$folder]}, built from Debian packages"
    echo "$setting=${built[$folder]}" >"$state_dir/images.env.$folder"
}

build_server() {
    local recipe
    recipe=$(recipe "$1")
    is_built "${built[$1]}" "$recipe" || build "${built[$1]}" "$recipe" "$1"
}

# in_parallel FUNCTION ARGUMENTS...: calls the function once per argument (split into words) and waits for all calls.
in_parallel() {
    local call=$1 arguments job failed=''
    shift
    # shellcheck disable=SC2086 # one string contains all arguments of a call
    for arguments in "$@"; do "$call" $arguments & done
    for job in $(jobs -p); do wait "$job" || failed=true; done
    [[ -z $failed ]]
}

rm -f "$state_dir"/images.env.*
in_parallel choose "Images__HAProxy $official_haproxy haproxy" "Images__Postgres $official_postgres postgres"
folders=$(cd "$state_dir" && compgen -G 'images.env.*' | sed 's/.*\.//' || :)
if [[ $folders ]]; then
    build_base
    # shellcheck disable=SC2086 # folder names without spaces
    in_parallel build_server $folders
    cat "$state_dir"/images.env.* >"$state_dir/images.env"
else
    : >"$state_dir/images.env"
fi
