# Shared by the scripts of eng/offline; to be sourced by them only.
# shellcheck shell=bash disable=SC2034 # the variables are for the scripts that source this file
set -euo pipefail

# The Aspire whose orchestrator and dashboard are used: the version that the AppHost's SDK has.
aspire_version=13.5.4

# The Debian release whose packages the images are made of: HAProxy 3.0, PostgreSQL 17, OpenSSL 3.5.
debian_suite=trixie

offline_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state_dir=$(dirname "$(dirname "$offline_dir")")/artifacts/offline
orchestrator_dir=$state_dir/orchestrator
dcp=$orchestrator_dir/dcp/dcp
dashboard=$orchestrator_dir/managed/aspire-managed

base_image=scaleup-offline/debian:$debian_suite
haproxy_image=scaleup-offline/haproxy:3.0
postgres_image=scaleup-offline/postgres:17

# A client that engine.sh brought, because the system's own is too old for DCP.
docker_cli_dir=$state_dir/docker-cli
[[ ! -x $docker_cli_dir/docker ]] || PATH=$docker_cli_dir:$PATH

say() { echo "offline: $*" >&2; }
die() { say "error: $*"; exit 1; }
have() { command -v "$1" >/dev/null; }

{ mkdir -p "$state_dir" 2>/dev/null && [[ -w $state_dir ]]; } || die "cannot write to $state_dir: check its owner and the free disk space"

# Runs a command silently: what it printed is shown, and the sentence in $1, only if it fails.
quietly() {
    local advice=$1 log
    shift
    log=$(mktemp "$state_dir/log.XXXXXX")
    if "$@" >"$log" 2>&1 </dev/null; then
        rm -f "$log"
        return
    fi
    tail -n 20 "$log" >&2
    # On a full disk even the log may lack the reason, hence the second look.
    if grep -qi 'no space left' "$log" || (($(df -m --output=avail "$state_dir" | tail -n 1) < 100)); then
        advice="the disk is full: free some space (docker system df, df -h), then run this again"
    fi
    die "$advice (all of its output: $log)"
}

# Installs Debian packages on this machine; the caller has checked that they are missing.
apt_install() {
    have apt-get || die "this needs $*: install it with this system's package manager, then run this again"
    ((EUID == 0)) || die "this needs $*: run 'sudo apt-get install $*', or run this script as root"
    say "installing $* from Debian packages"
    # Scripts run side by side and apt's lists have a lock that nobody waits for, hence a lock of ours.
    quietly "could not install $*: check that apt's mirror is reachable, then run this again" \
        flock --close "$state_dir/apt.lock" bash -c '
            export DEBIAN_FRONTEND=noninteractive
            install() { apt-get -qy -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"; }
            # Package lists that are missing or old show as a failed install.
            install "$@" || { apt-get -q update && install "$@"; }' bash "$@"
}

# Prints the apt sources of $debian_suite, on the mirrors that this machine's own apt uses.
# apt itself is asked for their addresses, so both formats of its sources are understood.
trixie_sources() {
    local releases main security
    releases=$(apt-get --print-uris update 2>/dev/null | sed -nE "s|^'(.*/dists/[^']*)/InRelease'.*|\1|p")
    main=${SCALEUP_DEBIAN_MIRROR:-$(sed -nE 's|^(.*/debian)/+dists/[^-]*$|\1|p' <<<"$releases" | head -n 1)}
    [[ $main ]] || die "apt here has no Debian mirror: set SCALEUP_DEBIAN_MIRROR to one, such as your network's own, then run this again"
    echo "deb $main $debian_suite main"
    security=$(sed -nE 's|^(.*/debian-security)/+dists/.*$|\1|p' <<<"$releases" | head -n 1)
    [[ -z $security ]] || echo "deb $security $debian_suite-security main"
}
