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
cargo build --release --locked --bin kubectl-sts --target "$target" --target-dir "$built"

binary=kubectl-sts
[[ $target != *-windows-* ]] || binary=kubectl-sts.exe
mkdir -p "$into"
cp "$built/$target/release/$binary" "$into/"
