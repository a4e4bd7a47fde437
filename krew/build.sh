#!/usr/bin/env bash
# Builds the release binary for a Rust target into a folder: krew/build.sh TARGET DIR makes DIR/TARGET/kubectl-sts.
set -euo pipefail
(($# == 2)) || { echo 'usage: krew/build.sh TARGET DIR' >&2; exit 2; }
target=$1
mkdir -p "$2"
into=$(cd "$2" && pwd)/$target
cd "$(dirname "$0")/.."

built=${CARGO_TARGET_DIR:-target}
# Otherwise the paths of this machine stand in the binary, for the lines that a panic names.
remap=--remap-path-prefix=
export CARGO_ENCODED_RUSTFLAGS=$remap$PWD=.$'\x1f'$remap${CARGO_HOME:-$HOME/.cargo}=cargo
# What `version` says. The date is that of the commit, so that the same sources give the same binary.
if commit=$(git rev-parse HEAD 2>/dev/null); then
  date=$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)
  export KUBECTL_STS_COMMIT=${KUBECTL_STS_COMMIT:-$commit}
  export KUBECTL_STS_BUILD_DATE=${KUBECTL_STS_BUILD_DATE:-$date}
fi
cargo build --release --locked --bin kubectl-sts --target "$target" --target-dir "$built"

binary=kubectl-sts
[[ $target != *-windows-* ]] || binary=kubectl-sts.exe
mkdir -p "$into"
cp "$built/$target/release/$binary" "$into/"
