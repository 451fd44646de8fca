#!/usr/bin/env bash
# Brings Aspire's own orchestrator (DCP) and dashboard, out of the npm package of its command line tool.
# shellcheck source=eng/offline/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case $(uname -sm) in
    'Linux x86_64') package=@microsoft/aspire-cli-linux-x64 ;;
    'Linux aarch64') package=@microsoft/aspire-cli-linux-arm64 ;;
    *) die "there is no offline orchestrator for $(uname -sm): use Linux on x86-64 or ARM64, or restore the official Aspire packages" ;;
esac

# The version is written last, so a folder that has it is whole.
[[ $(cat "$orchestrator_dir/version" 2>/dev/null) != "$aspire_version" ]] || exit 0
have npm || apt_install npm

say "unpacking DCP and the dashboard from the npm package $package $aspire_version"
work=$orchestrator_dir.new
trap 'rm -rf "$work"' EXIT
rm -rf "$work" "$orchestrator_dir" && mkdir -p "$work/home"
advice="could not fetch $package $aspire_version: check that npm's registry is reachable ('npm ping'), then run this again"
(
    cd "$work"
    # Without a network, npm's own pauses between tries add up to more than a minute.
    export npm_config_cache=$work/npm npm_config_update_notifier=false npm_config_fetch_retry_mintimeout=1000
    quietly "$advice" npm pack "$package@$aspire_version"
    quietly "could not unpack $package" tar -xzf ./*.tgz --strip-components 1 package/bin/aspire
    # The tool unpacks to the folder above its own, and keeps logs and markers in the home folder: this one is thrown away.
    # Its search for a newer version would unpack everything a second time, in the way of the first.
    export HOME=$work/home ASPIRE_CLI_TELEMETRY_OPTOUT=true features__updateNotificationsEnabled=false
    quietly "Aspire's 'setup' command failed" bin/aspire setup --non-interactive --nologo
)
mv "$work"/versions/*/ "$orchestrator_dir"
[[ -x $dcp && -x $dashboard ]] || die "$package $aspire_version unpacked to another layout: $(ls "$orchestrator_dir")"
echo "$aspire_version" >"$orchestrator_dir/version"
