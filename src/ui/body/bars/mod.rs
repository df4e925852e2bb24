//! Bars, each with a label, a figure and a remark:
//!
//! ```text
//!            ┬0──────────┬1x─────────┬2x──
//!   serial    ██████████▌ 1.0x
//!
//!   threads   ███████████│██████├─┤ 1.9x  ±0.1
//!             │ serial  ├┤ 95 % interval
//! ```
//!
//! The parts of a bar differ in what they are filled with and by tone. A bar of one part is
//! drawn to an eighth of a column, one of several parts to a whole column, as only the solid
//! filling has eighths. Where there is room bars are apart and thicker; where there is little,
//! they stand in several columns beside each other before one is hidden.

mod plan;

use plan::{Columns, Lengths, Plan};

use super::Need;
use crate::scene::{Activity, Bar, Bars, Scale, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::glyph::{self, EIGHTHS, FILLS};
use crate::ui::text;

/// The line of what the bars are compared with. Not a bar's glyph, so that it is seen on one.
const RULE: char = '│';

pub fn need(bars: &Bars, width: u16) -> Need {
    plan::need(bars, width)
}

pub use plan::spare;

pub fn draw(canvas: &mut Canvas<'_>, bars: &Bars) {
    let plan = Plan::of(bars, canvas.width, canvas.height);
    let (shown, hidden) = if plan.across > 1 {
        (bars.bars.len(), 0)
    } else {
        super::showing(bars.bars.len(), canvas.height - u16::from(plan.legend))
    };
    let wide = canvas.width / plan.across;
    let gap = if plan.across > 1 { 2 } else { 0 };
    for (column, some) in (0..).zip(bars.bars[..shown].chunks(plan.per.max(1))) {
        let lines = canvas.height;
        let mut part = canvas.part(wide * column, 0, wide.saturating_sub(gap), lines);
        beside(&mut part, some, bars, &plan);
    }
    if hidden > 0 {
        super::more(canvas, canvas.height, hidden, "bars");
    } else if plan.legend {
        legend(canvas, canvas.height - 1, bars);
    }
}

/// Draws some of the bars below each other. What crosses them lies over the bars and below the
/// texts, which must stay readable.
fn beside(canvas: &mut Canvas<'_>, some: &[Bar], bars: &Bars, plan: &Plan) {
    let columns = Columns::of(bars, canvas.width);
    let lengths = Lengths::of(bars);
    let top = u16::from(plan.axis);
    let mut places = Vec::with_capacity(some.len());
    let mut y = top;
    for (at, bar) in some.iter().enumerate() {
        y += u16::from(plan.gaps && bar.apart && at > 0);
        let mut end = columns.label;
        for line in 0..plan.thick {
            end = filled(canvas, y + line, bar, bars, &columns, &lengths);
        }
        places.push((y + (plan.thick - 1) / 2, end));
        y += plan.slot;
    }
    let bottom = places.last().map_or(top, |(middle, _)| middle + plan.thick / 2 + 1);
    if let Some(rule) = &bars.rule {
        let x = columns.rule(lengths.share(rule.at));
        let strong = canvas.tone(Tone::Strong);
        (top..bottom).for_each(|y| canvas.glyph(x, y, RULE, strong));
    }
    if plan.axis {
        axis(canvas, bars, &columns, &lengths);
    }
    for (bar, (y, end)) in some.iter().zip(places) {
        let end = whisker(canvas, y, bar, &columns, &lengths, end).max(end);
        texts(canvas, y, bar, &columns, end);
    }
}

/// Draws one line of a bar, in the parts of a linear scale or as one piece of a logarithmic one;
/// returns the column after its end.
fn filled(
    canvas: &mut Canvas<'_>,
    y: u16,
    bar: &Bar,
    bars: &Bars,
    columns: &Columns,
    lengths: &Lengths,
) -> u16 {
    let x = columns.label;
    x + match bars.scale {
        Scale::Linear => linear(canvas, x, y, bar, bars, columns.bar, lengths),
        Scale::Log => {
            let share = lengths.share(plan::total(bar));
            single(canvas, x, y, 0, share * f64::from(columns.bar), tone(bars, bar, 0))
        }
    }
}

/// Writes what stands beside a bar: its sign and label before it, figure and remark behind it.
fn texts(canvas: &mut Canvas<'_>, y: u16, bar: &Bar, columns: &Columns, end: u16) {
    if columns.sign > 0 && bar.activity != Activity::Idle {
        let tone = canvas.tone(bar.activity.tone());
        canvas.glyph(0, y, glyph::activity(bar.activity), tone);
    }
    let room = columns.label.saturating_sub(columns.sign + 1);
    let (plain, strong) = (canvas.tone(Tone::Plain), canvas.tone(Tone::Strong));
    canvas.label(columns.sign, y, room, &bar.label, plain);
    // A bar of no length needs no gap after it.
    let x = end + u16::from(end > columns.label);
    let x = canvas.fit(x, y, canvas.width.saturating_sub(x), &bar.figure, strong);
    if columns.note && !super::is_blank(&bar.note) {
        let room = canvas.width.saturating_sub(x.saturating_add(2));
        let tone = canvas.tone(bar.note.tone);
        canvas.fit(x.saturating_add(2), y, room, &bar.note.text, tone);
    }
}

/// Draws from where to where the total may lie; returns the column after it. Of a bar that ends
/// before `end` its parts stay in view, but for the column where the interval begins. An interval
/// of less than two columns is not drawn: it would look like one of two.
fn whisker(
    canvas: &mut Canvas<'_>,
    y: u16,
    bar: &Bar,
    columns: &Columns,
    lengths: &Lengths,
    end: u16,
) -> u16 {
    let Some((low, high)) = bar.spread else { return 0 };
    let [from, to] = [low, high].map(|at| columns.at(lengths.share(at)));
    if to < from.saturating_add(2) {
        return 0;
    }
    let plain = canvas.tone(Tone::Plain);
    let after = end.clamp(from, to);
    canvas.fill(after, y, to - after, '─', plain);
    canvas.glyph(from, y, '├', plain);
    canvas.glyph(to - 1, y, '┤', plain);
    to
}

/// Draws the ticks above the bars, each with its text behind it where that does not touch the
/// next one.
fn axis(canvas: &mut Canvas<'_>, bars: &Bars, columns: &Columns, lengths: &Lengths) {
    let (frame, dim) = (canvas.theme.frame, canvas.tone(Tone::Dim));
    let end = columns.label + columns.bar;
    canvas.fill(columns.label, 0, columns.bar, '─', frame);
    let mut free = 0;
    for tick in &bars.ticks {
        let x = columns.at(lengths.share(tick.at));
        let after = x + 1 + text::width(&tick.text);
        if x >= free && after <= end {
            canvas.glyph(x, 0, '┬', frame);
            free = canvas.put(x + 1, 0, &tick.text, dim) + 1;
        }
    }
}

/// Draws the parts one after the other; returns how many columns they took. Each column shows the
/// part that has most of it, so that a short bar shows its largest part.
fn linear(
    canvas: &mut Canvas<'_>,
    x: u16,
    y: u16,
    bar: &Bar,
    bars: &Bars,
    room: u16,
    lengths: &Lengths,
) -> u16 {
    let mut nonzero = bar.values.iter().enumerate().filter(|(_, v)| **v > 0.0);
    if let (Some((part, value)), None) = (nonzero.next(), nonzero.next()) {
        let columns = lengths.share(*value) * f64::from(room);
        return single(canvas, x, y, part, columns, tone(bars, bar, part));
    }
    let mut sum = 0.0;
    let part = |value: &f64| {
        let from = lengths.share(sum) * f64::from(room);
        sum += plan::clean(*value);
        [from, lengths.share(sum) * f64::from(room)]
    };
    let parts: Vec<_> = bar.values.iter().map(part).collect();
    let most_of = |from: f64, to: f64| {
        let of = |[start, end]: &[f64; 2]| end.min(to) - start.max(from);
        let all = parts.iter().map(of).enumerate();
        all.max_by(|one, other| one.1.total_cmp(&other.1)).map_or(0, |(part, _)| part)
    };
    let length = parts.last().map_or(0.0, |[_, end]| *end);
    let columns = plan::columns_of(length);
    if columns == 0 && length > 0.0 {
        let part = most_of(0.0, 1.0);
        canvas.glyph(x, y, EIGHTHS[1], canvas.tone(tone(bars, bar, part)));
        return 1;
    }
    for column in 0..columns {
        let part = most_of(f64::from(column), f64::from(column + 1));
        canvas.glyph(x + column, y, fill(part), canvas.tone(tone(bars, bar, part)));
    }
    columns
}

/// Draws a bar of one part, to an eighth of a column; returns the columns that it took.
/// Whatever is not zero leaves a trace, so that "little" and "nothing" look different.
fn single(canvas: &mut Canvas<'_>, x: u16, y: u16, part: usize, columns: f64, tone: Tone) -> u16 {
    if columns <= 0.0 {
        return 0;
    }
    let style = canvas.tone(tone);
    let whole = plan::columns_of(columns.floor());
    let fill = fill(part);
    canvas.fill(x, y, whole, fill, style);
    let eighths = plan::columns_of((columns - f64::from(whole)) * 8.0).min(7);
    let eighths = if whole == 0 { eighths.max(1) } else { eighths };
    // Only the solid filling has eighths.
    if eighths == 0 || (fill != FILLS[0] && whole > 0) {
        return whole;
    }
    canvas.glyph(x + whole, y, EIGHTHS[usize::from(eighths)], style);
    whole + 1
}

/// Names the parts, each with its filling, what the bars are compared with, and the whisker; or
/// the scale, since a reader must not take a logarithmic bar for a linear one. Below the bars if
/// that is wide enough for all of it, else from the left edge. The result stands at the right.
fn legend(canvas: &mut Canvas<'_>, y: u16, bars: &Bars) {
    let strong = Tone::Strong;
    let mut entries: Vec<(String, Tone, &str)> = match bars.scale {
        Scale::Log => vec![(String::new(), strong, "logarithmic scale")],
        Scale::Linear if bars.parts.len() < 2 => Vec::new(),
        Scale::Linear => {
            let parts = bars.parts.iter().enumerate();
            parts.map(|(at, part)| (fill(at).to_string(), part.tone, &*part.name)).collect()
        }
    };
    entries.extend(bars.rule.as_ref().map(|rule| (RULE.to_string(), strong, &*rule.text)));
    if !bars.whisker.is_empty() {
        entries.push(("├┤".to_owned(), Tone::Plain, &bars.whisker));
    }
    let width = |(sign, _, name): &(String, Tone, &str)| {
        text::width(sign) + u16::from(!sign.is_empty()) + text::width(name) + 2
    };
    let all = entries.iter().map(width).fold(0, u16::saturating_add).saturating_sub(2);
    let label = Columns::of(bars, canvas.width).label;
    let result = bars.result.fit(canvas.width.saturating_sub(label + all + 2), text::width);
    canvas.right(canvas.width, y, result, canvas.tone(strong));
    let room = match text::width(result) {
        0 => canvas.width,
        taken => canvas.width.saturating_sub(taken + 2),
    };
    let mut x = if label.saturating_add(all) <= room { label } else { 0 };
    let dim = canvas.tone(Tone::Dim);
    for entry in &entries {
        if x > 0 && x.saturating_add(width(entry) - 2) > room {
            break;
        }
        let (sign, tone, name) = entry;
        let style = canvas.tone(*tone);
        let after = canvas.put(x, y, sign, style);
        x = canvas.put(after + u16::from(!sign.is_empty()), y, name, dim).saturating_add(2);
    }
}

fn fill(part: usize) -> char {
    FILLS[part % FILLS.len()]
}

/// The tone of a part of a bar: a bar's own goes before that of the part.
fn tone(bars: &Bars, bar: &Bar, part: usize) -> Tone {
    bar.tone.unwrap_or_else(|| bars.parts.get(part).map_or(Tone::Active, |part| part.tone))
}
