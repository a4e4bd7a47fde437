# The images in the cache, by what they are made of, and in the nodes. images/recipes.sh says how each is made.
# shellcheck shell=bash

source "$here/images/recipes.sh"

image_archive() { # IMAGE
  echo "$cache/images/${1/:/-}-$(cat "$here"/images/* | short_hash).tar"
}

build_image() { # IMAGE
  local image=$1 archive
  archive=$(image_archive "$image")
  [[ -e $archive ]] && return
  mkdir -p "$cache/images"
  rm -rf "$archive.building"
  mkdir "$archive.building"
  make_image "$image" "$archive.building"
  mv "$archive.building/image.tar" "$archive"
  rm -rf "$archive.building"
}

# Imports an image into every node of a cluster that does not have it yet.
import_image() { # CLUSTER IMAGE
  local name=$1 image=$2 node archive imported
  locked image build_image "$image"
  archive=$(image_archive "$image")
  for node in $(nodes_of "$name"); do
    imported=$(state_dir "$name")/node-$node/imported-$(basename "$archive")
    [[ -e $imported ]] && continue
    ctr "$name" "$node" images import - <"$archive" >/dev/null
    touch "$imported"
  done
}

ctr() { # CLUSTER NODE ARGUMENTS...
  local name=$1 node=$2
  shift 2
  # It warns of cgroup v1 at every call.
  CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS=1 inside "$name" \
    /run/cluster/libexec/ctr --address "/run/node-$node/containerd.sock" --namespace k8s.io "$@"
}
