//! Questions that cannot be answered, and how many requests an answer takes.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Spec, gate, same, step};
use crate::sets::{NAME, plain};

pub const CASES: &[Spec] = &[
    gate("not-found", not_found),
    gate("no-login", no_login),
    gate("fixed-number-of-requests", fixed_number_of_requests),
];

/// Those that break the cluster.
pub const ALONE: &[Spec] =
    &[gate("api-server-stops", api_server_stops), gate("nothing-written", nothing_written)];

fn not_found(case: &Case) -> Result<()> {
    plain().start(case)?;
    step("a set that is not there", || {
        let output = case.sts(&["check", "wbe"])?;
        output.is_refused("cannot check statefulset/wbe: not found in namespace")?;
        output.is_refused("did you mean web?")
    })?;
    step("a namespace without sets", || {
        let output = case.sts(&["check", NAME, "-n", "default"])?;
        output.is_refused("not found in namespace default")
    })?;
    step("a namespace that is not there", || {
        let output = case.sts(&["check", "-n", "no-such-namespace"])?;
        output.is_refused("no StatefulSet found in namespace no-such-namespace")
    })
}

fn no_login(case: &Case) -> Result<()> {
    let with = |path: &Path| {
        let path = path.to_owned();
        case.sts_with(&["check", NAME], move |command| {
            command.env("KUBECONFIG", path);
        })
    };
    step("a kubeconfig that is not there", || {
        let output = with(Path::new("/no/such/config"))?;
        output.is_refused("kubeconfig")
    })?;
    step("no kubeconfig at all", || {
        let output = case.sts_with(&["check", NAME], |command| {
            command.env_remove("KUBECONFIG").env("HOME", "/no/such/home");
        })?;
        output.is_refused("kubeconfig")
    })?;
    step("a token that is worth nothing", || {
        let output = with(&super::rights::kubeconfig(case, "expired", "not-a-token")?)?;
        output.is_refused("does not accept these credentials")
    })?;
    step("a token that ran out", || {
        case.kubectl(&["create", "serviceaccount", "visitor"])?;
        // Ten minutes are the shortest life there is. A token also ends with its account.
        let token = case.kubectl(&["create", "token", "visitor", "--duration=10m"])?;
        case.kubectl(&["delete", "serviceaccount", "visitor"])?;
        let path = super::rights::kubeconfig(case, "ended", token.trim())?;
        case.until("the API server has noticed", || {
            let output = with(&path)?;
            Ok(output.stderr.contains("credentials").then_some(()))
        })?;
        with(&path)?.is_refused("does not accept these credentials")
    })
}

/// Events of the audit log, from a place in it on, of a user agent that is ours.
fn ours(case: &Case, from: usize) -> Result<Vec<Value>> {
    let audit = case.cluster.audit()?;
    let lines = audit.get(from..).unwrap_or_default().lines();
    let is_ours = |line: &&str| line.contains(r#""userAgent":"kubectl-sts/"#);
    Ok(lines.filter(is_ours).map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn text<'a>(event: &'a Value, pointer: &str) -> &'a str {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// What one check asks of the server as somebody whom no other case uses.
fn requests(case: &Case, account: &Path, arguments: &[&str]) -> Result<Vec<String>> {
    let mark = case.cluster.audit()?.len();
    let check = case.check_with(arguments, |command| {
        command.env("KUBECONFIG", account);
    })?;
    same("exit code", &check.output.code, &Some(0))?;
    let user = format!("system:serviceaccount:{}:auditor", case.namespace);
    let events = ours(case, mark)?;
    let mine = events.iter().filter(|event| text(event, "/user/username") == user);
    let mut requests: Vec<String> = mine
        .map(|event| format!("{} {}", text(event, "/verb"), text(event, "/requestURI")))
        .collect();
    requests.sort_unstable();
    Ok(requests)
}

fn fixed_number_of_requests(case: &Case) -> Result<()> {
    plain().start(case)?;
    let account = super::rights::somebody(case, "auditor", &[])?;
    let admin = format!("--serviceaccount={}:auditor", case.namespace);
    let binding = case.namespace.clone();
    case.admin(&["create", "clusterrolebinding", &binding, "--clusterrole=cluster-admin", &admin])?;
    let outcome = counted(case, &account);
    case.admin(&["delete", "clusterrolebinding", &binding])?;
    outcome
}

fn counted(case: &Case, account: &Path) -> Result<()> {
    case.until("the rights are known", || {
        let output = case.sts_with(&["check", NAME], |command| {
            command.env("KUBECONFIG", account);
        })?;
        Ok((output.code == Some(0) && !output.stdout.contains("not run")).then_some(()))
    })?;
    let of_one = requests(case, account, &[NAME])?;
    for number in 2..5 {
        let name = format!("web-{number}");
        let labels = json!({"app": name});
        let other = plain().replicas(2 * number).set(&json!({
            "metadata": {"name": name, "labels": labels},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}},
                // Their Service selects others.
                "serviceName": null,
            },
        }));
        case.apply(&[other.set])?;
    }
    for number in 2..5 {
        case.rolled_out(&format!("web-{number}"))?;
    }
    let of_many = requests(case, account, &[])?;
    same("the requests for 4 sets with 20 ordinals", &of_many, &of_one)?;
    ensure!(of_one.len() == 15, "{} requests: {of_one:?}", of_one.len());
    let lists = of_one.iter().filter(|request| request.starts_with("list "));
    same("lists", &lists.count(), &14)?;
    Ok(())
}

