//! Slots and their keys from one primary to others, while both serve.

mod atomic;
mod batch;
mod cast;
mod copies;
mod knock;
mod listing;
mod owning;
mod stop;
mod twins;
mod window;

use std::time::Duration;

use tokio::time::Instant;

use super::session::Sessions;
use crate::plan::Hands;
use crate::writes::Failed;

pub use atomic::atomic;
pub use batch::Limits;
pub use cast::{Cast, Purpose, Question, Reply, Target};
pub use knock::knock;
use window::{Round, Window};

/// Whoever wants it to stop does not wait longer for a large slot: it stays open, and whoever goes on sees it.
const LONGEST: Duration = Duration::from_secs(10);

/// Moves the slots of one window, key by key; how many keys it handed over. It returns with all of them closed, with why some
/// are not, or because it was to stop.
///
/// # Errors
/// When a server will not, or is another by now.
pub async fn by_keys(
    cast: Cast,
    slots: Vec<u16>,
    limits: Limits,
    sessions: &mut Sessions,
    hands: &Hands<'_>,
) -> Result<usize, Failed> {
    let mut window = Window::new(cast, slots, limits);
    let mut replies: Vec<Reply> = Vec::new();
    let mut asked_to_stop: Option<Instant> = None;
    loop {
        if hands.is_to_stop() {
            let since = asked_to_stop.get_or_insert_with(Instant::now);
            if since.elapsed() >= LONGEST {
                return Ok(window.keys);
            }
        }
        replies = match window.next(&replies) {
            Round::Ask(questions) => sessions.ask(questions, hands).await?,
            Round::Pause(span) => {
                hands.reach()?.pause(span).await;
                Vec::new()
            }
            Round::Done => return Ok(window.keys),
            Round::Stopped(stop) => return Err(stop.told(|node| sessions.name(node))),
        };
    }
}
