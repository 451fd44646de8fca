# The part of eng/bench.sh that compares the API with a minimal API on plain Npgsql: the same database, the same responses.
# shellcheck shell=bash disable=SC2154 # eng/bench.sh has set the variables
dotnet build --nologo -v quiet -c Release ScaleUp.Api

port=$((base + 20))
start_container database --env POSTGRES_PASSWORD=only-for-tests "${Images__Postgres:-postgres:17.6}" \
    postgres -p "$port" -c listen_addresses=127.0.0.1
connection="Host=127.0.0.1;Port=$port;Username=postgres;Password=only-for-tests;Database=postgres"
start scaleup env ASPNETCORE_URLS="http://127.0.0.1:$((base + 21))" ConnectionStrings__scaleup="$connection" \
    dotnet ScaleUp.Api/bin/Release/net10.0/ScaleUp.Api.dll --contentRoot "$PWD/ScaleUp.Api"
wait_for scaleup "http://127.0.0.1:$((base + 21))/health"
echo "To its first healthy response, with an empty database, the API used $(ticks "${process[scaleup]}")0 ms of processor time." \
    | tee -a "$results"
start npgsql env ASPNETCORE_URLS="http://127.0.0.1:$((base + 22))" dotnet "$folder/alternatives/alternatives.dll" npgsql "$connection"

for path in articles articles/one-host-is-not-enough; do
    address[scaleup]=http://127.0.0.1:$((base + 21))/$path
    address[npgsql]=http://127.0.0.1:$((base + 22))/$path
    wait_for npgsql "${address[npgsql]}"
    cmp <(curl --silent "${address[scaleup]}") <(curl --silent "${address[npgsql]}") \
        || { echo "bench: error: ScaleUp and plain Npgsql respond differently to /$path" >&2; exit 1; }
    compare "API: /$path" 16 database "µs of the database" npgsql scaleup
done
