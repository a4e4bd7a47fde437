//! Whether a source reaches its targets, and is let in there: seen before any slot is opened.

use std::time::Duration;

use super::cast::{Cast, Question, Reply};
use super::stop::{PASSED_ON, Stop};
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::session::Sessions;
use crate::plan::Hands;
use crate::writes::Failed;

/// So long a source waits for a target that it does not reach, and answers nobody else.
const PATIENCE: Duration = Duration::from_secs(1);
/// Slots in which a key is looked for.
const SLOTS: usize = 256;

/// A key of the slots of each, to show to its target; it stays where it is.
///
/// # Errors
/// When a target is not reached, or does not let its source in.
pub async fn knock(
    source: &str,
    all: &[(Cast, Vec<u16>)],
    sessions: &mut Sessions,
    hands: &Hands<'_>,
) -> Result<(), Failed> {
    let keys = |(_, slots): &(Cast, Vec<u16>)| {
        let slots = slots.iter().take(SLOTS);
        slots.map(|slot| Command::Keys { slot: *slot, most: 1 }).collect::<Vec<_>>()
    };
    for each in all {
        let (cast, _) = each;
        let found = sessions.one(source, keys(each), hands).await?;
        let Some(key) = found.iter().find_map(first) else { continue };
        let to = cast.target.endpoint.clone();
        let knock = Command::Knock { to, key, patience: PATIENCE };
        let question = Question { to: source.to_owned(), commands: vec![knock] };
        for reply in sessions.ask(vec![question], hands).await? {
            opened(&reply, cast, |node| sessions.name(node))?;
        }
    }
    Ok(())
}

fn first(answer: &Answer) -> Option<Vec<u8>> {
    match answer {
        Answer::List(keys) => keys.first().cloned(),
        _ => None,
    }
}

/// A target that the source reaches and that lets it in says that the slot is another's.
fn opened(reply: &Reply, cast: &Cast, name: impl Fn(&str) -> String) -> Result<(), Failed> {
    const MOVED: &str = "MOVED";
    const CLOSED: [&str; 5] = ["IOERR", "NOAUTH", "NOPERM", "WRONGPASS", "ERR AUTH"];
    let Some(Answer::Error(words)) = reply.answers.first() else { return Ok(()) };
    let own = words.strip_prefix(PASSED_ON).unwrap_or(words);
    if own.starts_with(MOVED) && own != words {
        return Ok(());
    }
    if CLOSED.iter().any(|it| own.starts_with(it)) {
        let to = &cast.target.endpoint;
        return Err(Failed::Rejected(format!(
            "{} cannot hand anything over to {} ({}:{}): {words}; no slot was opened",
            name(&cast.source),
            name(&cast.target.id),
            to.ip,
            to.port,
        )));
    }
    Err(Stop::of(&cast.source, &reply.answers[0]).told(name))
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
            let answers = vec![Answer::Error(words.to_owned())];
            let reply = Reply { from: "a".into(), answers, took: Duration::ZERO };
            opened(&reply, &cast, |node| format!("redis-{node}"))
        };
        assert_eq!(said(&format!("{PASSED_ON}MOVED 5 10.0.0.6:6379")), Ok(()));
        let no = said("IOERR error or timeout connecting to the client");
        let words = "redis-a cannot hand anything over to redis-b (10.0.0.7:6379): IOERR error or timeout connecting to the \
                     client; no slot was opened";
        assert_eq!(no, Err(Failed::Rejected(words.to_owned())));
        for words in ["NOAUTH Authentication required.", "NOPERM no permissions"] {
            assert!(matches!(said(&format!("{PASSED_ON}{words}")), Err(Failed::Rejected(_))));
        }
        for words in ["LOADING", "CLUSTERDOWN The cluster is down"] {
            let again = said(&format!("{PASSED_ON}{words}"));
            assert!(matches!(again, Err(Failed::Unknown(_))), "looked at again: {again:?}");
        }
        let moved = said("MOVED 5 10.0.0.6:6379");
        assert!(
            matches!(moved, Err(Failed::Unknown(_))),
            "the source has lost the slot: {moved:?}"
        );
    }
}
