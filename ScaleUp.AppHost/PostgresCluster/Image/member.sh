#!/usr/bin/env bash
# Runs one member of the cluster: etcd, and Patroni, which runs PostgreSQL. Ends when either of them ends; a SIGTERM stops Patroni
# first, so that it can hand over the lease through etcd. Variables:
#   PATRONI_NAME      this member, also the host name by which the others reach it
#   CLUSTER_MEMBERS   all members, separated by spaces
# and Patroni's own variables with its passwords. Files: /etc/patroni/patroni.yml; ca.crt, member.crt and member.key in /etc/member.
set -euo pipefail

data=/var/lib/postgresql/data
read -ra members <<<"$CLUSTER_MEMBERS"
tls=(--cacert=/etc/member/ca.crt --cert=/etc/member/member.crt --key=/etc/member/member.key)

say() { echo "member: $*" >&2; }
fail() { say "error: $*"; exit 1; }
join() { local IFS=$1; shift; echo "$*"; }

# The lock is inherited by all processes of the member and ends with the last of them, however they end.
exec 9<"$data"
flock --nonblock 9 || fail "the volume at $data is in use by another container: stop that one, or choose another volume"

initial=() others=()
for member in "${members[@]}"; do
    initial+=("$member=https://$member:2380")
    [[ $member == "$PATRONI_NAME" ]] || others+=("https://$member:2379")
done
initial_cluster=$(join , "${initial[@]}")
initial_state=new

# Asks the other members' etcd.
others_etcdctl() { ETCDCTL_API=3 etcdctl --endpoints="$(join , "${others[@]}")" --command-timeout=3s "${tls[@]}" "$@"; }

# etcd refuses a member that comes back with an empty disk: it may have voted before, and does not remember. It has to be another member.
replace_member() {
    local id list added
    list=$(others_etcdctl member list 2>/dev/null) || return 1
    id=$(awk -F', ' -v url="https://$PATRONI_NAME:2380" '$4 == url { print $1 }' <<<"$list")
    [[ -z $id ]] || others_etcdctl member remove "$id" >/dev/null || return 1
    added=$(others_etcdctl member add "$PATRONI_NAME" --peer-urls="https://$PATRONI_NAME:2380") || return 1
    initial_cluster=$(sed -nE 's/^ETCD_INITIAL_CLUSTER="(.*)"$/\1/p' <<<"$added")
    initial_state=existing
}

# An unfinished attempt to join leaves its folder behind.
mkdir -p "$data/etcd"
chmod 700 "$data/etcd"
if [[ ! -d $data/etcd/member ]] && ((${#others[@]} > 0)); then
    # Fails where the others have no quorum yet: the cluster is new.
    if others_etcdctl member list >/dev/null 2>&1; then
        say "the disk is empty and the cluster exists: joining it as a new member"
        for ((attempt = 1; ; attempt++)); do
            # etcd takes no new member until it has seen its members together for five seconds.
            if replace_member; then break; fi
            ((attempt < 20)) || fail "the cluster did not take this member"
            sleep 1
        done
    fi
fi

etcd --name="$PATRONI_NAME" --data-dir="$data/etcd" --log-level=error --logger=zap \
    --listen-peer-urls=https://0.0.0.0:2380 --initial-advertise-peer-urls="https://$PATRONI_NAME:2380" \
    --listen-client-urls=https://0.0.0.0:2379 --advertise-client-urls="https://$PATRONI_NAME:2379" \
    --initial-cluster="$initial_cluster" --initial-cluster-state="$initial_state" --initial-cluster-token="${PATRONI_SCOPE:-cluster}" \
    --peer-client-cert-auth --peer-trusted-ca-file=/etc/member/ca.crt --peer-cert-file=/etc/member/member.crt --peer-key-file=/etc/member/member.key \
    --client-cert-auth --trusted-ca-file=/etc/member/ca.crt --cert-file=/etc/member/member.crt --key-file=/etc/member/member.key \
    --heartbeat-interval=200 --election-timeout=2000 --auto-compaction-mode=periodic --auto-compaction-retention=1h &
etcd=$!
patroni /etc/patroni/patroni.yml &
patroni=$!

stopping=''
stop() {
    stopping=true
    kill -TERM "$patroni" 2>/dev/null || :
}
trap stop TERM INT

# A trapped signal ends a wait too.
while kill -0 "$patroni" 2>/dev/null && kill -0 "$etcd" 2>/dev/null; do wait -n "$patroni" "$etcd" || :; done
[[ $stopping ]] || say "$(kill -0 "$etcd" 2>/dev/null && echo Patroni || echo etcd) has ended: stopping this member"
kill -TERM "$patroni" 2>/dev/null || :
wait "$patroni" 2>/dev/null || :
kill -TERM "$etcd" 2>/dev/null || :
wait "$etcd" 2>/dev/null || :
[[ $stopping ]]
