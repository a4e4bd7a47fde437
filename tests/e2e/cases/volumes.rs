//! What happens to claims behind the back of their set, and to the volumes behind the claims.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Spec, gate, step};
use crate::sets::{NAME, claim_template, idle, merged, plain, shell};

pub const CASES: &[Spec] = &[
    gate("claims-broken", broken),
    gate("claim-shared", shared),
    gate("volumes-of-nodes", of_nodes),
];

fn volume_of(case: &Case, claim: &str) -> Result<String> {
    let claim = case.get(&["pvc", claim])?;
    let name = claim.pointer("/spec/volumeName").and_then(Value::as_str);
    name.map(str::to_owned).context("no volume")
}

fn status(case: &Case, object: &str, status: &Value) -> Result<()> {
    let patch = json!({"status": status}).to_string();
    let words = ["patch", object, "--subresource=status", "--type=merge", "-p", &patch];
    case.kubectl(&words).map(drop)
}

/// Each ordinal of one set has another trouble with its claim.
fn broken(case: &Case) -> Result<()> {
    plain().replicas(6).claims("standard").start(case)?;
    step("healthy", || case.check(&[NAME])?.is(0, "healthy", &[]).map(drop))?;
    let claims: Vec<String> = (0..6).map(|ordinal| format!("data-web-{ordinal}")).collect();
    let is_lost = |phase: &Value| phase == "Lost";
    let no_finalizers = json!({"metadata": {"finalizers": null}});

    // 0: its volume is deleted for good.
    let gone = format!("pv/{}", volume_of(case, &claims[0])?);
    case.kubectl(&["delete", &gone, "--wait=false"])?;
    case.patch(&gone, &no_finalizers)?;
    // 1: its volume is given to a claim that is no more.
    let given = format!("pv/{}", volume_of(case, &claims[1])?);
    let uid = "00000000-0000-0000-0000-000000000001";
    let away =
        json!({"spec": {"persistentVolumeReclaimPolicy": "Retain", "claimRef": {"uid": uid}}});
    case.patch(&given, &away)?;
    // 2: it is deleted for good.
    case.kubectl(&["delete", "pvc", &claims[2], "--wait=false"])?;
    case.patch(&format!("pvc/{}", claims[2]), &no_finalizers)?;
    // 3: it belongs to a set that is no more. Of this version the garbage collector knows nothing, or it would act.
    let owner =
        json!({"apiVersion": "apps/v1beta2", "kind": "StatefulSet", "name": NAME, "uid": uid});
    case.patch(&format!("pvc/{}", claims[3]), &json!({"metadata": {"ownerReferences": [owner]}}))?;
    // 4: it is to grow, and the storage refuses.
    let larger = json!({"spec": {"resources": {"requests": {"storage": "2Mi"}}}});
    case.patch(&format!("pvc/{}", claims[4]), &larger)?;
    step("asked to grow", || {
        case.check(&[NAME])?.has(1, "unhealthy", &["claim-resize-waiting pvc/data-web-4"]).map(drop)
    })?;
    let refused = json!({"type": "ControllerResizeError", "status": "True", "message": "no space"});
    status(case, &format!("pvc/{}", claims[4]), &json!({"conditions": [refused]}))?;
    // 5: its volume does not come off a node.
    let kept = volume_of(case, &claims[5])?;
    let attachment = format!("volumeattachment/{}", case.namespace);
    attach(case, &kept)?;

    case.until_value(&["pvc", &claims[0]], "/status/phase", is_lost)?;
    case.until_value(&["pvc", &claims[1]], "/status/phase", is_lost)?;
    let findings = [
        "claim-lost pvc/data-web-0",
        "claim-lost pvc/data-web-1",
        "claim-missing pvc/data-web-2",
        "claim-owner-gone pvc/data-web-3",
        "claim-resize-failed pvc/data-web-4",
        "claims-unequal statefulset/web",
        &format!("volume-attachment pv/{kept}"),
    ];
    let outcome = case.check(&[NAME]).and_then(|check| {
        let set = check.is(1, "unhealthy", &findings)?;
        for finding in set.findings.iter().filter(|finding| finding.rule == "claim-lost") {
            let is_there = finding.object.name == claims[1];
            ensure!(finding.message.contains("is there") == is_there, "{finding:?}");
        }
        let cause = set.finding("claim-resize-failed")?.cause.as_deref().unwrap_or_default();
        ensure!(cause == "no space", "cause: {cause}");
        Ok(())
    });
    // They belong to no namespace.
    case.kubectl(&["delete", &attachment, &given])?;
    outcome
}

fn attach(case: &Case, volume: &str) -> Result<()> {
    let attachment = json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": {"name": case.namespace},
        "spec": {
            "attacher": "none.example.com", "nodeName": "node-1",
            "source": {"persistentVolumeName": volume},
        },
    });
    case.apply(&[attachment])?;
    let error = json!({"message": "the disk is busy", "time": "2026-01-01T00:00:00Z"});
    let busy = json!({"attached": true, "detachError": error});
    status(case, &format!("volumeattachment/{}", case.namespace), &busy)
}

