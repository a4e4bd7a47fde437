//! Whether a source reaches its targets, and is let in there: seen before any slot is opened.

use std::time::Duration;

use super::batch::Limits;
use super::cast::Cast;
use super::stop::{PASSED_ON, Stop};
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::session::Sessions;
use crate::plan::Hands;
use crate::writes::Failed;

/// So long a source waits for a target that it does not reach, each time, and answers nobody else.
const PATIENCE: Duration = Duration::from_secs(2);
/// A target that forks, or waits for its disk, does not answer for a moment.
const TIMES: usize = 3;
const PAUSE: Duration = Duration::from_secs(1);
/// Slots in which a key is looked for.
const SLOTS: usize = 256;

/// A key of the slots of each, to show to its target; it stays where it is.
///
/// # Errors
/// When a target is not reached, or does not let its source in.
pub async fn knock(
    source: &str,
    all: &[(Cast, Vec<u16>)],
    limits: Limits,
    sessions: &mut Sessions,
    hands: &Hands<'_>,
) -> Result<(), Failed> {
    for (cast, slots) in all {
        let Some(key) = smallest(source, slots, limits, sessions, hands).await? else { continue };
        let patience = limits.patience.min(PATIENCE);
        let knock = Command::Knock { to: cast.target.endpoint.clone(), key, patience };
        let mut tries = TIMES;
        loop {
            tries -= 1;
            let answer = sessions.one(source, vec![knock.clone()], hands).await?.pop();
            match opened(answer.as_ref(), cast, |node| sessions.name(node)) {
                Knocked::In => break,
                Knocked::Unreached(_) if tries > 0 => hands.reach()?.pause(PAUSE).await,
                Knocked::Unreached(failed) | Knocked::Failed(failed) => return Err(failed),
            }
        }
    }
    Ok(())
}

/// The whole value goes to the target before that says anything: none that is more than a batch may be.
async fn smallest(
    source: &str,
    slots: &[u16],
    limits: Limits,
    sessions: &mut Sessions,
    hands: &Hands<'_>,
) -> Result<Option<Vec<u8>>, Failed> {
    let slots = slots.iter().take(SLOTS);
    let commands = slots.map(|slot| Command::Keys { slot: *slot, most: 1 }).collect();
    let found = sessions.one(source, commands, hands).await?;
    let keys: Vec<Vec<u8>> = found.iter().filter_map(first).collect();
    let asked = keys.iter().map(|key| Command::Size { key: key.clone() }).collect();
    let sizes = sessions.one(source, asked, hands).await?;
    let bytes = |answer: Answer| match answer {
        Answer::Number(bytes) => u64::try_from(bytes).ok(),
        _ => None,
    };
    let known = keys.into_iter().zip(sizes).filter_map(|(key, size)| Some((bytes(size)?, key)));
    let smallest = known.min().filter(|(bytes, _)| *bytes <= limits.bytes);
    Ok(smallest.map(|(_, key)| key))
}

fn first(answer: &Answer) -> Option<Vec<u8>> {
    match answer {
        Answer::List(keys) => keys.first().cloned(),
        _ => None,
    }
}

#[derive(Debug, PartialEq)]
enum Knocked {
    In,
    Unreached(Failed),
    Failed(Failed),
}

/// A target that the source reaches and that lets it in says that the slot is another's.
fn opened(answer: Option<&Answer>, cast: &Cast, name: impl Fn(&str) -> String) -> Knocked {
    const CLOSED: [&str; 4] = ["NOAUTH", "NOPERM", "WRONGPASS", "ERR AUTH"];
    let Some(answer @ Answer::Error(words)) = answer else { return Knocked::In };
    let own = words.strip_prefix(PASSED_ON);
    let closed = |words: &str| {
        let to = &cast.target.endpoint;
        Failed::Rejected(format!(
            "{} cannot hand anything over to {} ({}:{}): {words}; no slot was opened",
            name(&cast.source),
            name(&cast.target.id),
            to.ip,
            to.port,
        ))
    };
    match own.unwrap_or(words) {
        own_words if own.is_some() && own_words.starts_with("MOVED") => Knocked::In,
        own_words if own_words.starts_with("IOERR") => Knocked::Unreached(closed(words)),
        own_words if CLOSED.iter().any(|it| own_words.starts_with(it)) => {
            Knocked::Failed(closed(words))
        }
        _ => Knocked::Failed(Stop::of(&cast.source, answer).told(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::redis::command::Endpoint;
    use crate::engine::redis::migrate::{Purpose, Target};

    #[test]
    fn a_target_that_sends_its_source_on_lets_it_in() {
        let endpoint = Endpoint { ip: "10.0.0.7".into(), port: 6379, bus: 16379 };
        let target = Target { id: "b".into(), endpoint, replicas: Vec::new() };
        let cast = Cast { purpose: Purpose::Move, source: "a".into(), target, others: Vec::new() };
        let said = |words: &str| {
            let answer = Answer::Error(words.to_owned());
            opened(Some(&answer), &cast, |node| format!("redis-{node}"))
        };
        assert_eq!(said(&format!("{PASSED_ON}MOVED 5 10.0.0.6:6379")), Knocked::In);
        let no = said("IOERR error or timeout connecting to the client");
        let words = "redis-a cannot hand anything over to redis-b (10.0.0.7:6379): IOERR error or timeout connecting to the \
                     client; no slot was opened";
        assert_eq!(no, Knocked::Unreached(Failed::Rejected(words.to_owned())));
        for words in ["NOAUTH Authentication required.", "NOPERM no permissions"] {
            let no = said(&format!("{PASSED_ON}{words}"));
            assert!(matches!(no, Knocked::Failed(Failed::Rejected(_))), "{no:?}");
        }
        // The source has lost the slot, too, where it says so of itself.
        let passed_on =
            ["LOADING", "CLUSTERDOWN The cluster is down"].map(|it| format!("{PASSED_ON}{it}"));
        for words in passed_on.iter().map(String::as_str).chain(["MOVED 5 10.0.0.6:6379"]) {
            let again = said(words);
            assert!(matches!(again, Knocked::Failed(Failed::Unknown(_))), "{again:?}");
        }
    }
}
