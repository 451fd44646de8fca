#!/usr/bin/env bash
# Measures the cost of a request: starts ScaleUp (release build, free ports, its own data), sends one kind of request after the other, and
# prints processor time per request and tier in the format of docs/capacity.md. Takes about five minutes and requires Linux.
set -euo pipefail

usage() {
    cat <<END
Usage: eng/measure.sh [--rate REQUESTS] [--seconds SECONDS]

  --rate REQUESTS     requests per second, 10 to 1000 (default: 100)
  --seconds SECONDS   duration of each measurement, 5 to 600 (default: 25)

The tables go to artifacts/costs.md.
END
}

usage_error() {
    echo "measure: error: $*" >&2
    echo "Run 'eng/measure.sh --help' for usage." >&2
    exit 2
}

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export SCALEUP_MEASURE_FILE=$PWD/artifacts/costs.md
while (($#)); do
    case $1 in
        -h | --help) usage; exit ;;
        --rate | --seconds)
            (($# > 1)) || usage_error "$1 needs a value"
            [[ $2 =~ ^[0-9]{1,4}$ ]] || usage_error "$1 is '$2'; it must be a whole number"
            case $1 in
                --rate) export SCALEUP_MEASURE_RATE=$2 ;;
                --seconds) export SCALEUP_MEASURE_SECONDS=$2 ;;
            esac
            shift ;;
        *) usage_error "unknown option '$1'" ;;
    esac
    shift
done

source eng/prepare.sh
mkdir -p artifacts
dotnet build --nologo --configuration Release
# Runs the test project as a program, because `dotnet test` would show its output only at the end.
dotnet run --project ScaleUp.Tests --configuration Release --no-build -- \
    -method ScaleUp.Tests.Drills.Measuring.CostMeasurement.What_a_request_costs_is_measured -explicit only -showLiveOutput -noLogo

echo
cat "$SCALEUP_MEASURE_FILE"
