#!/usr/bin/env bash
# Prints a large StatefulSet for kwok's nodes (`cluster up NAME --kwok`): two claims for each ordinal, with volumes that
# wait for them, because the host-path provisioner would take many minutes for so many.
#
# large-set.sh NAMESPACE [REPLICAS=1000] [NAME=large] | kubectl apply --server-side --filename -
set -euo pipefail
namespace=${1:?usage: large-set.sh NAMESPACE [REPLICAS=1000] [NAME=large]}
replicas=${2:-1000}
name=${3:-large}

cat <<SET
apiVersion: v1
kind: Service
metadata: {name: $name, namespace: $namespace}
spec:
  clusterIP: None
  selector: {app: $name}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: $name, namespace: $namespace}
spec:
  serviceName: $name
  replicas: $replicas
  podManagementPolicy: Parallel
  selector: {matchLabels: {app: $name}}
  template:
    metadata: {labels: {app: $name}}
    spec:
      nodeSelector: {type: kwok}
      tolerations: [{key: kwok.x-k8s.io/node, operator: Exists}]
      containers: [{name: main, image: fake}]
  volumeClaimTemplates:
  - &template
    metadata: {name: data}
    spec:
      storageClassName: ""
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 1Gi}}
  - <<: *template
    metadata: {name: log}
SET
for ((ordinal = 0; ordinal < replicas; ordinal++)); do
  for template in data log; do
    cat <<VOLUME
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: $namespace-$name-$template-$ordinal, labels: {app: $name}}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: ""
  hostPath: {path: /nowhere}
  claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: $namespace, name: $template-$name-$ordinal}
VOLUME
  done
done
