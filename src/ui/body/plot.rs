//! Curves over an axis, drawn with dots of an eighth of a cell, each with its interval as a
//! light band:
//!
//! ```text
//!   10 ms┤       ┊    ⢀⡠⠔⠊ serial
//!        │   ░░⣀⠤┊⠒⠉⠉⠉⠉⠉⠉ 2 processes
//!    1 ms┤⠤⠒⠉    ┊ from 3 ms
//!        └┴100 µs────┴1 ms─────
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::Widget as _;
use ratatui::widgets::canvas::{self, Line};

use super::Need;
use crate::scene::{Axis, Curve, Plot, PlotMark, Point, Tick, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::text;

/// A measured point, where a curve has few enough that they can be told apart.
const POINT: char = '•';
/// The interval of a curve. Light, so that the curve itself stands out of it.
const BAND: char = '░';
/// A place along the horizontal axis.
const MARK: char = '┊';
/// Columns of curves below which they show nothing: then the names of axes and curves go.
const LEAST: u16 = 12;

/// A few lines show a trend, and each further one makes it more exact.
pub fn need() -> Need {
    Need::at_least(5)
}

pub fn draw(canvas: &mut Canvas<'_>, plot: &Plot) {
    let (left, right) = margins(plot, canvas.width);
    let width = canvas.width.saturating_sub(left + right);
    let Some(height) = canvas.height.checked_sub(1).filter(|height| *height > 0 && width > 0)
    else {
        return;
    };
    vertical(canvas, &plot.y, left, height);
    horizontal(canvas, &plot.x, left, width, height);
    let mut area = canvas.part(left, 0, width, height);
    for mark in &plot.marks {
        marked(&mut area, &plot.x, mark);
    }
    for curve in &plot.curves {
        band(&mut area, plot, curve);
    }
    for curve in &plot.curves {
        line(&mut area, plot, curve);
    }
    // Over the curves, since a text must be readable.
    for mark in &plot.marks {
        named(&mut area, &plot.x, mark);
    }
    if right > 0 {
        names(canvas, plot, left + width, height);
    }
}

/// Columns left of the curves for the texts of the vertical axis and its line, and right of them
/// for the names of the curves. Where too little is left for the curves, first the names of the
/// curves go, then the axis.
fn margins(plot: &Plot, width: u16) -> (u16, u16) {
    let ticks = plot.y.ticks.iter().map(|tick| tick.text.as_str());
    let left = super::widest(ticks, width / 3) + 1;
    let right = match super::widest(plot.curves.iter().map(|curve| &*curve.name), width / 3) {
        0 => 0,
        name => name + 1,
    };
    match width.saturating_sub(left) {
        room if room >= LEAST + right => (left, right),
        room if room >= LEAST => (left, 0),
        _ => (0, 0),
    }
}

/// The line left of the curves, with a tick and its text where there is a line free for it.
fn vertical(canvas: &mut Canvas<'_>, axis: &Axis, left: u16, height: u16) {
    let Some(x) = left.checked_sub(1) else { return };
    let (frame, dim) = (canvas.theme.frame, canvas.tone(Tone::Dim));
    (0..height).for_each(|y| canvas.glyph(x, y, '│', frame));
    canvas.glyph(x, height, '└', frame);
    // From the top, where the largest value is; labels in neighbouring lines would be read as
    // one. The lowest one has its place in any case: it says where the axis begins.
    let line = |tick: &Tick| Some(height - 1 - cell(axis.position(tick.at)?, height));
    let lowest = axis.ticks.iter().find_map(line);
    let mut free = 0;
    for tick in axis.ticks.iter().rev() {
        let Some(y) = line(tick) else { continue };
        let apart = lowest.is_none_or(|lowest| y + 2 <= lowest);
        if y >= free && (apart || axis.ticks.first() == Some(tick)) {
            canvas.right(x, y, &tick.text, dim);
            canvas.glyph(x, y, '┤', frame);
            free = y + 2;
        }
    }
}

/// The line below the curves: ticks with their texts behind them, where those do not touch.
fn horizontal(canvas: &mut Canvas<'_>, axis: &Axis, left: u16, width: u16, y: u16) {
    let (frame, dim) = (canvas.theme.frame, canvas.tone(Tone::Dim));
    let mut line = canvas.part(left, y, width, 1);
    line.fill(0, 0, width, '─', frame);
    let mut free = 0;
    for tick in &axis.ticks {
        let Some(at) = axis.position(tick.at) else { continue };
        let x = cell(at, width);
        let after = x + 1 + text::width(&tick.text);
        if x >= free && after <= width {
            line.glyph(x, 0, '┴', frame);
            free = line.put(x + 1, 0, &tick.text, dim) + 1;
        }
    }
}

fn marked(area: &mut Canvas<'_>, axis: &Axis, mark: &PlotMark) {
    let style = area.tone(mark.tone);
    for x in columns(axis, mark, area.width) {
        (0..area.height).for_each(|y| area.glyph(x, y, MARK, style));
    }
}

/// Writes the text of a mark at the bottom, where curves that grow are not: right of it, or left
/// where there is no room.
fn named(area: &mut Canvas<'_>, axis: &Axis, mark: &PlotMark) {
    let Some(y) = area.height.checked_sub(1) else { return };
    let wide = text::width(&mark.text);
    let style = area.tone(mark.tone);
    let [first, last] = [0, 1].map(|end| columns(axis, mark, area.width).nth(end));
    let Some(first) = first else { return };
    let last = last.unwrap_or(first);
    if last + 2 + wide <= area.width {
        area.put(last + 2, y, &mark.text, style);
    } else if first > wide {
        area.right(first - 1, y, &mark.text, style);
    }
}

fn columns(axis: &Axis, mark: &PlotMark, width: u16) -> impl Iterator<Item = u16> {
    let ends = [axis.position(mark.from), axis.position(mark.to)];
    ends.into_iter().flatten().map(move |at| cell(at, width))
}

/// Where the points of a curve lie, as shares of the area: `x`, then `y`, `low`, `high`. What a
/// point's interval has outside of the axis is cut off; a point outside of it is left out.
fn places<'p>(plot: &'p Plot, curve: &'p Curve) -> impl Iterator<Item = [f64; 4]> + 'p {
    // Not `clamp`, which panics where a scene gives the ends in the wrong order.
    let inside = |value: f64| value.max(plot.y.from).min(plot.y.to);
    curve.points.iter().filter_map(move |&Point { x, y, low, high }| {
        let (x, y) = (plot.x.position(x)?, plot.y.position(y)?);
        let low = plot.y.position(inside(low)).unwrap_or(y);
        let high = plot.y.position(inside(high)).unwrap_or(y);
        Some([x, y, low, high])
    })
}

/// Fills the cells between the ends of the intervals, column by column.
fn band(area: &mut Canvas<'_>, plot: &Plot, curve: &Curve) {
    let all: Vec<_> = places(plot, curve).collect();
    // In the curve's own colour it would be taken for what the curve shows.
    let style = area.tone(Tone::Dim);
    for column in 0..area.width {
        let x = (f64::from(column) + 0.5) / f64::from(area.width);
        let Some(pair) = all.windows(2).find(|pair| pair[0][0] <= x && x <= pair[1][0]) else {
            continue;
        };
        let [from, to] = [pair[0], pair[1]];
        let share = (x - from[0]) / (to[0] - from[0]).max(f64::MIN_POSITIVE);
        let between = |which: usize| from[which] + (to[which] - from[which]) * share;
        let (low, high) = (between(2), between(3));
        if high <= low {
            continue;
        }
        for line in cell(low, area.height)..=cell(high, area.height) {
            area.glyph(column, area.height - 1 - line, BAND, style);
        }
    }
}

/// Draws the line through the points, and the points themselves where they are few.
fn line(area: &mut Canvas<'_>, plot: &Plot, curve: &Curve) {
    let all: Vec<_> = places(plot, curve).map(|[x, y, ..]| (x, y)).collect();
    let mut dots = Buffer::empty(Rect::new(0, 0, area.width, area.height));
    canvas::Canvas::default()
        .x_bounds([0.0, 1.0])
        .y_bounds([0.0, 1.0])
        .paint(|context| {
            for pair in all.windows(2) {
                let [(x1, y1), (x2, y2)] = [pair[0], pair[1]];
                context.draw(&Line { x1, y1, x2, y2, color: Color::Reset });
            }
        })
        .render(dots.area, &mut dots);
    let style = area.tone(curve.tone);
    copy(area, &dots, style);
    if all.len() <= usize::from(area.width / 4) {
        for (x, y) in all {
            let (x, y) = (cell(x, area.width), cell(y, area.height));
            area.glyph(x, area.height - 1 - y, POINT, style);
        }
    }
}

/// Takes over the cells with dots in them. Drawn apart, because the area may be scrolled, and
/// the tones of a theme are more than a colour.
fn copy(area: &mut Canvas<'_>, dots: &Buffer, style: Style) {
    for y in 0..area.height {
        for x in 0..area.width {
            let symbol = dots[(x, y)].symbol().chars().next();
            if let Some(dot) = symbol.filter(|c| !matches!(c, ' ' | '\u{2800}')) {
                area.glyph(x, y, dot, style);
            }
        }
    }
}

/// Writes the name of each curve beside its end. Of two that end in the same line the later one
/// takes the next that is free.
fn names(canvas: &mut Canvas<'_>, plot: &Plot, x: u16, height: u16) {
    let mut taken: Vec<u16> = Vec::new();
    for curve in &plot.curves {
        let Some([_, y, ..]) = places(plot, curve).last() else { continue };
        let wanted = height - 1 - cell(y, height);
        let lines = (wanted..height).chain((0..wanted).rev());
        let Some(y) = lines.into_iter().find(|y| !taken.contains(y)) else { continue };
        taken.push(y);
        let style = canvas.tone(curve.tone);
        canvas.fit(x + 1, y, canvas.width.saturating_sub(x + 1), &curve.name, style);
    }
}

/// The cell that a share of the area falls into, of this number of cells; the end of the area
/// belongs to the last one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share from 0 to 1 of a number of this type"
)]
fn cell(share: f64, cells: u16) -> u16 {
    let last = cells.saturating_sub(1);
    ((share * f64::from(cells)) as u16).min(last)
}
