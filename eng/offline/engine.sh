#!/usr/bin/env bash
# Makes sure that a container engine answers, and that its client is new enough for DCP.
# shellcheck source=eng/offline/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# DCP refuses an older docker client; the engine may be older.
minimum_client=25
start_seconds=60

engine_answers() {
    { have docker && docker info >/dev/null 2>&1; } || { ! have docker && have podman && podman info >/dev/null 2>&1; }
}

# Waits until the engine answers; fails when the time is over, or at once when process $1 (if given) has ended.
wait_for_engine() {
    local deadline=$((SECONDS + start_seconds))
    until engine_answers; do
        ((SECONDS < deadline)) || return 1
        [[ -z ${1:-} ]] || kill -0 "$1" 2>/dev/null || return 1
        sleep 0.2
    done
}

# An engine that was killed leaves process numbers behind, and the next one takes whatever has them now for its parts.
# forget_dead PROGRAM FILE: removes the file unless the process that it names is the program, and alive.
forget_dead() {
    [[ ! -f $2 ]] ||
        [[ $(sed -nE 's/^(Name|State):\s*//p' "/proc/$(<"$2")/status" 2>/dev/null) == "$1"$'\n'[!Z]* ]] ||
        rm -f "$2"
}

start_engine() {
    local log=$state_dir/dockerd.log
    if [[ -d /run/systemd/system ]]; then
        say "starting the Docker engine (systemd)"
        systemctl start docker || die "systemd could not start docker: see 'journalctl -u docker', then run this again"
        wait_for_engine || die "the Docker engine did not answer within $start_seconds s: see 'journalctl -u docker'"
        return
    fi
    say "starting the Docker engine (log: $log)"
    # The init script gives up where ulimits cannot be raised, as in many sandboxes; dockerd itself does not mind.
    if [[ -x /etc/init.d/docker ]] && service docker start >"$log" 2>&1 </dev/null; then
        wait_for_engine || die "the Docker engine did not answer within $start_seconds s: see /var/log/docker.log and $log"
        return
    fi
    forget_dead dockerd /var/run/docker.pid
    forget_dead containerd /var/run/docker/containerd/containerd.pid
    # In a session of its own, so that it outlives this script.
    setsid dockerd >>"$log" 2>&1 </dev/null &
    wait_for_engine $! || {
        tail -n 5 "$log" >&2
        die "dockerd did not start: it needs control groups, iptables and a writable /var/lib/docker (whole log: $log)"
    }
}

client_is_new_enough() {
    local version
    version=$(docker --version | sed -nE 's/^Docker version ([0-9]+)\..*/\1/p')
    # Podman's stand-in for docker says something else, and is left alone.
    [[ -z $version ]] || ((version >= minimum_client))
}

# Unpacks trixie's client below artifacts/, with package lists of its own: the system stays as it is.
bring_client() {
    say "unpacking docker-cli from Debian $debian_suite packages, since DCP needs a client of $minimum_client or newer"
    local work=$state_dir/docker-cli.new
    rm -rf "$work" && mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    trixie_sources >"$work/sources.list"
    local apt=(apt-get -q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- -o Acquire::Languages=none
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User="$(id -un)")
    local advice="could not fetch docker-cli: check that apt's mirror is reachable, or install Docker $minimum_client or newer, then run this again"
    quietly "$advice" "${apt[@]}" update
    (cd "$work" && quietly "$advice" "${apt[@]}" download docker-cli)
    quietly "could not unpack docker-cli" dpkg-deb -x "$work"/docker-cli_*.deb "$work"
    mkdir -p "$docker_cli_dir"
    mv "$work/usr/bin/docker" "$docker_cli_dir/docker"
    rm -rf "$work"
    PATH=$docker_cli_dir:$PATH
    client_is_new_enough || die "the docker client of Debian $debian_suite does not run here: install Docker $minimum_client or newer"
}

if ! engine_answers; then
    [[ -z ${DOCKER_HOST:-} ]] || die "no engine answers at DOCKER_HOST ($DOCKER_HOST): start it, or unset DOCKER_HOST"
    if ((EUID != 0)); then
        die "no container engine answers: start Docker or Podman, join the 'docker' group, or run this script as root to have it installed"
    fi
    have dockerd || apt_install docker.io
    # From trixie on, the client is a package of its own.
    have docker || apt_install docker-cli
    start_engine
fi
have docker || exit 0
client_is_new_enough || bring_client
