# The processes of a cluster: their command lines, how to start and stop one, when one is healthy.
# shellcheck shell=bash

processes_of() { # CLUSTER
  local node
  echo etcd apiserver controller-manager scheduler coredns
  [[ ! -e $(state_dir "$1")/kwok.enabled ]] || echo kwok
  for node in $(nodes_of "$1"); do
    echo "containerd-$node kubelet-$node"
  done
}

# Sets the array `command`. Paths are as seen inside the namespaces.
command_of() { # PROCESS
  local bin=/run/cluster/libexec pki=/run/cluster/pki node=${1##*-}
  case $1 in
    etcd)
      # Nothing here has to survive a power cut.
      command=("$bin/etcd" --data-dir /run/cluster/etcd --unsafe-no-fsync --log-level warn)
      ;;
    apiserver)
      command=("$bin/kube-apiserver"
        --etcd-servers=http://127.0.0.1:2379
        --secure-port=443 --advertise-address=10.244.0.1 --service-cluster-ip-range=10.96.0.0/16
        --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt"
        "--authorization-mode=Node,RBAC" --allow-privileged=true
        --service-account-issuer=https://kubernetes.default.svc
        --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key"
        # A node's name does not resolve here.
        --kubelet-preferred-address-types=InternalIP --kubelet-certificate-authority="$pki/ca.crt"
        --kubelet-client-certificate="$pki/kubelet-client.crt" --kubelet-client-key="$pki/kubelet-client.key"
        --requestheader-client-ca-file="$pki/ca.crt" --requestheader-allowed-names=front-proxy
        --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group
        --requestheader-extra-headers-prefix=X-Remote-Extra-
        --proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key"
        # Blocking, so that "no such request was made" can be read off the log.
        --audit-policy-file=/run/cluster/audit-policy.yaml --audit-log-path=/run/cluster/log/audit.log
        --audit-log-mode=blocking-strict --audit-log-maxsize=100 --audit-log-maxbackup=3)
      ;;
    controller-manager)
      command=("$bin/kube-controller-manager"
        --kubeconfig=/run/cluster/controller-manager.kubeconfig --leader-elect=false --bind-address=127.0.0.1
        --use-service-account-credentials=true --service-account-private-key-file="$pki/sa.key"
        --root-ca-file="$pki/ca.crt" --enable-hostpath-provisioner=true
        # With the defaults a set of 1,000 takes many minutes.
        --kube-api-qps=500 --kube-api-burst=1000 --concurrent-statefulset-syncs=10
        # Tests wait for a lost node to show; by default that takes 50 s. See kubelet.yaml for the other half.
        --node-monitor-grace-period=16s --node-monitor-period=2s)
      ;;
    scheduler)
      command=("$bin/kube-scheduler"
        --kubeconfig=/run/cluster/scheduler.kubeconfig --leader-elect=false --bind-address=127.0.0.1
        --kube-api-qps=500 --kube-api-burst=1000)
      ;;
    coredns) command=("$bin/coredns" -conf /run/cluster/Corefile) ;;
    kwok)
      command=("$bin/kwok" --kubeconfig=/run/cluster/kwok.kubeconfig --server-address=127.0.0.1:10247
        --manage-all-nodes=false --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake
        # Leases, as the kubelets': its own heartbeats come later than the controller manager's grace period ends.
        --node-lease-duration-seconds=16)
      ;;
    containerd-[12]) command=("$bin/containerd" --config "/run/cluster/node-$node/containerd.toml") ;;
    kubelet-[12])
      command=("$bin/kubelet" --config="/run/cluster/node-$node/kubelet.yaml"
        --kubeconfig="/run/cluster/node-$node.kubeconfig" --root-dir="/run/cluster/node-$node/kubelet"
        --hostname-override="node-$node" --node-ip="$(node_address "$node")"
        --node-labels="topology.kubernetes.io/zone=zone-$node")
      ;;
  esac
}

