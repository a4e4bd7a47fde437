//! One sentence: what the StatefulSet controller does next, or what it waits for.

use super::Look;
use super::clean::clean;
use super::screen::Line;
use super::value::duration;
use super::wrap::wrap;
use crate::controller::{Action, Birth, Blocked, Phase, Wait, Why};
use crate::model::short_revision;
use crate::report::Report;
use crate::rules::Object;

/// What is said of it, and the words that a program can decide on.
pub(super) struct Said {
    pub(super) kind: &'static str,
    pub(super) reason: Option<&'static str>,
    pub(super) object: Option<Object>,
    pub(super) message: String,
}

/// Nothing where there is nothing to do, or where it is not known.
pub(super) fn controller(report: &Report, look: Look) -> Vec<Line> {
    let Ok(action) = report.controller() else { return Vec::new() };
    if action == Action::Idle {
        return Vec::new();
    }
    let text = clean(&say(report, &action).message);
    let lines = wrap("controller: ", &text, 0, 2, look.width);
    lines.iter().map(|line| Line::plain(line)).collect()
}

pub(super) fn say(report: &Report, action: &Action) -> Said {
    let set = &report.now.set;
    let pod = |ordinal: u32| set.pod_name(ordinal);
    let of_pod = |ordinal| Some(Object::pod(&pod(ordinal)));
    let of_first = |ordinals: &[u32]| ordinals.first().and_then(|it| of_pod(*it));
    let said = |kind, object, message| Said { kind, reason: None, object, message };
    match action {
        Action::Idle => said("idle", None, "nothing to do".to_owned()),
        Action::SpecNotObserved => {
            said("spec-not-observed", None, "it has not acted on the newest spec yet".to_owned())
        }
        Action::Create(births) => {
            let ordinals: Vec<u32> = births.iter().map(|birth| birth.ordinal).collect();
            let pods = pods(&set.name, &ordinals);
            let message = format!("about to create {pods}{}", revisions(&set.name, births));
            said("create", of_first(&ordinals), message)
        }
        Action::Replace(ordinals) => {
            let pods = pods(&set.name, ordinals);
            let message = format!("about to delete {pods}, which ended, and to create it anew");
            said("replace", of_first(ordinals), message)
        }
        Action::ScaleDown(ordinals) => {
            let pods = pods(&set.name, ordinals);
            let message = format!("about to delete {pods}: {}", range(report));
            said("scale-down", of_first(ordinals), message)
        }
        Action::Update(ordinals) => {
            let pods = pods(&set.name, ordinals);
            let message =
                format!("about to delete {pods}, to create it anew on the newest revision");
            said("update", of_first(ordinals), message)
        }
        Action::Wait(wait) => Said {
            kind: "wait",
            reason: Some(reason(wait.why)),
            object: of_pod(wait.ordinal),
            message: waits(report, wait),
        },
        Action::Blocked(blocked) => {
            let (reason, object, message) = blocks(report, blocked);
            Said { kind: "blocked", reason: Some(reason), object, message }
        }
        Action::Unknown { strategy } => {
            let message =
                format!("what it does next is not known: update strategy {strategy} is too new");
            said("unknown", None, message)
        }
    }
}

const fn reason(why: Why) -> &'static str {
    match why {
        Why::Terminating => "terminating",
        Why::NotRunning => "not-running",
        Why::NotReady => "not-ready",
        Why::NotAvailable { .. } => "not-available",
    }
}

fn waits(report: &Report, wait: &Wait) -> String {
    let set = &report.now.set;
    let pod = set.pod_name(wait.ordinal);
    let phase = match wait.phase {
        Phase::Replicas => "OrderedReady",
        Phase::ScaleDown => "scaling down",
        Phase::Update => "updating",
    };
    let until = match wait.why {
        Why::Terminating => format!("waiting for pod {pod} to be gone ({phase})"),
        Why::NotRunning => format!("waiting for pod {pod} to run and become ready ({phase})"),
        Why::NotReady => format!("waiting for pod {pod} to become ready ({phase})"),
        Why::NotAvailable { seconds_left } => {
            let span = duration(seconds_left);
            format!("waiting until pod {pod} is ready for {span} more (minReadySeconds, {phase})")
        }
    };
    match wait.untouched.as_slice() {
        [] => until,
        [one] => format!("{until}; it will not touch ordinal {one} until then"),
        several => {
            format!("{until}; it will not touch ordinals {} until then", numbers(several))
        }
    }
}

