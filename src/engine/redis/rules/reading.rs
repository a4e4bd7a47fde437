//! Members that should have answered and did not: not answering us is not the same as down.

use std::collections::BTreeMap;

use super::super::facts::{Facts, Seat};
use super::super::replies::{DRY_RUN, Outcome};
use super::super::rights;
use super::super::topology::Standing;
use super::rule;
use crate::model::{Operation, Seen, Snapshot, Unread, Value, Why};
use crate::rules::Severity::{Error, Unknown};
use crate::rules::{Object, Rule, Violation};

pub const RULES: &[Rule<Facts>] = &[
    rule(
        "member-not-reached",
        Unknown,
        "members to which no connection could be made",
        not_reached,
    ),
    rule(
        "password-missing",
        Unknown,
        "members that want a password which nothing names",
        password_missing,
    ),
    rule(
        "password-rejected",
        Unknown,
        "members that reject the password we found",
        password_rejected,
    ),
    rule(
        "password-unreadable",
        Unknown,
        "members whose password or certificate could not be read",
        password_unreadable,
    ),
    rule("connection-refused", Unknown, "members that nothing listens for on their port", refused),
    rule(
        "connection-rejected",
        Unknown,
        "members that hang up, or answer every command with an error",
        rejected,
    ),
    rule("member-silent", Unknown, "members that accept a connection and do not answer", silent),
    rule("tls-failed", Unknown, "members that TLS fails with", no_tls),
    rule("not-redis", Unknown, "ports where something else answers", not_redis),
    rule("command-denied", Unknown, "commands that the user may not run", command_denied),
    rule(
        "write-denied",
        Error,
        "commands that change a cluster and that the user may not run",
        write_denied,
    )
    .blocks(&[Operation::ScaleDown, Operation::ScaleUp, Operation::Rollout]),
];

/// One finding for each reason, however many members it concerns.
fn grouped(
    now: &Snapshot,
    facts: &Facts,
    says: (&'static str, &'static str),
    reason: impl Fn(&Seat) -> Option<(String, Option<Unread>)>,
) -> Vec<Violation> {
    let mut groups: BTreeMap<String, (Option<Unread>, Vec<&Seat>)> = BTreeMap::new();
    for seat in &facts.look.seats {
        if let Some((words, unread)) = reason(seat) {
            groups.entry(words).or_insert((unread, Vec::new())).1.push(seat);
        }
    }
    groups
        .into_iter()
        .map(|(words, (unread, seats))| {
            let names: Vec<String> = seats.iter().map(|seat| seat.reply.pod.clone()).collect();
            let connected = by_opinion(facts, &seats, Standing::is_up);
            let violation = match seats.as_slice() {
                [seat] => Violation::new(Object::pod(&seat.reply.pod), says.0),
                _ => Violation::new(Object::set(&now.set.name), says.1),
            };
            let mut violation =
                violation.with("reason", words).with("count", names.len()).with("members", names);
            if let Some(Why::Forbidden(Some(access))) = unread.map(|unread| unread.why) {
                violation = violation
                    .with("access", access.to_string())
                    .next("missing in the role of this user: {access}");
            } else if !connected.is_empty() {
                violation = violation
                    .with("connected", connected)
                    .next("peers report {connected} connected: not answering us, not down");
            }
            violation
        })
        .collect()
}

/// Pods whose peers think so of them.
fn by_opinion(facts: &Facts, seats: &[&Seat], is: impl Fn(Standing) -> bool) -> Vec<String> {
    let opinion = |seat: &Seat| {
        let mut all = facts.look.seats.iter();
        let index = all.position(|other| other.reply.uid == seat.reply.uid)?;
        Some(facts.look.topology.at(index)?.standing)
    };
    let seats = seats.iter().filter(|seat| opinion(seat).is_some_and(&is));
    seats.map(|seat| seat.reply.pod.clone()).collect()
}

fn not_reached(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let says = ("not reached: {reason}", "{count} members were not reached: {reason}");
    Ok(grouped(now, facts, says, |seat| match &seat.reply.outcome {
        // What it was tried on differs from pod to pod, the reason is one.
        Outcome::NotReached(unread) => Some((path(unread, seat), Some(unread.clone()))),
        _ => None,
    }))
}

/// The way that failed, without the pod it led to.
fn path(unread: &Unread, seat: &Seat) -> String {
    match &unread.why {
        Why::Forbidden(Some(access)) => {
            format!("{} {} is forbidden", access.verb, access.resource)
        }
        why => {
            let why = why.to_string().replace(&seat.reply.pod, "the pod");
            format!("connecting failed: {why}")
        }
    }
}

fn password_missing(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let says = ("it wants a password", "{count} members want a password");
    let found = grouped(now, facts, says, |seat| match &seat.reply.outcome {
        Outcome::NoPassword => Some(("NOAUTH".to_owned(), None)),
        _ => None,
    });
    Ok(found
        .into_iter()
        .map(|violation| {
            violation.next("none was given, and neither environment, command nor configuration of the pod names one: give it by --password-file or REDISCLI_AUTH")
        })
        .collect())
}