/// Over all that every case has done with the binary.
fn nothing_written(case: &Case) -> Result<()> {
    case.alone(|| {
        let events = ours(case, 0)?;
        ensure!(events.len() > 100, "only {} events of ours", events.len());
        for event in events {
            let object = format!(
                "{}/{}",
                text(&event, "/objectRef/resource"),
                text(&event, "/objectRef/subresource")
            );
            let reads = ["list", "get"].contains(&text(&event, "/verb"));
            let asks = ["pods/portforward", "selfsubjectaccessreviews/"].contains(&object.as_str());
            // What writes says so by its Audit-ID, and only these cases run such a command, or paste one.
            let namespace = text(&event, "/objectRef/namespace");
            let may_write = namespace.is_empty()
                || [
                    "e2e-pvc",
                    "e2e-scale",
                    "e2e-repair",
                    "e2e-rollout",
                    "e2e-runbooks",
                    "e2e-ghost",
                    "e2e-all-replaced",
                    "e2e-replaced",
                    "e2e-controller-stuck",
                    "e2e-owned-by-operator",
                ]
                .iter()
                .any(|it| namespace.starts_with(it));
            let is_planned = text(&event, "/auditID").starts_with("kubectl-sts-") && may_write;
            ensure!(reads || asks || is_planned, "{event}");
        }
        Ok(())
    })
}

/// Whatever the moment, a check ends in time with an answer or a sentence.
fn api_server_stops(case: &Case) -> Result<()> {
    const LONGEST: Duration = Duration::from_secs(35);
    plain().start(case)?;
    let was_down = AtomicBool::new(false);
    let check = || -> Result<i32> {
        let output = case.sts(&["check", NAME])?;
        ensure!(output.took < LONGEST, "it took {:?}", output.took);
        if output.code == Some(2) && !output.stdout.contains("cannot") {
            output.is_refused("")?;
        }
        output.code.context("a signal ended it")
    };
    let until_it_is_back = || {
        case.until("it answers again", || match check() {
            Ok(0) if was_down.load(Relaxed) => Ok(Some(Ok(()))),
            Ok(2) => {
                was_down.store(true, Relaxed);
                Ok(None)
            }
            Ok(_) => Ok(None),
            Err(error) => Ok(Some(Err(error))),
        })?
    };
    case.alone(|| {
        std::thread::scope(|scope| {
            let checks = scope.spawn(until_it_is_back);
            case.cluster.stop("apiserver")?;
            let seen = case.until("a check has seen it", || {
                Ok((was_down.load(Relaxed) || checks.is_finished()).then_some(()))
            });
            case.cluster.start("apiserver")?;
            seen?;
            checks.join().map_err(|_| anyhow!("the checks panicked"))?
        })
    })
}
