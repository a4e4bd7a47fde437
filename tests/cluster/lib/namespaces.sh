# A cluster's own network, mounts and process ids. What runs in them cannot reach the host's, and all of it ends
# with the first process, whatever state it was in.
# shellcheck shell=bash

state_dir() { echo "$cache/clusters/$1"; }
nodes_of() { seq "$(<"$(state_dir "$1")/nodes")"; }
node_address() { [[ $1 == 1 ]] && echo 10.244.0.1 || echo 10.244.128.1; }

# The first process of a cluster's namespaces, known by its name and the state folder on its command line.
init_pid() {
  local comm process
  for comm in $(grep -lsx cluster-init /proc/[0-9]*/comm); do
    process=${comm%/comm}
    if cmp -s "$process/cmdline" <(printf 'cluster-init\0%s\0' "$(state_dir "$1")"); then
      echo "${process#/proc/}"
      return
    fi
  done
  return 1
}

is_up() { init_pid "$1" >/dev/null; }

# Runs a program inside the namespaces of a cluster.
inside() { # CLUSTER COMMAND...
  local pid
  pid=$(init_pid "$1") || die "cluster $1 is not up; tests/cluster/cluster up $1"
  shift
  nsenter --target "$pid" --net --mount --pid -- "$@"
}

# The node's bridge, and a veth pair by which the host reaches the API server.
create_network() { # CLUSTER
  local name=$1 netns=sts-$1 state number subnet address
  state=$(state_dir "$name")
  ip netns add "$netns"
  for number in {0..255}; do
    subnet=10.213.$number
    [[ -z $(ip -4 -o address show to "$subnet.0/24") ]] || continue
    ip link add "sts$number" type veth peer name host netns "$netns" 2>/dev/null && break
  done
  ip link set "sts$number" alias "$netns" up
  ip address add "$subnet.1/30" dev "sts$number"
  echo "$subnet.2" >"$state/address"
  ip -netns "$netns" -batch - <<IP
link set lo up
link set host up
address add $subnet.2/30 dev host
link add cni0 type bridge
link set cni0 up
IP
  for address in $(nodes_of "$name" | while read -r node; do node_address "$node"; done); do
    ip -netns "$netns" address add "$address/16" dev cni0
  done
  # The address of the Service "kubernetes". The API server answers on it itself, so that pods reach it without
  # kube-proxy.
  ip -netns "$netns" address add 10.96.0.1/32 dev cni0
  nsenter --net="/run/netns/$netns" sysctl -qw net.ipv4.ip_forward=1
}

remove_network() { # CLUSTER
  local link
  # Deleting the host's end of the pair frees its subnet now, not when the kernel gets round to the namespace.
  for link in $(ip -o link show | awk -v alias="sts-$1" -F '[ @:]+' '$NF == alias { print $2 }'); do
    ip link delete "$link" 2>/dev/null || true
  done
  [[ ! -e /run/netns/sts-$1 ]] || ip netns delete "sts-$1"
}

# Starts the first process. It sees the state folder as /run/cluster, whatever its path on the host, and /run, /tmp
# and /var of its own: the host-path provisioner writes to /tmp/hostpath_pv, kubelets write to /var/log.
create_namespaces() { # CLUSTER
  local name=$1 state
  state=$(state_dir "$name")
  # shellcheck disable=SC2016  # expanded by the inner shell
  setsid --fork nsenter --net="/run/netns/sts-$name" unshare --mount --pid --fork --mount-proc bash -euc '
    state=$1
    cd "$state"
    mount -t tmpfs -o mode=755 cluster /run
    mkdir -p /run/cluster /run/lock var/lib var/log var/cache tmp
    mount --bind . /run/cluster
    ln -s /run var/run
    mount --bind var /var
    chmod 1777 tmp
    mount --bind tmp /tmp
    # As on any node; the kubelet and runc share mounts through it.
    mount --make-rshared /
    exec -a cluster-init /run/cluster/libexec/cluster-init "$state"' \
    - "$state" </dev/null >"$state/log/init.log" 2>&1 9>&-
  await 5 is_up "$name" || die "the namespaces of $name could not be made: $(<"$state/log/init.log")"
}

end_namespaces() { # CLUSTER
  local pid
  pid=$(init_pid "$1") || return 0
  kill -KILL "$pid"
  # The kernel ends all processes of the namespace before it lets go of the first.
  await 20 test ! -e "/proc/$pid" || die "process $pid, the first of cluster $1, does not end"
}

# A cgroup for each node, in every hierarchy of cgroup v1 or in the one of v2, so that what is left of its pods is found.
create_cgroups() { # CLUSTER
  local hierarchy folder node
  for hierarchy in $(cgroup_hierarchies); do
    for node in $(nodes_of "$1"); do mkdir -p "$hierarchy/kubectl-sts/$1/node-$node"; done
    [[ -e /sys/fs/cgroup/cgroup.controllers ]] || continue
    for folder in "$hierarchy" "$hierarchy/kubectl-sts" "$hierarchy/kubectl-sts/$1" "$hierarchy/kubectl-sts/$1"/node-*; do
      sed "s/[a-z]\+/+&/g" "$folder/cgroup.controllers" >"$folder/cgroup.subtree_control" ||
        die "cgroup v2 controllers cannot be enabled in $folder: it must not hold processes itself"
    done
  done
}

remove_cgroups() { # CLUSTER
  local hierarchy folder
  for hierarchy in $(cgroup_hierarchies); do
    folder=$hierarchy/kubectl-sts/$1
    [[ ! -d $folder ]] || await 5 find "$folder" -depth -type d -exec rmdir {} + || say "still busy, left behind: $folder"
    # Ours as long as no other cluster is up.
    rmdir --ignore-fail-on-non-empty "$hierarchy/kubectl-sts" 2>/dev/null || true
  done
}

cgroup_hierarchies() {
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then echo /sys/fs/cgroup; else echo /sys/fs/cgroup/*/; fi
}
