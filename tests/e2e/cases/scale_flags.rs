//! `scale` of what it does not know, and with claims: drained first, deleted after, fresh on the way up.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::scale::{replicas, scale};
use crate::case::{Case, Spec, gate, same, step};
use crate::sets::{NAME, Plain, plain, shell};

pub const CASES: &[Spec] = &[
    gate("scale-drain-exec", by_command),
    gate("scale-drain-http", by_request),
    gate("scale-delete-claims", deletes_claims),
    gate("scale-fresh", fresh),
];

const APPROVED: [&str; 3] = ["--yes", "--confirm", NAME];
/// Says yes to a POST of `/leave`, writes down that it was asked, and no to everything else.
const SERVER: &str = r#"exec perl -MIO::Socket::INET -e '
    my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die;
    while (my $client = $server->accept) {
        my $line = <$client>;
        while (<$client>) { last if /^\r?$/ }
        my $ok = $line =~ m{^POST /leave };
        if ($ok) { open my $file, ">>", "/data/asked"; print $file "once\n"; close $file }
        print $client $ok ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready" : "HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nnothing";
        close $client;
    }'"#;

fn with_shell(case: &Case, replicas: u32, script: &str) -> Result<Plain> {
    case.cluster.image("redis:7.0")?;
    let set = plain().replicas(replicas).container(&shell(script)).claims("standard");
    set.start(case)?;
    Ok(set)
}

/// What stands in a file of a claim, read by the pod that has it.
fn file(case: &Case, pod: &str, name: &str) -> Result<String> {
    case.kubectl(&["exec", pod, "--", "cat", &format!("/data/{name}")])
}

fn patches(case: &Case) -> Result<usize> {
    Ok(case.writes()?.iter().filter(|it| it.contains("statefulsets")).count())
}

fn by_command(case: &Case) -> Result<()> {
    with_shell(case, 3, "exec sleep 1000000")?;
    let run = |command: &str, more: &[&str]| {
        let flags = [&["--engine=none", "--drain-exec", command], more].concat();
        case.sts(&scale("1", &flags))
    };
    let drain = "echo leaving; echo once >>/data/drained; test \"$HOSTNAME\" != web-1";
    step("without approval, and not for another container", || {
        let output = run(drain, &[])?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(
            output.stdout.contains("drain      pod/web-2: runs `echo leaving"),
            "{}",
            output.stdout
        );
        same("exit code", &run(drain, &["--dry-run=server"])?.code, &Some(0))?;
        run(drain, &["--yes", "--drain-container=other"])?.is_refused("no container other")?;
        same("writes", &case.writes()?, &Vec::new())
    })?;
    step("one that fails", || {
        let output = run("echo no way; exit 7", &["--yes"])?;
        same("exit code", &output.code, &Some(3))?;
        let text = &output.stdout;
        ensure!(text.contains("says       pod/web-2: no way"), "{text}");
        ensure!(text.contains("the command in web-2 exited with code 7"), "{text}");
        same("replicas", &replicas(case)?, &3)
    })?;
    step("one that is too slow", || {
        let output = run("sleep 60", &["--yes", "--step-timeout=2s"])?;
        same("exit code", &output.code, &Some(3))?;
        ensure!(output.stdout.contains("no answer in time"), "{}", output.stdout);
        same("patches", &patches(case)?, &0)
    })?;
    step("drained, and stopped at the next", || {
        let output = run(drain, &["--yes"])?;
        same("exit code", &output.code, &Some(3))?;
        ensure!(output.stdout.contains("says       pod/web-2: leaving"), "{}", output.stdout);
        ensure!(output.stdout.contains("in web-1 exited with code 1"), "{}", output.stdout);
        same("replicas", &replicas(case)?, &2)
    })?;
    step("gone on with", || {
        let output = run("true", &["--yes"])?;
        same("exit code", &output.code, &Some(0))?;
        ensure!(!output.stdout.contains("drain      pod/web-2"), "{}", output.stdout);
        same("replicas", &replicas(case)?, &1)
    })?;
    step("what it wrote is on the claims", || {
        case.sts(&scale("2", &["--engine=none", "--yes", "--allow", "claim-left-behind"]))?.ok()?;
        same("web-1", &file(case, "web-1", "drained")?, &"once\n".to_owned())
    })
}

fn by_request(case: &Case) -> Result<()> {
    with_shell(case, 2, SERVER)?;
    let run = |endpoint: &str| {
        case.sts(&scale("1", &["--engine=none", "--yes", "--drain-http", endpoint]))
    };
    step("not found, and nobody listening", || {
        let output = run(":8080/other")?;
        same("exit code", &output.code, &Some(3))?;
        let text = &output.stdout;
        ensure!(text.contains("web-1 answers 404 to POST /other"), "{text}");
        ensure!(text.contains("says       pod/web-1: nothing"), "{text}");
        let output = run(":8081/leave")?;
        same("exit code", &output.code, &Some(3))?;
        ensure!(output.stdout.contains("connection refused"), "{}", output.stdout);
        same("patches", &patches(case)?, &0)
    })?;
    step("drained", || {
        let output = run(":8080/leave")?;
        same("exit code", &output.code, &Some(0))?;
        ensure!(output.stdout.contains("says       pod/web-1: ready"), "{}", output.stdout);
        same("replicas", &replicas(case)?, &1)
    })?;
    case.sts(&scale("2", &["--engine=none", "--yes", "--allow", "claim-left-behind"]))?.ok()?;
    case.until("it answers", || Ok(file(case, "web-1", "asked").ok()))
        .and_then(|asked| same("asked", &asked, &"once\n".to_owned()))
}

