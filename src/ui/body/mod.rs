//! The kinds of picture that a panel can hold, one file each. Every kind has two functions:
//! `need`, how many lines it asks for at a width, and `draw`, which draws it at any size down
//! to nothing.
//!
//! What does not fit is counted in the picture (`+3 more rows`), never left out silently.
//!
//! To add a kind: a file for its data in `scene/`, a variant of [`Body`], a file here with `need`
//! and `draw`, an arm in each of the matches below, and its text form in the report. The compiler
//! asks for all but the file.

mod axis;
mod bars;
mod boxes;
mod cards;
mod code;
mod excerpt;
mod gantt;
mod graph;
mod grid;
mod lanes;
mod log;
mod overview;
mod plot;
mod pool;
mod progress;
mod schedule;
mod structure;
mod table;
mod tail;
mod tree;

use super::canvas::Canvas;
use super::markdown;
use crate::scene::{Body, Label, Line, Span, Tone};

/// Lines of height that a picture asks for: below `least` something important is missing, above
/// `most` nothing is gained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    pub least: u16,
    pub most: u16,
}

impl Need {
    fn exactly(lines: usize) -> Self {
        Self::between(lines, lines)
    }

    /// For what shows more, or becomes larger, in any number of lines: a timeline, a plot, a story.
    fn at_least(lines: usize) -> Self {
        Self::between(lines, usize::MAX)
    }

    /// Limits of the type are no error: a picture of more lines than a screen can have is cut
    /// anyway.
    fn between(least: usize, most: usize) -> Self {
        Self {
            least: u16::try_from(least).unwrap_or(u16::MAX),
            most: u16::try_from(most.max(least)).unwrap_or(u16::MAX),
        }
    }
}

/// A picture of more lines than this can be cut: its first lines are useful alone. So no more
/// is asked for as `least`.
const ENOUGH: usize = 7;

/// All lines if there is room, and at least `enough` of them; for kinds that can be cut or
/// scrolled.
fn up_to(enough: usize, lines: usize) -> Need {
    Need::between(lines.min(enough), lines)
}

/// The lines that a picture asks for at this width, in any moment: a row is laid out by these, so
/// they change only with what does not change while a run goes on.
pub fn need(body: &Body, width: u16) -> Need {
    let need = need_of_now(body, width);
    // What has another size in another moment may use any height: a row that grew and shrank
    // with it would move all others.
    match body {
        Body::Lines(_) | Body::Prose(_) | Body::Bars(_) | Body::Progress(_) => need,
        _ => Need { most: u16::MAX, ..need },
    }
}

/// The lines in which all of what a picture holds now can be shown, at this width and, if it
/// continues beside itself, in this height.
pub fn height(body: &Body, width: u16, height: u16) -> u16 {
    let need = need_of_now(body, width);
    match body {
        // More room makes bars thicker, and shows no more of them.
        Body::Bars(_) => need.least,
        Body::Table(table) => Need::exactly(table::height(table, width, height)).most,
        _ => need.most,
    }
}

/// Lines of this height that a picture has no use for, though a few more would make it larger.
pub fn spare(body: &Body, width: u16, height: u16) -> u16 {
    match body {
        Body::Bars(bars) => bars::spare(bars, width, height),
        _ => 0,
    }
}

