# shellcheck shell=bash disable=SC2154,SC2034
# A cluster to measure on.

k() { kubectl --namespace "$namespace" "$@"; }
cli() { k exec redis-cluster-0 -- redis-cli "$@"; }
took() { awk -v from="$1" -v to="$2" 'BEGIN { printf "%.3f\n", to - from }'; }
middle() { sort -g | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

# ID ADDRESS of those that own slots, by the first of them.
primaries() {
  cli cluster nodes | awk '$3 ~ /master/ && NF > 8 { sub(/:.*/, "", $2); sub(/-.*/, "", $9); print $9, $1, $2 }' |
    sort -n | cut -d ' ' -f 2-
}

# form IMAGE SERVER: eight pods, four shards with a replica each, in a namespace of their own.
form() {
  namespace=$subject-${2%%-*}
  kubectl create namespace "$namespace" >/dev/null
  sed "s/redis:7.0/$1/; s/redis-server/$2/; s/^  replicas: 6/  replicas: 8/; s/memory: 256Mi/memory: 1Gi/" \
    "$root/tests/cluster/manifests/redis-cluster.yaml" | k apply --filename - >/dev/null
  "$root/tests/cluster/form-redis-cluster.sh" "$namespace"
  # Snapshots and rewrites take both cores for seconds, at moments that say nothing of who moves the slots.
  for pod in {0..7}; do
    k exec "redis-cluster-$pod" -- redis-cli config set save '' auto-aof-rewrite-percentage 0 >/dev/null
  done
}
