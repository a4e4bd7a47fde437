//! What `rollout status` and `rollout history` print.

use super::Look;
use super::clean::clean;
use super::command::name;
use super::screen::{self, Line, Tone};
use super::table::{Column, Keep, Row, table};
use super::value::{age, plural};
use super::wrap::wrap;
use crate::model::{Snapshot, Timestamp, Update, short_revision};
use crate::plan::rollout::HOLD;
use crate::report::{Kept, Place, Standee, Standing};

/// The ordinals, and what it comes to.
pub fn standing(standing: &Standing<'_>, look: Look) -> String {
    let columns = [
        Column::new("ordinal", Keep::Always),
        Column::new("pod", Keep::Rank(1)),
        Column::new("revision", Keep::Always),
        Column::new("image", Keep::Rank(0)),
        Column::new("reborn on", Keep::Always),
        Column::new("member", Keep::Rank(2)),
        Column::new("state", Keep::Always),
    ];
    let rows: Vec<Row> = standing.rows.iter().map(|row| cells(standing, row)).collect();
    let mut lines = table(&columns, &rows, look.width);
    lines.push(Line::blank());
    let text = clean(&outcome(standing));
    lines.extend(wrap("", &text, 0, 0, look.width).iter().map(|line| Line::plain(line)));
    screen::print(&lines, look.colour)
}

fn cells(standing: &Standing<'_>, row: &Standee<'_>) -> Row {
    let hash = |revision: Option<&str>| {
        let short = |it: &str| short_revision(&standing.set.name, it).to_owned();
        revision.map_or_else(|| "-".to_owned(), short)
    };
    let images = row
        .pod
        .map(|pod| pod.containers.iter().map(|it| it.image.as_str()).collect::<Vec<_>>().join(","));
    let (says, tone) = state(standing, row);
    Row {
        cells: vec![
            row.ordinal.to_string(),
            row.name.clone(),
            hash(row.pod.and_then(|pod| pod.revision())),
            images.unwrap_or_else(|| "-".to_owned()),
            hash(row.reborn_on),
            row.member.unwrap_or("-").to_owned(),
            says.to_owned(),
        ],
        tone,
    }
}

fn state(standing: &Standing<'_>, row: &Standee<'_>) -> (&'static str, Tone) {
    match (row.place, standing.is_new(row)) {
        (Place::Missing, _) => ("missing", Tone::Bad),
        (Place::Terminating, _) => ("terminating", Tone::Warn),
        (Place::NotReady, _) => ("not ready", Tone::Bad),
        (Place::NotAvailable, _) => ("ready, not for long enough", Tone::Warn),
        (Place::Available, false) => ("older revision", Tone::Warn),
        (Place::Available, true) => ("ok", Tone::Plain),
    }
}

/// `4 of 6 ordinals run 7c9f5d. Partition 4 holds back ordinals 0, 1, 2, 3: kubectl sts rollout resume redis.`
fn outcome(standing: &Standing<'_>) -> String {
    let set = standing.set;
    let new = standing.rows.iter().filter(|row| standing.is_new(row)).count();
    let newest = short_revision(&set.name, standing.newest());
    let mut says =
        vec![format!("{new} of {} run {newest}.", plural(set.replicas as usize, "ordinal"))];
    if set.observed_generation < set.generation {
        says.push("The controller has not seen the newest template yet.".to_owned());
    }
    let held: Vec<String> = standing.held_back().iter().map(u32::to_string).collect();
    let resume = format!("{} rollout resume {}", name(), set.name);
    if let Update::RollingUpdate { partition: Some(partition), .. } = set.update {
        let word = if held.len() == 1 { "ordinal" } else { "ordinals" };
        if !held.is_empty() {
            let held = held.join(", ");
            says.push(format!("Partition {partition} holds back {word} {held}: {resume}."));
        } else if partition == HOLD {
            says.push(format!("It is held: {resume}."));
        }
    }
    if set.update == Update::OnDelete {
        says.push("Its pods are replaced when somebody deletes them (OnDelete).".to_owned());
    }
    if standing.is_on_its_way {
        says.push("A rollout of ours is unfinished.".to_owned());
    }
    says.join(" ")
}

pub fn history(now: &Snapshot, kept: &[Kept<'_>], look: Look) -> String {
    let columns = [
        Column::new("revision", Keep::Always),
        Column::new("name", Keep::Always),
        Column::new("age", Keep::Rank(0)),
        Column::new("change cause", Keep::Rank(1)),
        Column::new("ordinals", Keep::Always),
    ];
    let rows: Vec<Row> = kept.iter().map(|it| revision(it, now.at)).collect();
    screen::print(&table(&columns, &rows, look.width), look.colour)
}

fn revision(kept: &Kept<'_>, at: Timestamp) -> Row {
    let ordinals: Vec<String> = kept.ordinals.iter().map(u32::to_string).collect();
    let ordinals = match (ordinals.is_empty(), kept.is_newest) {
        (true, false) => "-".to_owned(),
        (true, true) => "none yet (newest)".to_owned(),
        (false, true) => format!("{} (newest)", ordinals.join(", ")),
        (false, false) => ordinals.join(", "),
    };
    let revision = kept.revision;
    Row {
        cells: vec![
            revision.number.to_string(),
            revision.name.clone(),
            revision.created.map_or_else(|| "-".to_owned(), |created| age(at, created)),
            revision.cause.clone().unwrap_or_else(|| "-".to_owned()),
            ordinals,
        ],
        tone: Tone::Plain,
    }
}
