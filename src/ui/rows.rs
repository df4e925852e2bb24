//! Divides the width of a pane: which panels stand beside each other, which below, and the height
//! that they ask for together.
//!
//! ```text
//! rows  A B │ joins: C D        wide     │ A │ B │ C │     C and D together are as high as A and B,
//!                                        │   │   │ D │     so they are one column
//!                               narrower │ A  │  B  │
//!                                        │ C  │  D  │
//!                               narrow   A, B, C, D below each other
//! ```

use super::body::{self, Need};
use super::frame::Border;
use super::layout::HeightRequest;
use crate::scene::{Height, Panel, Row, Scene};

/// Panels that would be narrower than this are drawn below each other instead. Less than 24
/// columns hold neither a timeline nor a table.
const NARROW: u16 = 24;
/// Upper limit of any height, in lines. Nothing that a user could scroll through is taller, and
/// sums of heights stay far from the limits of their type.
const TALLEST: u16 = 2000;
/// Lines of a frame.
const FRAME: u16 = 2;

/// Columns beside each other, with the height that they ask for together. Either a row of the
/// scene, or one panel of a row that is too narrow for all, or several rows that are joined.
pub struct RowLayout<'s> {
    columns: Vec<Column<'s>>,
    pub request: HeightRequest,
    /// Lines of content without which something important is missing. A frame is drawn only if
    /// it leaves that many.
    pub least: u16,
    /// The title of the panel out of view for which it is shown.
    pub stands_for: Option<&'static str>,
}

/// Panels below each other, of equal height; mostly one.
struct Column<'s> {
    x: u16,
    width: u16,
    panels: Vec<&'s Panel>,
}

/// Where a panel is.
pub struct PanelArea<'s> {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
    pub panel: &'s Panel,
}

impl<'s> RowLayout<'s> {
    pub fn panels(&self) -> impl Iterator<Item = &'s Panel> {
        self.columns.iter().flat_map(|column| column.panels.iter().copied())
    }

    /// Lines of this height that none of its panels has a use for.
    pub fn spare(&self, height: u16) -> u16 {
        let spare = self.areas(0, height).map(|area| {
            let border = Border::of(area.panel);
            let [width, height] = [(area.width, border.columns()), (area.height, border.lines())]
                .map(|(all, border)| all.saturating_sub(border));
            body::spare(&area.panel.body, width, height)
        });
        spare.min().unwrap_or(0)
    }

    /// The places of its panels, in the order of the scene, if the row is here and so high.
    pub fn areas(&self, y: u16, height: u16) -> impl Iterator<Item = PanelArea<'s>> {
        self.columns.iter().flat_map(move |column| {
            let edges = edges(height, column.panels.iter().map(|_| 1));
            let panels = edges.zip(&column.panels);
            panels.map(move |((from, height), panel)| {
                let y = y.saturating_add(from);
                PanelArea { x: column.x, y, width: column.width, height, panel }
            })
        })
    }
}

/// The rows of the scene at this width. Rows that join each other are one as far as their panels
/// fit. A row whose panels would be too narrow becomes several, one for each panel, in the same
/// order; a panel that asks for more than its part gets a line of its own.
pub fn row_layouts(scene: &Scene, width: u16) -> Vec<RowLayout<'_>> {
    let mut row_layouts = Vec::with_capacity(scene.rows.len());
    let mut rows = scene.rows.as_slice();
    while let [row, rest @ ..] = rows {
        let together = 1 + rest.iter().take_while(|row| row.joins).count();
        let joined = (2..=together).rev().find_map(|count| {
            let (height, columns) = joined(&rows[..count]);
            Some((count, row_layout(height, fitting(columns, width)?)))
        });
        if let Some((count, row_layout)) = joined {
            rows = &rows[count..];
            row_layouts.push(row_layout);
            continue;
        }
        rows = rest;
        let all: Vec<_> = row.panels.iter().map(|panel| vec![panel]).collect();
        let mut columns = all.as_slice();
        while !columns.is_empty() {
            let first = |count: usize| columns[..count].to_vec();
            // All of them are below each other where one of equal ones would be too narrow.
            let most = if narrow(all.len(), width) { 1 } else { columns.len() };
            let beside_each_other = (2..=most).rev().find_map(|count| fitting(first(count), width));
            let now = beside_each_other.unwrap_or_else(|| beside(first(1), width));
            columns = &columns[now.len()..];
            row_layouts
                .push(RowLayout { stands_for: row.stands_for, ..row_layout(row.height, now) });
        }
    }
    row_layouts
}

/// These rows as one: its height, and which panels are below each other. That follows from what
/// the rows ask for and not from what is in them, or the panels would move with it.
fn joined<'s>(rows: &'s [Row]) -> (Height, Vec<Vec<&'s Panel>>) {
    let height = highest(rows.iter().map(|row| row.height));
    let below = |row: &Row| {
        let framed = row.panels.len() > 1 && row.panels.iter().all(|it| !it.title.is_empty());
        // They may ask for a frame more than the others: with that they still save columns.
        let (all, room) = (stacked(row), asked(height)?.saturating_add(FRAME));
        all.filter(|all| framed && asked(*all).is_some_and(|lines| lines <= room))
    };
    let of_row = |row: &'s Row| match below(row) {
        Some(height) => (height, vec![row.panels.iter().collect()]),
        None => (row.height, row.panels.iter().map(|panel| vec![panel]).collect()),
    };
    let (heights, columns): (Vec<_>, Vec<Vec<_>>) = rows.iter().map(of_row).unzip();
    (highest(heights.into_iter()), columns.concat())
}

