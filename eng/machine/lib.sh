# Functions for the scripts of eng/machine, which source this file.
# shellcheck shell=bash disable=SC2034 # the variables are for the scripts that source this file
set -euo pipefail

# The Debian release of the images: HAProxy 3.0, PostgreSQL 17, OpenSSL 3.5.
debian_suite=trixie

machine_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state_dir=$(dirname "$(dirname "$machine_dir")")/artifacts/machine

# Contains a docker client if engine.sh has unpacked one because the system's client is too old for DCP.
docker_cli_dir=$state_dir/docker-cli
[[ ! -x $docker_cli_dir/docker ]] || PATH=$docker_cli_dir:$PATH

say() { echo "machine: $*" >&2; }
die() { say "error: $*"; exit 1; }
have() { command -v "$1" >/dev/null; }

{ mkdir -p "$state_dir" 2>/dev/null && [[ -w $state_dir ]]; } || die "cannot write to $state_dir: check its owner and the free disk space"

# Runs one instance of each script at a time. Child processes don't inherit the lock, because a server that the script starts would hold it.
if [[ ${SCALEUP_MACHINE_LOCK:-} != "$0" ]]; then
    lock=$state_dir/$(basename "$0").lock
    flock --nonblock "$lock" true || say "waiting for another run of $(basename "$0")"
    SCALEUP_MACHINE_LOCK=$0 exec flock --close "$lock" "$0" "$@"
fi

# quietly ADVICE COMMAND...: runs the command and shows its output and the advice only if it fails.
quietly() {
    local advice=$1 log
    shift
    log=$(mktemp "$state_dir/log.XXXXXX")
    if "$@" >"$log" 2>&1 </dev/null; then
        rm -f "$log"
        return
    fi
    tail -n 20 "$log" >&2
    # A full disk may leave no message in the log, hence the second check.
    if grep -qi 'no space left' "$log" || (($(df -m --output=avail "$state_dir" | tail -n 1) < 100)); then
        advice="the disk is full: free some space (docker system df, df -h), then run this again"
    fi
    die "$advice (full output: $log)"
}

# Installs Debian packages; the caller has checked that they are missing.
apt_install() {
    have apt-get || die "this needs $*: install it with this system's package manager, then run this again"
    ((EUID == 0)) || die "this needs $*: run 'sudo apt-get install $*', or run this script as root"
    say "installing $* from Debian packages"
    # The lock of apt's package lists has no timeout, so parallel scripts need their own lock.
    quietly "could not install $*: check that apt's mirror is reachable, then run this again" \
        flock --close "$state_dir/apt.lock" bash -c '
            export DEBIAN_FRONTEND=noninteractive
            install() { apt-get -qy -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"; }
            # Missing or outdated package lists make the installation fail.
            install "$@" || { apt-get -q update && install "$@"; }' bash "$@"
}

# Prints the apt sources of $debian_suite on the mirrors of this machine. apt reports their addresses, so both formats of its source
# lists work.
debian_sources() {
    local releases main security
    releases=$(apt-get --print-uris update 2>/dev/null | sed -nE "s|^'(.*/dists/[^']*)/InRelease'.*|\1|p")
    main=${SCALEUP_DEBIAN_MIRROR:-$(sed -nE 's|^(.*/debian)/+dists/[^-]*$|\1|p' <<<"$releases" | head -n 1)}
    [[ $main ]] || die "this machine's apt has no Debian mirror: set SCALEUP_DEBIAN_MIRROR to the address of one, then run this again"
    echo "deb $main $debian_suite main"
    security=$(sed -nE 's|^(.*/debian-security)/+dists/.*$|\1|p' <<<"$releases" | head -n 1)
    [[ -z $security ]] || echo "deb $security $debian_suite-security main"
}
