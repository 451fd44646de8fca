#!/bin/bash
# Written by the AppHost; edit there, not here.
trap 'kill "$keepalived"; wait "$keepalived"; exit' TERM INT
while :; do
    keepalived --vrrp --dont-fork --log-console --pid="/run/$1.pid" --vrrp_pid="/run/$1.vrrp.pid" --use-file="$2" &
    keepalived=$!
    wait "$keepalived"
    sleep 0.1
done