fn highest(heights: impl Iterator<Item = Height>) -> Height {
    heights.reduce(Height::or_higher).unwrap_or(Height::Content)
}

/// The height of the panels of a row below each other, the frames between them included.
fn stacked(row: &Row) -> Option<Height> {
    let count = u16::try_from(row.panels.len()).ok()?;
    let all = |lines: u16| (lines + FRAME).saturating_mul(count).saturating_sub(FRAME);
    match row.height {
        Height::Lines(lines) => Some(Height::Lines(all(lines))),
        Height::Fill { min, weight } => Some(Height::Fill { min: all(min), weight }),
        Height::Content => None,
    }
}

/// The lines of content that a height asks for, if they are known before the content is.
fn asked(height: Height) -> Option<u16> {
    match height {
        Height::Lines(lines) | Height::Fill { min: lines, .. } => Some(lines),
        Height::Content => None,
    }
}

/// Whether this many panels would be too narrow beside each other. An average: a panel of little
/// weight may still be narrower, which its lab has chosen.
fn narrow(panels: usize, width: u16) -> bool {
    panels > 1 && usize::from(width) / panels < usize::from(NARROW)
}

/// All of these beside each other, if each panel then has the columns that it asks for; if not,
/// some of them are put below.
fn fitting(columns: Vec<Vec<&Panel>>, width: u16) -> Option<Vec<Column<'_>>> {
    if narrow(columns.len(), width) {
        return None;
    }
    let enough = |column: &Column<'_>| column.panels.iter().all(|it| column.width >= it.at_least);
    Some(beside(columns, width)).filter(|columns| columns.iter().all(enough))
}

/// Divides the width among the columns of a row by weight.
fn beside(columns: Vec<Vec<&Panel>>, width: u16) -> Vec<Column<'_>> {
    let count = columns.len();
    let weight = |column: &Vec<&Panel>| column.iter().map(|panel| panel.weight).max().unwrap_or(0);
    let weights: Vec<_> = columns.iter().map(weight).collect();
    let edges = edges(width, weights.into_iter());
    let columns = edges.zip(columns).enumerate().map(|(at, ((x, width), panels))| {
        // Without frames, a gap keeps neighbours apart.
        let bare = panels.iter().all(|panel| panel.title.is_empty());
        let gap = u16::from(bare && at + 1 < count) * 2;
        Column { x, width: width.saturating_sub(gap), panels }
    });
    columns.collect()
}

/// Divides `all` lines or columns by weight: where each part begins, and how long it is. Edges
/// are computed from the beginning, so that the parts add up to all of it.
fn edges(all: u16, weights: impl Iterator<Item = u16> + Clone) -> impl Iterator<Item = (u16, u16)> {
    let total = weights.clone().map(u64::from).sum::<u64>().max(1);
    let edge = move |before: u64| u16::try_from(u64::from(all) * before / total).unwrap_or(all);
    weights.scan(0, move |before, weight| {
        let from = edge(*before);
        *before += u64::from(weight);
        Some((from, edge(*before) - from))
    })
}

/// What a row asks for: the maximum of its columns, within the height that the scene gives the
/// row.
fn row_layout(height: Height, columns: Vec<Column<'_>>) -> RowLayout<'_> {
    let needs = columns.iter().map(|column| {
        let borders = column.panels.iter().map(|panel| Border::of(panel));
        let border = borders.max_by_key(|border| border.lines()).unwrap_or(Border::Bare);
        let width = column.width.saturating_sub(border.columns());
        let needs = column.panels.iter().map(|panel| body::need(&panel.body, width));
        let below = |one: Need, other: Need| Need {
            least: one.least.saturating_add(other.least).saturating_add(FRAME),
            most: one.most.saturating_add(other.most).saturating_add(FRAME),
        };
        (needs.reduce(below).unwrap_or(Need { least: 0, most: 0 }), border.lines())
    });
    let (mut content, mut least, mut most, mut framed) = (0, 0, 0, 0);
    for (need, border) in needs {
        content = content.max(need.least);
        // Where there is no room for a frame, a rule has its title.
        least = least.max(need.least.saturating_add(border.min(1)));
        most = most.max(need.most.saturating_add(border)).min(TALLEST);
        framed = framed.max(border);
    }
    let request = match height {
        Height::Lines(lines) => {
            let want = lines.saturating_add(framed).min(TALLEST);
            let least = least.min(want);
            HeightRequest { least, want, most: want, weight: 0 }
        }
        // From what the scene asks for alone, as far as what is in it can change.
        Height::Fill { min, weight } => {
            let want = min.saturating_add(framed).min(TALLEST);
            let least = min.saturating_add(framed.min(1)).min(want);
            HeightRequest { least, want, most: most.max(want), weight }
        }
        Height::Content => {
            let want = content.saturating_add(framed).min(TALLEST);
            HeightRequest { least: least.min(want), want, most: want, weight: 0 }
        }
    };
    // By which the border is chosen: of a row that can be filled not by what is in it now, or the
    // border would come and go with that.
    let least = match height {
        Height::Fill { min, .. } => min,
        Height::Lines(_) | Height::Content => content,
    };
    RowLayout { columns, request, least, stands_for: None }
}
