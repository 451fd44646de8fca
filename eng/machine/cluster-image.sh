#!/usr/bin/env bash
# Builds the image of a member of a PostgreSQL cluster, if images.sh had to build the one of PostgreSQL, and adds it to
# artifacts/machine/images.env. Elsewhere the AppHost builds it when it is needed, from the same folder.
# shellcheck source=eng/machine/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

image=scaleup-debian/postgres-cluster:17
recipe_label=scaleup.recipe
engine=docker
have docker || engine=podman

base=$(sed -n 's/^Images__Postgres=//p' "$state_dir/images.env")
[[ $base && -z ${Images__PostgresCluster:-} ]] || exit 0

cd "$machine_dir/../../ScaleUp.AppHost/PostgresCluster/Image"
umask 022
# Built anew when the folder or the image below changes.
recipe=$({ cat ./*; "$engine" image inspect --format '{{.Id}}' "$base"; } | sha256sum | cut -c 1-16)

# The classic builder needs no plug-in, and the host's network reaches the mirror.
build() {
    tar --mode 755 -c . | DOCKER_BUILDKIT=0 "$engine" build --network host --force-rm \
        --build-arg "POSTGRES_IMAGE=$base" --tag "$image" --label "$recipe_label=$recipe" -
}

if [[ $("$engine" image inspect --format "{{index .Config.Labels \"$recipe_label\"}}" "$image" 2>/dev/null) != "$recipe" ]]; then
    say "building image $image from Debian $debian_suite packages"
    quietly "could not build $image: check that apt's mirror is reachable, then run this again" build
fi
echo "Images__PostgresCluster=$image" >>"$state_dir/images.env"