fn blocks(report: &Report, blocked: &Blocked) -> (&'static str, Option<Object>, String) {
    let set = &report.now.set;
    let pod = |ordinal: &u32| set.pod_name(*ordinal);
    match blocked {
        Blocked::Deleting => {
            let message = "doing nothing for its pods: the set is being deleted".to_owned();
            ("deleting", Some(Object::set(&set.name)), message)
        }
        Blocked::StaleClaim { ordinal, claim } => {
            let pod = pod(ordinal);
            let message = format!(
                "waiting for claim {claim} to be gone before it creates pod {pod}: it is of the pod before that one"
            );
            ("stale-claim", Some(Object::claim(claim)), message)
        }
        Blocked::ClaimTerminating { ordinal, claim } => {
            let pod = pod(ordinal);
            let message = format!(
                "waiting for claim {claim} to be gone, which is being deleted; then it makes a new one for pod {pod}"
            );
            ("claim-terminating", Some(Object::claim(claim)), message)
        }
        Blocked::NameTaken { ordinal } => {
            let pod = pod(ordinal);
            let message = format!(
                "cannot create pod {pod}: a pod of that name is there that is not the set's"
            );
            ("name-taken", Some(Object::pod(&pod)), message)
        }
        Blocked::Refused { ordinal, message } => {
            let message = format!("refused by the API server, and trying again: {message}");
            ("refused", Some(Object::pod(&pod(ordinal))), message)
        }
        Blocked::Deadlock { higher, lower } => {
            let (higher, lower) = (pod(higher), pod(lower));
            let message = format!(
                "waiting for pod {higher} to become ready before it deletes it, because {lower} is not ready either"
            );
            ("deadlock", Some(Object::pod(&higher)), message)
        }
    }
}

/// `pod redis-3` or `the pods of ordinals 1, 3-5`.
fn pods(set: &str, ordinals: &[u32]) -> String {
    match ordinals {
        [one] => format!("pod {set}-{one}"),
        several => format!("the pods of ordinals {}", numbers(several)),
    }
}

/// ` on revision 7c9f5d`; nothing where they differ.
fn revisions(set: &str, births: &[Birth]) -> String {
    let Some(first) = births.first() else { return String::new() };
    if births.iter().any(|birth| birth.revision != first.revision) {
        return String::new();
    }
    format!(" on revision {}", short_revision(set, &first.revision))
}

fn range(report: &Report) -> String {
    let ordinals = report.now.set.ordinals();
    if ordinals.is_empty() {
        "the set asks for no pods".to_owned()
    } else {
        format!("the set asks for ordinals {} only", numbers(&ordinals.collect::<Vec<_>>()))
    }
}

/// `0, 2-5`.
fn numbers(ordinals: &[u32]) -> String {
    let mut sorted = ordinals.to_vec();
    sorted.sort_unstable();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for ordinal in sorted {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(ordinal) => *last = ordinal,
            _ => runs.push((ordinal, ordinal)),
        }
    }
    let words = runs.into_iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}-{last}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::example::plain;
    use super::*;

    fn sentence(action: &Action) -> String {
        say(&plain("web", "shop", None), action).message
    }

    #[test]
    fn ordinals_are_ranges() {
        for (ordinals, expected) in [
            (&[2][..], "2"),
            (&[1, 2], "1, 2"),
            (&[5, 4, 3, 0], "0, 3-5"),
            (&[0, 2, 4, 5, 6], "0, 2, 4-6"),
        ] {
            assert_eq!(numbers(ordinals), expected);
        }
    }

    #[test]
    fn what_it_waits_for_and_what_waits_meanwhile() {
        let wait = |why, phase, untouched: &[u32]| {
            sentence(&Action::Wait(Wait { ordinal: 1, why, phase, untouched: untouched.to_vec() }))
        };
        assert_eq!(
            wait(Why::NotReady, Phase::Replicas, &[2, 3, 4, 5]),
            "waiting for pod web-1 to become ready (OrderedReady); it will not touch ordinals 2-5 until then"
        );
        assert_eq!(
            wait(Why::NotAvailable { seconds_left: 20 }, Phase::ScaleDown, &[0]),
            "waiting until pod web-1 is ready for 20s more (minReadySeconds, scaling down); it will not touch ordinal 0 \
             until then"
        );
        assert_eq!(
            wait(Why::Terminating, Phase::Update, &[]),
            "waiting for pod web-1 to be gone (updating)"
        );
    }

    #[test]
    fn what_it_is_about_to_do() {
        let births = vec![
            Birth { ordinal: 0, revision: "web-5d4cc8".into() },
            Birth { ordinal: 2, revision: "web-5d4cc8".into() },
        ];
        assert_eq!(
            sentence(&Action::Create(births)),
            "about to create the pods of ordinals 0, 2 on revision 5d4cc8"
        );
        assert_eq!(
            sentence(&Action::ScaleDown(vec![5, 4, 3])),
            "about to delete the pods of ordinals 3-5: the set asks for ordinals 0-2 only"
        );
    }
}
