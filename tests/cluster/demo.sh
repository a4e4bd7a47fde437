#!/usr/bin/env bash
# A cluster to try the plugin on: two nodes, a Redis Cluster with data in namespace "shop". demo.sh up|down
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cluster=$root/tests/cluster/cluster

say() { printf '%s\n' "$*" >&2; }

up() {
  "$cluster" up demo --nodes 2 >/dev/null
  "$cluster" image demo redis:7.0
  eval "$("$cluster" env demo)"

  kubectl create namespace shop >/dev/null
  kubectl apply --namespace shop --filename "$root/tests/cluster/manifests/redis-cluster.yaml" >/dev/null
  "$root/tests/cluster/form-redis-cluster.sh" shop
  say "demo: six pods of Redis form a cluster"

  # One key after the other, so that they spread over all slots; redis-benchmark would use a few slots only.
  for i in {1..10000}; do echo "SET product:$i $RANDOM"; done |
    kubectl exec --namespace shop --stdin redis-cluster-0 -- redis-cli -c >/dev/null
  say "demo: 10,000 keys written"

  say "demo: building the plugin"
  cargo build --quiet --manifest-path "$root/Cargo.toml"
  local target=${CARGO_TARGET_DIR:-$root/target}
  # The folder on PATH that holds the cluster's own kubectl.
  install "$target/debug/kubectl-sts" "$(dirname "$(command -v kubectl)")/kubectl-sts"

  say
  say '$ kubectl sts check redis-cluster -n shop'
  kubectl sts check redis-cluster -n shop
  cat >&2 <<'TEXT'

The cluster keeps running. To try more on it:
  eval "$(tests/cluster/cluster env demo)"
  kubectl get pods -n shop
To remove it:
  make demo-down
TEXT
}

case ${1:-} in
  up) up ;;
  down) "$cluster" down demo ;;
  *) echo "usage: demo.sh up|down" >&2 && exit 2 ;;
esac
