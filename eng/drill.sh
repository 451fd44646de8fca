#!/usr/bin/env bash
# Runs failure drills: stops servers under load, counts failed requests, and compares the database with a ledger of acknowledged writes.
# See eng/drill.sh --help. Exit code: 0 if all limits were met, 1 if not, 2 for invalid arguments.
set -euo pipefail

# A test compares this list with ScaleUp.Tests/Resilience/Drills/Faults/Drill.cs.
drills=(
    term-lb kill-lb hang-lb term-web kill-web hang-web term-api kill-api hang-api
    restart-postgres kill-postgres hang-postgres rolling-restart kill-lb-and-api
)

# The drills of a PostgreSQL cluster with three members.
cluster_drills=(kill-primary term-primary hang-primary kill-standby kill-two-of-three switch-over)

usage() {
    cat <<END
Usage: eng/drill.sh [DRILL...] [--rate REQUESTS] [--seed NUMBER]
       eng/drill.sh long [--minutes MINUTES] [--rate REQUESTS] [--seed NUMBER]
       eng/drill.sh cluster [--rate REQUESTS] [--seed NUMBER]
       eng/drill.sh list

Starts its own topology on free ports with its own data, puts it under load, and injects faults.
Without a name it runs all drills except those of the PostgreSQL cluster, about a minute each. "cluster" runs those (at 80
requests per second). "long" runs for an hour with a fault every 20 s.

  --rate REQUESTS    requests per second, 10 to 2000 (default: 200)
  --minutes MINUTES  duration of the long run, 1 to 1440 (default: 60)
  --seed NUMBER      seed of the sequence of requests and faults (default: 1)

Results go to artifacts/drills: a table of all drills, and JSON, a chart and the ledger of each.
END
}

usage_error() {
    echo "drill: error: $*" >&2
    echo "Run 'eng/drill.sh --help' for usage, 'eng/drill.sh list' for the names of the drills." >&2
    exit 2
}

# check_number OPTION VALUE MIN MAX: exits with a usage error unless the value is a whole number in the range.
check_number() {
    if [[ ! $2 =~ ^[0-9]{1,9}$ ]] || ((10#$2 < $3 || 10#$2 > $4)); then
        usage_error "$1 is '$2'; it must be a whole number from $3 to $4"
    fi
}

chosen=() long='' minutes=''
while (($#)); do
    case $1 in
        -h | --help) usage; exit ;;
        list) printf '%s\n' "${drills[@]}" "${cluster_drills[@]}"; exit ;;
        cluster) chosen+=("${cluster_drills[@]}") ;;
        long) long=true ;;
        --rate | --minutes | --seed)
            (($# > 1)) || usage_error "$1 needs a value"
            case $1 in
                --rate) check_number "$1" "$2" 10 2000; export SCALEUP_DRILL_RATE=$2 ;;
                --minutes) check_number "$1" "$2" 1 1440; export SCALEUP_DRILL_MINUTES=$2; minutes=$2 ;;
                --seed) check_number "$1" "$2" 0 999999999; export SCALEUP_DRILL_SEED=$2 ;;
            esac
            shift ;;
        -*) usage_error "unknown option '$1'" ;;
        *)
            [[ " ${drills[*]} ${cluster_drills[*]} " == *" $1 "* ]] || usage_error "unknown drill '$1'"
            chosen+=("$1") ;;
    esac
    shift
done
[[ -z $long ]] || ((${#chosen[@]} == 0)) || usage_error "'long' selects its own faults; it takes no names of drills"
[[ -n $long || -z $minutes ]] || usage_error "--minutes applies only to the long run: eng/drill.sh long --minutes $minutes"

of_cluster=0
for drill in "${chosen[@]}"; do
    [[ " ${cluster_drills[*]} " != *" $drill "* ]] || ((of_cluster += 1))
done
((of_cluster == 0 || of_cluster == ${#chosen[@]})) || usage_error "the drills of the PostgreSQL cluster need another topology; they cannot be combined with others"

cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/prepare.sh
dotnet build --nologo

export SCALEUP_DRILL SCALEUP_DRILL_FOLDER
SCALEUP_DRILL=$(IFS=, && echo "${chosen[*]}")
SCALEUP_DRILL_FOLDER=$PWD/artifacts/drills/$(date +%Y%m%d-%H%M%S)
method=ScaleUp.Tests.Drills.FullDrills.Nothing_is_lost_in_a_drill
((of_cluster == 0)) || method=ScaleUp.Tests.Drills.ClusterDrillTests.Nothing_is_lost_in_a_drill_of_the_cluster
[[ -z $long ]] || method=ScaleUp.Tests.Drills.FullDrills.Nothing_is_lost_and_nothing_grows_in_a_long_run

status=0
# Runs the test project as a program, because `dotnet test` would show its output only at the end.
dotnet run --project ScaleUp.Tests --no-build -- -method "$method" -explicit only -showLiveOutput -noLogo || status=1

echo
cat "$SCALEUP_DRILL_FOLDER/results.md" 2>/dev/null || echo "drill: no drill completed; see the output above" >&2
echo "Charts, JSON and ledgers: $SCALEUP_DRILL_FOLDER"
exit "$status"
