# Up and down.
# shellcheck shell=bash

up() { # CLUSTER NODES KWOK
  can
  build
  locked "cluster-$1" boot "$@"
  echo "$(state_dir "$1")/admin.kubeconfig"
}

boot() {
  local name=$1 nodes=$2 kwok=$3 state node process
  state=$(state_dir "$name")
  stage_began=$EPOCHREALTIME
  remove "$name"
  [[ $nodes == 1 || $nodes == 2 ]] || die "--nodes is 1 or 2"
  mkdir -p "$state"/{bin,libexec,log,pids,pki}
  echo "$nodes" >"$state/nodes"
  [[ -z $kwok ]] || touch "$state/kwok.enabled"
  link_programs "$state"
  create_network "$name"
  create_namespaces "$name"
  create_cgroups "$name"
  write_configuration "$name"
  stage "$name: namespaces and network"

  launch "$name" etcd
  for node in $(nodes_of "$name"); do launch "$name" "containerd-$node"; done
  create_pki "$name"
  launch "$name" apiserver
  for node in $(nodes_of "$name"); do
    await_healthy "$name" "containerd-$node"
    import_image "$name" pause:1
  done
  stage "$name: containerd"
  await_healthy "$name" apiserver
  stage "$name: API server"

  for process in $(processes_of "$name"); do launch "$name" "$process"; done
  kubectl "$name" apply -f "$here/config/base.yaml" >/dev/null
  [[ -z $kwok ]] || create_kwok_nodes "$name"
  for process in $(processes_of "$name"); do await_healthy "$name" "$process"; done
  stage "$name: controllers, DNS and kubelets"
  await 60 nodes_ready "$name" || die "the nodes of $name are not Ready after 60 s: tests/cluster/cluster env $name"
  # A pod cannot be created in a namespace before its service account is.
  await 60 kubectl "$name" get serviceaccount default || die "namespace default of $name has no service account after 60 s"
  stage "$name: $nodes node(s) Ready"
}

# Ready, and without the taint of one that was not: it goes a moment later, and until then nothing is scheduled there.
nodes_ready() {
  local node
  for node in $(nodes_of "$1"); do
    [[ $(kubectl "$1" get node "node-$node" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}{.spec.taints}') == True ]] ||
      return 1
  done
}

create_kwok_nodes() { # CLUSTER
  local node
  for node in kwok-{1..4}; do
    sed "s/@NODE@/$node/" "$here/config/kwok-node.yaml" | kubectl "$1" create -f - >/dev/null
  done
}

# Hard links: the cluster keeps its programs when the cache moves on, and they show under one folder inside.
# People get kubectl on their PATH, and nothing that hides a program of the machine (a CNI plugin is named "bridge").
link_programs() { # STATE
  local component
  for component in "${components[@]}"; do
    cp --link "$(component_dir "$component")"/* "$1/libexec/"
  done
  mv "$1/libexec/kubectl" "$1/bin/"
  cp "$(pause_program)" "$1/libexec/cluster-init"
}

write_configuration() { # CLUSTER
  local name=$1 state node file folder first last
  state=$(state_dir "$name")
  cp "$here"/config/{audit-policy.yaml,Corefile} "$state/"
  echo 'nameserver 10.244.0.1' >"$state/resolv.conf"
  for node in $(nodes_of "$name"); do
    folder=$state/node-$node
    mkdir -p "$folder/cni"
    # Both nodes share a bridge; each gives out its half of the pod addresses.
    if [[ $node == 1 ]]; then first=10.244.0.2 last=10.244.127.254; else first=10.244.128.2 last=10.244.255.254; fi
    for file in containerd.toml kubelet.yaml pods.conflist; do
      sed "s/@NODE@/node-$node/; s/@CLUSTER@/$name/; s/@ADDRESS@/$(node_address "$node")/
        s/@HEALTHZ_PORT@/$((10247 + node))/; s/@FIRST_POD@/$first/; s/@LAST_POD@/$last/" \
        "$here/config/$file" >"$folder/$file"
    done
    mv "$folder/pods.conflist" "$folder/cni/10-pods.conflist"
  done
}

down() { locked "cluster-$1" remove "$1"; }

remove() {
  end_namespaces "$1"
  remove_network "$1"
  remove_cgroups "$1"
  # Nothing of the cluster is mounted here: its mounts went with their namespace.
  rm -rf --one-file-system "$(state_dir "$1")"
}

list() {
  local state
  for state in "$cache"/clusters/*/; do
    ! is_up "$(basename "$state")" || basename "$state"
  done
}

build() {
  mkdir -p "$cache"
  locked build build_all
}

build_all() {
  install_packages
  build_components
  pause_program >/dev/null
}
