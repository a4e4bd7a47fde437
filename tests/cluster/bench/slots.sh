# shellcheck shell=bash disable=SC2154
# Slots with their keys, beside `--cluster reshard`: 4,096 slots off one of four primaries, to the other three.
#
# Ours is `scale --rebalance --shards=3`, as it makes no pod come or go; of it the steps that move, with what is looked at
# between them. Theirs is what they do with one target a call, told the pod's own address.
slot_runs=${SLOT_RUNS:-3}

# shellcheck source=/dev/null
source "$root/tests/cluster/bench/redis.sh"
ours() { "$sts" scale redis-cluster --namespace "$namespace" --rebalance --replicas-per-shard=1 --yes "$@"; }

# fill COUNT BYTES: every primary tries every key, and has those of its own slots. Noise, as a MIGRATE compresses.
fill() {
  local address from step=$(($2 > 1000 ? 100 : 20000))
  while read -r _ address; do
    cli -h "$address" flushall >/dev/null
    for ((from = 1; from <= $1; from += step)); do
      echo "EVAL \"$(tr '\n' ' ' <"$root/tests/cluster/bench/fill.lua")\" 0 $from $((from + step - 1)) $2"
    done | k exec --stdin redis-cluster-0 -- redis-cli -h "$address" >/dev/null
  done < <(primaries)
}

# A client that writes: its latencies count from `moving` to `moved`, and for `span` seconds at least.
span=0
write() {
  local seeds
  seeds=$(k get pods --output json | jq --compact-output '[.items[].status.podIP + ":6379"]')
  coproc WRITER {
    "$cluster" run bench -- "$e2e" load-writer "{\"seeds\": $seeds, \"certificates\": null, \"hash_megabytes\": 0}" \
      >"$results/writer"
  }
  writer=$WRITER_PID
  until grep -q ready "$results/writer"; do sleep 0.1; done
}
moving() {
  [[ -z $writer ]] || echo >&"${WRITER[1]}"
  moving=$EPOCHREALTIME
}
moved() {
  local stdin=${WRITER[1]:-} rest
  [[ -n $writer ]] || return 0
  rest=$(awk -v span="$span" -v took="$(took "$moving" "$EPOCHREALTIME")" 'BEGIN { print (took < span ? span - took : 0) }')
  sleep "$rest"
  exec {stdin}>&-
}
# waited WHO: what the writer reports, in milliseconds.
waited() {
  local who=$1 field
  wait "$writer" && writer=''
  for field in p99 max; do tail -1 "$results/writer" | jq ".${field}_ms" >>"$results/$who-$field"; done
}
writer=''

# reshard: seconds that it takes.
reshard() {
  local source address began target slots=1366 log=$results/reshard
  read -r source address < <(primaries | tail -1)
  # Else the source becomes a replica of the one that gets its last slot, in the middle of the third call.
  cli -h "$address" config set cluster-allow-replica-migration no >/dev/null
  moving
  began=$EPOCHREALTIME
  while read -r target _; do
    cli --cluster reshard "$address:6379" --cluster-from "$source" --cluster-to "$target" --cluster-slots "$slots" \
      --cluster-yes </dev/null >"$log" || tail -3 "$log" >&2
    slots=1365
  done < <(primaries | head -3)
  took "$began" "$EPOCHREALTIME"
  moved
  cli -h "$address" config set cluster-allow-replica-migration yes >/dev/null
}

# scale [FLAG...]: seconds from its first step that moves to the first that does not.
scale() {
  local line began='' ended=''
  while IFS= read -r line; do
    case $line in
      *'"begins"'*'"verb":"move"'*) [[ -n $began ]] || { began=$EPOCHREALTIME && moving; } ;;
      *'"begins"'* | *'"End"'*) [[ -z $began || -n $ended ]] || { ended=$EPOCHREALTIME && moved; } ;;
    esac
  done < <(ours --shards=3 --output json "$@")
  took "$began" "$ended"
}

# compare WHAT [FLAG...]: flags of ours.
compare() {
  local run what=$1
  shift
  say "bench: $what"
  : >"$results/theirs" && : >"$results/ours"
  for ((run = 0; run < slot_runs; run++)); do
    reshard >>"$results/theirs"
    ours --shards=4 >/dev/null
    scale "$@" >>"$results/ours"
    ours --shards=4 >/dev/null
  done
  row "$what (s)" "$(middle <"$results/theirs")" "$(middle <"$results/ours")"
}

