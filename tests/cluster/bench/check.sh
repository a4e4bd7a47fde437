# shellcheck shell=bash disable=SC2154
# `check` and `pvc`, beside the commands that read the same with kubectl.
runs=${RUNS:-30}

# median FILE LINE: seconds, of hyperfine's CSV (command,mean,stddev,median,user,system,min,max); a command may hold commas.
median() { awk -F, -v line="$2" 'NR == line + 1 { printf "%.3f", $(NF - 4) }' "$1"; }

# Peak resident memory of a command, in KiB.
peak() { command time --format %M --output "$results/peak" "$@" >/dev/null && cat "$results/peak"; }

# Requests of one command in the audit log, without the WebSockets of port-forwards.
requests() {
  local before
  before=$(wc -l <"$("$cluster" audit bench)")
  "$@" >/dev/null
  tail -n "+$((before + 1))" "$("$cluster" audit bench)" | grep '"userAgent":"kubectl-sts/' | grep -c '"verb":"list"'
}

kubectl create namespace shop >/dev/null
kubectl apply --namespace shop --filename "$root/tests/cluster/manifests/redis-cluster.yaml" >/dev/null
"$root/tests/cluster/form-redis-cluster.sh" shop
for i in {1..10000}; do echo "SET product:$i $RANDOM"; done |
  kubectl exec --namespace shop --stdin redis-cluster-0 -- redis-cli -c >/dev/null
kubectl create namespace large >/dev/null
"$root/tests/cluster/manifests/large-set.sh" large 1000 | kubectl apply --server-side --filename - >/dev/null
kubectl wait --namespace large --for=jsonpath='{.status.readyReplicas}'=1000 statefulset/large --timeout=10m >/dev/null
kubectl create namespace many >/dev/null
for set in {1..200}; do "$root/tests/cluster/manifests/large-set.sh" many 3 "set-$set" && echo ---; done |
  kubectl apply --server-side --filename - >/dev/null
kubectl wait --namespace many --for=jsonpath='{.status.readyReplicas}'=3 statefulset --all --timeout=10m >/dev/null

say "bench: a Redis Cluster of six pods with 10,000 keys"
hyperfine --shell=none --warmup 3 --runs "$runs" --export-csv "$results/six.csv" \
  "kubectl exec --namespace shop redis-cluster-0 -- redis-cli --cluster check localhost:6379" \
  "$sts check redis-cluster --namespace shop" >&2
say "bench: a set of 1,000 pods with two claims each"
hyperfine --shell=none --warmup 1 --runs 10 --export-csv "$results/large.csv" \
  "kubectl get pods,pvc --namespace large --output json" \
  "$sts check large --namespace large --fail-on never" >&2

hyperfine --shell=none --warmup 1 --runs 10 --export-csv "$results/claims.csv" \
  "kubectl get pods,pvc,pv --namespace large --output json" \
  "$sts pvc large --namespace large --output json" >&2

say "bench: 200 sets of three pods"
hyperfine --shell=none --warmup 1 --runs 10 --export-csv "$results/many.csv" \
  "kubectl get statefulsets,pods,pvc --namespace many --output json" \
  "$sts check --namespace many --fail-on never" >&2

peak_kubectl=$(peak kubectl get pods,pvc --namespace large --output json)
peak_sts=$(peak "$sts" check large --namespace large --fail-on never)

row "six pods, against kubectl exec redis-cli --cluster check (s)" \
  "$(median "$results/six.csv" 1)" "$(median "$results/six.csv" 2)"
row "1,000 ordinals, against kubectl get pods,pvc -o json (s)" \
  "$(median "$results/large.csv" 1)" "$(median "$results/large.csv" 2)"
row "1,000 ordinals, pvc against kubectl get pods,pvc,pv -o json (s)" \
  "$(median "$results/claims.csv" 1)" "$(median "$results/claims.csv" 2)"
row "200 sets, against kubectl get statefulsets,pods,pvc -o json (s)" \
  "$(median "$results/many.csv" 1)" "$(median "$results/many.csv" 2)"
row "1,000 ordinals, peak memory (KiB)" "$peak_kubectl" "$peak_sts"
row "list requests of pvc: 6 ordinals, then 1,000 with 2,000 claims" \
  "$(requests "$sts" pvc redis-cluster --namespace shop)" \
  "$(requests "$sts" pvc large --namespace large)"
row "list requests of check: 6 ordinals, then 1,000" \
  "$(requests "$sts" check redis-cluster --namespace shop)" \
  "$(requests "$sts" check large --namespace large --fail-on never)"
