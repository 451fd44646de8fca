#!/usr/bin/env bash
# Installs and starts Docker Engine (Debian, as root) if no container engine responds, and unpacks a newer docker client if the
# installed one is too old for DCP.
# shellcheck source=eng/machine/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# DCP rejects older docker clients; the engine may be older.
minimum_client=25
start_seconds=60

engine_responds() {
    { have docker && docker info >/dev/null 2>&1; } || { ! have docker && have podman && podman info >/dev/null 2>&1; }
}

# wait_for_engine [PID]: waits until the engine responds. Fails after $start_seconds, or when process PID exits.
wait_for_engine() {
    local deadline=$((SECONDS + start_seconds))
    until engine_responds; do
        ((SECONDS < deadline)) || return 1
        [[ -z ${1:-} ]] || kill -0 "$1" 2>/dev/null || return 1
        sleep 0.2
    done
}

# remove_stale_pid PROGRAM FILE: removes the PID file of a killed engine. If another process has reused the PID, the next engine
# would mistake it for a running engine.
remove_stale_pid() {
    [[ ! -f $2 ]] ||
        [[ $(sed -nE 's/^(Name|State):\s*//p' "/proc/$(<"$2")/status" 2>/dev/null) == "$1"$'\n'[!Z]* ]] ||
        rm -f "$2"
}

start_engine() {
    local log=$state_dir/dockerd.log
    if [[ -d /run/systemd/system ]]; then
        say "starting Docker Engine (systemd)"
        systemctl start docker || die "systemd could not start docker: see 'journalctl -u docker', then run this again"
        wait_for_engine || die "Docker Engine did not respond within $start_seconds s: see 'journalctl -u docker'"
        return
    fi
    say "starting Docker Engine (log: $log)"
    # The init script fails where ulimits cannot be raised, as in many sandboxes; dockerd itself does not need that.
    if [[ -x /etc/init.d/docker ]] && service docker start >"$log" 2>&1 </dev/null; then
        wait_for_engine || die "Docker Engine did not respond within $start_seconds s: see /var/log/docker.log and $log"
        return
    fi
    remove_stale_pid dockerd /var/run/docker.pid
    remove_stale_pid containerd /var/run/docker/containerd/containerd.pid
    # A separate session keeps it running after this script.
    setsid dockerd >>"$log" 2>&1 </dev/null &
    wait_for_engine $! || {
        tail -n 5 "$log" >&2
        die "dockerd did not start: it needs control groups, iptables and a writable /var/lib/docker (whole log: $log)"
    }
}

client_is_new_enough() {
    local version
    version=$(docker --version | sed -nE 's/^Docker version ([0-9]+)\..*/\1/p')
    # Podman's docker command prints something else, and DCP accepts it.
    [[ -z $version ]] || ((version >= minimum_client))
}

# Unpacks Debian's client below artifacts/ with separate package lists, so that the system is not changed.
unpack_client() {
    say "unpacking docker-cli from Debian $debian_suite packages: DCP needs version $minimum_client or newer"
    local work=$state_dir/docker-cli.new
    rm -rf "$work" && mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    debian_sources >"$work/sources.list"
    local apt=(apt-get -q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- -o Acquire::Languages=none
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User="$(id -un)")
    local advice="could not fetch docker-cli: check that apt's mirror is reachable, or install Docker $minimum_client or newer"
    quietly "$advice" "${apt[@]}" update
    (cd "$work" && quietly "$advice" "${apt[@]}" download docker-cli)
    quietly "could not unpack docker-cli" dpkg-deb -x "$work"/docker-cli_*.deb "$work"
    mkdir -p "$docker_cli_dir"
    mv "$work/usr/bin/docker" "$docker_cli_dir/docker"
    rm -rf "$work"
    PATH=$docker_cli_dir:$PATH
    client_is_new_enough || die "the docker client of Debian $debian_suite does not run here: install Docker $minimum_client or newer"
}

if ! engine_responds; then
    [[ -z ${DOCKER_HOST:-} ]] || die "no engine responds at DOCKER_HOST ($DOCKER_HOST): start it, or unset DOCKER_HOST"
    ((EUID == 0)) || die "no container engine responds: start Docker or Podman, join the 'docker' group, or run this as root to install one"
    have dockerd || apt_install docker.io
    # Since trixie, the client is a separate package.
    have docker || apt_install docker-cli
    start_engine
fi
have docker || exit 0
client_is_new_enough || unpack_client
