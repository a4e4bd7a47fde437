#!/usr/bin/env bash
# Packs a release into dist/: an archive for each platform, SHA256SUMS, and the krew manifest with their sums.
# The same binaries give the same archives, byte for byte.
#
#   TARGETS            Rust targets, separated by spaces; default: the one of this machine
#   BINARIES           a folder with TARGET/kubectl-sts for each; default: they are built
#   REPOSITORY         its address on the web, for the manifest
#   SOURCE_DATE_EPOCH  the date of every packed file; default: that of the commit
#   DIST               where all of it goes; default: dist
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'dist: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# A Rust target in the words of krew.
platform() {
  local os arch
  case $1 in
    *-linux-*) os=linux ;;
    *-apple-darwin) os=darwin ;;
    *-windows-*) os=windows ;;
    *) die "no archive is made for $1" ;;
  esac
  case $1 in
    x86_64-*) arch=amd64 ;;
    aarch64-*) arch=arm64 ;;
    *) die "no archive is made for $1" ;;
  esac
  echo "$os-$arch"
}

this_target() { rustc -vV | sed -n 's/^host: //p'; }

has_std() { [[ -d $(rustc --print target-libdir --target "$1") ]]; }

# What can be built here of what was asked for.
buildable() {
  local target
  for target in "$@"; do
    if has_std "$target"; then
      echo "$target"
    else
      say "left out: $target, whose standard library is not installed (rustup target add $target)"
    fi
  done
}

# Every binary writes the same pages, so one that runs here does.
write_pages() {
  local target here
  here=$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
  for target in "${targets[@]}"; do
    [[ $(platform "$target") == "$here" ]] || continue
    mkdir -p "$1"
    "$BINARIES/$target/kubectl-sts" man "$1"
    return
  done
  die "the manual pages are written by a binary for $here, and there is none among: ${targets[*]}"
}

# Nothing of this machine gets into an archive: no order of files, owner, date or umask. krew takes no links.
pack() {
  local target=$1 name stage
  name=kubectl-sts-v$version-$(platform "$target").tar.gz
  [[ ! -e $dist/$name ]] || die "two targets for one platform: ${targets[*]}"
  stage=$work/$target
  mkdir "$stage"
  if [[ $target == *-windows-* ]]; then
    cp "$BINARIES/$target/kubectl-sts.exe" completions/kubectl_complete-sts.cmd "$stage/"
  else
    mkdir -p "$stage/man/man1"
    cp "$BINARIES/$target/kubectl-sts" completions/kubectl_complete-sts "$stage/"
    cp "$work"/pages/*.1 "$stage/man/man1/"
    chmod +x "$stage"/kubectl*
  fi
  cp LICENSE "$stage/"
  (cd "$stage" && LC_ALL=C tar --create --format=ustar --sort=name --owner=0 --group=0 --numeric-owner \
    --mtime="@$SOURCE_DATE_EPOCH" --mode=u=rwX,go=rX -- *) | gzip -9n >"$dist/$name"
}

# The template of the manifest without the platforms that were not packed.
fill_in() {
  awk -v version="v$version" -v repository="$REPOSITORY" '
    FNR == NR { sum[$2] = $1; next }
    /^#/ { next }
    { gsub(/\$\{VERSION\}/, version); gsub(/\$\{REPOSITORY\}/, repository) }
    $2 == "uri:" { file = $3; sub(/.*\//, "", file); is_left_out = !(file in sum) }
    is_left_out { next }
    { sub(/\$\{SHA256\}/, sum[file]); print }
  ' "$dist/SHA256SUMS" krew/sts.yaml
}

[[ $(tar --version) == *'GNU tar'* ]] || die "this needs GNU tar"
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
if [[ -z ${REPOSITORY-} ]]; then
  REPOSITORY=https://kubectl-sts.invalid
  say "REPOSITORY is not set: the manifest's addresses lead nowhere, install with --archive"
fi
dist=${DIST:-dist}
mkdir -p "$dist"
dist=$(cd "$dist" && pwd)
rm -f "$dist"/kubectl-sts-*.tar.gz "$dist/SHA256SUMS" "$dist/sts.yaml"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

read -ra targets <<<"${TARGETS:-$(this_target)}"
for target in "${targets[@]}"; do
  platform "$target" >/dev/null
done
if [[ -z ${BINARIES-} ]]; then
  mapfile -t targets < <(buildable "${targets[@]}")
  ((${#targets[@]})) || die "nothing is left to build"
  BINARIES=$work/binaries
  for target in "${targets[@]}"; do
    krew/build.sh "$target" "$BINARIES"
  done
fi

write_pages "$work/pages"
for target in "${targets[@]}"; do
  pack "$target"
done
(cd "$dist" && sha256sum -- *.tar.gz >SHA256SUMS)
fill_in >"$dist/sts.yaml"
cat "$dist/SHA256SUMS"
