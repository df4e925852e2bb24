//! Who did what when (the timeline): one line per lane, two intervals of time per column.
//!
//! ```text
//!   add-1     ▙▄▒▒▒▒█▌··▄▄     ◆ holds lock     ▄ running  █ holding  ▒ waiting
//!   remove-1  ▒▒▒█▌▄▄▄▒▒▒█     ◷ waits
//!             ┴200 ms┴──────
//! ```
//!
//! Half a column stands for more time than most intervals last, so it has to choose. It shows
//! what took most of its time; but a lane that was busy, however shortly, is never hidden by
//! having been idle, asleep or done for the rest of it.

use super::Need;
use crate::scene::{Activity, LaneChart, LaneRow, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::hits::Hit;
use crate::ui::{glyph, text, time};

/// All states in the order of what stands out, busy ones first. Where two have equal time in
/// half a column, the first one here is shown.
const KINDS: [Activity; 10] = [
    Activity::Holding,
    Activity::Running,
    Activity::Waiting,
    Activity::Paused,
    Activity::Failed,
    Activity::Dead,
    Activity::Cancelled,
    Activity::Sleeping,
    Activity::Idle,
    Activity::Finished,
];

/// The first of [`KINDS`] that are quiet: asleep, idle, done. All before it count as busy and
/// are shown first.
const QUIET: usize = 7;

type Spent = [u64; KINDS.len()];

struct Columns {
    name: u16,
    chart: u16,
    /// 0 where it is too narrow for it.
    state: u16,
}

/// A line per lane and the axis; the legend if there is room. Six lanes are enough to be
/// useful.
pub fn need(chart: &LaneChart) -> Need {
    let lanes = chart.lanes.len().max(1);
    // With the axis, but without the legend.
    Need::between(lanes.min(6) + 1, lanes.saturating_add(2))
}

pub fn draw(canvas: &mut Canvas<'_>, chart: &LaneChart) {
    if chart.lanes.is_empty() {
        let dim = canvas.tone(Tone::Dim);
        canvas.put(0, 0, "no lanes yet", dim);
        return;
    }
    let columns = columns(chart, canvas.width);
    let lines = usize::from(canvas.height);
    // Lanes first, then the axis, then the legend.
    let (shown, hidden) = super::showing(chart.lanes.len(), canvas.height);
    // One array for all lanes, filled again for each.
    let mut halves = vec![[0; KINDS.len()]; usize::from(columns.chart) * 2];
    for (y, lane) in (0..).zip(&chart.lanes[..shown]) {
        line(canvas, y, lane, chart, &columns, &mut halves);
    }
    if hidden > 0 {
        super::more(canvas, canvas.height, hidden, "lanes");
        return;
    }
    let below = u16::try_from(shown).unwrap_or(u16::MAX);
    if lines > shown {
        axis(canvas, below, chart, &columns);
    }
    if lines > shown + 1 {
        legend(canvas, below + 1, chart, columns.name);
    }
    if columns.chart > 0 {
        let per_column = chart.to.saturating_sub(chart.from) / u64::from(columns.chart);
        let (pane, rows) = (canvas.pane, canvas.height);
        let hit = Hit::Lanes { pane, per_column };
        canvas.zone(columns.name, 0, columns.chart, rows, hit);
    }
}

/// Draws one lane: its name, its intervals, its marks over them, and what it does now, in a
/// word where it is wide enough.
fn line(
    canvas: &mut Canvas<'_>,
    y: u16,
    lane: &LaneRow,
    chart: &LaneChart,
    columns: &Columns,
    halves: &mut [Spent],
) {
    let plain = canvas.tone(Tone::Plain);
    canvas.fit(0, y, columns.name.saturating_sub(1), &lane.name, plain);
    spend(lane, chart, halves);
    for (x, pair) in (columns.name..).zip(halves.chunks_exact(2)) {
        let (left, right) = (main(&pair[0]), main(&pair[1]));
        if let Some((sign, activity)) = column(left, right) {
            let tone = canvas.tone(activity.tone());
            canvas.glyph(x, y, sign, tone);
        }
    }
    // A mark replaces what its column shows: it is a moment that must be seen.
    for mark in &lane.marks {
        if let Some(half) = half_of(mark.at, chart, halves.len()) {
            let x = columns.name + u16::try_from(half / 2).unwrap_or(0);
            let tone = canvas.tone(mark.tone);
            canvas.put(x, y, mark.sign.encode_utf8(&mut [0; 4]), tone);
        }
    }
    if columns.state > 0 {
        let x = columns.name + columns.chart + 1;
        let tone = canvas.tone(lane.activity.tone());
        canvas.glyph(x, y, glyph::activity(lane.activity), tone);
        let (word, tone) = if lane.state.text.is_empty() {
            (lane.activity.word(), tone)
        } else {
            (lane.state.text.as_str(), canvas.tone(lane.state.tone))
        };
        canvas.fit(x + 2, y, columns.state.saturating_sub(3), word, tone);
    }
}

/// Adds up what the lane did in each half of a column.
///
/// An interval reaches over the halves from the one it begins in to the one it ends in. One
/// that begins and ends in the same half counts as at least a nanosecond there, or a moment
/// would not show.
fn spend(lane: &LaneRow, chart: &LaneChart, halves: &mut [Spent]) {
    halves.fill([0; KINDS.len()]);
    let count = halves.len();
    for segment in &lane.segments {
        let (from, to) = (segment.from.max(chart.from), segment.to.min(chart.to));
        // An interval still open, or shorter than the clock can measure, is a moment.
        let to = to.max(from);
        // Outside of what is shown.
        if segment.to < chart.from || segment.from > chart.to {
            continue;
        }
        let Some(kind) = KINDS.iter().position(|kind| *kind == segment.activity) else {
            continue;
        };
        let (Some(first), Some(last)) = (half_of(from, chart, count), half_of(to, chart, count))
        else {
            continue;
        };
        for (half, spent) in halves.iter_mut().enumerate().take(last + 1).skip(first) {
            let (start, end) = (start_of(half, chart, count), start_of(half + 1, chart, count));
            let time = to.min(end).saturating_sub(from.max(start));
            let moment = u64::from(first == last);
            spent[kind] = spent[kind].saturating_add(time.max(moment));
        }
    }
}

/// The half of a column that a moment falls into; `None` outside of the chart. The end of the
/// chart belongs to the last half.
fn half_of(at: u64, chart: &LaneChart, count: usize) -> Option<usize> {
    let span = u128::from(chart.to.checked_sub(chart.from)?.max(1));
    if at < chart.from || at > chart.to || count == 0 {
        return None;
    }
    // In 128 bits: a scene may give any times, and the product must not overflow.
    let half = u128::from(at - chart.from) * u128::try_from(count).ok()? / span;
    Some(usize::try_from(half).ok()?.min(count - 1))
}

/// The first moment that falls into a half of a column: the inverse of [`half_of`], so it is
/// rounded up. Together they give each nanosecond to exactly one half.
fn start_of(half: usize, chart: &LaneChart, count: usize) -> u64 {
    let span = u128::from(chart.to.saturating_sub(chart.from));
    let (half, count) = (half as u128, count.max(1) as u128);
    let offset = (span * half).div_ceil(count);
    chart.from.saturating_add(u64::try_from(offset).unwrap_or(u64::MAX))
}

/// What half a column shows: the busy kind with the most time, or else the quiet one. Of equal
/// times the first in [`KINDS`] wins.
fn main(spent: &Spent) -> Option<Activity> {
    let most = |kinds: &[u64]| {
        let (at, time) = kinds.iter().enumerate().rev().max_by_key(|(_, time)| **time)?;
        (*time > 0).then_some(at)
    };
    most(&spent[..QUIET]).or_else(|| Some(QUIET + most(&spent[QUIET..])?)).map(|at| KINDS[at])
}

/// What a column shows of its two halves. Work has a solid shape, half or full height, so that
/// both halves can be seen in one character; all others are textures.
fn column(left: Option<Activity>, right: Option<Activity>) -> Option<(char, Activity)> {
    use Activity::{Holding as H, Running as R};
    let shape = match (left, right) {
        (Some(H), Some(R)) => ('▙', H),
        (Some(R), Some(H)) => ('▟', H),
        (Some(a), Some(b)) if a == b => (glyph::stretch(a), a),
        (Some(H), _) => ('▌', H),
        (_, Some(H)) => ('▐', H),
        (Some(R), _) => ('▖', R),
        (_, Some(R)) => ('▗', R),
        // Of two textures the one that stands out more.
        (a, b) => {
            let rank = |kind: &Activity| KINDS.iter().position(|k| k == kind);
            let kind = a.into_iter().chain(b).min_by_key(rank)?;
            (glyph::stretch(kind), kind)
        }
    };
    Some(shape)
}

/// Draws the axis: ticks at round times (1, 2 or 5 times a power of ten), each with its time
/// beside it. The step is chosen such that about one label fits between two ticks.
fn axis(canvas: &mut Canvas<'_>, y: u16, chart: &LaneChart, columns: &Columns) {
    let span = chart.to.saturating_sub(chart.from);
    let (frame, dim) = (canvas.theme.frame, canvas.tone(Tone::Dim));
    let mut row_layout = canvas.part(columns.name, y, columns.chart, 1);
    let width = row_layout.width;
    if width == 0 || span == 0 {
        return;
    }
    // Room for a label of about ten columns between ticks.
    let step = time::step((span / u64::from(width).max(1)).saturating_mul(14).max(1));
    row_layout.fill(0, 0, width, '─', frame);
    let mut free = 0;
    let mut at = chart.from.div_ceil(step).saturating_mul(step);
    while at <= chart.to {
        if let Some(half) = half_of(at, chart, usize::from(width) * 2) {
            let x = u16::try_from(half / 2).unwrap_or(0);
            let label = time::tick(at, chart.to, step);
            let wide = text::width(&label);
            // Labels never touch; a tick without room for its label is left out.
            if x >= free && x.saturating_add(wide + 2) <= width {
                row_layout.glyph(x, 0, '┴', frame);
                row_layout.put(x + 1, 0, &label, dim);
                free = x + wide + 2;
            }
        }
        let Some(next) = at.checked_add(step) else {
            break;
        };
        at = next;
    }
}

fn legend(canvas: &mut Canvas<'_>, y: u16, chart: &LaneChart, x: u16) {
    let mut x = x;
    let dim = canvas.tone(Tone::Dim);
    let used = |kind: &Activity| {
        let mut segments = chart.lanes.iter().flat_map(|lane| &lane.segments);
        segments.any(|segment| segment.activity == *kind)
    };
    for kind in KINDS.into_iter().filter(|kind| glyph::stretch(*kind) != ' ').filter(used) {
        if x.saturating_add(2 + text::width(kind.word())) > canvas.width {
            break;
        }
        let tone = canvas.tone(kind.tone());
        canvas.glyph(x, y, glyph::stretch(kind), tone);
        x = canvas.put(x + 2, y, kind.word(), dim).saturating_add(2);
    }
}

/// Divides the width: names get up to a quarter of it, the current state up to another, the
/// chart the rest.
fn columns(chart: &LaneChart, width: u16) -> Columns {
    let names = chart.lanes.iter().map(|lane| lane.name.as_str());
    let name = super::widest(names, (width / 4).min(20)) + 1;
    let states = chart.lanes.iter().map(|lane| match lane.state.text.as_str() {
        "" => lane.activity.word(),
        text => text,
    });
    let state = super::widest(states, (width / 4).min(30)).max(7) + 3;
    let state = if width >= 40 { state } else { 0 };
    Columns { name, chart: width.saturating_sub(name + state), state }
}
