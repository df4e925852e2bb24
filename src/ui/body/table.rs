//! Rows under a head. Columns are as wide as their widest text. When there is not room for all,
//! names become shorter and then the widest texts give way; a figure is shown whole or not at all,
//! because half a number is a wrong one. Rows that do not fit below each other continue beside the
//! first ones, under a head of their own, where it is wide enough for that.

use std::borrow::Cow;

use ratatui::style::Style;

use crate::scene::{Label, Span, Table, Tone, abbreviated};
use crate::ui::canvas::Canvas;
use crate::ui::text;

const GAP: u16 = 2;
/// A column of text stays readable down to this width. If the texts cannot shrink any more, the
/// last ones are cut at the edge.
const LEAST: u16 = 6;

/// Columns between parts of a table that stand beside each other.
const APART: u16 = 4;

/// How many rows stand below each other where a table continues beside itself.
struct Parts {
    widths: Vec<u16>,
    rows: usize,
}

/// The parts of a table that does not fit below itself, if it does beside itself.
fn parts(table: &Table, width: u16, height: u16) -> Option<Parts> {
    let below = usize::from(height.saturating_sub(1));
    let all = table.rows.len();
    if below < 2 || all <= below {
        return None;
    }
    let (widths, parts) = (widths(table, u16::MAX), all.div_ceil(below));
    let wide = (total(&widths) + u32::from(APART)).saturating_mul(u32::try_from(parts).ok()?);
    // Of about the same length.
    (wide <= u32::from(width.saturating_add(APART)))
        .then(|| Parts { widths, rows: all.div_ceil(parts) })
}

/// Lines that a table takes at a width, if it has this height.
pub fn height(table: &Table, width: u16, height: u16) -> usize {
    parts(table, width, height).map_or(table.rows.len(), |parts| parts.rows) + 1
}

/// Draws the head and the rows that fit; the last line counts those that do not. Where that
/// line would be the only one, the count stands in the head.
pub fn draw(canvas: &mut Canvas<'_>, table: &Table) {
    let (width, height) = (canvas.width, canvas.height);
    let Some(parts) = parts(table, width, height) else {
        let widths = widths(table, width);
        return draw_rows(canvas, table, &table.rows, 0, &widths);
    };
    let wide = u16::try_from(total(&parts.widths)).unwrap_or(u16::MAX).saturating_add(APART);
    for (at, rows) in (0u16..).zip(table.rows.chunks(parts.rows)) {
        let x = at.saturating_mul(wide);
        let mut part = canvas.part(x, 0, width.saturating_sub(x), height);
        draw_rows(&mut part, table, rows, usize::from(at) * parts.rows, &parts.widths);
    }
}

/// Draws rows of a table, the first of which has the number `from`.
fn draw_rows(
    canvas: &mut Canvas<'_>,
    table: &Table,
    rows: &[Vec<Span>],
    from: usize,
    widths: &[u16],
) {
    let dim = canvas.tone(Tone::Dim);
    let below = canvas.height.saturating_sub(1);
    let (shown, hidden) = super::showing(rows.len(), below);
    // In the only line left there is no room for the count without covering a figure.
    let position = (below == 1 && hidden > 0).then(|| format!("1 of {}", rows.len()));
    let heads: Vec<_> =
        table.head.iter().zip(widths).map(|(head, width)| text::fit(head, *width)).collect();
    row(canvas, 0, table, widths, |column| {
        let head = heads.get(column).map(AsRef::as_ref);
        let text = position.as_deref().filter(|_| column == 0).or(head)?;
        Some((text, dim))
    });
    let theme = canvas.theme;
    for (at, (y, cells)) in (1..).zip(&rows[..shown]).enumerate() {
        canvas.row_zone(y, from + at);
        row(canvas, y, table, widths, |column| {
            cells.get(column).map(|span| (span.text.as_str(), theme.tone(span.tone)))
        });
    }
    if hidden > 0 && below > 1 {
        super::more(canvas, below, hidden, "rows");
    }
}

fn row<'t>(
    canvas: &mut Canvas<'_>,
    y: u16,
    table: &Table,
    widths: &[u16],
    cell: impl Fn(usize) -> Option<(&'t str, Style)>,
) {
    let mut x = 0;
    for (column, &width) in widths.iter().enumerate() {
        let end = u16::saturating_add(x, width);
        if let Some((cell, style)) = cell(column) {
            if column >= table.figures_from && end <= canvas.width {
                canvas.right(end, y, &text::cut(cell, width), style);
            } else {
                canvas.fit(x, y, width, &text::name(cell, width), style);
            }
        }
        x = end.saturating_add(GAP);
    }
}

/// The widths of the columns, for a table in `room` columns. Columns of figures that do not fit are
/// left out from the right; columns of texts become narrower, the widest first.
fn widths(table: &Table, room: u16) -> Vec<u16> {
    let rows = table.rows.iter().map(Vec::len);
    let columns = rows.chain([table.head.len()]).max().unwrap_or(0);
    let natural = |head: fn(&Label) -> &str, cell: fn(&str) -> Cow<'_, str>| -> Vec<u16> {
        let widest = |column: usize| {
            let head = table.head.get(column).map(|label| text::width(head(label)));
            let cells = table.rows.iter().filter_map(|row| row.get(column));
            let cells = cells.map(|span| text::width(&cell(&span.text)));
            cells.chain(head).max().unwrap_or(0).min(room.max(LEAST))
        };
        (0..columns).map(widest).collect()
    };
    let mut widths = natural(Label::as_str, |text| text.into());
    if over(&widths, room) > 0 {
        widths = natural(Label::shortest, abbreviated);
    }
    let texts = table.figures_from.min(columns);
    // A text is cut only where all the room that figures but the first take is not enough.
    let kept = (texts + 1..=columns).rev().find(|kept| over(&widths[..*kept], room) == 0);
    widths.truncate(kept.unwrap_or(columns));
    // Half a figure would be a wrong one: the last ones are left out as a whole.
    while widths.len() > texts && over(&widths, room) > slack(&widths[..texts]) {
        widths.pop();
    }
    while over(&widths, room) > 0 {
        let Some(widest) = widths[..texts].iter_mut().max_by_key(|width| **width) else {
            break;
        };
        if *widest <= LEAST {
            break;
        }
        // One column at a time from the widest: so all texts end up about as wide.
        *widest -= 1;
    }
    widths
}

/// Columns of all with the gaps between them.
fn total(widths: &[u16]) -> u32 {
    let gaps = u32::from(GAP) * u32::try_from(widths.len().saturating_sub(1)).unwrap_or(0);
    let all: u32 = widths.iter().copied().map(u32::from).sum();
    all.saturating_add(gaps)
}

fn over(widths: &[u16], room: u16) -> u32 {
    total(widths).saturating_sub(u32::from(room))
}

/// Columns that texts can give before one gets narrower than [`LEAST`].
fn slack(texts: &[u16]) -> u32 {
    texts.iter().map(|width| u32::from(width.saturating_sub(LEAST))).sum()
}
