//! The state of a claim in words.

use crate::claims::{Difference, Growth, Holding, Pending, State};
use crate::model::Timestamp;
use crate::render::screen::Tone;
use crate::render::value::{age, quantity};

/// How much a table has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Short,
    Long,
}

pub(super) fn words(holding: &Holding<'_>, now: Timestamp, words: Words) -> String {
    match words {
        Words::Long => explain(holding, now),
        Words::Short => {
            let shown: Vec<&str> = shown(holding).map(short).collect();
            shown.join(", ")
        }
    }
}

/// All that is so, the most telling first. That it is in use, or waits for its pod, goes without saying beside a trouble.
pub fn explain(holding: &Holding<'_>, now: Timestamp) -> String {
    let shown: Vec<String> = shown(holding).map(|state| say(state, holding, now)).collect();
    shown.join("; ")
}

fn shown<'a>(holding: &'a Holding<'_>) -> impl Iterator<Item = &'a State> {
    let is_alone = holding.states.len() == 1;
    let goes_without = |state: &State| matches!(state, State::InUse | State::Waiting);
    holding.states.iter().filter(move |state| is_alone || !goes_without(state))
}

pub const fn short(state: &State) -> &'static str {
    match state {
        State::Terminating(_) => "terminating",
        State::Lost => "lost",
        State::Pending(_) => "pending",
        State::StaleOwner(_) => "stale owner",
        State::Shared(_) => "shared",
        State::Resizing(_) => "resizing",
        State::Drifted(_) => "drifted",
        State::Foreign(_) => "foreign",
        State::LeftBehind(_) => "left behind",
        State::Parked => "parked",
        State::Orphan => "orphan",
        State::Unknown(_) => "unknown",
        State::Missing { .. } => "missing",
        State::Released => "released",
        State::NotDurable(_) => "not durable",
        State::Waiting => "waiting",
        State::InUse => "in use",
        State::Unrelated => "unrelated",
    }
}

pub(super) const fn tone(state: &State) -> Tone {
    match state {
        State::Terminating(_) | State::Lost | State::Missing { .. } | State::StaleOwner(_) => {
            Tone::Bad
        }
        State::Pending(_)
        | State::Shared(_)
        | State::Drifted(_)
        | State::LeftBehind(_)
        | State::Orphan
        | State::Released => Tone::Warn,
        State::Unknown(_) => Tone::Unknown,
        State::Resizing(_)
        | State::Foreign(_)
        | State::Parked
        | State::NotDurable(_)
        | State::Waiting
        | State::InUse
        | State::Unrelated => Tone::Plain,
    }
}

fn say(state: &State, holding: &Holding<'_>, now: Timestamp) -> String {
    let unused = holding.unused_since().map(|since| format!(" (unused for {})", age(now, since)));
    let unused = unused.unwrap_or_default();
    match state {
        State::Terminating(users) if users.is_empty() => "terminating".to_owned(),
        State::Terminating(users) => format!("terminating: goes when {} stops", users.join(", ")),
        State::Lost => "lost: its volume is gone or another's".to_owned(),
        State::Pending(why) => format!("pending: {}", why_pending(why)),
        State::StaleOwner(owner) => {
            let kind = owner.kind.to_lowercase();
            format!("stale owner: an earlier {kind} {}; may be collected with its data", owner.name)
        }
        State::Shared(users) => format!("shared by {}", users.join(", ")),
        State::Resizing(growth) => growing(growth, holding),
        State::Drifted(difference) => format!("drifted from its template: {}", drift(difference)),
        State::Foreign(owner) => format!("foreign: {owner} has it"),
        State::LeftBehind(Some(replicas)) => {
            format!("left behind: a scale-up to {replicas} would start on this data{unused}")
        }
        State::LeftBehind(None) => format!("left behind, below the first ordinal{unused}"),
        State::Parked => "parked: the set is scaled to 0".to_owned(),
        State::Orphan => format!("orphan: its set is gone, and nothing names it{unused}"),
        State::Unknown(unread) => format!("unknown: {unread}"),
        State::Missing { has_pod: true } => {
            "expected but missing: its pod runs without it".to_owned()
        }
        State::Missing { has_pod: false } => "expected but missing: made with its pod".to_owned(),
        State::Released => match holding.reclaim() {
            Ok(Some("Retain")) => "released: its claim is gone, its data is kept".to_owned(),
            _ => "released: its claim is gone, it was not reclaimed".to_owned(),
        },
        State::NotDurable(kind) => format!("not durable ({kind})"),
        State::Waiting => "waiting for its pod".to_owned(),
        State::InUse => used_by(holding),
        State::Unrelated => {
            "unrelated: not the name of a set's claim, and nothing names it".to_owned()
        }
    }
}

/// That its own pod mounts a claim goes without saying.
fn used_by(holding: &Holding<'_>) -> String {
    let own = holding.pod.map(|pod| pod.name.as_str());
    match holding.users.as_slice() {
        [user] if Some(*user) != own => format!("in use by {user}"),
        _ => "in use".to_owned(),
    }
}

fn why_pending(why: &Pending) -> String {
    match why {
        Pending::Former(volume) => format!("volume {volume} still has the data of a former claim"),
        Pending::NoSuchClass(class) => format!("there is no storage class {class}"),
        Pending::NoClass { has_default: false } => {
            "it names no class, and none is the default".to_owned()
        }
        Pending::NoClass { has_default: true } => {
            "it names no class, so that none makes a volume".to_owned()
        }
        Pending::WaitsForPod(class) => {
            format!("class {class} binds it with its pod (WaitForFirstConsumer)")
        }
        Pending::Refused(words) => words.clone(),
        Pending::New(class) => format!("class {class} is to make a volume"),
        Pending::NoAnswer(class) => format!("the provisioner of class {class} has not answered"),
    }
}

fn growing(growth: &Growth, holding: &Holding<'_>) -> String {
    let size = |bytes: Option<u64>| bytes.map_or_else(|| "?".to_owned(), quantity);
    let to = size(holding.claim.and_then(|claim| claim.request));
    match growth {
        Growth::Failed { message: Some(message), .. } => format!("cannot grow to {to}: {message}"),
        Growth::Failed { message: None, .. } => format!("cannot grow to {to}"),
        Growth::WaitsForPod { .. } => {
            format!("growing to {to}: waits for a pod to mount it, or to be created anew")
        }
        Growth::Running { .. } => format!("growing to {to}"),
        Growth::NotBegun => format!("asks for {to}: nothing makes it grow"),
    }
}

fn drift(difference: &Difference) -> String {
    match difference {
        Difference::Class { is, wanted } => format!("class {is} instead of {wanted}"),
        Difference::VolumeMode { is, wanted } => format!("volume mode {is} instead of {wanted}"),
        Difference::AccessModes { is, wanted } => format!("access modes {is} instead of {wanted}"),
        Difference::Smaller { is, wanted } => {
            format!("{} instead of {}", quantity(*is), quantity(*wanted))
        }
    }
}
