#!/usr/bin/env bash
# Creates the databases of CLUSTER_DATABASES (names separated by spaces). Patroni calls it once in the life of a cluster, with the
# connection string of its new primary.
set -euo pipefail

for database in ${CLUSTER_DATABASES:-}; do
    psql --no-psqlrc --no-password -v ON_ERROR_STOP=1 -v name="$database" --dbname "$1" <<<'CREATE DATABASE :"name"'
done
