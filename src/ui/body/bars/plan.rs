//! How a bar chart uses its room: in how many columns the bars stand, how thick they are, and how
//! the width of a line is divided. Numbers only.
//!
//! The order in which it gives things up as the room shrinks: thick bars and gaps between groups,
//! the axis; then the bars stand in several columns beside each other, then the legend goes; at
//! last some bars are hidden and counted.
//!
//! ```text
//! sign label     bar                          figure   note        of each line: Columns
//!  ►   sum       ████████████████████         1.2 s    ± 0.1
//!                ████████████████████                              thick 2, slot 3
//!
//!  ✓   product   ███████                      0.4 s    ± 0.0
//!                ███████
//!                └──┴──┴──┴──┘                                     axis
//!                █ computing  ░ waiting                            legend
//! ```

use super::super::Need;
use super::super::widest;
use crate::scene::{Activity, Bar, Bars, Scale};
use crate::ui::text;

/// A bar shorter than this shows little, so remarks are dropped before. Figures are never
/// dropped: they are what the bar stands for.
const LEAST: u16 = 12;
/// Width from which bars can stand beside others: label, figure, and something of a bar.
const BESIDE: u16 = 32;
/// Lines for each bar at most, the gap to the next one included. Thicker ones would show
/// nothing more.
const THICKEST: u16 = 4;

/// How many lines each part of the chart has. Everything that moves bars depends on this alone, so
/// bars of the same chart in the same room never move.
pub struct Plan {
    /// Columns of bars beside each other, and how many bars each has.
    pub across: u16,
    pub per: usize,
    /// Lines from one bar to the next, and those that a bar fills: one less where it fills
    /// several, so that bars do not touch.
    pub slot: u16,
    pub thick: u16,
    /// Whether there is a line for the ticks, one between groups of bars, one for the legend.
    pub axis: bool,
    pub gaps: bool,
    pub legend: bool,
}

impl Plan {
    /// More room first makes a bar visible, then names its parts, then its ticks, then keeps
    /// bars and groups apart and makes them thicker.
    pub fn of(bars: &Bars, width: u16, height: u16) -> Self {
        let count = bars.bars.len();
        let legend = has_legend(bars);
        let most = columns_beside(width);
        let fits = |across: &u16| lines(count, *across) + u16::from(legend) <= height;
        // If all of them do not fit even so, one column with the number of the hidden ones.
        let across = (1..=most).find(fits).unwrap_or(1);
        let per = count.div_ceil(usize::from(across));
        let taken = lines(count, across);
        let legend = legend && height > taken;
        let room = height.saturating_sub(u16::from(legend));
        let axis = across == 1 && !bars.ticks.is_empty() && room > taken;
        let room = room.saturating_sub(u16::from(axis));
        // No gap is needed after the last bar.
        let slot = (room.saturating_add(1) / taken.max(1)).clamp(1, THICKEST);
        let thick = (slot - 1).max(1);
        let used = (taken * slot).saturating_sub(u16::from(slot > 1));
        let gaps = across == 1 && room.saturating_sub(used) >= groups(bars);
        Self { across, per, slot, thick, axis, gaps, legend }
    }
}

/// Lines of this height that would stay blank: too few for all bars to be a line thicker.
pub fn spare(bars: &Bars, width: u16, height: u16) -> u16 {
    let plan = Plan::of(bars, width, height);
    let bar_lines = lines(bars.bars.len(), plan.across).saturating_mul(plan.slot);
    let around = [plan.axis, plan.legend].map(u16::from).iter().sum::<u16>();
    let gaps = if plan.gaps { groups(bars) } else { 0 };
    let used = bar_lines.saturating_sub(plan.slot - plan.thick) + around + gaps;
    // One keeps thick bars and the legend apart.
    height.saturating_sub(used + u16::from(plan.legend && plan.slot > 1))
}

/// At least a line for each bar, in as many columns as the width allows, and the legend; at
/// most what thick bars need.
pub fn need(bars: &Bars, width: u16) -> Need {
    let count = bars.bars.len().max(1);
    let legend = usize::from(has_legend(bars));
    let least = usize::from(lines(count, columns_beside(width))) + legend;
    let axis = usize::from(!bars.ticks.is_empty());
    let most = count * usize::from(THICKEST) - 1 + usize::from(groups(bars)) + axis + legend;
    Need::between(least, most)
}

fn columns_beside(width: u16) -> u16 {
    (width / BESIDE).max(1)
}

/// Lines of that many bars in this number of columns.
fn lines(count: usize, across: u16) -> u16 {
    u16::try_from(count.div_ceil(usize::from(across))).unwrap_or(u16::MAX / THICKEST)
}

