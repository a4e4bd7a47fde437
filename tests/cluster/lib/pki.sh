# Certificates and kubeconfigs of one cluster.
# shellcheck shell=bash

# Elliptic curves, because eight RSA keys cost seconds of a boot.
new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1" 2>/dev/null; }

sign() { # NAME SUBJECT [ALTERNATIVE NAMES]
  new_key "$1.key"
  openssl req -new -key "$1.key" -subj "$2" 2>/dev/null |
    openssl x509 -req -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 8)" -days 365 -out "$1.crt" \
      -extfile <(echo "extendedKeyUsage=clientAuth,serverAuth"; [[ -z ${3:-} ]] || echo "subjectAltName=$3") 2>/dev/null
}

# A kubeconfig that works on the host and inside the cluster's namespaces, wherever it is copied to.
write_kubeconfig() { # USER FILE CLUSTER SERVER
  cat >"$2" <<KUBECONFIG
apiVersion: v1
kind: Config
current-context: $3
clusters:
- name: $3
  cluster: {server: "$4", certificate-authority-data: $(base64 -w0 ca.crt)}
users:
- name: $1
  user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}
contexts:
- name: $3
  context: {cluster: $3, user: $1}
KUBECONFIG
}

create_pki() ( # CLUSTER
  local name=$1 state address node user
  state=$(state_dir "$name")
  address=$(<"$state/address")
  cd "$state/pki"
  new_key ca.key
  openssl req -x509 -new -key ca.key -days 365 -subj "/CN=$name" -out ca.crt
  new_key sa.key
  openssl ec -in sa.key -pubout -out sa.pub 2>/dev/null
  sign apiserver /CN=kube-apiserver \
    "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost,IP:127.0.0.1,IP:10.96.0.1,IP:$address"
  sign kubelet-client /O=system:masters/CN=system:apiserver-to-kubelet
  sign front-proxy /CN=front-proxy
  sign admin /O=system:masters/CN=admin
  sign controller-manager /CN=system:kube-controller-manager
  sign scheduler /CN=system:kube-scheduler
  sign coredns /CN=system:coredns
  sign kwok /O=system:masters/CN=system:kwok
  for node in $(nodes_of "$name"); do
    sign "node-$node" "/O=system:nodes/CN=system:node:node-$node" "DNS:node-$node,IP:$(node_address "$node")"
  done
  for user in admin controller-manager scheduler coredns kwok $(nodes_of "$name" | sed s/^/node-/); do
    write_kubeconfig "$user" "$state/$user.kubeconfig" "$name" "https://$address"
  done
)
