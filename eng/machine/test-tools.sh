#!/usr/bin/env bash
# Installs Chromium for the browser tests, and keepalived and HAProxy for the tests of the virtual address. Called by eng/test.sh.
# shellcheck source=eng/machine/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The names that ScaleUp.Tests/Browser/Chromium.cs looks for.
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
    say "not installed: ${missing[*]}. Tests that need them are skipped; install them, or run this script as root on Debian"
    exit 0
fi

apt_install "${missing[@]}"
# Debian starts services after installation; the tests start their own instances.
if [[ -d /run/systemd/system ]] && ((${#daemons[@]} > 0)); then
    systemctl --quiet disable --now "${daemons[@]}"
fi
