# Paths, messages and waiting, for every other file here.
# shellcheck shell=bash

cache=${KUBECTL_STS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-sts}

say() { printf '%s\n' "$*" >&2; }
die() { say "cluster: $*"; exit 1; }

# Says what is done and the seconds since the last such line.
stage_began=$EPOCHREALTIME
stage() {
  local now=$EPOCHREALTIME
  local tenths=$(((${now/[.,]/} - ${stage_began/[.,]/}) / 100000))
  stage_began=$now
  say "$1: $((tenths / 10)).$((tenths % 10)) s"
}

# await SECONDS COMMAND...: polls until the command succeeds; false when the time is over.
await() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

# locked NAME COMMAND...: runs a function under a lock that all harness processes of this cache share.
# What the function leaves running must close descriptor 9, or it holds the lock for life.
locked() {
  mkdir -p "$cache/locks"
  local name=$1
  shift
  (
    flock --nonblock 9 || { say "waiting for another run to finish with $name"; flock 9; }
    "$@"
  ) 9>"$cache/locks/$name"
}

# A short hash of standard input, for cache keys.
short_hash() { sha256sum | cut -c1-12; }
