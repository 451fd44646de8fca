#!/usr/bin/env bash
# Failure drills: breaks servers of ScaleUp under load, counts what is lost, and compares the database with a ledger.
# eng/drill.sh --help says how it is called. Exit code: 0 if all was kept, 1 if not, 2 for a wrong call.
set -euo pipefail

# As in ScaleUp.Tests/Resilience/Drills/Faults/Drill.cs; a test compares the two.
drills=(
    term-lb kill-lb hang-lb term-web kill-web hang-web term-api kill-api hang-api
    restart-postgres kill-postgres hang-postgres rolling-restart kill-lb-and-api
)

usage() {
    cat <<END
Usage: eng/drill.sh [DRILL...] [--rate REQUESTS] [--seed NUMBER]
       eng/drill.sh long [--minutes MINUTES] [--rate REQUESTS] [--seed NUMBER]
       eng/drill.sh list

Starts a topology of its own, at free ports and with data of its own, puts it under load, and breaks it.
Without a name it runs all drills, about a minute each. "long" goes on for an hour, with an accident every 20 s.

  --rate REQUESTS    requests a second, 10 to 2000 (200)
  --minutes MINUTES  length of the long run, 1 to 1440 (60)
  --seed NUMBER      the same seed is the same sequence of requests and accidents (1)

Results go to artifacts/drills: a table of all; JSON, a picture and the ledger of each.
END
}

wrong() {
    echo "drill: error: $*" >&2
    echo "'eng/drill.sh --help' says how it is called, 'eng/drill.sh list' names all drills." >&2
    exit 2
}

# number OPTION VALUE LEAST MOST: fails unless the value is such a number.
number() {
    if [[ ! $2 =~ ^[0-9]{1,9}$ ]] || ((10#$2 < $3 || 10#$2 > $4)); then
        wrong "$1 must be a whole number from $3 to $4, not '$2'"
    fi
}

chosen=() long='' minutes=''
while (($#)); do
    case $1 in
        -h | --help) usage; exit ;;
        list) printf '%s\n' "${drills[@]}"; exit ;;
        long) long=true ;;
        --rate | --minutes | --seed)
            (($# > 1)) || wrong "$1 needs a value"
            case $1 in
                --rate) number "$1" "$2" 10 2000; export SCALEUP_DRILL_RATE=$2 ;;
                --minutes) number "$1" "$2" 1 1440; export SCALEUP_DRILL_MINUTES=$2; minutes=$2 ;;
                --seed) number "$1" "$2" 0 999999999; export SCALEUP_DRILL_SEED=$2 ;;
            esac
            shift ;;
        -*) wrong "there is no option '$1'" ;;
        *)
            [[ " ${drills[*]} " == *" $1 "* ]] || wrong "there is no drill '$1'"
            chosen+=("$1") ;;
    esac
    shift
done
[[ -z $long ]] || ((${#chosen[@]} == 0)) || wrong "the long run breaks whatever it likes: call it without names of drills"
[[ -n $long || -z $minutes ]] || wrong "--minutes is for the long run: eng/drill.sh long --minutes $minutes"

cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/prepare.sh
dotnet build --nologo

export SCALEUP_DRILL SCALEUP_DRILL_FOLDER
SCALEUP_DRILL=$(IFS=, && echo "${chosen[*]}")
SCALEUP_DRILL_FOLDER=$PWD/artifacts/drills/$(date +%Y%m%d-%H%M%S)
method=ScaleUp.Tests.Drills.FullDrills.Nothing_is_lost_in_a_drill
[[ -z $long ]] || method=ScaleUp.Tests.Drills.FullDrills.Nothing_is_lost_and_nothing_grows_in_a_long_run

status=0
# The test project is a program of its own, which says what happens while it happens; `dotnet test` would wait until the end.
dotnet run --project ScaleUp.Tests --no-build -- -method "$method" -explicit only -showLiveOutput -noLogo || status=1

echo
cat "$SCALEUP_DRILL_FOLDER/results.md" 2>/dev/null || echo "drill: no drill came to its end; see above" >&2
echo "Pictures, JSON and ledgers: $SCALEUP_DRILL_FOLDER"
exit "$status"
