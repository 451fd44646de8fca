#!/usr/bin/env bash
# Installs the load generator wrk and nginx for the benchmark. Called by eng/bench.sh.
# shellcheck source=eng/machine/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

missing=()
for program in wrk nginx; do
    have "$program" || missing+=("$program")
done
((${#missing[@]} > 0)) || exit 0
apt_install "${missing[@]}"
# Debian starts services after installation; the benchmark starts its own instance.
if [[ -d /run/systemd/system ]] && [[ " ${missing[*]} " == *" nginx "* ]]; then
    systemctl --quiet disable --now nginx
fi
