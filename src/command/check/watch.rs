//! `--watch`: looks again and again. On a terminal the report is drawn anew each time; elsewhere it is printed when
//! something changed.

use std::time::{Duration, Instant};

use anyhow::{Error, Result};

use super::round::{self, Round};
use super::source::Source;
use super::{CheckArgs, print};
use crate::cli::Output;
use crate::render;
use crate::report::Shape;
use crate::ui::{Exit, Ui};

/// Between two looks at the least.
const PAUSE: Duration = Duration::from_secs(2);
/// So many times as long as a look takes is the pause after it: a large cluster is looked at less often.
const REST: u32 = 10;

pub(super) async fn watch(args: &CheckArgs, source: &Source, ui: &Ui) -> Result<Exit> {
    let mut shown: Option<Vec<Shape>> = None;
    loop {
        let began = Instant::now();
        let round = tokio::select! {
            round = round::look(args, source, ui) => round,
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        };
        match round {
            Ok(round) => show(args, ui, &round, &mut shown)?,
            // What cannot be asked at all is no matter of time.
            Err(error) if shown.is_none() => return Err(error),
            Err(error) => report_failure(args, ui, &error)?,
        }
        if ui.is_unheard() {
            return Ok(Exit::Ok);
        }
        tokio::select! {
            () = pause(PAUSE.max(began.elapsed() * REST)) => {}
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        }
    }
}

fn show(args: &CheckArgs, ui: &Ui, round: &Round, shown: &mut Option<Vec<Shape>>) -> Result<()> {
    let shapes: Vec<Shape> = round.reports.iter().map(Shape::of).collect();
    let is_news = shown.as_ref() != Some(&shapes);
    if is_drawn(args, ui) {
        let report = print(args, &round.reports, ui)?;
        let missing = round.missing.iter().map(|error| format!("error: {error:#}\n"));
        let text = missing.fold(report, |text, line| text + &line);
        ui.draw(&(text + &looked_at(round)))?;
    } else if is_news {
        let text = match args.output {
            Output::Json => render::json_line(&round.reports)?,
            Output::Yaml => format!("---\n{}", print(args, &round.reports, ui)?),
            // A blank line sets a report off from the one before.
            _ if shown.is_some() => format!("\n{}", print(args, &round.reports, ui)?),
            _ => print(args, &round.reports, ui)?,
        };
        ui.result(&text)?;
        round.missing.iter().for_each(|error| ui.error(error));
    }
    *shown = Some(shapes);
    Ok(())
}

/// A sign of life: the report may look the same for hours.
fn looked_at(round: &Round) -> String {
    let at = round.reports.first().map(|report| report.now.at.strftime("%H:%M:%S"));
    at.map_or_else(String::new, |at| format!("\nLooked at {at} UTC. Ctrl-C ends.\n"))
}

fn report_failure(args: &CheckArgs, ui: &Ui, error: &Error) -> Result<()> {
    if is_drawn(args, ui) {
        ui.draw(&format!("error: {error:#}\n\nIt is tried again.\n"))
    } else {
        ui.error(error);
        Ok(())
    }
}

fn is_drawn(args: &CheckArgs, ui: &Ui) -> bool {
    ui.look().width.is_some() && matches!(args.output, Output::Table | Output::Wide)
}

#[expect(clippy::disallowed_methods, reason = "the pace of the one loop that looks again")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
