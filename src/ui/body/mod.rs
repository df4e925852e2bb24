//! The kinds of picture, one file each: how much room it asks for, and how it is drawn.
//!
//! Must not know: panes, the screen around it.

mod bars;
mod boxes;
mod code;
mod graph;
mod grid;
mod lanes;
mod log;
mod progress;
mod table;
mod tree;
mod trend;

use super::canvas::Canvas;
use super::markdown;
use crate::scene::{Body, Line, Span, Tone};

/// Lines of height: below `least` something important is missing, above `most` nothing is gained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    pub least: u16,
    pub most: u16,
}

impl Need {
    fn exactly(lines: usize) -> Self {
        Self::between(lines, lines)
    }

    fn between(least: usize, most: usize) -> Self {
        Self {
            least: u16::try_from(least).unwrap_or(u16::MAX),
            most: u16::try_from(most.max(least)).unwrap_or(u16::MAX),
        }
    }
}

/// Whatever has more lines than this has to be cut somewhere, so no room is asked for all.
const ENOUGH: usize = 7;

fn up_to(enough: usize, lines: usize) -> Need {
    Need::between(lines.min(enough), lines)
}

pub fn need(body: &Body, width: u16) -> Need {
    match body {
        Body::Lines(lines) => Need::exactly(lines.len()),
        Body::Prose(text) => up_to(ENOUGH, markdown::height(text, width)),
        Body::Boxes(boxes) => boxes::need(boxes, width),
        Body::Grid(grid) => grid::need(grid, width),
        Body::Bars(bars) => bars::need(bars),
        Body::Lanes(chart) => lanes::need(chart),
        Body::Code(code) => Need::exactly(code.lines.len()),
        Body::Table(table) => up_to(ENOUGH, table.rows.len() + 1),
        Body::Graph(graph) => up_to(ENOUGH, graph::height(graph, width)),
        Body::Tree(tree) => up_to(ENOUGH, tree.nodes.len()),
        Body::Log(_) => Need::between(3, usize::MAX),
        Body::Trend(_) => Need::between(1, 5),
        Body::Progress(_) => Need::exactly(1),
    }
}

pub fn draw(canvas: &mut Canvas<'_>, body: &Body) {
    match body {
        Body::Lines(all) => lines(canvas, all),
        Body::Prose(text) => markdown::draw(canvas, text, 0),
        Body::Boxes(boxes) => boxes::draw(canvas, boxes),
        Body::Grid(grid) => grid::draw(canvas, grid),
        Body::Bars(bars) => bars::draw(canvas, bars),
        Body::Lanes(chart) => lanes::draw(canvas, chart),
        Body::Code(code) => code::draw(canvas, code),
        Body::Table(table) => table::draw(canvas, table),
        Body::Graph(graph) => graph::draw(canvas, graph),
        Body::Tree(tree) => tree::draw(canvas, tree),
        Body::Log(lines) => log::draw(canvas, lines),
        Body::Trend(trend) => trend::draw(canvas, trend),
        Body::Progress(progress) => progress::draw(canvas, progress),
    }
}

fn lines(canvas: &mut Canvas<'_>, lines: &[Line]) {
    for (y, line) in (0..canvas.height).zip(lines) {
        canvas.spans(0, y, canvas.width, &line.0);
    }
}

/// How many of `all` show in `lines` lines, and how many do not; see [`more`].
fn showing(all: usize, lines: u16) -> (usize, usize) {
    let lines = usize::from(lines);
    let shown = match lines {
        _ if all <= lines => all,
        0 | 1 => lines,
        _ => lines - 1,
    };
    (shown, all - shown)
}

/// Shows at the bottom that `hidden` items do not fit: in a line of its own, or at
/// the end of the only one.
fn more(canvas: &mut Canvas<'_>, lines: u16, hidden: usize, what: &str) {
    let style = canvas.tone(Tone::Dim);
    let Some(y) = canvas.height.checked_sub(1) else {
        return;
    };
    if lines > 1 {
        canvas.fit(0, y, canvas.width, &format!("+{hidden} more {what}"), style);
    } else if lines == 1 {
        canvas.right(canvas.width, y, &format!(" +{hidden}"), style);
    }
}

/// The widest of some texts, but no more than `at_most` columns.
fn widest<'t>(texts: impl Iterator<Item = &'t str>, at_most: u16) -> u16 {
    texts.map(super::text::width).max().unwrap_or(0).min(at_most)
}

fn is_blank(span: &Span) -> bool {
    span.text.is_empty()
}
