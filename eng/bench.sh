#!/usr/bin/env bash
# Compares ScaleUp's load balancer configuration with bare HAProxy, nginx and YARP, and API reads with plain Npgsql. See --help.
# Exit code: 0 if the tables were written, 1 if not, 2 for invalid arguments, 3 if this machine was too busy to tell.
set -euo pipefail

usage() {
    cat <<END
Usage: eng/bench.sh [proxy|api] [--rounds ROUNDS] [--seconds SECONDS]

  --rounds ROUNDS     rounds, 3 to 50, in each of which all candidates take their turn (default: 5)
  --seconds SECONDS   duration of a turn, 1 to 60 (default: 3)

Takes about seven minutes on an idle machine and requires Linux. The tables, in the format of docs/performance.md, go to
artifacts/bench/results.md.
END
}

usage_error() {
    echo "bench: error: $*" >&2
    echo "Run 'eng/bench.sh --help' for usage." >&2
    exit 2
}

rounds=5 seconds=3 parts=()
while (($#)); do
    case $1 in
        -h | --help) usage; exit ;;
        proxy | api) parts+=("$1") ;;
        --rounds | --seconds)
            (($# > 1)) || usage_error "$1 needs a value"
            [[ $2 =~ ^[0-9]{1,2}$ ]] || usage_error "$1 is '$2'; it must be a whole number"
            case $1 in
                --rounds) rounds=$((10#$2)) ;;
                --seconds) seconds=$((10#$2)) ;;
            esac
            shift ;;
        *) usage_error "unknown argument '$1'" ;;
    esac
    shift
done
((rounds >= 3 && rounds <= 50)) || usage_error "--rounds is $rounds; it must be from 3 to 50"
((seconds >= 1 && seconds <= 60)) || usage_error "--seconds is $seconds; it must be from 1 to 60"
((${#parts[@]} > 0)) || parts=(proxy api)

cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/prepare.sh
eng/machine/bench-tools.sh
engine=docker
command -v docker >/dev/null || engine=podman
folder=$PWD/artifacts/bench
rm -rf "$folder"
mkdir -p "$folder"
results=$folder/results.md

dotnet build --nologo -v quiet -c Release -o "$folder/alternatives" eng/bench/alternatives.cs

processes=() containers=()
stop() {
    ((${#processes[@]} == 0)) || kill "${processes[@]}" 2>/dev/null || true
    ((${#containers[@]} == 0)) || "$engine" rm --force --volumes "${containers[@]}" >/dev/null || true
}
trap stop EXIT
trap "exit 130" INT TERM

# Each candidate has a name, an address and the process whose processor time is counted, with all its children.
declare -A address process


# start NAME COMMAND...: starts a process in the background with its output in a file.
start() {
    "${@:2}" >"$folder/$1.log" 2>&1 </dev/null &
    processes+=($!)
    process[$1]=$!
}

# start_container NAME ARGUMENT...: starts a container on this machine's network. Its log goes through a pipe and is discarded.
start_container() {
    local id
    id=$("$engine" run --detach --network host --log-driver none "${@:2}")
    containers+=("$id")
    process[$1]=$("$engine" inspect --format '{{.State.Pid}}' "$id")
}

# wait_for NAME URL: waits until the URL returns 200.
wait_for() {
    local deadline=$((SECONDS + 60))
    until curl --silent --fail --output /dev/null "$2"; do
        ((SECONDS < deadline)) || { echo "bench: error: $1 did not start; see $folder/$1.log" >&2; exit 1; }
        sleep 0.2
    done
}

# ticks PROCESS: prints the processor time of the process and its children, in clock ticks of 10 ms.
ticks() {
    local sum=0 own child
    own=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '{ print $12 + $13 }') || true
    sum=$((sum + ${own:-0}))
    for child in $(cat /proc/"$1"/task/*/children 2>/dev/null || true); do
        sum=$((sum + $(ticks "$child")))
    done
    echo "$sum"
}

# turn NAME CONNECTIONS SECONDS OTHER: puts the candidate under load and prints requests per second, microseconds of processor time per
# request, milliseconds p50 and p99, errors, and microseconds of the process OTHER. Latencies are those of the load tool.
turn() {
    local own other
    own=$(ticks "${process[$1]}") other=$(ticks "${process[$4]}")
    wrk --threads 1 --connections "$2" --duration "$3" --timeout 5 --script eng/bench/report.lua "${address[$1]}" >"$folder/wrk"
    own=$(($(ticks "${process[$1]}") - own)) other=$(($(ticks "${process[$4]}") - other))
    awk -v own=$own -v other=$other '/^report/ {
        if ($2 == 0) print 0, 0, 0, 0, $6 + 1, 0
        else printf "%.0f %.0f %.2f %.2f %d %.0f\n", $2 / $3, own * 1e4 / $2, $4, $5, $6, other * 1e4 / $2
    }' "$folder/wrk"
}

# median FILE COLUMN, least FILE COLUMN, most FILE COLUMN
sorted() { cut -d ' ' -f "$2" "$1" | sort -g; }
median() { sorted "$@" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
least() { sorted "$@" | head -n 1; }
most() { sorted "$@" | tail -n 1; }

# ratio A B: prints A / B with two digits. differs A B: whether they differ by more than a fifth.
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }
differs() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a > 1.2 * b || b > 1.2 * a) }'; }

# compare TITLE CONNECTIONS OTHER COLUMN NAME...: lets the candidates take turns and writes a table. The first is the reference; it takes
# another turn at the end of each round, as a control. OTHER is a further process whose processor time is shown in COLUMN.
compare() {
    local title=$1 connections=$2 other=$3 column=$4 name round file rate cpu
    local -r reference=$folder/turns-$5
    shift 4
    process[control]=${process[$1]} address[control]=${address[$1]}
    rm -f "$folder"/turns-*
    # .NET recompiles hot code in the background during the first seconds of load.
    for name in "$@"; do turn "$name" "$connections" 10 "$other" >/dev/null; done
    for ((round = 1; round <= rounds; round++)); do
        echo "bench: $title, round $round of $rounds" >&2
        for name in "$@" control; do turn "$name" "$connections" "$seconds" "$other" >>"$folder/turns-$name"; done
    done

    {
        printf '\n### %s, %d connections\n\n' "$title" "$connections"
        echo "| | requests/s (range) | of the first | µs of processor a request (range) | of the first | $column | p50, ms | p99, ms |"
        echo '|---|---:|---:|---:|---:|---:|---:|---:|'
        for name in "$@" control; do
            file=$folder/turns-$name rate=$(median "$folder/turns-$name" 1) cpu=$(median "$folder/turns-$name" 2)
            if (($(most "$file" 5) > 0)); then
                echo "| $name | does not count: up to $(most "$file" 5) errors in a turn | | | | | | |"
                continue
            fi
            printf '| %s | %.0f (%s–%s) | %s | %.0f (%s–%s) | %s | %.0f | %.1f | %.1f |\n' "$name" \
                "$rate" "$(least "$file" 1)" "$(most "$file" 1)" "$(ratio "$rate" "$(median "$reference" 1)")" \
                "$cpu" "$(least "$file" 2)" "$(most "$file" 2)" "$(ratio "$cpu" "$(median "$reference" 2)")" \
                "$(median "$file" 6)" "$(median "$file" 3)" "$(median "$file" 4)"
        done
        echo
        # The reference and its control are the same process.
        if differs "$(median "$reference" 1)" "$(median "$folder/turns-control" 1)" \
            || differs "$(median "$reference" 2)" "$(median "$folder/turns-control" 2)"; then
            echo "**The machine was too busy to tell: $1 and its control, the same process, differ by more than a fifth.**"
        fi
    } >"$folder/table"
    tee -a "$results" <"$folder/table"
    ! grep -q 'too busy to tell' "$folder/table" || busy=1
}

busy=0
base=${SCALEUP_BENCH_PORT:-19080}
machine="$(nproc) cores ($(sed -n 's/^model name.*: //p;T;q' /proc/cpuinfo)), load average $(cut -d ' ' -f 1 /proc/loadavg) at the start"
date -u "+%Y-%m-%d, $machine, $rounds rounds of $seconds s." | tee "$results"
for part in "${parts[@]}"; do source "eng/bench/$part.sh"; done
exit $((busy * 3))
