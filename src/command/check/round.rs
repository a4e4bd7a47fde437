//! One look at the chosen sets: observe, ask, judge.

use anyhow::{Error, Result};
use futures_util::future::join;

use super::source::Source;
use super::{CheckArgs, Engine, purpose};
use crate::command::choice::Chosen;
use crate::engine::{self, AnyEngine};
use crate::model::{Evidence, Intent, Snapshot};
use crate::report::{EngineReport, Report};
use crate::rules;
use crate::ui::Ui;

pub(super) struct Round {
    pub reports: Vec<Report>,
    /// A sentence for each name that is not there.
    pub missing: Vec<Error>,
}

pub(super) type Recognised = Option<(&'static dyn AnyEngine, Evidence)>;

/// # Errors
/// When the sets could not be read, or there is none.
pub(super) async fn look(args: &CheckArgs, source: &Source, ui: &Ui) -> Result<Round> {
    let Chosen { mut snapshots, missing } = {
        let _spinner = ui.spinner("reading the cluster");
        source.observe(args).await?
    };
    if let Some(Intent::DrainNode { node }) = &args.intent {
        purpose::node_is_there(node, &snapshots)?;
    }
    let recognised: Vec<_> = snapshots.iter().map(|now| recognise(args.engine, now)).collect();
    let (replies, details) = {
        let _spinner = ui.spinner("asking the database");
        join(source.ask(&snapshots, &recognised), source.look_closer(&snapshots)).await
    };
    for now in &mut snapshots {
        now.details = details.clone();
        now.intent.clone_from(&args.intent);
    }
    source.warn(ui);
    if let Some(path) = &args.save {
        source.save(path, &snapshots, &recognised, replies.clone(), ui)?;
    }
    for ((now, engine), replies) in snapshots.iter_mut().zip(&recognised).zip(replies) {
        if let (Some((engine, _)), Some(replies)) = (engine, replies) {
            engine.interpret(now, replies);
        }
    }
    let reports = snapshots
        .into_iter()
        .zip(recognised)
        .map(|(now, engine)| judge(source.context(), now, engine))
        .collect();
    let missing = missing.into_iter().map(|(_, error)| error).collect();
    Ok(Round { reports, missing })
}

fn recognise(wanted: Engine, now: &Snapshot) -> Recognised {
    match wanted {
        Engine::Auto => engine::detect(now),
        Engine::None => None,
        Engine::Redis => {
            let redis = engine::named("redis")?;
            let asked_for = Evidence { words: "asked for by --engine".to_owned() };
            Some((redis, redis.detect(now).unwrap_or(asked_for)))
        }
    }
}

fn judge(context: Option<&str>, now: Snapshot, engine: Recognised) -> Report {
    let mut judged = rules::judge(&now);
    let engine = engine.map(|(engine, evidence)| {
        engine.judge(&now, &mut judged);
        EngineReport {
            name: engine.name(),
            evidence,
            columns: engine.columns(),
            headline: engine.headline(&now),
        }
    });
    if let Some(operation) = now.operation() {
        judged.weigh(operation);
    }
    Report { context: context.map(str::to_owned), now, engine, judged }
}
