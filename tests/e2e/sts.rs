//! What the binary under test answered.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::case::same;
use crate::process::Output;

#[derive(Debug)]
pub struct Check {
    pub output: Output,
    pub sets: Vec<Set>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    sets: Vec<Set>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Set {
    pub name: String,
    pub complete: bool,
    pub verdict: String,
    pub engine: Option<Engine>,
    pub unread: Vec<Value>,
    pub findings: Vec<Finding>,
    pub controller: Option<Controller>,
    pub not_run: Vec<NotRun>,
}

#[derive(Debug, Deserialize)]
pub struct Engine {
    pub name: String,
    pub verdict: String,
    pub title: Option<String>,
    pub facts: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
pub struct Right {
    pub verb: String,
    pub resource: String,
}

#[derive(Debug, Deserialize)]
pub struct Finding {
    pub rule: String,
    pub severity: String,
    pub object: Object,
    pub message: String,
    pub evidence: BTreeMap<String, Value>,
    pub cause: Option<String>,
    pub fix: Vec<Vec<String>>,
}

/// What the StatefulSet controller does next.
#[derive(Debug, Deserialize)]
pub struct Controller {
    pub kind: String,
    pub reason: Option<String>,
    pub object: Option<Object>,
    pub message: String,
}

#[derive(Debug, Deserialize)]
pub struct Object {
    pub kind: String,
    pub name: String,
}

#[derive(Debug, Deserialize)]
pub struct NotRun {
    pub rule: String,
    pub missing: Option<Right>,
}

impl Check {
    pub fn parse(output: Output) -> Result<Self> {
        let answer: Answer = serde_json::from_str(&output.stdout)
            .with_context(|| format!("exit {:?}, no report: {}", output.code, output.stderr))?;
        Ok(Self { output, sets: answer.sets })
    }

    /// What it says, in a few lines for a person.
    pub fn summary(&self) -> String {
        let mut text = String::new();
        for set in &self.sets {
            let engine = set.engine.as_ref();
            let words = engine.map_or_else(String::new, |it| format!(", {it:?}"));
            let _ =
                writeln!(text, "{}: {}, complete: {}{words}", set.name, set.verdict, set.complete);
            if let Some(controller) = &set.controller {
                let _ = writeln!(text, "  controller: {}", controller.message);
            }
            for finding in &set.findings {
                let _ = writeln!(text, "  {} {finding:?}", finding.severity);
            }
            for unread in &set.unread {
                let _ = writeln!(text, "  {unread}");
            }
        }
        text
    }

    /// The only set of the answer.
    pub fn set(&self) -> Result<&Set> {
        ensure!(self.sets.len() == 1, "{} sets instead of one", self.sets.len());
        self.sets.first().context("no set")
    }

    /// Exit code, verdict, and every finding as `rule kind/name`, in any order; notes may be left out.
    pub fn is(&self, exit: i32, verdict: &str, findings: &[&str]) -> Result<&Set> {
        let set = self.set()?;
        let mut expected: Vec<String> = findings.iter().map(|words| (*words).to_owned()).collect();
        expected.sort_unstable();
        let found: Vec<String> = set
            .named()
            .into_iter()
            .filter(|it| !set.is_note(it) || expected.contains(it))
            .collect();
        same("findings", &found, &expected)?;
        self.answers(exit, verdict)
    }

    /// Exit code, verdict, and these findings among others.
    pub fn has(&self, exit: i32, verdict: &str, findings: &[&str]) -> Result<&Set> {
        let set = self.set()?;
        let named = set.named();
        for expected in findings {
            ensure!(named.iter().any(|it| it == expected), "no {expected} among {named:?}");
        }
        self.answers(exit, verdict)
    }

    fn answers(&self, exit: i32, verdict: &str) -> Result<&Set> {
        let set = self.set()?;
        same("verdict", &set.verdict.as_str(), &verdict)?;
        same("exit code", &self.output.code, &Some(exit))?;
        same("complete", &set.complete, &(exit != 2))?;
        Ok(set)
    }
}

impl Controller {
    /// `wait/not-ready pod/web-0`, or only `idle`.
    pub fn words(&self) -> String {
        let reason = self.reason.as_ref().map(|reason| format!("/{reason}")).unwrap_or_default();
        let object = self.object.as_ref().map(|it| format!(" {}/{}", it.kind, it.name));
        format!("{}{reason}{}", self.kind, object.unwrap_or_default())
    }
}

impl Set {
    /// Findings as `rule kind/name`, sorted.
    pub fn named(&self) -> Vec<String> {
        let mut named: Vec<String> = self
            .findings
            .iter()
            .map(|it| format!("{} {}/{}", it.rule, it.object.kind, it.object.name))
            .collect();
        named.sort_unstable();
        named
    }

    fn is_note(&self, named: &str) -> bool {
        let rule = named.split(' ').next().unwrap_or_default();
        self.findings.iter().any(|it| it.rule == rule && it.severity == "info")
    }

    pub fn finding(&self, rule: &str) -> Result<&Finding> {
        let found = self.findings.iter().find(|finding| finding.rule == rule);
        found.with_context(|| format!("no {rule} among {:?}", self.named()))
    }

    pub fn has_rule(&self, rule: &str) -> bool {
        self.findings.iter().any(|finding| finding.rule == rule)
    }

    /// The verdict of the database, and the title it goes by.
    pub fn engine_is(&self, title: &str, verdict: &str) -> Result<&Engine> {
        let engine = self.engine.as_ref().context("no database was recognised")?;
        same("verdict of the database", &engine.verdict.as_str(), &verdict)?;
        let is = engine.title.as_deref().unwrap_or_default();
        ensure!(is.starts_with(title), "the database is {is:?} instead of {title:?}");
        Ok(engine)
    }
}
