#!/usr/bin/env bash
# The end-to-end tests, on a real cluster; arguments go to the test binary.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

if ! reason=$("$root/tests/cluster/cluster" can 2>&1); then
  echo "NOT RUN: the end-to-end tests (tests/e2e). $reason" >&2
  # A CI that runs no end-to-end test must not look like one that passed them.
  if [[ ${CI:-} == true ]]; then exit 1; else exit 0; fi
fi
"$root/tests/cluster/cluster" build
cargo test --manifest-path "$root/Cargo.toml" --test e2e -- "$@"
