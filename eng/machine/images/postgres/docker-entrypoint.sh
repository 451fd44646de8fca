#!/usr/bin/env bash
# Creates the data folder if it does not exist, and starts PostgreSQL.
set -Eeuo pipefail

fail() { echo "postgres: error: $*" >&2; exit 1; }

# from_file_or NAME DEFAULT: sets the variable NAME from the file in NAME_FILE (secrets are mounted as files), or else to DEFAULT.
from_file_or() {
    local file_variable=$1_FILE
    if [[ ${!file_variable:-} ]]; then
        [[ -z ${!1:-} ]] || fail "$1 and $file_variable are both set; set only one of them"
        export "$1=$(<"${!file_variable}")"
        unset "$file_variable"
    else
        export "$1=${!1:-${2:-}}"
    fi
}

create_cluster() {
    from_file_or POSTGRES_PASSWORD
    from_file_or POSTGRES_USER postgres
    from_file_or POSTGRES_DB "$POSTGRES_USER"
    from_file_or POSTGRES_INITDB_ARGS
    : "${POSTGRES_HOST_AUTH_METHOD:=}"
    if [[ -z $POSTGRES_PASSWORD && $POSTGRES_HOST_AUTH_METHOD != trust ]]; then
        fail "POSTGRES_PASSWORD is not set: set it, or set POSTGRES_HOST_AUTH_METHOD=trust for a temporary server"
    fi

    # initdb rejects an empty password file; eval splits POSTGRES_INITDB_ARGS as a shell does.
    local password=''
    # shellcheck disable=SC2016 # eval expands the string
    [[ -z $POSTGRES_PASSWORD ]] || password='--pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD")'
    eval "initdb --username=\"\$POSTGRES_USER\" $password $POSTGRES_INITDB_ARGS"
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}" >>"$PGDATA/pg_hba.conf"
}

# sql DATABASE ARGUMENTS...: runs psql as the superuser.
sql() { psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --no-password --dbname "$@"; }

# Runs the user's scripts on a server that only this container can reach, so that clients never see an incomplete database.
initialise() {
    export PGPASSWORD=$POSTGRES_PASSWORD PGHOST=/var/run/postgresql
    pg_ctl -D "$PGDATA" -w -o "$(printf '%q ' "$@" -c listen_addresses= -p "${PGPORT:-5432}")" start

    if [[ -z $(sql postgres -At -v name="$POSTGRES_DB" <<<"SELECT 1 FROM pg_database WHERE datname = :'name'") ]]; then
        sql postgres -v name="$POSTGRES_DB" <<<'CREATE DATABASE :"name"'
    fi

    local script
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
            *.sh)
                echo "postgres: running $script"
                # shellcheck disable=SC1090 # a script that is not executable is part of this one
                if [[ -x $script ]]; then "$script"; else source "$script"; fi ;;
            *.sql) echo "postgres: running $script"; sql "$POSTGRES_DB" -f "$script" ;;
            *.sql.gz) echo "postgres: running $script"; gunzip -c "$script" | sql "$POSTGRES_DB" ;;
            */\*) ;;
            *) echo "postgres: ignoring $script" ;;
        esac
    done

    pg_ctl -D "$PGDATA" -m fast -w stop
    unset PGPASSWORD PGHOST
    echo "postgres: data folder created; starting the server"
}

# Arguments that start with an option are options of the server.
[[ ${1:-} != -* ]] || set -- postgres "$@"

if [[ ${1:-} == postgres && " $* " != *' --help '* && " $* " != *' --version '* && " $* " != *' -V '* ]]; then
    if ((EUID == 0)); then
        mkdir -p "$PGDATA" && chmod 700 "$PGDATA"
        find "$PGDATA" \! -user postgres -exec chown postgres {} +
        # Runs this script again without root, still as the container's first process.
        export HOME=/var/lib/postgresql
        exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
    fi
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA" 2>/dev/null || :
    if [[ ! -s $PGDATA/PG_VERSION ]]; then
        create_cluster
        initialise "${@:2}"
    fi
fi

exec "$@"
