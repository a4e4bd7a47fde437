//! Plans, what happens on the way, and how it ends.

mod ending;
mod guards;
pub(super) mod lines;
#[cfg(test)]
mod tests;

pub use ending::ending;
pub use lines::{ending_json, plan_json, progress_json, said_json, told_json};

use super::Look;
use super::clean::clean;
use super::command;
use super::findings::{self, Place};
use super::screen::{self, Line};
use super::template::fill;
use super::value::number;
use super::wrap::wrap;
use crate::execute::Told;
use crate::model::Timestamp;
use crate::plan::{Description, Plan, Said};

/// What a plan is about.
#[derive(Clone, Debug)]
pub struct Headline {
    pub context: Option<String>,
    pub namespace: String,
    /// `statefulset/redis`.
    pub object: String,
    pub now: Timestamp,
    /// One sentence.
    pub says: String,
}

impl Headline {
    fn place(&self) -> Place<'_> {
        Place { context: self.context.as_deref(), namespace: &self.namespace, now: self.now }
    }
}

const NUMBER_WIDTH: usize = 3;
const VERB_WIDTH: usize = 8;

/// The plan as it is shown before anybody approves it.
pub fn plan<N>(headline: &Headline, plan: &Plan<N>, look: Look) -> String {
    let context = headline.context.as_deref().map(|it| format!("context {it}   "));
    let place = format!(
        "{}namespace {}   {}",
        context.unwrap_or_default(),
        headline.namespace,
        headline.object
    );
    let mut lines = vec![Line::plain(&place)];
    lines.extend(sentence(&headline.says, look));
    if !(plan.steps.is_empty() && plan.refused.is_empty()) {
        lines.push(Line::blank());
    }
    for (index, step) in plan.steps.iter().enumerate() {
        lines.extend(numbered(index + 1, &step.describe(), headline.now, look));
    }
    if !plan.refused.is_empty() {
        if !plan.steps.is_empty() {
            lines.push(Line::blank());
        }
        lines.extend(findings::lines(plan.refused.iter(), headline.place(), look));
    } else if let Some(judged) = &plan.guards {
        let text = clean(&guards::sentence(judged));
        lines.push(Line::blank());
        lines.extend(sentence(&text, look));
    }
    screen::print(&lines, look.colour)
}

fn sentence(text: &str, look: Look) -> Vec<Line> {
    wrap("", text, 0, 0, look.width).iter().map(|line| Line::plain(line)).collect()
}

fn numbered(number: usize, step: &Description, now: Timestamp, look: Look) -> Vec<Line> {
    let head = format!("{number:NUMBER_WIDTH$}   {:VERB_WIDTH$}   ", step.verb);
    let indent = head.chars().count();
    let lines = wrap(&head, &in_words(step, now), 0, indent, look.width);
    lines.iter().map(|line| Line::plain(line)).collect()
}

/// `pvc/data-redis-6: 1.0 GiB, …`.
fn in_words(step: &Description, now: Timestamp) -> String {
    let says = fill(step.says, &step.evidence, now);
    clean(&format!("{}/{}: {says}", step.object.kind, step.object.name))
}

/// One line for each thing that happens; waiting is told once.
pub fn told<N>(told: &Told<'_, N>, now: Timestamp) -> String {
    match told {
        Told::Begins(step) => {
            let Description { verb, object, .. } = step.describe();
            format!("{verb:VERB_WIDTH$}   {}/{}", object.kind, clean(&object.name))
        }
        Told::Waits(wait) => {
            let says = fill(wait.says, &wait.evidence, now);
            let object = format!("{}/{}", wait.object.kind, wait.object.name);
            format!("{:VERB_WIDTH$}   {}: {}", "wait", clean(&object), clean(&says))
        }
        Told::Unread(unread) => format!("{:VERB_WIDTH$}   {}", "wait", clean(&unread.to_string())),
    }
}

/// How far long work has come.
pub fn progress(done: u64, total: u64, unit: &str) -> String {
    format!("{:VERB_WIDTH$}   {} of {} {unit} so far", "moved", number(done), number(total))
}

/// A line that comes out of a pod.
pub fn said(said: &Said) -> String {
    format!("{:VERB_WIDTH$}   pod/{}: {}", "says", clean(&said.pod), clean(&said.line))
}

/// A command as it is to be typed, with what is in force.
pub fn again(words: &[&str], context: Option<&str>, namespace: &str) -> String {
    let argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    command::quote(&command::in_force(&argv, context, namespace))
}