/// Cheap kinds count their items; prose and graphs are laid out for the width.
fn need_of_now(body: &Body, width: u16) -> Need {
    match body {
        Body::Lines(lines) => Need::exactly(lines.len()),
        Body::Prose(text) => up_to(ENOUGH, markdown::height(text, width)),
        Body::Boxes(boxes) => boxes::need(boxes),
        Body::Grid(grid) => grid::need(grid, width),
        Body::Bars(bars) => bars::need(bars, width),
        Body::Lanes(chart) => lanes::need(chart),
        Body::Gantt(gantt) => gantt::need(gantt),
        Body::Code(code) => code::need(code, width),
        Body::Table(table) => up_to(ENOUGH, table.rows.len() + 1),
        Body::Structure(structure) => structure::need(structure, width),
        Body::Graph(graph) => up_to(ENOUGH, graph::height(graph, width)),
        Body::Tree(tree) => up_to(ENOUGH, tree.nodes.len()),
        Body::Schedule(schedule) => schedule::need(schedule, width),
        Body::Pool(picture) => pool::need(picture, width),
        Body::Cards(all) => cards::need(&all.cards, width),
        Body::Overview(overview) => overview::need(overview, width),
        // A story uses any height; three sentences are the least that shows a sequence.
        Body::Log(_) | Body::Tail(_) => Need::at_least(3),
        Body::Plot(_) => plot::need(),
        Body::Progress(_) => Need::exactly(1),
    }
}

/// What a picture shows in the border of its panel, in the place of a note: the tabs of listings.
/// `None` for all other kinds, and for code with one listing.
pub fn tabs(body: &Body) -> Option<Label> {
    match body {
        Body::Code(code) => code::tabs(code),
        _ => None,
    }
}

/// Draws into the border what a picture of this height has no line for.
pub fn foot(canvas: &mut Canvas<'_>, body: &Body, height: u16) {
    if let Body::Lanes(chart) = body {
        lanes::foot(canvas, chart, height);
    }
}

/// Draws a picture over the whole canvas, at any size. A canvas without a line or a column is
/// allowed and stays empty.
pub fn draw(canvas: &mut Canvas<'_>, body: &Body) {
    match body {
        Body::Lines(all) => lines(canvas, all),
        Body::Tail(all) => tail::draw(canvas, all),
        Body::Prose(text) => markdown::draw(canvas, text, 0),
        Body::Boxes(boxes) => boxes::draw(canvas, boxes),
        Body::Grid(grid) => grid::draw(canvas, grid),
        Body::Bars(bars) => bars::draw(canvas, bars),
        Body::Lanes(chart) => lanes::draw(canvas, chart),
        Body::Gantt(gantt) => gantt::draw(canvas, gantt),
        Body::Code(code) => code::draw(canvas, code),
        Body::Table(table) => table::draw(canvas, table),
        Body::Structure(structure) => structure::draw(canvas, structure),
        Body::Graph(graph) => graph::draw(canvas, graph),
        Body::Tree(tree) => tree::draw(canvas, tree),
        Body::Schedule(schedule) => schedule::draw(canvas, schedule),
        Body::Pool(picture) => pool::draw(canvas, picture),
        Body::Cards(all) => cards::draw(canvas, all),
        Body::Overview(overview) => overview::draw(canvas, overview),
        Body::Log(lines) => log::draw(canvas, lines),
        Body::Plot(plot) => plot::draw(canvas, plot),
        Body::Progress(progress) => progress::draw(canvas, progress),
    }
}

fn lines(canvas: &mut Canvas<'_>, lines: &[Line]) {
    for (at, (y, line)) in (0..canvas.height).zip(lines).enumerate() {
        canvas.row_zone(y, at);
        canvas.spans(0, y, canvas.width, &line.0);
    }
}

/// How many of `all` items are shown in `lines` lines, and how many are not. If some are
/// hidden, the last line is kept for their count ([`more`]), unless it is the only one.
fn showing(all: usize, lines: u16) -> (usize, usize) {
    let lines = usize::from(lines);
    let shown = match lines {
        _ if all <= lines => all,
        0 | 1 => lines,
        _ => lines - 1,
    };
    (shown, all - shown)
}

/// Draws at the bottom how many items are hidden: in a line of its own, or at the end of the
/// only one.
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

fn widest<'t>(texts: impl Iterator<Item = &'t str>, at_most: u16) -> u16 {
    texts.map(super::text::width).max().unwrap_or(0).min(at_most)
}

fn is_blank(span: &Span) -> bool {
    span.text.is_empty()
}
