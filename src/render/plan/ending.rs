//! How a run ended, in one sentence.

use super::Headline;
use crate::execute::{End, Outcome};
use crate::render::findings;
use crate::render::screen::{self, Line};
use crate::render::value::plural;
use crate::render::{Look, clean};

/// What is said at the end. `again` is the command that goes on.
pub fn ending(
    headline: &Headline,
    outcome: &Outcome,
    done: &str,
    again: &str,
    look: Look,
) -> String {
    let writes = match outcome.writes {
        0 => "nothing was changed".to_owned(),
        writes => format!("after {}", plural(writes, "write")),
    };
    let go_on = format!("run it again to go on: {again}");
    let then = match outcome.writes {
        0 => String::new(),
        _ => format!("; once that is seen to, {go_on}"),
    };
    let mut lines = Vec::new();
    let sentence = match &outcome.end {
        End::Done => done.to_owned(),
        End::Interrupted => format!("interrupted, {writes}; {go_on}"),
        End::Refused(refused) => {
            lines.extend(findings::lines(refused.iter(), headline.place(), look));
            format!("stopped, {writes}{then}")
        }
        End::NotApproved(object) => {
            format!(
                "stopped, {writes}: {object} is not part of the plan that was approved; {go_on}"
            )
        }
        End::Stuck(object) => {
            lines.extend(findings::lines(outcome.reasons.iter(), headline.place(), look));
            format!("stopped, {writes}: nothing happened with {object}; {go_on}")
        }
        End::Overdue => format!("stopped, {writes}: --timeout is over; {go_on}"),
        End::Unread(unread) => format!("stopped, {writes}: {unread}; {go_on}"),
        End::Denied(access) => format!("stopped, {writes}: a right is missing: {access}{then}"),
        End::Rejected(words) => {
            format!("stopped, {writes}: the server refuses: {words}{then}")
        }
        End::Failed(words) => format!("stopped, {writes}: {words}; {go_on}"),
    };
    lines.push(Line::plain(&clean(&sentence)));
    screen::print(&lines, look.colour)
}
