//! What somebody sees who may not see everything.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Spec, gate};
use crate::redis::{self, Redis, primaries};
use crate::sets::{NAME, plain};

pub const CASES: &[Spec] =
    &[gate("sets-and-pods-only", sets_and_pods_only), gate("rights-of-readme", rights_of_readme)];

/// A kubeconfig for this cluster with another token.
pub fn kubeconfig(case: &Case, name: &str, token: &str) -> Result<PathBuf> {
    let text = case.admin(&["config", "view", "--raw", "-o", "json"])?;
    let mut config: Value = serde_json::from_str(&text)?;
    *config.pointer_mut("/users/0/user").context("a kubeconfig without a user")? =
        json!({"token": token});
    let path = case.cluster.files.join(format!("{}-{name}.kubeconfig", case.namespace));
    std::fs::write(&path, config.to_string())?;
    Ok(path)
}

/// A kubeconfig of somebody with these rights in the namespace of the case, as `verb` and `group/resource`.
pub fn somebody(case: &Case, name: &str, rights: &[(&str, &str)]) -> Result<PathBuf> {
    let rules: Vec<Value> = rights
        .iter()
        .map(|(verb, resource)| {
            let (group, resource) = resource.split_once('/').unwrap_or(("", resource));
            json!({"verbs": [verb], "apiGroups": [group], "resources": [resource.replace('.', "/")]})
        })
        .collect();
    let of = "rbac.authorization.k8s.io";
    let subject = json!({"kind": "ServiceAccount", "name": name, "namespace": case.namespace});
    case.apply(&[
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}),
        json!({"apiVersion": format!("{of}/v1"), "kind": "Role", "metadata": {"name": name}, "rules": rules}),
        json!({"apiVersion": format!("{of}/v1"), "kind": "RoleBinding", "metadata": {"name": name},
            "roleRef": {"apiGroup": of, "kind": "Role", "name": name}, "subjects": [subject]}),
    ])?;
    let token = case.kubectl(&["create", "token", name])?;
    let path = kubeconfig(case, name, token.trim())?;
    // The authorizer has the new rights a moment later.
    let account = format!("--as=system:serviceaccount:{}:{name}", case.namespace);
    if let Some((verb, resource)) = rights.last() {
        let (group, resource) = resource.split_once('/').unwrap_or(("", resource));
        let (resource, sub) = resource.split_once('.').unwrap_or((resource, ""));
        let resource =
            if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") };
        let mut question = vec!["auth", "can-i", verb, &resource, &account];
        let sub = format!("--subresource={sub}");
        question.push(&sub);
        case.until("the rights are known", || Ok(case.kubectl(&question).ok()))?;
    }
    Ok(path)
}

/// With the rights that README lists every rule runs, of a database that wants a password too.
fn rights_of_readme(case: &Case) -> Result<()> {
    Redis { password: Some("sesame"), ..primaries() }.form(case)?;
    let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let (_, rest) = readme.split_once("```yaml\nrules:\n").context("no rules in README")?;
    let (rules, _) = rest.split_once("```").context("the rules of README do not end")?;
    let name = &case.namespace;
    let role = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {name}}}\nrules:\n{rules}"
    );
    case.kubectl_with_input(&["apply", "-f", "-"], &role)?;
    let reader = somebody(case, "reader", &[])?;
    let account = format!("--serviceaccount={name}:reader");
    let role = format!("--clusterrole={name}");
    case.admin(&["create", "clusterrolebinding", name, &role, &account])?;
    let outcome = case.until("every rule runs", || {
        let reader = reader.clone();
        let check = case.check_with(&[redis::NAME], move |command| {
            command.env("KUBECONFIG", reader);
        })?;
        let set = check.is(0, "healthy", &[])?;
        ensure!(set.not_run.is_empty(), "not run: {:?}", set.not_run);
        Ok(Some(()))
    });
    case.admin(&["delete", "clusterrolebinding,clusterrole", name])?;
    outcome
}

fn sets_and_pods_only(case: &Case) -> Result<()> {
    plain().claims("standard").start(case)?;
    let path = somebody(case, "viewer", &[("list", "pods"), ("list", "apps/statefulsets")])?;
    let with = path.clone();
    let check = case.check_with(&[NAME], move |command| {
        command.env("KUBECONFIG", with);
    })?;
    let set = check.is(0, "healthy", &[])?;
    let not_run: Vec<&str> = set.not_run.iter().map(|it| it.rule.as_str()).collect();
    for rule in ["claim-missing", "service-missing", "budget-missing", "node-not-ready"] {
        ensure!(not_run.contains(&rule), "{rule} is not among the rules not run: {not_run:?}");
    }
    let rights = set.not_run.iter().filter_map(|it| it.missing.as_ref());
    let mut missing: Vec<String> =
        rights.map(|it| format!("{} {}", it.verb, it.resource)).collect();
    missing.sort_unstable();
    missing.dedup();
    for right in ["list persistentvolumeclaims", "list services", "list nodes"] {
        ensure!(missing.iter().any(|it| it == right), "{right} is not named: {missing:?}");
    }

    let nobody = somebody(case, "nobody", &[])?;
    let output = case.sts_with(&["check", NAME], |command| {
        command.env("KUBECONFIG", nobody);
    })?;
    output.is_refused("list statefulsets")
}
