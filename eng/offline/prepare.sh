#!/usr/bin/env bash
# Makes this machine able to run ScaleUp without the official packages and images, and writes
# artifacts/offline/env.sh for the caller to source. Does only what is missing: a second run takes under a second.
# shellcheck source=eng/offline/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# One run at a time; the lock is not handed down, since servers that are started here would keep it.
lock=$state_dir/prepare.lock
if [[ -z ${SCALEUP_OFFLINE_LOCKED:-} ]]; then
    flock --nonblock "$lock" true || say "waiting for another run of this script"
    SCALEUP_OFFLINE_LOCKED=1 exec flock --close "$lock" "${BASH_SOURCE[0]}"
fi
cd "$offline_dir"

# Three things that need nothing of each other; all are waited for, so that nothing goes on behind an error.
(./engine.sh && ./images.sh) &
./orchestrator.sh &
./packages.sh &
failed=''
for job in $(jobs -p); do wait "$job" || failed=true; done
[[ -z $failed ]] || die "not prepared: see above"

{
    echo "# Written by eng/offline/prepare.sh"
    # shellcheck disable=SC2016 # PATH is for the reader to expand
    [[ ! -x $docker_cli_dir/docker ]] || printf 'export PATH=%q:"$PATH"\n' "$docker_cli_dir"
    printf 'export %s=%q\n' \
        SCALEUP_OFFLINE_DCP "$dcp" \
        SCALEUP_OFFLINE_DASHBOARD "$dashboard" \
        Images__HAProxy "$haproxy_image" \
        Images__Postgres "$postgres_image"
    cat "$state_dir/packages/env.sh"
} >"$state_dir/env.sh.new"
mv "$state_dir/env.sh.new" "$state_dir/env.sh"
rm -f "$state_dir"/log.*
