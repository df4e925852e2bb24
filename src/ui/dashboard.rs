//! Where the panes are: one alone, or several; two beside each other and the rest below where
//! it is wide, all below each other where it is narrow.

use super::canvas::Canvas;
use super::frame::Border;
use super::hits::{Hit, Hits};
use super::layout;
use super::pane::{self, DrawnPane};
use crate::scene::{Pane, View};

/// From this width on, panes are beside each other. Half of it is enough for a timeline with
/// names.
const WIDE: u16 = 100;
/// Height from which panes below each other have frames. Panes beside each other have them
/// earlier, since without a frame nothing would separate them.
const FRAMED_STACKED: u16 = 10;
const FRAMED_BESIDE: u16 = 5;

/// Draws all panes, and reports how many lines each can be scrolled down, in their order, and
/// where the panels are of one that is alone. The caller keeps this, since scrolling is decided
/// before the next drawing.
pub fn draw(view: &mut Canvas<'_>, panes: &View, hits: &mut Hits) {
    match panes {
        View::Single(pane) => {
            let (width, height) = (view.width, view.height);
            let drawn = place(view, 0, pane, [0, 0, width, height], Border::Ruled, true);
            hits.pane_limits = vec![drawn.limit];
            (hits.panels, hits.room) = (drawn.panels, drawn.room);
            hits.listings = drawn.listings;
        }
        View::Dashboard(panes) => hits.pane_limits = several(view, panes),
    }
}

/// Draws rows of panes. A row is as high as its highest pane wants, if there is room. All panes
/// have the same kind of border, the one that the lowest row allows.
fn several(view: &mut Canvas<'_>, panes: &[Pane]) -> Vec<u16> {
    let (width, height) = (view.width, view.height);
    let beside = if width >= WIDE { 2 } else { 1 };
    let rows: Vec<&[Pane]> = panes.chunks(beside).collect();
    let requests: Vec<_> = rows
        .iter()
        .map(|row| {
            let columns = width / u16::try_from(row.len()).unwrap_or(1).max(1);
            let all = row.iter().map(|pane| pane::request(&pane.scene, columns));
            all.fold([0, 0], |[least, want], request| {
                let least = least.max(request[0]);
                [least, want.max(request[1]).max(least)]
            })
        })
        .collect();
    let heights = heights(&requests, height);
    let shortest = heights.iter().copied().min().unwrap_or(0);
    let framed = if beside > 1 { FRAMED_BESIDE } else { FRAMED_STACKED };
    let border = if shortest >= framed || rows.len() == 1 { Border::Framed } else { Border::Ruled };
    let mut limits = Vec::with_capacity(panes.len());
    let mut y = 0;
    for (row, lines) in rows.into_iter().zip(heights) {
        let count = u16::try_from(row.len()).unwrap_or(1).max(1);
        for (i, pane) in (0..).zip(row) {
            // Computed from the left for each edge, so that no column is lost to rounding.
            let edge = |i: u16| {
                u16::try_from(u32::from(width) * u32::from(i) / u32::from(count)).unwrap_or(width)
            };
            let (x, end) = (edge(i), edge(i + 1));
            let area = [x, y, end - x, lines];
            let number = limits.len();
            limits.push(place(view, number, pane, area, border, false).limit);
        }
        y += lines;
    }
    limits
}

/// Divides the height among rows of panes, by the lines that each needs and those that it wants:
/// what is important in each comes before anything else of any of them, and what is left is shared
/// fairly. If not even that fits, all give alike.
fn heights(requests: &[[u16; 2]], height: u16) -> Vec<u16> {
    let least: Vec<_> = requests.iter().map(|[least, _]| *least).collect();
    let Some(rest) = height.checked_sub(least.iter().copied().fold(0, u16::saturating_add)) else {
        return layout::evenly(&least, height);
    };
    let wants: Vec<_> = requests.iter().map(|[least, want]| want - least).collect();
    let more = layout::evenly(&wants, rest);
    least.iter().zip(more).map(|(least, more)| least + more).collect()
}

/// Draws one pane into its area. A pane without a line of height is not drawn but keeps its
/// number.
fn place(
    view: &mut Canvas<'_>,
    number: usize,
    pane: &Pane,
    [x, y, width, height]: [u16; 4],
    border: Border,
    alone: bool,
) -> DrawnPane {
    let mut part = view.part(x, y, width, height);
    part.pane = number;
    // First, so that whatever the pane draws lies on top of it.
    part.zone(0, 0, width, height, Hit::Pane(number));
    if part.height == 0 {
        return DrawnPane::default();
    }
    pane::draw(&mut part, pane, border, alone)
}
