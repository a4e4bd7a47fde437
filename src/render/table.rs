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

#[cfg(test)]
mod tests {
    use super::super::screen::print;
    use super::*;

    fn lines(width: Option<usize>) -> Vec<String> {
        let columns = [
            Column::new("pod", Keep::Always),
            Column::new("claim", Keep::Rank(0)),
            Column::new("slots", Keep::Rank(1)),
            Column::new("state", Keep::Always),
        ];
        let cells =
            ["redis-0", "data\nredis-0", "0-5", "ok ünïcödé 表"].map(str::to_owned).to_vec();
        let lines = table(&columns, &[Row { cells, tone: Tone::Bad }], width);
        print(&lines, false).lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_row_is_one_line_without_space_at_its_end() {
        let expected = [
            "POD       CLAIM          SLOTS   STATE",
            "redis-0   data redis-0   0-5     ok ünïcödé 表",
        ];
        assert_eq!(lines(None), expected);
        assert_eq!(lines(Some(46)), expected);
    }

    #[test]
    fn a_narrow_terminal_loses_columns_in_order_and_never_the_kept_ones() {
        assert_eq!(lines(Some(45))[0], "POD       SLOTS   STATE");
        assert_eq!(lines(Some(26))[0], "POD       STATE");
        assert_eq!(lines(Some(1))[1], "redis-0   ok ünïcödé 表");
    }
}
