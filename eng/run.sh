#!/usr/bin/env bash
# Runs ScaleUp: `dotnet run --project ScaleUp.AppHost`, after installing what is missing on this machine.
# Arguments are settings of the topology: eng/run.sh --Api:Replicas=5
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/prepare.sh

# Checks the dashboard's ports (ScaleUp.AppHost/Properties/launchSettings.json); the AppHost checks the website's port.
for port in 15080 19080 20080; do
    ! (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null ||
        die "port $port, which the dashboard needs, is in use, possibly by another instance of this website: stop it, then run this again"
done

exec dotnet run --project ScaleUp.AppHost -- "$@"
