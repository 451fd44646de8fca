#!/bin/sh
set -e

# Arguments that start with an option are options of haproxy.
case ${1-} in
    -*) set -- haproxy "$@" ;;
esac

# -W: a master process, so that SIGUSR2 reloads the configuration; -db: stay in the foreground as the container's main process.
if [ "${1-}" = haproxy ]; then
    shift
    set -- haproxy -W -db "$@"
fi

exec "$@"
