#!/usr/bin/env bash
# Measures what a request costs: starts ScaleUp (release build, free ports, its own data), sends one kind of request after the other, and
# prints the processor time per request and tier in the tables of docs/capacity.md. Takes about five minutes and needs Linux.
# eng/measure.sh [--rate REQUESTS] [--seconds SECONDS]
set -euo pipefail

usage() {
    cat <<END
Usage: eng/measure.sh [--rate REQUESTS] [--seconds SECONDS]

  --rate REQUESTS     requests a second, 10 to 1000 (100)
  --seconds SECONDS   for how long each kind of request is measured, 5 to 600 (25)

The tables go to artifacts/costs.md.
END
}

wrong() {
    echo "measure: error: $*" >&2
    echo "'eng/measure.sh --help' says how it is called." >&2
    exit 2
}

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export SCALEUP_MEASURE_FILE=$PWD/artifacts/costs.md
while (($#)); do
    case $1 in
        -h | --help) usage; exit ;;
        --rate | --seconds)
            (($# > 1)) || wrong "$1 needs a value"
            [[ $2 =~ ^[0-9]{1,4}$ ]] || wrong "$1 must be a whole number, not '$2'"
            case $1 in
                --rate) export SCALEUP_MEASURE_RATE=$2 ;;
                --seconds) export SCALEUP_MEASURE_SECONDS=$2 ;;
            esac
            shift ;;
        *) wrong "there is no option '$1'" ;;
    esac
    shift
done

source eng/prepare.sh
mkdir -p artifacts
dotnet build --nologo --configuration Release
# As drill.sh does.
dotnet run --project ScaleUp.Tests --configuration Release --no-build -- \
    -method ScaleUp.Tests.Drills.Measuring.CostMeasurement.What_a_request_costs_is_measured -explicit only -showLiveOutput -noLogo

echo
cat "$SCALEUP_MEASURE_FILE"
