//! Where a check gets its inputs: a cluster, or a file.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use futures_util::future::join_all;
use serde_json::Value;

use super::CheckArgs;
use super::round::Recognised;
use crate::claims;
use crate::cli::Target;
use crate::cluster::{
    Capture, Closer, Connection, Forwarded, Inputs, Reading, Replies, look_closer, observe,
};
use crate::command::choice::{self, Chosen};
use crate::command::{cannot, file};
use crate::model::{Details, Snapshot};
use crate::reach::{Login, Occasion};
use crate::ui::Ui;

pub(super) struct Source {
    origin: Origin,
    namespace: Option<String>,
    /// What was observed, kept for a capture.
    inputs: OnceCell<Inputs>,
}

enum Origin {
    Cluster { connection: Box<Connection>, login: Login, occasion: Occasion },
    File { capture: Box<Capture>, path: PathBuf },
}

impl Source {
    pub(super) async fn cluster(args: &CheckArgs, target: &Target) -> Result<Self> {
        let login = args.login.read()?;
        let occasion = match &args.intent {
            _ if args.watch => Occasion::Watch,
            Some(_) => Occasion::Change,
            None => Occasion::Check,
        };
        let connection = Box::new(super::super::connection(target).await?);
        let namespace = (!args.sets.all_namespaces).then(|| connection.namespace().to_owned());
        Ok(Self {
            origin: Origin::Cluster { connection, login, occasion },
            namespace,
            inputs: OnceCell::new(),
        })
    }

    /// A file has the sets of any namespaces: only `-n` narrows them.
    pub(super) fn file(path: &Path, args: &CheckArgs, target: &Target) -> Result<Self> {
        let text = file::read(path)?;
        let capture =
            Capture::parse(&text).with_context(|| format!("cannot check {}", path.display()))?;
        Ok(Self {
            origin: Origin::File { capture: Box::new(capture), path: path.to_owned() },
            namespace: target.namespace.clone().filter(|_| !args.sets.all_namespaces),
            inputs: OnceCell::new(),
        })
    }

    pub(super) fn context(&self) -> Option<&str> {
        match &self.origin {
            Origin::Cluster { connection, .. } => connection.context(),
            Origin::File { .. } => None,
        }
    }

    /// The sets that were asked for.
    pub(super) async fn observe(&self, args: &CheckArgs) -> Result<Chosen> {
        let inputs = match &self.origin {
            Origin::Cluster { connection, .. } => {
                observe(connection, self.namespace.as_deref(), Reading::Everything).await
            }
            Origin::File { capture, .. } => capture.inputs.clone(),
        };
        if args.save.is_some() {
            let _ = self.inputs.set(inputs.clone());
        }
        let snapshots = inputs.snapshots().map_err(|unread| cannot(&unread))?;
        let is_here =
            |now: &Snapshot| self.namespace.as_ref().is_none_or(|ns| now.set.namespace == *ns);
        let snapshots: Vec<Snapshot> = snapshots.into_iter().filter(is_here).collect();
        let chosen = match &args.sets.selector {
            _ if !args.sets.names.is_empty() => {
                choice::by_name("check", &args.sets.names, &snapshots, &self.place())
            }
            Some(selector) => choice::by_labels(selector, snapshots),
            None => Chosen { snapshots, missing: Vec::new() },
        };
        if chosen.snapshots.is_empty() && chosen.missing.is_empty() {
            bail!("no StatefulSet found{}", self.place());
        }
        Ok(chosen)
    }

    /// The raw replies of each set's database, in the order of the snapshots.
    pub(super) async fn ask(
        &self,
        snapshots: &[Snapshot],
        recognised: &[Recognised],
    ) -> Vec<Option<Value>> {
        match &self.origin {
            Origin::Cluster { connection, login, occasion } => {
                let reach = Forwarded::new(connection, login.clone(), *occasion);
                let asked = snapshots.iter().zip(recognised).map(async |(now, engine)| {
                    let (engine, _) = engine.as_ref()?;
                    Some(engine.ask(now, &reach).await)
                });
                join_all(asked).await
            }
            Origin::File { capture, .. } => snapshots
                .iter()
                .zip(recognised)
                .map(|(now, engine)| {
                    let (engine, _) = engine.as_ref()?;
                    let replies = capture.replies.get(&key(now))?;
                    (replies.engine == engine.name()).then(|| replies.replies.clone())
                })
                .collect(),
        }
    }

    /// What only some of the sets call for; a capture holds it without logs.
    pub(super) async fn look_closer(&self, snapshots: &[Snapshot]) -> Arc<Details> {
        match &self.origin {
            Origin::Cluster { connection, .. } => {
                let workloads = snapshots.iter().any(claims::awaits_workloads);
                let closer = Closer { pods: true, usage: true, workloads };
                let namespace = self.namespace.as_deref();
                Arc::new(look_closer(connection, snapshots, namespace, closer).await)
            }
            Origin::File { capture, .. } => {
                Arc::new(capture.details.as_ref().map(Details::from).unwrap_or_default())
            }
        }
    }

    /// What the server wanted to be said, each once.
    pub(super) fn warn(&self, ui: &Ui) {
        if let Origin::Cluster { connection, .. } = &self.origin {
            connection.warnings().iter().for_each(|warning| ui.warn(warning));
        }
    }

    pub(super) fn save(
        &self,
        path: &Path,
        snapshots: &[Snapshot],
        recognised: &[Recognised],
        replies: Vec<Option<Value>>,
        ui: &Ui,
    ) -> Result<()> {
        let Some(inputs) = self.inputs.get() else { return Ok(()) };
        let replies: BTreeMap<String, Replies> = snapshots
            .iter()
            .zip(recognised)
            .zip(replies)
            .filter_map(|((now, engine), replies)| {
                let engine = engine.as_ref()?.0.name().to_owned();
                Some((key(now), Replies { engine, replies: replies? }))
            })
            .collect();
        let details = snapshots.first().map(|now| &*now.details);
        let text = Capture::new(inputs.clone(), details, replies).write()?;
        if file::is_standard_stream(path) {
            ui.result(&text)
        } else {
            std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
        }
    }

    fn place(&self) -> String {
        match (&self.origin, &self.namespace) {
            (Origin::File { path, .. }, _) => format!(" in {}", path.display()),
            (Origin::Cluster { .. }, Some(namespace)) => format!(" in namespace {namespace}"),
            (Origin::Cluster { .. }, None) => String::new(),
        }
    }
}

fn key(now: &Snapshot) -> String {
    format!("{}/{}", now.set.namespace, now.set.name)
}
