//! Rows under a head. Columns are as wide as their widest text; when there is not
//! room for all, the widest texts give way first, figures never.

use crate::scene::{Table, Tone};
use crate::ui::sheet::Sheet;
use crate::ui::text;

/// Columns between columns.
const GAP: u16 = 2;
/// A column of text stays readable down to this.
const LEAST: u16 = 4;

pub(super) fn draw(sheet: &mut Sheet<'_>, table: &Table) {
    let widths = widths(table, sheet.width);
    let dim = sheet.tone(Tone::Dim);
    row(sheet, 0, table, &widths, |column| {
        table.head.get(column).map(|text| (text.as_str(), dim))
    });
    let below = sheet.height.saturating_sub(1);
    let (shown, hidden) = super::showing(table.rows.len(), below);
    let theme = sheet.theme;
    for (y, cells) in (1..).zip(&table.rows[..shown]) {
        row(sheet, y, table, &widths, |column| {
            cells
                .get(column)
                .map(|span| (span.text.as_str(), theme.tone(span.tone)))
        });
    }
    if hidden > 0 && below > 0 {
        super::more(sheet, hidden, "rows");
    }
}

fn row<'t>(
    sheet: &mut Sheet<'_>,
    y: u16,
    table: &Table,
    widths: &[u16],
    cell: impl Fn(usize) -> Option<(&'t str, ratatui::style::Style)>,
) {
    let mut x = 0;
    for (column, &width) in widths.iter().enumerate() {
        let end = u16::saturating_add(x, width);
        if let Some((text, style)) = cell(column) {
            if column >= table.figures_from && end <= sheet.width {
                sheet.right(end, y, &text::cut(text, width), style);
            } else {
                sheet.fit(x, y, width, text, style);
            }
        }
        x = end.saturating_add(GAP);
    }
}

fn widths(table: &Table, room: u16) -> Vec<u16> {
    let columns = table
        .rows
        .iter()
        .map(Vec::len)
        .chain([table.head.len()])
        .max()
        .unwrap_or(0);
    let mut widths: Vec<u16> = (0..columns)
        .map(|column| {
            let head = table.head.get(column).map(String::as_str);
            let cells = table.rows.iter().filter_map(|row| row.get(column));
            let texts = cells.map(|span| span.text.as_str()).chain(head);
            super::widest(texts, u16::MAX)
        })
        .collect();
    let gaps = GAP.saturating_mul(u16::try_from(columns.saturating_sub(1)).unwrap_or(u16::MAX));
    let room = u64::from(room.saturating_sub(gaps));
    let texts = table.figures_from.min(columns);
    loop {
        let over = widths.iter().copied().map(u64::from).sum::<u64>();
        let over = over.saturating_sub(room);
        let Some(widest) = widths[..texts].iter_mut().max_by_key(|width| **width) else {
            return widths;
        };
        if over == 0 || *widest <= LEAST {
            return widths;
        }
        // Down to the second widest would be fairer by a column or so, and slower to read.
        let give = u16::try_from(over).unwrap_or(u16::MAX);
        *widest = widest.saturating_sub(give).max(LEAST).max(*widest / 2);
    }
}
