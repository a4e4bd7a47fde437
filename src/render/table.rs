//! Plain tables: upper-case headers, three spaces between columns, no wrapping ever.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use super::clean::clean;
use super::screen::{Line, Tone};

const GAP: u16 = 3;

pub(super) struct Column {
    pub(super) label: String,
    pub(super) keep: Keep,
}

/// What goes first on a terminal that is narrower than the table: the lowest rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Keep {
    Rank(usize),
    Always,
}

pub(super) struct Row {
    pub(super) cells: Vec<String>,
    /// Of the last cell.
    pub(super) tone: Tone,
}

impl Column {
    pub(super) fn new(label: &str, keep: Keep) -> Self {
        Self { label: label.to_uppercase(), keep }
    }
}

/// Lays a table out within `width`, where there is one. The last column must be one that is kept.
pub(super) fn table(columns: &[Column], rows: &[Row], width: Option<usize>) -> Vec<Line> {
    let header: Vec<String> = columns.iter().map(|column| clean(&column.label)).collect();
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| row.cells.iter().map(|cell| clean(cell)).collect()).collect();
    let kept = kept(columns, &lay_out(&header, &cells).column_max_content_widths(), width);
    let pick = |row: &Vec<String>| kept.iter().map(|index| row[*index].clone()).collect();
    let cells: Vec<Vec<String>> = cells.iter().map(pick).collect();

    let tones = std::iter::once(Tone::Plain).chain(rows.iter().map(|row| row.tone));
    let lasts = std::iter::once(header.last()).chain(cells.iter().map(|row| row.last()));
    let lines: Vec<String> = lay_out(&pick(&header), &cells).lines().collect();
    lines.iter().zip(lasts.zip(tones)).map(|(line, (last, tone))| paint(line, last, tone)).collect()
}

fn lay_out(header: &[String], rows: &[Vec<String>]) -> Table {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header)
        .add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    table
}

/// Colour goes on after the layout, which would count it as width.
fn paint(line: &str, last: Option<&String>, tone: Tone) -> Line {
    let line = line.trim_end();
    match last.and_then(|last| Some((line.strip_suffix(last.as_str())?, last))) {
        Some((head, last)) => Line::plain(head).and(tone, last),
        None => Line::plain(line),
    }
}

fn kept(columns: &[Column], widths: &[u16], width: Option<usize>) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let Some(width) = width else { return kept };
    let total = |kept: &[usize]| {
        let gaps = kept.len().saturating_sub(1) * usize::from(GAP);
        kept.iter().map(|index| usize::from(widths[*index])).sum::<usize>() + gaps
    };
    while total(&kept) > width {
        let least = kept.iter().copied().min_by_key(|index| columns[*index].keep);
        match least.filter(|index| columns[*index].keep != Keep::Always) {
            Some(least) => kept.retain(|index| *index != least),
            None => break,
        }
    }
    kept
}