fn shared(case: &Case) -> Result<()> {
    let claim = merged(
        claim_template("standard"),
        &json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "everything"},
        }),
    );
    case.apply(&[claim])?;
    let volume = json!({"name": "all", "persistentVolumeClaim": {"claimName": "everything"}});
    plain().set(&json!({"spec": {"template": {"spec": {"volumes": [volume]}}}})).start(case)?;
    case.check(&[NAME])?.is(1, "unhealthy", &["claim-shared pvc/everything"]).map(drop)
}

/// A volume that a test makes; `at` is where on which node.
fn volume(case: &Case, ordinal: u32, node: &str) -> Value {
    let name = format!("{}-{ordinal}", case.namespace);
    let hostname = json!({"key": "kubernetes.io/hostname", "operator": "In", "values": [node]});
    let claim = json!({"namespace": case.namespace, "name": format!("data-web-{ordinal}")});
    json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "1Mi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": case.namespace,
            "persistentVolumeReclaimPolicy": "Retain", "claimRef": claim,
            "local": {"path": path(case, ordinal)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [hostname]}]}},
        },
    })
}

fn path(case: &Case, ordinal: u32) -> String {
    format!("/run/{}-{ordinal}", case.namespace)
}

/// Local disks of node-1, of which one is nearly full and one rather; and one of a node that does not exist.
fn of_nodes(case: &Case) -> Result<()> {
    case.cluster.image("redis:7.0")?;
    let volumes = [volume(case, 0, "node-1"), volume(case, 1, "node-1"), volume(case, 2, "node-9")];
    case.apply(&volumes)?;
    let outcome = step("disks", || {
        disks(case, "mount -t tmpfs -o size=100k e2e $1; head -c $2 /dev/zero >$1/data")
    })
    .and_then(|()| on_disks(case));
    case.kubectl(&["delete", "statefulset", NAME, "--ignore-not-found"])?;
    case.kubectl(&["wait", "--for=delete", "pod", "-l", "app=web", "--timeout=60s"])?;
    disks(case, "umount $1; rmdir $1")?;
    for ordinal in 0..3 {
        case.admin(&["delete", "pv", &format!("{}-{ordinal}", case.namespace), "--wait=false"])?;
    }
    outcome
}

/// Has a pod that may do it run a script on node-1 for each disk, with its folder and how many bytes to fill.
fn disks(case: &Case, script: &str) -> Result<()> {
    let disk = |ordinal: u32, bytes: &str| {
        format!("set -- {} {bytes}; mkdir -p $1; {script}", path(case, ordinal))
    };
    let script = [disk(0, "98k"), disk(1, "90k")].join("; ");
    let mount = json!({"name": "run", "mountPath": "/run", "mountPropagation": "Bidirectional"});
    let container = merged(
        shell(&script),
        &json!({
            "readinessProbe": null, "securityContext": {"privileged": true}, "volumeMounts": [mount],
        }),
    );
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "disks"},
        "spec": {
            "nodeName": "node-1", "restartPolicy": "Never", "containers": [container],
            "volumes": [{"name": "run", "hostPath": {"path": "/run"}}],
        },
    });
    case.apply(&[pod])?;
    case.kubectl(&[
        "wait",
        "--for=jsonpath={.status.phase}=Succeeded",
        "pod/disks",
        "--timeout=60s",
    ])?;
    case.kubectl(&["delete", "pod", "disks", "--now"]).map(drop)
}

fn on_disks(case: &Case) -> Result<()> {
    let mount = json!({"name": "data", "mountPath": "/data"});
    let container = merged(idle(), &json!({"volumeMounts": [mount]}));
    plain().replicas(3).claims(&case.namespace).container(&container).apply(case)?;
    let is_so = |reason: &Value| reason == "Unschedulable";
    case.until_value(&["pod", "web-2"], "/status/conditions/0/reason", is_so)?;
    case.until_value(&["statefulset", NAME], "/status/readyReplicas", |ready| *ready == 2)?;
    let findings = [
        "all-on-one-node statefulset/web",
        "pod-unschedulable pod/web-2",
        "volume-filling pvc/data-web-1",
        "volume-full pvc/data-web-0",
        "volume-nowhere pvc/data-web-2",
        "volume-on-one-node statefulset/web",
    ];
    // A kubelet measures a volume from time to time.
    let check = case.until("it is told how full the volumes are", || {
        let check = case.check(&[NAME])?;
        let is_told =
            check.set()?.has_rule("volume-full") && check.set()?.has_rule("volume-filling");
        Ok(is_told.then_some(check))
    })?;
    check.is(1, "unhealthy", &findings)?;
    let report = super::pvc::pvc(case, 0, &["--usage"])?;
    let used = |ordinal: usize| report["volumes"][ordinal]["used"].as_u64().unwrap_or_default();
    ensure!(used(0) > used(1) && used(1) > 80_000, "used: {} and {}", used(0), used(1));
    ensure!(report["volumes"][2]["used"].is_null(), "of a volume that no pod has mounted");
    Ok(())
}
