#!/usr/bin/env bash
# Joins the pods of a set to one Redis (or Valkey) Cluster, in ordinal order, and waits until every member agrees.
# Uses the kubectl and KUBECONFIG of the caller. On a cluster that is already formed it only waits.
#
# form-redis-cluster.sh NAMESPACE [REPLICAS_PER_SHARD=1] [SET=redis-cluster]
set -euo pipefail
namespace=${1:?usage: form-redis-cluster.sh NAMESPACE [REPLICAS_PER_SHARD=1] [SET=redis-cluster]}
replicas_per_shard=${2:-1}
set=${3:-redis-cluster}

k() { kubectl --namespace "$namespace" "$@"; }
redis() { k exec "$1" -- redis-cli "${@:2}"; } # POD ARGUMENTS...

k rollout status "statefulset/$set" --timeout=180s >/dev/null
size=$(k get statefulset "$set" --output 'jsonpath={.spec.replicas}')
pods=()
for ((ordinal = 0; ordinal < size; ordinal++)); do pods+=("$set-$ordinal"); done

# Primaries first, then replicas such that each is on another node than its primary. redis-cli takes pods for hosts, each
# with an address of its own: the second of the rest goes to the first primary, and so on, and the first to the last.
addresses() {
  k get pod "${pods[@]}" --output 'jsonpath={range .items[*]}{.status.podIP}:6379 {.spec.nodeName}{"\n"}{end}' |
    awk -v replicas="$replicas_per_shard" '
      { address[NR] = $1; node[NR] = $2 }
      END {
        primaries = int(NR / (replicas + 1))
        for (p = 1; p <= primaries; p++) {
          print address[p]
          for (pass = 1; pass <= 2 && !partner[p]; pass++)
            for (r = primaries + 1; r <= NR && !partner[p]; r++)
              if (!(r in taken) && (pass == 2 || node[r] != node[p])) { partner[p] = address[r]; taken[r] }
        }
        count = 0
        for (p = 1; p <= primaries; p++) if (partner[p]) rest[count++] = partner[p]
        for (r = primaries + 1; r <= NR; r++) if (!(r in taken)) rest[count++] = address[r]
        if (count) print rest[count - 1]
        for (i = 0; i < count - 1; i++) print rest[i]
      }'
}

# What a member thinks: one line that is the same on each when all is well.
view() { # POD
  { redis "$1" cluster info; redis "$1" info replication; } | tr -d '\r' |
    awk -F: '/^(cluster_state|cluster_slots_assigned|cluster_known_nodes|master_link_status):/ { fact[$1] = $2 }
      END { print fact["cluster_state"], fact["cluster_slots_assigned"], fact["cluster_known_nodes"],
                  ("master_link_status" in fact ? fact["master_link_status"] : "up") }'
}

everyone_agrees() {
  local pod
  for pod in "${pods[@]}"; do
    [[ $(view "$pod") == "ok 16384 $size up" ]] || return 1
  done
}

if [[ $(view "${pods[0]}") == *" 0 1 up" ]]; then
  # shellcheck disable=SC2046  # a list
  redis "${pods[0]}" --cluster create $(addresses) --cluster-replicas "$replicas_per_shard" --cluster-yes >/dev/null
fi

deadline=$((SECONDS + 120))
until everyone_agrees; do
  if ((SECONDS > deadline)); then
    echo "the members of $set do not agree after 120 s; each should think: ok 16384 $size up" >&2
    for pod in "${pods[@]}"; do echo "$pod: $(view "$pod")" >&2; done
    exit 1
  fi
  sleep 0.3
done