fn password_rejected(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let says = ("it rejects the password", "{count} members reject the password");
    let mut found = grouped(now, facts, says, |seat| match &seat.reply.outcome {
        Outcome::WrongPassword => Some(("WRONGPASS".to_owned(), None)),
        _ => None,
    });
    let is_rejected = |seat: &&Seat| seat.reply.outcome == Outcome::WrongPassword;
    let origin = facts.look.seats.iter().find(is_rejected).and_then(|seat| {
        use super::super::replies::Origin;
        Some(match seat.reply.door.password.as_ref()? {
            Origin::Given => "the one that was given".to_owned(),
            Origin::Env(name) => format!("environment variable {name}"),
            Origin::File(path) => format!("file {path}"),
            Origin::Configuration => "its command or configuration".to_owned(),
        })
    });
    if let Some(origin) = origin {
        for violation in &mut found {
            violation.evidence.push(("origin", Value::Text(origin.clone())));
            violation.next = Some(
                "it came from {origin}; a Secret that changed takes effect only when the pod starts again",
            );
        }
    }
    Ok(found)
}

fn password_unreadable(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let says = (
        "its password could not be read: {reason}",
        "the password of {count} members could not be read: {reason}",
    );
    Ok(grouped(now, facts, says, |seat| match &seat.reply.outcome {
        Outcome::Locked(unread) => Some((unread.to_string(), Some(unread.clone()))),
        _ => None,
    }))
}

/// Not read if something shows that the member lives; otherwise nothing listens, which is a fact.
fn refused(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let pods = now.pods()?;
    let refused = facts.look.seats.iter().filter(|seat| seat.reply.outcome == Outcome::Refused);
    Ok(refused
        .map(|seat| {
            let is_ready = pods.iter().any(|pod| pod.uid == seat.reply.uid && pod.is_ready());
            let is_up = !by_opinion(facts, &[seat], Standing::is_up).is_empty();
            let violation =
                Violation::new(Object::pod(&seat.reply.pod), "nothing listens on port {port} of its loopback")
                    .with("port", Value::Port(seat.reply.door.port));
            match (is_up, is_ready) {
                (true, _) => violation.next("its peers are connected to it: it may listen on another port, or not on the loopback"),
                (false, true) => violation.next("the pod is Ready: it may listen on another port, or not on the loopback"),
                (false, false) => violation.severity(Error),
            }
        })
        .collect())
}

fn rejected(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let says = ("it turns us away: {reason}", "{count} members turn us away: {reason}");
    Ok(grouped(now, facts, says, |seat| match &seat.reply.outcome {
        Outcome::Rejected(words) => Some((words.clone(), None)),
        _ => None,
    }))
}

/// A process that hangs still accepts connections.
fn silent(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let says = (
        "connected, and no answer in time",
        "{count} members accept a connection and do not answer in time",
    );
    let found = grouped(now, facts, says, |seat| match &seat.reply.outcome {
        Outcome::Silent => Some(("no answer in time".to_owned(), None)),
        _ => None,
    });
    let seats = facts.look.seats.iter().filter(|seat| seat.reply.outcome == Outcome::Silent);
    let failed =
        by_opinion(facts, &seats.collect::<Vec<_>>(), |standing| standing == Standing::Down);
    Ok(found
        .into_iter()
        .map(|violation| match failed.as_slice() {
            [] => violation,
            _ => violation
                .with("failed", failed.clone())
                .next("peers have declared {failed} failed: the process hangs or is stopped")
                .severity(Error),
        })
        .collect())
}

fn no_tls(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let says = ("TLS with it failed: {reason}", "TLS with {count} members failed: {reason}");
    Ok(grouped(now, facts, says, |seat| match &seat.reply.outcome {
        Outcome::NoTls(words) => Some((words.clone(), None)),
        _ => None,
    }))
}

fn not_redis(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let says = (
        "what answers is not Redis: {reason}",
        "what answers in {count} pods is not Redis: {reason}",
    );
    Ok(grouped(now, facts, says, |seat| match &seat.reply.outcome {
        Outcome::NotRedis(first) => Some((first.clone(), None)),
        _ => None,
    }))
}

fn command_denied(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let says =
        ("the user may not run {reason}", "the user may not run {reason} on {count} members");
    let found = grouped(now, facts, says, |seat| match &seat.reply.outcome {
        Outcome::NoPermission(command) => Some((command.clone(), None)),
        _ => None,
    });
    Ok(found
        .into_iter()
        .map(|violation| {
            violation.next("a check needs +info and +cluster|myid, +cluster|info, +cluster|nodes")
        })
        .collect())
}

/// Asked where somebody is about to change the cluster.
pub fn write_denied(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    facts.look.needs(DRY_RUN)?;
    let functions = |seat: &Seat| seat.info().and_then(|it| it.number("number_of_functions"));
    let has_functions = facts.look.seats.iter().filter_map(functions).any(|count| count > 0);
    let is_needed = |command: &&String| rights::is_needed(command, now.operation(), has_functions);
    let says =
        ("the user may not run {reason}", "the user may not run {reason} on {count} members");
    let found = grouped(now, facts, says, |seat| match &seat.reply.outcome {
        Outcome::Answered(answers) => {
            let denied: Vec<&str> =
                answers.denied.keys().filter(is_needed).map(String::as_str).collect();
            (!denied.is_empty()).then(|| (denied.join(", "), None))
        }
        _ => None,
    });
    Ok(found
        .into_iter()
        .map(|violation| {
            violation.next(
                "let the user run them, or log in as one who may: --username, with --password-file",
            )
        })
        .collect())
}
