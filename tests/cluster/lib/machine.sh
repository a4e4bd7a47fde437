# Whether this machine can host a cluster, and the Debian packages that takes.
# shellcheck shell=bash

# program=package, for each program that is not in every Debian.
programs=(
  runc=runc iptables=iptables # what containerd and its port mapping call
  ip=iproute2 nsenter=util-linux flock=util-linux openssl=openssl
  debootstrap=debootstrap gcc=gcc python3=python3 pip3=python3-pip # images
  jq=jq # the end-to-end tests derive from kubectl's output what ours should be
)

missing_packages() {
  local entry
  for entry in "${programs[@]}"; do
    command -v "${entry%=*}" >/dev/null || echo "${entry#*=}"
  done
  [[ -e /usr/include/stdio.h ]] || echo libc6-dev
}

# One sentence on what is missing, or nothing.
obstacle() {
  if [[ $(uname -s) != Linux ]]; then
    echo "a cluster needs Linux, this is $(uname -s)"
  elif [[ $(uname -m) != x86_64 ]]; then
    echo "the database images are for x86_64, this machine is $(uname -m)"
  elif ((EUID != 0)); then
    echo "a cluster needs root, for network namespaces and containers: run this with sudo"
  elif ! command -v go >/dev/null; then
    echo "Kubernetes is built from source and Go is not installed: install Go $(needed_go) or newer"
  elif [[ $(printf '%s\n' "go$(needed_go)" "$(go env GOVERSION)" | sort -V | head -1) != go$(needed_go) ]]; then
    echo "Kubernetes needs Go $(needed_go) or newer to build, this is $(go env GOVERSION)"
  elif [[ -n $(missing_packages) ]] && ! command -v apt-get >/dev/null; then
    echo "these packages are missing and there is no apt-get to install them: $(missing_packages | sort -u | xargs)"
  elif command -v unshare >/dev/null && ! unshare --net --mount --pid --fork true 2>/dev/null; then
    echo "this machine does not allow network, mount and process namespaces (in a container: run it privileged)"
  elif [[ ! -e /sys/fs/cgroup/cgroup.controllers && ! -d /sys/fs/cgroup/memory ]]; then
    echo "cgroups are not mounted at /sys/fs/cgroup"
  fi
}

needed_go() { awk '$1 == "go" { print $2 }' "$here/components/kubernetes/go.mod"; }

can() {
  local sentence
  sentence=$(obstacle)
  [[ -z $sentence ]] || die "$sentence"
}

install_packages() {
  local packages
  packages=$(missing_packages | sort -u | xargs)
  [[ -n $packages ]] || return 0
  say "installing Debian packages: $packages"
  # shellcheck disable=SC2086  # a list
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null 2>&1 && return
  # Most often the package lists are old or were never fetched.
  # shellcheck disable=SC2086
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages; } >/dev/null ||
    die "apt-get could not install: $packages"
}
