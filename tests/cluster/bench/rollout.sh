# shellcheck shell=bash disable=SC2154
# The longest time for which any key of a cluster cannot be written while all of its pods are replaced, beside
# `kubectl rollout restart`.
rollout_runs=${ROLLOUT_RUNS:-3}

# shellcheck source=/dev/null
source "$root/tests/cluster/bench/redis.sh"

# outage COMMAND...: milliseconds, while it runs.
outage() {
  local seeds stdin
  mapfile -t seeds < <(k get pods --output json | jq --raw-output '.items[].status.podIP + ":6379"')
  coproc PROBE {
    "$cluster" run bench -- python3 "$root/tests/cluster/bench/probe.py" "${seeds[@]}" >"$results/probe"
  }
  probe=$PROBE_PID
  until grep -q ready "$results/probe"; do sleep 0.1; done
  "$@" >/dev/null
  stdin=${PROBE[1]}
  exec {stdin}>&-
  wait "$probe"
  tail -1 "$results/probe" | jq .longest_ms
}

theirs() {
  k rollout restart statefulset redis-cluster
  k rollout status statefulset redis-cluster --timeout 5m
  # Its members may still be finding each other.
  until [[ $(cli cluster info) == *cluster_state:ok* ]]; do sleep 0.1; done
}
ours() { "$sts" rollout restart redis-cluster --namespace "$namespace" --yes; }

# compare NAME IMAGE SERVER
compare() {
  form "$2" "$3"
  say "bench: every pod replaced, $1"
  : >"$results/theirs" && : >"$results/ours"
  for ((run = 0; run < rollout_runs; run++)); do
    outage theirs >>"$results/theirs"
    outage ours >>"$results/ours"
  done
  row "$1: every pod of eight replaced, longest time for a key not written (ms)" \
    "$(middle <"$results/theirs")" "$(middle <"$results/ours")"
  kubectl delete namespace "$namespace" >/dev/null
}

compare "Redis 7.0" redis:7.0 redis-server
"$cluster" image bench valkey:9.1
compare "Valkey 9.1" valkey:9.1 valkey-server
