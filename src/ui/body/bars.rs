//! Bars, one per line, with a label, a figure and a remark:
//!
//! ```text
//!   no lock   ██████████▌         12.3 ms   fastest
//!   lock      ███████▓▓▓▓▓▓▓▓     17.1 ms
//!             █ work  ▓ waiting
//! ```
//!
//! The parts of a bar differ in what they are filled with and by tone. A bar of one part is
//! drawn to an eighth of a column, one of several parts to a whole column, as only the solid
//! filling has eighths.

use super::Need;
use crate::scene::{Activity, Bar, Bars, Scale, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::glyph::{self, EIGHTHS, FILLS};
use crate::ui::text;

/// A bar shorter than this shows little, so remarks are dropped before. Figures are never
/// dropped: they are what the bar stands for.
const LEAST: u16 = 12;

/// How the columns of a line are divided. The same for all lines: bars can only be compared if
/// they begin in the same column.
struct Columns {
    /// For the sign of what a bar does (running, finished); part of `label`. 0 if no bar does
    /// anything.
    sign: u16,
    label: u16,
    bar: u16,
    note: bool,
}

/// A line for each bar; the legend is worth a line if there is one, but is dropped before a
/// bar.
pub fn need(bars: &Bars) -> Need {
    let legend = usize::from(has_legend(bars));
    Need::between(bars.bars.len().max(1), bars.bars.len() + legend)
}

pub fn draw(canvas: &mut Canvas<'_>, bars: &Bars) {
    let columns = columns(bars, canvas.width);
    let (shown, hidden) = super::showing(bars.bars.len(), canvas.height);
    let longest = longest(bars);
    for (y, bar) in (0..).zip(&bars.bars[..shown]) {
        line(canvas, y, bar, bars, &columns, longest);
    }
    if hidden > 0 {
        super::more(canvas, canvas.height, hidden, "bars");
    } else if has_legend(bars) {
        legend(canvas, u16::try_from(shown).unwrap_or(u16::MAX), bars);
    }
}

fn line(canvas: &mut Canvas<'_>, y: u16, bar: &Bar, bars: &Bars, columns: &Columns, longest: f64) {
    let plain = canvas.tone(Tone::Plain);
    if columns.sign > 0 && bar.activity != Activity::Idle {
        let tone = canvas.tone(bar.activity.tone());
        canvas.glyph(0, y, glyph::activity(bar.activity), tone);
    }
    let room = columns.label.saturating_sub(columns.sign + 1);
    canvas.label(columns.sign, y, room, &bar.label, plain);
    let mut x = columns.label;
    x += match bars.scale {
        Scale::Linear => linear(canvas, x, y, bar, bars, columns.bar, longest),
        Scale::Log => {
            let fraction = logarithm(total(bar), bars, longest);
            single(canvas, x, y, 0, bars, fraction * f64::from(columns.bar))
        }
    };
    // A bar of no length needs no gap after it.
    if x > columns.label {
        x += 1;
    }
    let strong = canvas.tone(Tone::Strong);
    x = canvas.fit(x, y, canvas.width.saturating_sub(x), &bar.figure, strong);
    if columns.note && !super::is_blank(&bar.note) {
        let room = canvas.width.saturating_sub(x.saturating_add(2));
        let tone = canvas.tone(bar.note.tone);
        canvas.fit(x.saturating_add(2), y, room, &bar.note.text, tone);
    }
}

/// Draws the parts one after the other; returns how many columns they took. Each edge is
/// rounded from the sum so far, so that the rounding of the parts does not add up.
fn linear(
    canvas: &mut Canvas<'_>,
    x: u16,
    y: u16,
    bar: &Bar,
    bars: &Bars,
    room: u16,
    longest: f64,
) -> u16 {
    let mut nonzero = bar.values.iter().enumerate().filter(|(_, v)| **v > 0.0);
    if let (Some((part, value)), None) = (nonzero.next(), nonzero.next()) {
        return single(canvas, x, y, part, bars, fraction(*value, longest) * f64::from(room));
    }
    let (mut sum, mut done) = (0.0, 0);
    for (part, value) in bar.values.iter().enumerate() {
        sum += clean(*value);
        let until = columns_of(fraction(sum, longest) * f64::from(room));
        let style = canvas.tone(tone(bars, part));
        canvas.fill(x + done, y, until.saturating_sub(done), fill(part), style);
        done = until.max(done);
    }
    if done == 0 && sum > 0.0 {
        canvas.glyph(x, y, EIGHTHS[1], canvas.tone(Tone::Plain));
        done = 1;
    }
    done
}

/// Draws a bar of one part, to an eighth of a column; returns the columns that it took.
/// Whatever is not zero leaves a trace, so that "little" and "nothing" look different.
fn single(canvas: &mut Canvas<'_>, x: u16, y: u16, part: usize, bars: &Bars, columns: f64) -> u16 {
    if columns <= 0.0 {
        return 0;
    }
    let style = canvas.tone(tone(bars, part));
    let whole = columns_of(columns.floor());
    let fill = fill(part);
    canvas.fill(x, y, whole, fill, style);
    let eighths = columns_of((columns - f64::from(whole)) * 8.0).min(7);
    let eighths = if whole == 0 { eighths.max(1) } else { eighths };
    // Only the solid filling has eighths.
    if eighths == 0 || (fill != FILLS[0] && whole > 0) {
        return whole;
    }
    canvas.glyph(x + whole, y, EIGHTHS[usize::from(eighths)], style);
    whole + 1
}

/// Names the parts, each with its filling; or the scale, since a reader must not take a
/// logarithmic bar for a linear one.
fn legend(canvas: &mut Canvas<'_>, y: u16, bars: &Bars) {
    let dim = canvas.tone(Tone::Dim);
    let mut x = columns(bars, canvas.width).label;
    if bars.scale == Scale::Log {
        canvas.fit(x, y, canvas.width.saturating_sub(x), "logarithmic scale", dim);
        return;
    }
    for (part, named) in bars.parts.iter().enumerate() {
        if x > 0 && x.saturating_add(2 + text::width(&named.name)) > canvas.width {
            break;
        }
        let style = canvas.tone(tone(bars, part));
        canvas.glyph(x, y, fill(part), style);
        x = canvas.put(x + 2, y, &named.name, dim).saturating_add(2);
    }
}

/// Divides the width: label, figure and remark get what their texts need, within limits, and
/// the bar the rest. Remarks are all shown or none.
fn columns(bars: &Bars, width: u16) -> Columns {
    let all = || bars.bars.iter();
    let signs = all().any(|bar| bar.activity != Activity::Idle);
    let label = super::widest(all().map(|bar| bar.label.fit(width / 3, text::width)), width / 3);
    let sign = u16::from(signs) * 2;
    let label = label + sign + 2;
    let figure = super::widest(all().map(|bar| bar.figure.as_str()), width / 2) + 1;
    let note = super::widest(all().map(|bar| bar.note.text.as_str()), width / 2);
    let room = width.saturating_sub(label + figure);
    let beside = room.saturating_sub(if note > 0 { note + 2 } else { 0 });
    if beside >= LEAST {
        Columns { sign, label, bar: beside, note: true }
    } else {
        Columns { sign, label, bar: room, note: false }
    }
}

fn has_legend(bars: &Bars) -> bool {
    bars.parts.len() > 1 || bars.scale == Scale::Log
}

fn fill(part: usize) -> char {
    FILLS[part % FILLS.len()]
}

fn tone(bars: &Bars, part: usize) -> Tone {
    bars.parts.get(part).map_or(Tone::Active, |part| part.tone)
}

/// The longest bar, by which all are scaled. Never 0, since it is divided by; then every bar
/// has no length.
fn longest(bars: &Bars) -> f64 {
    bars.bars.iter().map(total).fold(f64::MIN_POSITIVE, f64::max)
}

fn total(bar: &Bar) -> f64 {
    let sum: f64 = bar.values.iter().copied().map(clean).sum();
    sum.min(f64::MAX)
}

/// A value that a length can follow from: what is not a number, negative or infinite counts as
/// 0.
fn clean(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

fn fraction(value: f64, longest: f64) -> f64 {
    clean(value / longest).min(1.0)
}

/// The share of the longest bar on a logarithmic scale, which begins a decade below the
/// shortest: so the shortest bar is visible too.
fn logarithm(value: f64, bars: &Bars, longest: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    let least = bars.bars.iter().map(total).filter(|v| *v > 0.0);
    let start = least.fold(longest, f64::min).log10() - 1.0;
    fraction(value.log10() - start, longest.log10() - start)
}

/// A length as a whole number of columns.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the type's range"
)]
fn columns_of(length: f64) -> u16 {
    length.round().clamp(0.0, f64::from(u16::MAX)) as u16
}