/// Uid and volume of the claim of an ordinal; None where there is no claim.
fn claim(case: &Case, ordinal: u32) -> Result<Option<(String, String)>> {
    let list = case.get(&["pvc"])?;
    let name = format!("data-web-{ordinal}");
    let mut claims = list["items"].as_array().into_iter().flatten();
    let Some(claim) = claims.find(|it| it["metadata"]["name"] == name.as_str()) else {
        return Ok(None);
    };
    let text = |value: &Value| value.as_str().map(str::to_owned).context("no text");
    Ok(Some((text(&claim["metadata"]["uid"])?, text(&claim["spec"]["volumeName"])?)))
}

fn reclaim(case: &Case, volume: &str) -> Result<Value> {
    Ok(case.get(&["pv", volume])?["spec"]["persistentVolumeReclaimPolicy"].clone())
}

fn deletes_claims(case: &Case) -> Result<()> {
    plain().replicas(4).claims("standard").start(case)?;
    let run =
        |to: &str, more: &[&str]| case.sts(&scale(to, &[&["--delete-claims"], more].concat()));
    let (stays, third) = (claim(case, 0)?, claim(case, 3)?.context("no claim")?.1);
    step("refused", || {
        let output = run("3", &[])?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("delete     pvc/data-web-3"), "{}", output.stdout);
        same("exit code", &run("3", &["--dry-run=client"])?.code, &Some(0))?;
        run("3", &["--yes"])?.is_not_begun("--confirm")?;
        run("3", &["--yes", "--confirm=other"])?.is_not_begun("nothing was deleted")?;
        let output = run("0", &APPROVED)?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("claim-waits"), "{}", output.stdout);
        same("writes", &case.writes()?, &Vec::new())
    })?;
    step("deleted, and its volume kept", || {
        same("exit code", &run("3", &APPROVED)?.code, &Some(0))?;
        same("claim", &claim(case, 3)?, &None)?;
        same("reclaim", &reclaim(case, &third)?, &json!("Retain"))
    })?;
    let retention =
        json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"}}});
    case.patch("statefulset/web", &retention)?;
    let second = claim(case, 2)?.context("no claim")?.1;
    step("by Kubernetes", || {
        let before = case.writes()?.len();
        let output = case.sts(&scale("2", &["--yes"]))?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("scale --delete-claims"), "{}", output.stdout);
        same("writes", &case.writes()?.len(), &before)?;
        let output = run("2", &APPROVED)?;
        same("exit code", &output.code, &Some(0))?;
        ensure!(output.stdout.contains("Kubernetes deletes data-web-2"), "{}", output.stdout);
        same("claim", &claim(case, 2)?, &None)?;
        same("reclaim", &reclaim(case, &second)?, &json!("Retain"))
    })?;
    step("with its data", || {
        let volume = claim(case, 1)?.context("no claim")?.1;
        let output = run("1", &[&APPROVED[..], &["--discard-data"]].concat())?;
        same("exit code", &output.code, &Some(0))?;
        same("claim", &claim(case, 1)?, &None)?;
        case.until("the volume goes with it", || {
            Ok(case.admin(&["get", "pv", &volume]).is_err().then_some(()))
        })
    })?;
    same("the one that stays", &claim(case, 0)?, &stays)
}

fn fresh(case: &Case) -> Result<()> {
    plain().replicas(3).claims("standard").start(case)?;
    case.sts(&scale("1", &["--yes"]))?.ok()?;
    let run = |to: &str, more: &[&str]| case.sts(&scale(to, &[&["--fresh"], more].concat()));
    let (first, second) = (claim(case, 1)?.context("no claim")?, claim(case, 2)?);
    step("refused", || {
        let before = case.writes()?.len();
        let output = case.sts(&scale("2", &["--yes"]))?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("scale --fresh"), "{}", output.stdout);
        run("2", &["--yes"])?.is_not_begun("--confirm")?;
        same("exit code", &run("2", &["--dry-run=server"])?.code, &Some(0))?;
        same("writes", &case.writes()?.len(), &before)
    })?;
    step("on a new claim", || {
        let output = run("2", &APPROVED)?;
        same("exit code", &output.code, &Some(0))?;
        ensure!(output.stdout.contains("delete     pvc/data-web-1"), "{}", output.stdout);
        let new = claim(case, 1)?.context("no claim")?;
        ensure!(new.0 != first.0 && new.1 != first.1, "{new:?} is the old one");
        same("reclaim of the old volume", &reclaim(case, &first.1)?, &json!("Retain"))?;
        same("what does not join yet", &claim(case, 2)?, &second)
    })
}
