//! `scale` of a database by somebody with no more rights than it needs, and with one less.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::rights::somebody;
use super::scale::writes;
use super::scale_redis::{is_whole, scale};
use crate::case::{Case, Spec, full, same, step};
use crate::process::Output;
use crate::redis::{self, NAME, Redis};

pub const CASES: &[Spec] = &[full("scale-rights", rights)];

const ROLE: &str = "kubectl-sts-scale";
const ACCOUNT: &str = "scaler";
/// Without any of these nothing is begun, and it is named.
const NEEDED: [(&str, &str); 7] = [
    ("list", "statefulsets"),
    ("patch", "statefulsets"),
    ("list", "pods"),
    ("create", "leases"),
    ("update", "leases"),
    ("create", "pods/portforward"),
    ("get", "secrets"),
];

fn rights(case: &Case) -> Result<()> {
    let formed = Redis { pods: 8, password: Some("open sesame"), ..redis::redis() }.form(case)?;
    formed.write_keys(2_000)?;
    let account = somebody(case, ACCOUNT, &[])?;
    let role = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rbac/scale.yaml"));
    case.kubectl_with_input(&["apply", "-f", "-"], role)?;
    let user = format!("--serviceaccount={}:{ACCOUNT}", case.namespace);
    case.kubectl(&["create", "rolebinding", ROLE, &format!("--role={ROLE}"), &user])?;
    let whole = case.get(&["role", ROLE])?;
    for (verb, resource) in NEEDED {
        apply(case, &without(&whole, verb, resource))?;
        knows(case, verb, resource, false)?;
        step("with less", || {
            let output = run(case, &account)?;
            ensure!(output.code == Some(2), "without {verb} {resource}: exit {:?}", output.code);
            let words = format!("{}{}", output.stdout, output.stderr);
            let (kind, sub) = resource.split_once('/').unwrap_or((resource, ""));
            ensure!(
                words.contains(verb) && words.contains(kind) && words.contains(sub),
                "{verb} {resource} is not named: {words}"
            );
            same("writes", &writes(case)?, &Vec::new())
        })?;
        apply(case, &whole)?;
        knows(case, verb, resource, true)?;
    }
    let output = run(case, &account)?;
    same("exit code", &output.code, &Some(0))?;
    is_whole(&formed, 6)
}

fn run(case: &Case, account: &Path) -> Result<Output> {
    case.sts_with(&scale("6", &[]), |command| {
        command.env("KUBECONFIG", account);
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

fn apply(case: &Case, role: &Value) -> Result<()> {
    let rules = serde_json::json!({"rules": role["rules"]});
    case.patch(&format!("role/{ROLE}"), &rules)
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
