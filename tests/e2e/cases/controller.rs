//! The StatefulSet controller does what `check` says it does next: many situations in one namespace, one look at all of
//! them, and ten seconds in which the real controller acts or does not.

mod deeds;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use deeds::{deeds, newest_event};

use crate::case::{Case, Spec, gate, same};
use crate::sets::{claim_template, idle, merged};
use crate::wait::until;

pub const CASES: &[Spec] = &[gate("controller", as_foreseen)];

const WINDOW: Duration = Duration::from_secs(10);
pub const NO_SUCH_IMAGE: &str = "127.0.0.1:1/no/such:1";

/// What `check` has to say of each set that does nothing, whatever goes on around it.
const STILL: [(&str, &str); 17] = [
    ("at-rest", "idle"),
    ("on-delete", "idle"),
    ("canary", "idle"),
    ("beyond", "idle"),
    ("broken-parallel", "idle"),
    ("first-broken", "wait/not-running pod/first-broken-0"),
    ("rolled-back", "wait/not-running pod/rolled-back-1"),
    ("lower-unready", "wait/not-ready pod/lower-unready-0"),
    ("below-partition", "wait/not-ready pod/below-partition-0"),
    ("seasoned", "wait/not-available pod/seasoned-0"),
    ("held", "wait/terminating pod/held-0"),
    ("deadlock", "blocked/deadlock pod/deadlock-2"),
    ("no-claim", "blocked/claim-terminating pvc/data-no-claim-0"),
    ("no-quota", "blocked/refused pod/no-quota-0"),
    ("no-account", "blocked/refused pod/no-account-0"),
    ("moved", "blocked/refused pod/moved-1"),
    ("taken", "blocked/name-taken pod/taken-0"),
];

/// What is foreseen of those that are changed in the window, and what the controller then does first. They also show
/// that it was not asleep.
const ACTING: [(&str, &str, &[&str]); 4] = [
    ("trapped-parallel", "update pod/trapped-parallel-1", &["delete trapped-parallel-1"]),
    ("shifted", "update pod/shifted-7", &["delete shifted-7", "create shifted-7"]),
    ("all-go", "scale-down pod/all-go-2", &["delete all-go-1", "delete all-go-2"]),
    ("one-goes", "scale-down pod/one-goes-2", &["delete one-goes-2"]),
];

fn set(name: &str, replicas: u32, spec: &Value) -> Value {
    let labels = json!({"app": name});
    let set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [idle()]},
            },
        },
    });
    merged(set, &json!({"spec": spec}))
}

fn template(spec: &Value) -> Value {
    json!({"template": {"spec": spec}})
}

fn with_image(image: &str) -> Value {
    template(&json!({"containers": [merged(idle(), &json!({"image": image}))]}))
}

fn partition(index: u32) -> Value {
    json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": index}}})
}

fn parallel(spec: &Value) -> Value {
    merged(spec.clone(), &json!({"podManagementPolicy": "Parallel"}))
}

/// Another template with the same pods.
fn next_template() -> Value {
    json!({"template": {"metadata": {"annotations": {"version": "next"}}}})
}

fn sets() -> Vec<Value> {
    let claims = |class| json!({"volumeClaimTemplates": [claim_template(class)]});
    let without_account = template(&json!({"serviceAccountName": "nobody"}));
    vec![
        set("at-rest", 1, &json!({})),
        set("on-delete", 1, &json!({"updateStrategy": {"type": "OnDelete"}})),
        set("canary", 2, &partition(1)),
        set("beyond", 1, &partition(5)),
        set("broken-parallel", 2, &parallel(&json!({}))),
        set("first-broken", 2, &with_image(NO_SUCH_IMAGE)),
        set("rolled-back", 2, &json!({})),
        set("lower-unready", 3, &json!({})),
        set("below-partition", 2, &partition(1)),
        set("seasoned", 2, &json!({"minReadySeconds": 900})),
        set("held", 2, &json!({})),
        set("deadlock", 3, &json!({})),
        set("no-claim", 1, &claims("standard")),
        set("no-quota", 2, &claims("retain")),
        set("no-account", 1, &without_account),
        set("moved", 1, &parallel(&json!({}))),
        set("taken", 2, &json!({})),
        set("trapped-parallel", 2, &parallel(&with_image(NO_SUCH_IMAGE))),
        set("shifted", 3, &merged(parallel(&partition(2)), &json!({"ordinals": {"start": 5}}))),
        set("all-go", 3, &parallel(&json!({}))),
        set("one-goes", 3, &json!({})),
    ]
}

