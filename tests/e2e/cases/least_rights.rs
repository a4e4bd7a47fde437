//! `scale` and `rollout` of a database by somebody with no more rights than it needs, and with one less.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::rights::somebody;
use super::rollout::rollout;
use super::scale_redis::{is_whole, scale};
use crate::case::{Case, Spec, full, same, step};
use crate::process::Output;
use crate::redis::{self, NAME, Redis};

pub const CASES: &[Spec] = &[full("scale-rights", scales), full("rollout-rights", rolls_out)];

const ACCOUNT: &str = "operator";
/// Without any of these no run on a database is begun, and it is named.
const NEEDED: &[(&str, &str)] = &[
    ("list", "statefulsets"),
    ("patch", "statefulsets"),
    ("list", "pods"),
    ("create", "leases"),
    ("update", "leases"),
    ("create", "pods/portforward"),
    ("get", "secrets"),
];

/// A command, and what it cannot be begun without.
struct Command {
    /// docs/rbac
    role: &'static str,
    words: Vec<&'static str>,
    needed: Vec<(&'static str, &'static str)>,
}

fn scales(case: &Case) -> Result<()> {
    let command = Command {
        role: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rbac/scale.yaml")),
        words: scale("6", &[]),
        needed: NEEDED.to_vec(),
    };
    is_least(case, &command, 6)
}

fn rolls_out(case: &Case) -> Result<()> {
    let command = Command {
        role: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rbac/rollout.yaml")),
        words: rollout("restart", NAME, &["--yes"]),
        needed: [NEEDED, &[("get", "statefulsets")]].concat(),
    };
    is_least(case, &command, 8)
}

fn is_least(case: &Case, command: &Command, pods: u32) -> Result<()> {
    let formed = Redis { pods: 8, password: Some("open sesame"), ..redis::redis() }.form(case)?;
    formed.write_keys(2_000)?;
    let account = somebody(case, ACCOUNT, &[])?;
    case.kubectl_with_input(&["apply", "-f", "-"], command.role)?;
    let roles = case.get(&["roles"])?;
    let is_ours = |it: &&Value| it["metadata"]["name"] != ACCOUNT;
    let all = roles["items"].as_array().context("no roles")?;
    let whole = all.iter().find(is_ours).context("no role of docs/rbac")?;
    let role = whole["metadata"]["name"].as_str().context("no name")?;
    let user = format!("--serviceaccount={}:{ACCOUNT}", case.namespace);
    case.kubectl(&["create", "rolebinding", role, &format!("--role={role}"), &user])?;
    for (verb, resource) in &command.needed {
        apply(case, role, &without(whole, verb, resource))?;
        knows(case, verb, resource, false)?;
        step("with less", || {
            let output = run(case, &account, command)?;
            ensure!(output.code == Some(2), "without {verb} {resource}: exit {:?}", output.code);
            let words = format!("{}{}", output.stdout, output.stderr);
            let (kind, sub) = resource.split_once('/').unwrap_or((resource, ""));
            ensure!(
                words.contains(verb) && words.contains(kind) && words.contains(sub),
                "{verb} {resource} is not named: {words}"
            );
            same("writes", &case.writes()?, &Vec::new())
        })?;
        apply(case, role, whole)?;
        knows(case, verb, resource, true)?;
    }
    let output = run(case, &account, command)?;
    same("exit code", &output.code, &Some(0))?;
    is_whole(&formed, pods)
}

fn run(case: &Case, account: &Path, command: &Command) -> Result<Output> {
    case.sts_with(&command.words, |process| {
        process.env("KUBECONFIG", account);
    })
}

fn without(role: &Value, verb: &str, resource: &str) -> Value {
    let mut role = role.clone();
    for rule in role["rules"].as_array_mut().into_iter().flatten() {
        let is_of = rule["resources"].as_array().is_some_and(|it| it.contains(&resource.into()));
        if let Some(verbs) = rule["verbs"].as_array_mut().filter(|_| is_of) {
            verbs.retain(|it| it != verb);
            if verbs.is_empty() {
                verbs.push("no-verb".into());
            }
        }
    }
    role
}

fn apply(case: &Case, role: &str, with: &Value) -> Result<()> {
    let rules = serde_json::json!({"rules": with["rules"]});
    case.patch(&format!("role/{role}"), &rules)
}

/// The authorizer hears of a right a moment later.
fn knows(case: &Case, verb: &str, resource: &str, may: bool) -> Result<()> {
    let (kind, sub) = resource.split_once('/').unwrap_or((resource, ""));
    let account = format!("--as=system:serviceaccount:{}:{ACCOUNT}", case.namespace);
    let named = if kind == "secrets" { format!("{kind}/{NAME}") } else { kind.to_owned() };
    let sub = format!("--subresource={sub}");
    let question = ["auth", "can-i", verb, &named, &account, &sub];
    case.until(
        "the rights are known",
        || Ok((case.kubectl(&question).is_ok() == may).then_some(())),
    )
}
