//! The table of claims: who, which, how large, where, and in what state.

use super::state::{self, Words, tone};
use crate::claims::Holding;
use crate::model::ClaimPhase;
use crate::render::table::{Column, Keep, Row};
use crate::render::value::{age, quantity};
use crate::report::ClaimMap;

/// What stands for what was not read.
const UNREAD: &str = "unknown";

#[derive(Clone, Copy)]
pub(super) struct With {
    pub(super) namespace: bool,
    pub(super) set: bool,
    pub(super) wide: bool,
}

/// What a narrow terminal loses, least important first.
const DROPPED_FIRST: [&str; 11] = [
    "MODES", "AGE", "CLASS", "TEMPLATE", "RECLAIM", "NODE", "VOLUME", "POD", "STATUS", "USED",
    "SIZE",
];

pub(super) fn table_of(map: &ClaimMap<'_>, with: With, words: Words) -> (Vec<Column>, Vec<Row>) {
    let rows = map.holdings.iter().map(|holding| Row {
        cells: cells(map, holding, with, words).into_iter().map(|(_, cell)| cell).collect(),
        tone: tone(holding.state()),
    });
    (columns(with), rows.collect())
}

fn columns(with: With) -> Vec<Column> {
    let labels = [
        ("NAMESPACE", with.namespace),
        ("SET", with.set),
        ("ORDINAL", true),
        ("POD", true),
        ("TEMPLATE", true),
        ("CLAIM", true),
        ("STATUS", true),
        ("SIZE", true),
        ("USED", true),
        ("CLASS", true),
        ("VOLUME", true),
        ("RECLAIM", true),
        ("NODE", true),
        ("MODES", with.wide),
        ("AGE", with.wide),
        ("STATE", true),
    ];
    let shown = labels.into_iter().filter(|(_, is_shown)| *is_shown);
    let column = |(label, _)| {
        let rank = DROPPED_FIRST.iter().position(|dropped| *dropped == label);
        Column::new(label, rank.map_or(Keep::Always, Keep::Rank))
    };
    shown.map(column).collect()
}

fn cells(
    map: &ClaimMap<'_>,
    holding: &Holding<'_>,
    with: With,
    words: Words,
) -> Vec<(bool, String)> {
    let claim = holding.claim;
    let size = claim.and_then(|it| it.capacity.or(it.request));
    let all = [
        (with.namespace, holding.namespace.to_owned()),
        (with.set, text(holding.set.map(|set| set.name.as_str()))),
        (true, holding.ordinal.map_or_else(dash, |ordinal| ordinal.to_string())),
        (true, text(holding.pod.map(|pod| pod.name.as_str()))),
        (true, text(holding.source.name())),
        (true, text(holding.name.as_deref())),
        (true, claim.map_or_else(dash, |it| phase(it.phase).to_owned())),
        (true, size.map_or_else(dash, quantity)),
        (true, used(map, holding)),
        (true, text(claim.and_then(|it| it.class.as_deref()))),
        (true, volume(holding, with.wide)),
        (true, reclaim(holding)),
        (true, text(holding.pod.and_then(|pod| pod.node.as_deref()))),
        (with.wide, claim.map_or_else(dash, |it| modes(&it.modes))),
        (with.wide, claim.and_then(|it| it.created).map_or_else(dash, |at| age(map.at, at))),
        (true, state::words(holding, map.at, words)),
    ];
    all.into_iter().filter(|(is_shown, _)| *is_shown).collect()
}

fn dash() -> String {
    "-".to_owned()
}

fn text(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).map_or_else(dash, str::to_owned)
}

const fn phase(phase: ClaimPhase) -> &'static str {
    match phase {
        ClaimPhase::Pending => "Pending",
        ClaimPhase::Bound => "Bound",
        ClaimPhase::Lost => "Lost",
    }
}

/// `212Mi (21%)`.
fn used(map: &ClaimMap<'_>, holding: &Holding<'_>) -> String {
    let Some(usage) = map.usage_of(holding).filter(|_| map.with_usage) else { return dash() };
    let percent = usage.used.saturating_mul(100).checked_div(usage.capacity).unwrap_or_default();
    format!("{} ({percent}%)", quantity(usage.used))
}

/// A provisioned volume is named by the uid of its claim: the beginning tells it from others.
fn volume(holding: &Holding<'_>, is_wide: bool) -> String {
    let Some(name) = holding.volume_name() else { return dash() };
    let is_uuid = |text: &str| text.len() == 36 && text.matches('-').count() == 4;
    match name.rsplit_once("pvc-") {
        Some(("", uuid)) if is_uuid(uuid) && !is_wide => {
            format!("pvc-{}", uuid.get(..8).unwrap_or(uuid))
        }
        _ => name.to_owned(),
    }
}

fn reclaim(holding: &Holding<'_>) -> String {
    match holding.reclaim() {
        Ok(policy) => text(policy),
        Err(_) => UNREAD.to_owned(),
    }
}

/// kubectl's short names.
fn modes(modes: &[String]) -> String {
    let short = modes.iter().map(|mode| match mode.as_str() {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        other => other,
    });
    text(Some(&short.collect::<Vec<_>>().join(",")))
}
