#!/usr/bin/env bash
# Records docs/screens/*.svg: what a terminal shows after real runs. Needs tmux, python3, and a fresh `make demo`:
#
#   eval "$(tests/cluster/cluster env demo)" && docs/record.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A server of its own for each, which nobody's settings change.
terminal() { LC_ALL=C.UTF-8 tmux -u -L "kubectl-sts-$name" -f /dev/null "$@"; }

record() { # NAME COLUMNS COMMAND...
  local name=$1 columns=$2 script
  # shellcheck disable=SC2016  # expanded in there
  script='for command; do printf "\033[1m$ %s\033[0m\n" "$command"; eval "$command"; done; tmux wait-for -S over; read -r _'
  terminal new-session -d -x "$columns" -y 60 -- bash -c "$script" bash "${@:3}"
  terminal wait-for over
  terminal capture-pane -p -e -S - | python3 docs/screen.py "$columns" >"docs/screens/$name.svg"
  terminal kill-server
}

record check 168 'kubectl sts check redis-cluster --from examples/degraded.yaml'

kubectl config set-context --current --namespace shop >/dev/null
kubectl sts scale redis-cluster --replicas=8 --fresh --yes --confirm redis-cluster >/dev/null
record scale 160 'kubectl sts scale redis-cluster --replicas=6 --yes'
record rollout 160 'kubectl sts rollout image redis-cluster redis=docker.io/library/redis:7.0 --canary 1 --yes' \
  'kubectl sts rollout status redis-cluster'
