//! Things in groups, with their names where there is room for all of them, or else beside them the
//! names of one group:
//!
//! ```text
//!   lost updates   [★★★] Read, add,    ☆☆☆  Several         lost updates [★★★] ☆☆☆   [★★★] Read, ..
//!                        write              additions each  deadlocks     ☆☆☆        ☆☆☆  Several ..
//! ```

use super::Need;
use crate::scene::{Overview, OverviewItem, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::text;

/// Columns between a group's name and its things, and between two of these.
const GAP: u16 = 2;
/// Columns below which a name is not written.
const READABLE: u16 = 12;

pub fn need(overview: &Overview, width: u16) -> Need {
    let groups = overview.groups.len();
    let names = named(overview, width);
    Need::between(groups, groups * names.map_or(1, |(_, lines)| lines))
}

pub fn draw(canvas: &mut Canvas<'_>, overview: &Overview) {
    let groups = u16::try_from(overview.groups.len()).unwrap_or(u16::MAX);
    let lines = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX);
    let names = named(overview, canvas.width)
        .filter(|(_, high)| groups.saturating_mul(lines(*high)) <= canvas.height);
    let (step, high) = names.map_or((sign(overview) + GAP, 1), |(step, high)| (step, lines(high)));
    let left = left(overview);
    let dim = canvas.tone(Tone::Dim);
    for (y, (name, items)) in (0u16..).step_by(high.max(1).into()).zip(&overview.groups) {
        canvas.fit(0, y, left, name, dim);
        for (at, item) in (0u16..).zip(items) {
            let mut part = canvas.part(left + GAP + at * step, y, step, high);
            draw_item(&mut part, item, names.is_some());
        }
    }
    let here = overview.groups.iter().find(|(_, items)| items.iter().any(|item| item.is_here));
    if let (None, Some((_, items))) = (names, here) {
        let most = overview.groups.iter().map(|(_, items)| lines(items.len())).max().unwrap_or(0);
        let x = left + GAP + most.saturating_mul(step) + GAP;
        let widest = super::widest(items.iter().map(|item| item.name.as_str()), u16::MAX);
        // All of them, each in one line, or none.
        let fits = canvas.width >= (x + step).saturating_add(widest)
            && canvas.height >= lines(items.len());
        for (y, item) in (0..).zip(items).filter(|_| fits) {
            draw_item(&mut canvas.part(x, y, u16::MAX, 1), item, true);
        }
    }
}

fn draw_item(canvas: &mut Canvas<'_>, item: &OverviewItem, named: bool) {
    let style = canvas.tone(item.tone);
    let [before, after] = if item.is_here { ["[", "]"] } else { [" ", " "] };
    let x = canvas.put(0, 0, &format!("{before}{}{after}", item.sign), style) + 1;
    if named {
        let tone = if item.is_here { Tone::Strong } else { Tone::Plain };
        let room = canvas.width.saturating_sub(x + GAP);
        for (y, line) in (0..).zip(text::wrap(&[(item.name.as_str(), tone)], room)) {
            canvas.pieces(x, y, &line);
        }
    }
}

/// Columns of a thing with its name, and the lines that the longest name takes; `None` where no
/// name could be read.
fn named(overview: &Overview, width: u16) -> Option<(u16, usize)> {
    let most = overview.groups.iter().map(|(_, items)| items.len()).max()?;
    let room = width.saturating_sub(left(overview) + GAP);
    let step = room / u16::try_from(most).ok()?.max(1);
    let name = step.checked_sub(sign(overview) + 1 + GAP).filter(|name| *name >= READABLE)?;
    let items = overview.groups.iter().flat_map(|(_, items)| items);
    let lines = items.map(|item| text::wrap(&[(item.name.as_str(), ())], name).len());
    Some((step, lines.max()?))
}

fn left(overview: &Overview) -> u16 {
    super::widest(overview.groups.iter().map(|(name, _)| name.as_str()), u16::MAX)
}

/// Columns of a sign with its brackets.
fn sign(overview: &Overview) -> u16 {
    let items = overview.groups.iter().flat_map(|(_, items)| items);
    super::widest(items.map(|item| item.sign.as_str()), u16::MAX - GAP) + 2
}