fn as_foreseen(case: &Case) -> Result<()> {
    let outcome = run(case);
    // Nobody else takes them off, and the namespace could not go.
    for object in ["pod/held-0", "pvc/data-no-claim-0"] {
        let _ = case.patch(object, &json!({"metadata": {"finalizers": null}}));
    }
    outcome
}

fn run(case: &Case) -> Result<()> {
    let quota = json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "no-retain"},
        "spec": {"hard": {"retain.storageclass.storage.k8s.io/persistentvolumeclaims": "0"}},
    });
    case.apply(&[quota])?;
    case.until_value(&["quota", "no-retain"], "/status/hard", Value::is_object)?;
    case.apply(&sets())?;
    become_ready(case)?;
    bring_about(case)?;
    let names: Vec<&str> = STILL.iter().map(|(name, _)| *name).collect();
    let expected: BTreeMap<String, String> =
        STILL.iter().map(|(name, words)| ((*name).to_owned(), (*words).to_owned())).collect();
    until("every situation", Duration::from_secs(60), || {
        same("foreseen", &foreseen(case, &names)?, &expected)?;
        Ok(Some(()))
    })?;
    let (still_before, mark) = (pods(case, &names)?, newest_event(case)?);
    let began = Instant::now();
    foresee_and_act(case)?;
    until("what was foreseen, and the end of the window", WINDOW * 3, || {
        let done = deeds(case, mark)?;
        for (set, _, first) in ACTING {
            let done = done.get(set).map(Vec::as_slice).unwrap_or_default();
            let mut done: Vec<&str> = done.iter().take(first.len()).map(String::as_str).collect();
            // Those of a Parallel set go at once.
            if set == "all-go" {
                done.sort_unstable();
            }
            same(set, &done, &first.to_vec())?;
        }
        Ok((began.elapsed() > WINDOW).then_some(()))
    })?;
    let done = deeds(case, mark)?;
    for (set, words) in STILL {
        ensure!(!done.contains_key(set), "{set}: {words} was foreseen, and it did {:?}", done[set]);
    }
    same("pods that nothing was to happen to", &pods(case, &names)?, &still_before)?;
    // One canary at the partition, which is an index: nothing below it was touched.
    same("shifted", &done["shifted"].len(), &2)?;
    same("foreseen", &foreseen(case, &names)?, &expected)
}

/// All pods that can be.
fn become_ready(case: &Case) -> Result<()> {
    for (set, replicas) in [
        ("canary", 2),
        ("rolled-back", 2),
        ("lower-unready", 3),
        ("below-partition", 2),
        ("deadlock", 3),
        ("held", 2),
        ("taken", 2),
        ("no-claim", 1),
        ("moved", 1),
        ("shifted", 3),
        ("all-go", 3),
        ("one-goes", 3),
        ("broken-parallel", 2),
    ] {
        case.until_value(&["statefulset", set], "/status/readyReplicas", |it| *it == replicas)?;
    }
    Ok(())
}

fn change(case: &Case, set: &str, spec: &Value) -> Result<()> {
    case.patch(&format!("statefulset/{set}"), &json!({"spec": spec}))
}

/// Its container cannot come back: the image of a pod may be changed.
pub fn break_pods(case: &Case, names: &[&str]) -> Result<()> {
    for name in names {
        let containers = json!([{"name": "main", "image": NO_SUCH_IMAGE}]);
        let patch = json!({"spec": {"containers": containers}}).to_string();
        case.kubectl(&["patch", "pod", name, "-p", &patch])?;
    }
    for name in names {
        let waiting = "/status/containerStatuses/0/state/waiting/reason";
        case.until_value(&["pod", name], waiting, |it| it.is_string())?;
    }
    Ok(())
}

