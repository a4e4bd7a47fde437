//! A primary that has failed, and its replica, which is barred from taking over until somebody allows it.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{KEYS, is_clean};
use crate::case::{Case, same, step};
use crate::redis::{self, Formed, NAME, Redis, View, pod};
use crate::running::Running;

const TRIES: usize = 20;
const VOTER: u32 = 1;
const LAST: u32 = 5;

/// It dies before its replica has heard of its newest epoch: those that have heard of it deny the replica their votes, and go on
/// denying them.
pub fn denied(case: &Case) -> Result<()> {
    let formed = Redis { shared_processes: true, ..redis::redis() }.form(case)?;
    formed.write_keys(KEYS)?;
    let keys = formed.count_keys()?;
    let replica = *formed.replicas_of(0)?.first().context("no replica")?;
    step("it is gone, and its replica knows it as it was", || falls_unheard(&formed, replica))?;
    is_barred(case, "denied the votes for good")?;
    step("allowed, the replica takes over", || {
        let run = takes_over(&formed, replica)?;
        formed.until_views(&[VOTER, replica], "every slot is served", |views| {
            views.iter().all(|view| view.is_ok)
        })?;
        case.kubectl(&["delete", "quota", "none"])?;
        is_mended(run)
    })?;
    is_clean(&formed)?;
    same("keys", &formed.count_keys()?, &keys)?;
    same("who follows now", &formed.replicas_of(replica)?, &vec![0])
}

/// Both copies of some slots are gone, and the replica comes back without its primary, which it has to have been connected to
/// before it may stand for election. Of a set in order the replica's pod comes first, and a quota leaves room for that one alone.
pub fn never_linked(case: &Case, redis: Redis) -> Result<()> {
    let formed = Redis { ordered: true, first: &[LAST, 0, VOTER], ..redis }.form(case)?;
    formed.write_keys(KEYS)?;
    let keys = formed.count_keys()?;
    let id = formed.node(LAST)?.id;
    let replica = *formed.replicas_of(LAST)?.first().context("no replica")?;
    step("both are gone", || {
        formed.lose(&[replica, LAST])?;
        formed.until_views(&[0, VOTER], "the primary is declared failed", |views| {
            views.iter().all(|view| view.node(&id).is_some_and(|node| node.has("fail")))
        })
    })?;
    step("the replica comes back alone", || {
        case.patch("quota/none", &json!({"spec": {"hard": {"pods": LAST.to_string()}}}))?;
        case.until_value(&["quota", "none"], "/status/hard/pods", |pods| {
            *pods == LAST.to_string()
        })?;
        tries_again(case, "one")?;
        case.until("it answers", || Ok(formed.info(replica, "role").ok()))?;
        let since = formed.info(replica, "master_link_down_since_seconds")?;
        same("since when its link is down", &since.as_str(), &"-1")
    })?;
    is_barred(case, "it has started without its primary")?;
    step("allowed, it takes over, and its primary comes back as its replica", || {
        let run = takes_over(&formed, replica)?;
        case.kubectl(&["delete", "quota", "none"])?;
        tries_again(case, "the other")?;
        is_mended(run)
    })?;
    case.rolled_out(NAME)?;
    is_clean(&formed)?;
    same("keys", &formed.count_keys()?, &keys)?;
    same("who follows now", &formed.replicas_of(replica)?, &vec![LAST])
}

/// The controller pauses longer after each refusal, but for a change of the set.
fn tries_again(case: &Case, what: &str) -> Result<()> {
    let annotation = format!("example.com/create={what}");
    case.kubectl(&["annotate", "--overwrite", "statefulset", NAME, &annotation]).map(drop)
}

/// A run that goes on: the pod of the primary that failed is still away.
fn takes_over(formed: &Formed, replica: u32) -> Result<Running> {
    let allowed = ["repair", NAME, "--yes", "--allow", "replica-not-promoted"];
    let run = Running::start(formed.case, &allowed, None)?;
    let is_primary = || Ok(formed.node(replica)?.primary.is_none().then_some(()));
    formed.case.until("it has taken over", is_primary)?;
    Ok(run)
}

fn is_barred(case: &Case, reason: &str) -> Result<()> {
    step("check says what keeps the replica from taking over", || {
        case.until("it is declared failed", || {
            let output = case.sts(&["check", NAME])?;
            same("exit code", &output.code, &Some(1))?;
            Ok(output.stdout.contains(reason).then_some(()))
        })
    })?;
    step("it is not mended without being allowed", || {
        let output = case.sts(&["repair", NAME, "--yes"])?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("replica-not-promoted"), "{}", output.stdout);
        let output = case.sts(&["check", NAME])?;
        ensure!(output.stdout.contains(reason), "{}", output.stdout);
        Ok(())
    })
}

fn is_mended(run: Running) -> Result<()> {
    let (code, text) = run.end()?;
    same("exit code", &code, &Some(0))?;
    ensure!(text.contains("takeover") && text.contains("is mended."), "{text}");
    Ok(())
}

/// It takes new epochs, and stops in the moment in which a voter has heard of one, until the replica has not. Its pod is gone
/// then, and stays away.
fn falls_unheard(formed: &Formed, replica: u32) -> Result<()> {
    let case = formed.case;
    let id = formed.node(0)?.id;
    let (epoch, voter) = ("[^ ]* [^ ]* [^ ]* [^ ]* [^ ]*", formed.address(VOTER)?);
    // Only one that has not the newest of all takes a new one.
    let words = format!(
        "$CLI -h {voter} cluster bumpepoch >/dev/null; \
         until $CLI cluster bumpepoch | grep BUMPED; do sleep 0.01; done; \
         now=$($CLI cluster nodes | grep '^{id} ' | cut -d' ' -f7); \
         until $CLI -h {voter} cluster nodes | grep -q \"^{id} {epoch} $now \"; do :; done; \
         kill -STOP $(pidof redis-server)"
    );
    for _ in 0..TRIES {
        formed.shell(0, &words)?;
        if epoch_of(&id, &formed.views(&[VOTER])?)? > epoch_of(&id, &formed.views(&[replica])?)? {
            case.no_more_pods()?;
            return case
                .kubectl(&["delete", "pod", &pod(0), "--grace-period=0", "--force"])
                .map(drop);
        }
        formed.thaw(0)?;
    }
    anyhow::bail!("its replica heard of each of {TRIES} epochs before a voter did")
}

fn epoch_of(id: &str, views: &[View]) -> Result<u64> {
    let view = views.first().context("no view")?;
    Ok(view.node(id).context("not known")?.epoch)
}