# compare_latencies [FLAG...]: the same while a client writes; in a shorter time more of its writes meet a slot that has just moved.
compare_latencies() {
  local run theirs
  say "bench: a writer meanwhile"
  rm -f "$results"/{theirs,ours,long}-{p99,max}
  for ((run = 0; run < slot_runs; run++)); do
    write && reshard >"$results/seconds" && waited theirs
    ours --shards=4 >/dev/null
    write && scale "$@" >/dev/null && waited ours
    ours --shards=4 >/dev/null
    span=$(<"$results/seconds")
    write && scale "$@" >/dev/null && waited long
    span=0
    ours --shards=4 >/dev/null
  done
  theirs=$(middle <"$results/theirs-p99")
  row "p99 of a writer meanwhile (ms)" "$theirs" "$(middle <"$results/ours-p99")"
  row "p99 of a writer over the time that redis-cli takes (ms)" "$theirs" "$(middle <"$results/long-p99")"
  row "its longest wait in that time (ms)" "$(middle <"$results/theirs-max")" "$(middle <"$results/long-max")"
}

# by_hand: seconds for 4,096 slots, by ten of them: what the client does for each, with a kubectl exec a step as people do
# who want to see each.
by_hand() {
  local source address target to slots slot keys other others began
  read -r source address < <(primaries | tail -1)
  read -r target to < <(primaries | head -1)
  mapfile -t slots < <(cli -h "$address" cluster nodes | awk '$3 ~ /myself/ {
    for (field = 9; field <= NF; field++) {
      split($field "-" $field, range, "-")
      for (slot = range[1]; slot <= range[2]; slot++) print slot
    }
  }' | head -10)
  mapfile -t others < <(primaries | sed 1d | cut -d ' ' -f 2)
  began=$EPOCHREALTIME
  for slot in "${slots[@]}"; do
    cli -h "$to" cluster setslot "$slot" importing "$source"
    cli -h "$address" cluster setslot "$slot" migrating "$target"
    while keys=$(cli -h "$address" cluster getkeysinslot "$slot" 10) && [[ -n $keys ]]; do
      # shellcheck disable=SC2086  # a list
      cli -h "$address" migrate "$to" 6379 '' 0 60000 keys $keys
    done
    for other in "$to" "${others[@]}"; do cli -h "$other" cluster setslot "$slot" node "$target"; done
  done >/dev/null
  awk -v ten="$(took "$began" "$EPOCHREALTIME")" 'BEGIN { print ten * 4096 / 10 }'
}

# Each request to the API server takes 20 ms longer.
compare_far() {
  local run server name proxy port
  say "bench: $1"
  server=$(kubectl config view --minify --output 'jsonpath={.clusters[0].cluster.server}')
  coproc PROXY { exec python3 "$root/tests/cluster/bench/slow.py" 20 "${server#https://}"; }
  proxy=$PROXY_PID
  read -r port <&"${PROXY[0]}"
  cp "$KUBECONFIG" "$results/far"
  name=$(kubectl config view --minify --output 'jsonpath={.clusters[0].name}')
  kubectl --kubeconfig "$results/far" config set-cluster "$name" --server "https://127.0.0.1:$port" >/dev/null
  : >"$results/theirs" && : >"$results/ours"
  for ((run = 0; run < slot_runs; run++)); do
    KUBECONFIG=$results/far scale >>"$results/ours"
    ours --shards=4 >/dev/null
    KUBECONFIG=$results/far by_hand >>"$results/theirs"
    ours --shards=4 >/dev/null
  done
  kill "$proxy"
  row "$1 (s)" "$(middle <"$results/theirs")" "$(middle <"$results/ours")"
}

e2e=$(cargo test --quiet --no-run --manifest-path "$root/Cargo.toml" --test e2e --message-format json |
  jq --raw-output 'select(.target.name == "e2e").executable')

form redis:7.0 redis-server
fill 100000 100
compare "4,096 slots of 100,000 keys of 100 B, against redis-cli --cluster reshard"
compare_latencies
compare "the same with --throttle=25" --throttle=25
compare_latencies --throttle=25
compare_far "the same with 20 ms to the API server, against its steps one by one"
fill 2000 100000
compare "4,096 slots of 2,000 keys of 100 KB, against redis-cli --cluster reshard"
fill 1000000 100
compare "4,096 slots of 1,000,000 keys of 100 B, against redis-cli --cluster reshard"
kubectl delete namespace "$namespace" >/dev/null

"$cluster" image bench redis:8.6
form redis:8.6 redis-server
fill 100000 100
compare "Redis 8.6: 4,096 slots of 100,000 keys, against redis-cli --cluster reshard"
kubectl delete namespace "$namespace" >/dev/null

"$cluster" image bench valkey:9.1
form valkey:9.1 valkey-server
fill 100000 100
compare "Valkey 9.1: 4,096 slots of 100,000 keys, against valkey-cli --cluster reshard"
kubectl delete namespace "$namespace" >/dev/null