/// Groups of bars but the first: the number of gaps between them.
fn groups(bars: &Bars) -> u16 {
    let apart = bars.bars.iter().skip(1).filter(|bar| bar.apart).count();
    u16::try_from(apart).unwrap_or(u16::MAX)
}

fn has_legend(bars: &Bars) -> bool {
    bars.parts.len() > 1 || bars.scale == Scale::Log || bars.rule.is_some()
}

/// How the columns of a line are divided. The same for all lines: bars can only be compared if
/// they begin in the same column.
pub struct Columns {
    /// For the sign of what a bar does (running, finished); part of `label`. 0 if no bar does
    /// anything.
    pub sign: u16,
    pub label: u16,
    pub bar: u16,
    pub note: bool,
}

impl Columns {
    /// Divides the width: label, figure and remark get what their texts need, within limits,
    /// and the bar the rest. Remarks are all shown or none.
    pub fn of(bars: &Bars, width: u16) -> Self {
        let all = || bars.bars.iter();
        let signs = all().any(|bar| bar.activity != Activity::Idle);
        // Enough for whole words in charts of which three stand side by side.
        let most = width * 2 / 5;
        let label = widest(all().map(|bar| bar.label.fit(most, text::width)), most);
        let sign = u16::from(signs) * 2;
        let label = label + sign + 2;
        let figure = widest(all().map(|bar| bar.figure.as_str()), width / 2) + 1;
        let note = widest(all().map(|bar| bar.note.text.as_str()), width / 2);
        let room = width.saturating_sub(label + figure);
        let beside = room.saturating_sub(if note > 0 { note + 2 } else { 0 });
        if beside >= LEAST {
            Self { sign, label, bar: beside, note: true }
        } else {
            Self { sign, label, bar: room, note: false }
        }
    }

    /// The column at which a share of the longest bar ends.
    pub fn at(&self, share: f64) -> u16 {
        self.label + columns_of(share * f64::from(self.bar))
    }

    /// Where the rule stands: behind a bar of the same length, and before all bars if it is too
    /// small to be one, so that it hides none.
    pub fn rule(&self, share: f64) -> u16 {
        match self.at(share) {
            x if x > self.label => x.min(self.label + self.bar.saturating_sub(1)),
            x => x.saturating_sub(1),
        }
    }
}

/// How lengths follow from values. All bars of a chart have one scale, so that they can be
/// compared; it covers the bars, the ends of their spreads, the ticks and the rule.
///
/// ```text
/// linear        0 ────────────────────── longest      share = value / longest
/// logarithmic   start ──┬──────┬─────── longest      start: a decade below the shortest bar
/// ```
pub struct Lengths {
    /// The value of a bar of full length. Never 0, since it is divided by; then every bar has
    /// no length.
    longest: f64,
    /// The decimal logarithm of the value of no length, on a logarithmic scale: a decade below
    /// the shortest bar, so that this one is visible too.
    start: Option<f64>,
}

impl Lengths {
    pub fn of(bars: &Bars) -> Self {
        let highest = bars.bars.iter().filter_map(|bar| bar.spread).map(|(_, high)| high);
        let ticks = bars.ticks.iter().chain(&bars.rule).map(|tick| tick.at);
        let all = bars.bars.iter().map(total).chain(highest).chain(ticks).map(clean);
        let longest = all.fold(f64::MIN_POSITIVE, f64::max);
        let least = bars.bars.iter().map(total).filter(|value| *value > 0.0);
        let start = least.fold(longest, f64::min).log10() - 1.0;
        Self { longest, start: (bars.scale == Scale::Log).then_some(start) }
    }

    /// The share of the longest bar, from 0 to 1. A value without a length has the share 0: on a
    /// logarithmic scale also 0 itself.
    pub fn share(&self, value: f64) -> f64 {
        let value = clean(value);
        let share = match self.start {
            None => value / self.longest,
            Some(_) if value <= 0.0 => 0.0,
            Some(start) => (value.log10() - start) / (self.longest.log10() - start),
        };
        clean(share).min(1.0)
    }
}

pub fn total(bar: &Bar) -> f64 {
    let sum: f64 = bar.values.iter().copied().map(clean).sum();
    sum.min(f64::MAX)
}

/// A value that a length can follow from: what is not a number, negative or infinite counts as
/// 0.
pub fn clean(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

/// A length as a whole number of columns, rounded; half a column is a whole one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the type's range"
)]
pub fn columns_of(length: f64) -> u16 {
    length.round().clamp(0.0, f64::from(u16::MAX)) as u16
}
