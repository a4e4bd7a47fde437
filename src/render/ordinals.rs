//! The table of ordinals: Kubernetes' columns, then those of the engine, then the state.

use super::screen::Line;
use super::table::{Column, Keep, Row, table};
use super::value::{age, cell};
use super::{Look, state};
use crate::model::{Column as EngineColumn, Member, Pod, Timestamp, short_revision};
use crate::report::{self, Report};

/// Least important first: what a narrow terminal loses.
const DROPPED_FIRST: [&str; 7] = ["IMAGE", "CLAIM", "IP", "NODE", "AGE", "RESTARTS", "REVISION"];
const ALWAYS: [&str; 3] = ["ORDINAL", "POD", "STATE"];

/// Stands for what was not read, where `-` is for what is not there.
const UNREAD: &str = "?";

/// No table where there is nothing to put into it: pods that were not read are not rows.
pub(super) fn ordinals(report: &Report, is_wide: bool, look: Look) -> Vec<Line> {
    let Ok(rows) = report.rows() else { return Vec::new() };
    let engine = engine_columns(report, is_wide);
    let mut lines: Vec<Row> =
        rows.iter().map(|row| of_row(report, row, &engine, is_wide)).collect();
    lines.extend(strays(report).map(|member| of_stray(report, member, &engine, is_wide)));
    if lines.is_empty() {
        return Vec::new();
    }
    table(&columns(&engine, is_wide), &lines, look.width)
}

fn engine_columns(report: &Report, is_wide: bool) -> Vec<EngineColumn> {
    let columns = report.engine.as_ref().map_or(&[][..], |engine| engine.columns);
    columns.iter().filter(|column| is_wide || !column.wide).copied().collect()
}

fn columns(engine: &[EngineColumn], is_wide: bool) -> Vec<Column> {
    let own = |label: &str| {
        let rank = DROPPED_FIRST.iter().position(|dropped| *dropped == label);
        let keep = match rank {
            Some(rank) => Keep::Rank(rank),
            None if ALWAYS.contains(&label) => Keep::Always,
            None => Keep::Rank(usize::MAX),
        };
        Column::new(label, keep)
    };
    // The engine's go from the right, wide ones first.
    let of_engine = |(index, column): (usize, &EngineColumn)| {
        let wanted = if column.wide { 0 } else { engine.len() };
        let rank = DROPPED_FIRST.len() + wanted + engine.len() - index;
        Column::new(column.label, Keep::Rank(rank))
    };
    let wide = ["RESTARTS", "AGE", "IP", "IMAGE"].into_iter().filter(|_| is_wide);
    ["ORDINAL", "POD", "READY", "REVISION", "NODE", "CLAIM"]
        .into_iter()
        .chain(wide)
        .map(own)
        .chain(engine.iter().enumerate().map(of_engine))
        .chain([own("STATE")])
        .collect()
}

fn of_row(report: &Report, row: &report::Row<'_>, engine: &[EngineColumn], is_wide: bool) -> Row {
    let set = &report.now.set;
    let pod = row.ordinal.pod.map(AsRef::as_ref);
    let claims = match &row.claims {
        Ok(claims) if claims.is_empty() => "-".to_owned(),
        Ok(claims) => claims.join(","),
        Err(_) => UNREAD.to_owned(),
    };
    let mut cells = vec![row.ordinal.number.to_string(), set.pod_name(row.ordinal.number)];
    cells.extend(of_pod(pod, &set.name));
    cells.push(claims);
    if is_wide {
        cells.extend(wide_of_pod(pod, report.now.at));
    }
    let is_unread = report.now.members.is_err() && pod.is_some();
    cells.extend(of_member(
        row.member,
        engine,
        if is_unread { UNREAD } else { "-" },
        report.now.at,
    ));
    let state = state::state(report, row);
    let tone = state::tone(&state);
    cells.push(state);
    Row { cells, tone }
}

/// Members without a row: ghosts that their peers still know, and members of pods that are gone.
/// Those of another set are shown with that set.
fn strays(report: &Report) -> impl Iterator<Item = &Member> {
    let is_here =
        |member: &&Member| member.pod.as_ref().is_none_or(|pod| pod.set == report.now.set.name);
    report.other_members().into_iter().filter(is_here)
}

fn of_stray(report: &Report, member: &Member, engine: &[EngineColumn], is_wide: bool) -> Row {
    let ordinal = member.pod.as_ref().map_or("-".to_owned(), |pod| pod.ordinal.to_string());
    let mut cells = vec![ordinal];
    cells.resize(if is_wide { 10 } else { 6 }, "-".to_owned());
    cells.extend(of_member(Some(member), engine, "-", report.now.at));
    let state = if member.state == state::OK { "no pod" } else { &member.state };
    cells.push(state.to_owned());
    Row { cells, tone: state::tone(state) }
}

fn of_pod(pod: Option<&Pod>, set: &str) -> [String; 3] {
    let Some(pod) = pod else { return std::array::from_fn(|_| "-".to_owned()) };
    let (ready, all) = pod.ready_containers();
    [
        format!("{ready}/{all}"),
        pod.revision().map_or("-", |revision| short_revision(set, revision)).to_owned(),
        or_dash(pod.node.as_deref()),
    ]
}

fn wide_of_pod(pod: Option<&Pod>, now: Timestamp) -> [String; 4] {
    let Some(pod) = pod else { return std::array::from_fn(|_| "-".to_owned()) };
    let statuses = pod.containers.iter().filter_map(|container| container.status.as_ref());
    let images: Vec<&str> = pod.containers.iter().map(|it| it.image.as_str()).collect();
    [
        statuses.map(|status| status.restarts).sum::<u32>().to_string(),
        pod.created.map_or("-".to_owned(), |created| age(now, created)),
        or_dash(pod.ip.as_deref()),
        or_dash(Some(images.join(",").as_str())),
    ]
}

fn of_member(
    member: Option<&Member>,
    columns: &[EngineColumn],
    without: &str,
    now: Timestamp,
) -> Vec<String> {
    let of = |column: &EngineColumn| match member {
        None => without.to_owned(),
        Some(member) => {
            let found = member.cells.iter().find(|cell| cell.key == column.key);
            found.map_or("-".to_owned(), |found| cell(&found.value, now))
        }
    };
    columns.iter().map(of).collect()
}

fn or_dash(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}
