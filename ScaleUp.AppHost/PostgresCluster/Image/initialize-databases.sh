#!/usr/bin/env bash
# Creates the databases in CLUSTER_DATABASES (names separated by spaces), and runs /etc/patroni/NAME.sql in each of them that has such a
# file. Patroni calls this when it has created the cluster (with a connection string), and whenever this member's role changes (with the
# arguments ACTION ROLE CLUSTER, https://patroni.readthedocs.io/en/latest/yaml_configuration.html#postgresql). So the SQL must be
# repeatable.
set -euo pipefail

[[ $# -lt 3 || $2 == primary ]] || exit 0

psql=(psql --quiet --no-psqlrc --no-password --output /dev/null -v ON_ERROR_STOP=1 --host /var/run/postgresql --username postgres)
export PGOPTIONS='-c client_min_messages=warning'

initialize() {
    local database
    for database in ${CLUSTER_DATABASES:-}; do
        "${psql[@]}" -v name="$database" --dbname postgres <<'SQL' || return 1
SELECT format('CREATE DATABASE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name')
\gexec
SQL
        [[ ! -f /etc/patroni/$database.sql ]] || "${psql[@]}" --dbname "$database" <"/etc/patroni/$database.sql" || return 1
    done
}

# One at a time. A promotion may not be complete yet.
exec 8>/tmp/initialize-databases.lock
flock 8
for ((attempt = 1; ; attempt++)); do
    if initialize; then break; fi
    ((attempt < 10)) || exit 1
    sleep 1
done