require_process() { # CLUSTER PROCESS
  [[ " $(processes_of "$1" | xargs) " == *" $2 "* ]] ||
    die "cluster $1 has no process $2; it has: $(processes_of "$1" | xargs)"
}

# Process ids are those of the cluster's namespace: no signal of ours can reach anything outside of it.
is_running() { # CLUSTER PROCESS
  local -a command
  command_of "$2"
  # shellcheck disable=SC2016  # expanded by the inner shell
  inside "$1" sh -c 'test "$(readlink "/proc/$(cat "/run/cluster/pids/$1")/exe")" = "$2"' - "$2" "${command[0]}" \
    2>/dev/null
}

launch() { # CLUSTER PROCESS
  local -a command
  is_running "$1" "$2" && return
  command_of "$2"
  # shellcheck disable=SC2016  # expanded by the inner shell
  inside "$1" setsid --fork env --ignore-environment PATH=/run/cluster/libexec:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp \
    sh -c 'echo $$ >"/run/cluster/pids/$0"; exec "$@" >>"/run/cluster/log/$0.log" 2>&1' "$2" "${command[@]}" \
    </dev/null >/dev/null 2>&1 9>&-
}

is_healthy() { # CLUSTER PROCESS
  local node=${2##*-}
  case $2 in
    apiserver) kubectl "$1" get --raw /readyz ;;
    containerd-*) ctr "$1" "$node" version ;;
    kubelet-*) listens "$1" $((10247 + node)) ;;
    etcd) listens "$1" 2379 ;;
    controller-manager) listens "$1" 10257 ;;
    scheduler) listens "$1" 10259 ;;
    coredns)
      inside "$1" bash -c 'exec 3<>/dev/tcp/127.0.0.1/8181
        printf "GET /ready HTTP/1.0\r\n\r\n" >&3 && grep -q " 200 " <&3'
      ;;
    kwok) listens "$1" 10247 ;;
  esac
}

# shellcheck disable=SC2016  # expanded by the inner shell
listens() { inside "$1" bash -c '</dev/tcp/127.0.0.1/$0' "$2"; }

await_healthy() { # CLUSTER PROCESS
  await 60 is_healthy "$1" "$2" && return
  tail -5 "$(state_dir "$1")/log/$2.log" >&2
  die "$2 of cluster $1 is not healthy after 60 s; above is the end of $(state_dir "$1")/log/$2.log"
}

start_process() {
  require_process "$1" "$2"
  launch "$1" "$2"
  await_healthy "$1" "$2"
}

# By SIGKILL, as in a crash: at once, and nobody says goodbye. (Asked nicely, the API server drains for a minute.)
# Pods run on without their kubelet and their containerd, as on a real node.
stop_process() {
  require_process "$1" "$2"
  is_running "$1" "$2" || return 0
  # shellcheck disable=SC2016  # expanded by the inner shell
  inside "$1" sh -c 'kill -s KILL "$(cat "/run/cluster/pids/$0")"' "$2"
  await 5 is_stopped "$1" "$2" || die "$2 of cluster $1 does not end"
}

# Everything that runs on a node, found by its cgroups, at once.
lose_node() { # CLUSTER NODE
  local hierarchy
  stop_process "$1" "kubelet-$2"
  stop_process "$1" "containerd-$2"
  for hierarchy in $(cgroup_hierarchies); do
    find "$hierarchy/kubectl-sts/$1/node-$2" -name cgroup.procs -exec cat {} +
  done | sort -u | xargs --no-run-if-empty kill -KILL
}

is_stopped() { ! is_running "$@"; }

# kubectl from the host, as the administrator of a cluster.
kubectl() { # CLUSTER ARGUMENTS...
  local state
  state=$(state_dir "$1")
  shift
  "$state/bin/kubectl" --kubeconfig "$state/admin.kubeconfig" "$@"
}
