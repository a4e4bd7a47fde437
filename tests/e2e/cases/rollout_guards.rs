//! What stands in the way of a rollout is said, one thing after the other, and nothing is written for it.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::rollout::{pods, rollout};
use crate::case::{Case, Spec, full, same, step};
use crate::redis::{self, Formed, NAME, Redis};

pub const CASES: &[Spec] = &[full("rollout-guards", guards)];

const SLOT: &str = "100";

fn guards(case: &Case) -> Result<()> {
    let formed = Redis { shared_processes: true, ..redis::redis() }.form(case)?;
    let replica = formed.replicas_of(0)?[0];
    step("a replica that says nothing", || {
        formed.freeze(replica)?;
        let refused = refuses(&formed, "member-silent");
        formed.thaw(replica)?;
        formed.until_views(&[0, replica], "it answers again", redis::agree)?;
        refused
    })?;
    step("a budget that lets none go", || {
        let budget = format!("pdb/{NAME}");
        case.patch(&budget, &json!({"spec": {"maxUnavailable": 0}}))?;
        case.until_value(&[&budget], "/status/disruptionsAllowed", |allowed| *allowed == 0)?;
        refuses(&formed, "budget-allows-none")?;
        let flags = ["--yes", "--canary=1", "--allow=budget-allows-none"];
        same("allowed", &case.sts(&rollout("restart", NAME, &flags))?.code, &Some(0))?;
        same(
            "the others",
            &case.sts(&rollout("undo", NAME, &["--yes", flags[2]]))?.code,
            &Some(0),
        )?;
        case.patch(&budget, &json!({"spec": {"maxUnavailable": 1}}))?;
        case.until_value(&[&budget], "/status/disruptionsAllowed", |allowed| *allowed == 1)
    })?;
    step("an open slot", || {
        let owner = formed.node(0)?;
        let other = formed.node(1)?.id;
        formed.cli(0, &["cluster", "setslot", SLOT, "migrating", &other])?;
        formed.cli(1, &["cluster", "setslot", SLOT, "importing", &owner.id])?;
        refuses(&formed, "open-slot")?;
        [0, 1]
            .into_iter()
            .try_for_each(|it| formed.cli(it, &["cluster", "setslot", SLOT, "stable"]).map(drop))
    })?;
    step("a shard without a replica", || {
        let others = formed.node(1)?.id;
        let own = formed.node(0)?.id;
        formed.cli(replica, &["cluster", "replicate", &others])?;
        formed.until_views(&[0, replica], "they agree", redis::agree)?;
        refuses(&formed, "shard-without-replica")?;
        formed.cli(replica, &["cluster", "replicate", &own])?;
        formed.until_views(&[0, replica], "they agree", redis::agree)
    })?;
    step("a template that names what is not there", || {
        let wants = json!({"spec": {"template": {"spec": {"serviceAccountName": "nobody"}}}});
        case.kubectl(&["create", "serviceaccount", "nobody"])?;
        let hold = rollout("hold", NAME, &["--yes"]);
        same("hold", &case.sts(&hold)?.code, &Some(0))?;
        case.patch(&format!("statefulset/{NAME}"), &wants)?;
        case.kubectl(&["delete", "serviceaccount", "nobody"])?;
        refuses(&formed, "reference-missing")?;
        case.kubectl(&["create", "serviceaccount", "nobody"]).map(drop)
    })?;
    // And with nothing in its way it goes.
    same("exit code", &case.sts(&rollout("restart", NAME, &["--yes"]))?.code, &Some(0))
}

/// What a run would have changed first.
fn state(formed: &Formed) -> Result<(Value, Vec<(String, String)>, Vec<bool>)> {
    let case = formed.case;
    let set = case.get(&["statefulset", NAME])?;
    let is_primary = |ordinal| Ok(formed.node(ordinal)?.has("master"));
    Ok((
        json!([set["metadata"]["generation"], set["metadata"]["annotations"], set["spec"]]),
        pods(case, NAME, 6)?,
        (0..3).map(is_primary).collect::<Result<_>>()?,
    ))
}

fn refuses(formed: &Formed, rule: &str) -> Result<()> {
    let case = formed.case;
    let before = state(formed)?;
    case.until(rule, || Ok(case.check(&[NAME])?.set()?.has_rule(rule).then_some(())))?;
    let output = case.sts(&rollout("restart", NAME, &["--yes"]))?;
    same("exit code", &output.code, &Some(1))?;
    ensure!(output.stdout.contains(rule), "no {rule} in {}", output.stdout);
    same("what is there", &state(formed)?, &before)?;
    ensure!(case.get(&["lease", &format!("kubectl-sts-{NAME}")]).is_err(), "a lease was taken");
    Ok(())
}