fn bring_about(case: &Case) -> Result<()> {
    let finalizers = json!({"metadata": {"finalizers": ["example.com/held"]}});
    change(case, "rolled-back", &with_image(NO_SUCH_IMAGE))?;
    change(
        case,
        "moved",
        &merged(
            template(&json!({"serviceAccountName": "nobody"})),
            &json!({"ordinals": {"start": 1}}),
        ),
    )?;
    change(case, "first-broken", &with_image("pause:1"))?;
    for set in ["on-delete", "canary", "beyond"] {
        change(case, set, &next_template())?;
    }
    case.patch("pod/held-0", &finalizers)?;
    case.kubectl(&["delete", "pod", "held-0", "--wait=false"])?;
    change(case, "held", &next_template())?;
    case.patch("pvc/data-no-claim-0", &finalizers)?;
    case.kubectl(&["delete", "pvc", "data-no-claim-0", "--wait=false"])?;
    case.kubectl(&["delete", "pod", "no-claim-0", "--wait=false"])?;
    case.kubectl(&["label", "pod", "taken-0", "app-"])?;
    break_pods(
        case,
        &["lower-unready-0", "below-partition-0", "deadlock-1", "deadlock-2", "broken-parallel-0"],
    )?;
    change(case, "lower-unready", &json!({"replicas": 2}))?;
    change(case, "deadlock", &json!({"replicas": 1}))?;
    change(case, "below-partition", &next_template())?;
    let waiting = "/status/containerStatuses/0/state/waiting/reason";
    case.until_value(&["pod", "rolled-back-1"], waiting, |it| it.is_string())?;
    change(case, "rolled-back", &with_image("pause:1"))
}

/// What the controller is said to do next, of each set.
fn foreseen(case: &Case, arguments: &[&str]) -> Result<BTreeMap<String, String>> {
    let check = case.check(arguments)?;
    let words = check.sets.iter().map(|set| {
        let controller =
            set.controller.as_ref().with_context(|| format!("{}: no word", set.name))?;
        Ok((set.name.clone(), controller.words()))
    });
    words.collect()
}

/// The controller acts at once, so what it will do is read off a capture in which the change is made already.
fn foresee_and_act(case: &Case) -> Result<()> {
    let changes = [
        ("trapped-parallel", with_image("pause:1")),
        ("shifted", next_template()),
        ("all-go", json!({"replicas": 1})),
        ("one-goes", json!({"replicas": 1})),
    ];
    let names = ACTING.map(|(name, ..)| name);
    let file = case.cluster.files.join("controller.json");
    let path = file.to_string_lossy();
    let mut list = case.get(&["statefulsets,pods,pvc"])?;
    let objects = list["items"].as_array_mut().context("no list")?;
    for object in objects {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let change = changes.iter().find(|(set, _)| *set == name);
        if let Some((_, spec)) = change.filter(|_| object["kind"] == "StatefulSet") {
            *object = merged(object.take(), &json!({"spec": spec}));
            if spec.get("template").is_some() {
                object["status"]["updateRevision"] = json!("another");
            }
        }
    }
    std::fs::write(&file, list.to_string())?;
    let foreseen = foreseen(case, &[&["--from", &path][..], &names].concat())?;
    for (name, expected, _) in ACTING {
        same(name, &foreseen[name].as_str(), &expected)?;
    }
    changes.iter().try_for_each(|(name, spec)| change(case, name, spec))
}

/// Pods by name: uid, and when they are to go.
fn pods(case: &Case, sets: &[&str]) -> Result<BTreeMap<String, String>> {
    let pods = case.get(&["pods"])?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of_sets = pods["items"].as_array().into_iter().flatten().filter_map(|pod| {
        let name = text(&pod["metadata"]["name"]);
        let set = name.rsplit_once('-')?.0;
        let meta = &pod["metadata"];
        let state = text(&meta["uid"]) + &text(&meta["deletionTimestamp"]);
        sets.contains(&set).then_some((name, state))
    });
    Ok(of_sets.collect())
}
