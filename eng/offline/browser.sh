#!/usr/bin/env bash
# Makes sure that there is a Chromium for the tests of the website. Called by eng/test.sh alone: nothing else needs one.
# shellcheck source=eng/offline/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The names that ScaleUp.Tests/Browsing/Chromium.cs looks for.
[[ -z ${SCALEUP_CHROMIUM:-} ]] || exit 0
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    ! have "$name" || exit 0
done

if ((EUID == 0)) && have apt-get; then
    apt_install chromium
else
    say "there is no Chromium: the tests of the website in a browser are skipped. Install it, or run this script as root on Debian to have it installed"
fi
