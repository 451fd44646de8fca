#!/usr/bin/env bash
# Makes sure that there is what some tests need besides: a Chromium for those of the website, keepalived and HAProxy for those of
# the address that load balancers share. Called by eng/test.sh alone: nothing else needs them.
# shellcheck source=eng/offline/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The names that ScaleUp.Tests/Browsing/Chromium.cs looks for.
has_chromium() {
    [[ -n ${SCALEUP_CHROMIUM:-} ]] || have chromium || have chromium-browser || have google-chrome || have google-chrome-stable
}

missing=()
has_chromium || missing+=(chromium)
daemons=()
for program in keepalived haproxy; do
    have "$program" || daemons+=("$program")
done
missing+=("${daemons[@]}")
((${#missing[@]} > 0)) || exit 0

if ((EUID != 0)) || ! have apt-get; then
    say "not on this machine: ${missing[*]}. The tests that need them are skipped; install them, or run this script as root on Debian to have them installed"
    exit 0
fi

apt_install "${missing[@]}"
# Debian starts what it installs; the tests start their own.
if [[ -d /run/systemd/system ]] && ((${#daemons[@]} > 0)); then
    systemctl --quiet disable --now "${daemons[@]}"
fi
