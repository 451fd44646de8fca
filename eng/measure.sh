#!/usr/bin/env bash
# What a request costs: starts ScaleUp (built for release, at free ports and with data of its own), sends it one kind of request after the
# other, and prints the processor time that each tier used for one, as docs/capacity.md has it. About five minutes, on Linux.
# eng/measure.sh [--rate REQUESTS] [--seconds SECONDS] [--keep]
set -euo pipefail

usage() {
    cat <<END
Usage: eng/measure.sh [--rate REQUESTS] [--seconds SECONDS] [--keep]

  --rate REQUESTS     requests a second, 10 to 1000 (100)
  --seconds SECONDS   for how long each kind of request is measured, 5 to 600 (25)
  --keep              the figures become those of the repository: eng/capacity/costs.json

The figures go to artifacts/costs.json; dotnet run eng/capacity.cs -- plan --costs artifacts/costs.json calculates with them.
END
}

wrong() {
    echo "measure: error: $*" >&2
    echo "'eng/measure.sh --help' says how it is called." >&2
    exit 2
}

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export SCALEUP_MEASURE_FILE=$PWD/artifacts/costs.json
while (($#)); do
    case $1 in
        -h | --help) usage; exit ;;
        --keep) SCALEUP_MEASURE_FILE=$PWD/eng/capacity/costs.json ;;
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
dotnet run eng/capacity.cs -- costs --costs "$SCALEUP_MEASURE_FILE"
