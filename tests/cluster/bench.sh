#!/usr/bin/env bash
# Side by side with what people use today, in one run on one machine: prints ratios, which is what to compare.
#
# bench.sh [SUBJECT...]: each is a file in bench/; all of them if none is named. STS names a binary that is there already.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cluster=$root/tests/cluster/cluster
results=$(mktemp -d)
trap 'rm -rf "$results"; jobs -p | xargs --no-run-if-empty kill; "$cluster" down bench' EXIT

say() { printf '%s\n' "$*" >&2; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

row() { printf '%-72s %8s %8s %7s\n' "$1" "$2" "$3" "$(ratio "$3" "$2")"; }

for package in hyperfine jq time; do
  command -v "$package" >/dev/null || apt-get install --yes --quiet --quiet "$package" >/dev/null
done

export sts=${STS:-${CARGO_TARGET_DIR:-$root/target}/release/kubectl-sts}
if [[ -z ${STS:-} ]]; then
  say "bench: building the release binary"
  cargo build --quiet --release --manifest-path "$root/Cargo.toml"
fi

"$cluster" up bench --nodes 2 --kwok >/dev/null
"$cluster" image bench redis:7.0
eval "$("$cluster" env bench)"

(($#)) || set -- slots rollout check
printf '%-72s %8s %8s %7s\n' "" theirs ours ratio
for subject; do
  # shellcheck source=/dev/null
  source "$root/tests/cluster/bench/$subject.sh"
done
