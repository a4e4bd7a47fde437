# The programs a cluster is made of, built from pinned Go modules into the cache.
# shellcheck shell=bash

components=(kubernetes etcd containerd coredns kwok cni-plugins)

# A component's folder in the cache: what is built depends on the pins, on how we build and on Go.
component_dir() {
  local pins=$here/components/$1
  echo "$cache/components/$1-$(
    { cat "$pins/go.mod" "$pins/go.sum"; link_flags "$1"; go env GOVERSION GOARCH; } | short_hash
  )"
}

pinned_version() { # COMPONENT MODULE
  awk -v module="$2" '$1 == module { print $2; exit } $1 == "require" && $2 == module { print $3; exit }' \
    "$here/components/$1/go.mod"
}

# etcd, CoreDNS and the CNI plugins carry their version in the source; the others expect it at link time.
link_flags() {
  local v
  case $1 in
    kubernetes)
      v=$(pinned_version kubernetes k8s.io/kubernetes)
      local minor=${v#v1.} package=k8s.io/component-base/version
      printf -- '-s -w -X %s.gitVersion=%s -X %s.gitMajor=1 -X %s.gitMinor=%s -X %s.gitTreeState=clean' \
        $package "$v" $package $package "${minor%%.*}" $package
      ;;
    containerd)
      v=$(pinned_version containerd github.com/containerd/containerd/v2)
      printf -- '-s -w -X github.com/containerd/containerd/v2/version.Version=%s' "${v#v}"
      ;;
    kwok)
      v=$(pinned_version kwok sigs.k8s.io/kwok)
      printf -- '-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=%s' "$v"
      ;;
    *) printf -- '-s -w' ;;
  esac
}

build_component() {
  local name=$1 out
  out=$(component_dir "$name")
  [[ -d $out ]] && return
  say "building $name (once; kept in $out)"
  mkdir -p "$cache/components"
  local temporary=$out.building
  rm -rf "$temporary"
  mkdir "$temporary"
  # "tool" stands for the tool directives of the component's go.mod.
  CGO_ENABLED=0 go build -C "$here/components/$name" -mod=readonly -trimpath -buildvcs=false \
    -ldflags "$(link_flags "$name")" -o "$temporary/" tool >&2
  # Go names a program after the last element of its import path, which is ".../server/v3" here.
  [[ $name == etcd ]] && mv "$temporary/server" "$temporary/etcd"
  mv "$temporary" "$out"
  stage "built $name"
}

build_components() {
  local name
  for name in "${components[@]}"; do
    build_component "$name"
  done
}
