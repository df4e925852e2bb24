//! Who did what when (the timeline): one line per lane, two intervals of time per column.
//!
//! ```text
//!   add-1     ▙▄▒▒▒▒█▌··▄▄     █ holds lock     ▄ running  █ holding  ▒ waiting
//!   remove-1  ▒▒▒█▌▄▄▄▒▒▒█     ▒ waits
//!             ┴200 ms┴──────
//! ```

mod halves;

use std::cmp::Reverse;

use halves::{KINDS, MOMENT, Spent, choose, column, rank, solid, spend};

use super::{Need, axis};
use crate::scene::{Activity, LaneChart, LaneRank, LaneRow, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::hits::Hit;
use crate::ui::{glyph, text};

struct Columns {
    name: u16,
    chart: u16,
    /// 0 where it is too narrow for it.
    state: u16,
}

/// A line per lane; the axis and the legend if there is room, or two lines for each lane. Six
/// lanes are enough to be useful.
pub fn need(chart: &LaneChart) -> Need {
    let lanes = chart.lanes.len().max(1);
    Need::between(lanes.min(6), lanes.saturating_add(1))
}

/// How the lanes share the lines: the more there are, the more of their shape shows. Rows of
/// half a line come before any lane is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    /// Two lines for each lane, and after each the given number of blank ones.
    Tall(u16),
    One,
    /// Two lanes in a line.
    Half,
}

impl Rows {
    fn of(lanes: usize, height: u16) -> Self {
        let lanes = u16::try_from(lanes).unwrap_or(u16::MAX).max(1);
        // Tall lanes leave a line for the axis.
        match height.saturating_sub(1) / lanes {
            3.. => Self::Tall(1),
            2 => Self::Tall(0),
            _ if lanes <= height || height == 0 => Self::One,
            _ => Self::Half,
        }
    }

    /// Lanes that are drawn together.
    fn each(self) -> usize {
        if self == Self::Half { 2 } else { 1 }
    }

    /// Lines from one lane, or pair of lanes, to the next.
    fn step(self) -> u16 {
        match self {
            Self::Tall(blank) => 2 + blank,
            Self::One | Self::Half => 1,
        }
    }
}

pub fn draw(canvas: &mut Canvas<'_>, chart: &LaneChart) {
    if chart.lanes.is_empty() {
        let dim = canvas.tone(Tone::Dim);
        canvas.put(0, 0, "no lanes yet", dim);
        return;
    }
    let rows = Rows::of(chart.lanes.len(), canvas.height);
    let columns = columns(chart, canvas.width, rows);
    let shown = axis::aligned([chart.from, chart.to], columns.chart);
    let mut lanes: Vec<&LaneRow> = chart.lanes.iter().collect();
    let hidden = if rows == Rows::Half {
        let (shown, _) = super::showing(lanes.len().div_ceil(2), canvas.height);
        let hidden = lanes.len().saturating_sub(shown * 2);
        if hidden > 0 {
            // Only where some are left out: elsewhere no lane changes its place.
            let end = |lane: &LaneRow| lane.segments.last().map_or(0, |segment| segment.to);
            lanes.sort_by_key(|lane| match lane.rank {
                LaneRank::Living => (lane.rank, Reverse(0)),
                rank => (rank, Reverse(end(lane))),
            });
            lanes.truncate(shown * 2);
        }
        hidden
    } else {
        0
    };
    let mut y = 0;
    // Filled again for each lane.
    let mut halves = [(); 2].map(|()| vec![[0; KINDS.len()]; usize::from(columns.chart) * 2]);
    for lanes in lanes.chunks(rows.each()) {
        for (lane, halves) in lanes.iter().zip(&mut halves) {
            spend(lane, shown, halves);
        }
        match lanes {
            [upper, lower] => half_lines(canvas, y, [upper, lower], &columns, &halves),
            [lane, ..] => {
                line(canvas, y, lane, rows, &columns, &halves[0]);
                marks(canvas, y, lane, shown, &columns);
            }
            [] => {}
        }
        y += rows.step();
    }
    if hidden > 0 {
        super::more(canvas, canvas.height, hidden, "lanes");
        return;
    }
    if y < canvas.height {
        axis::draw(canvas, y, columns.name, columns.chart, shown);
    }
    if y + 1 < canvas.height {
        legend(canvas, columns.name, y + 1, chart);
    }
    if columns.chart > 0 {
        let per_column = chart.to.saturating_sub(chart.from) / u64::from(columns.chart);
        let (pane, rows) = (canvas.pane, canvas.height);
        let hit = Hit::Lanes { pane, per_column };
        canvas.zone(columns.name, 0, columns.chart, rows, hit);
    }
}

/// Draws one lane: its name, its intervals, and what it does now, in words where it is wide
/// enough for all of them.
fn line(
    canvas: &mut Canvas<'_>,
    y: u16,
    lane: &LaneRow,
    rows: Rows,
    columns: &Columns,
    halves: &[Spent],
) {
    let own = canvas.tone(lane.tone);
    let room = columns.name.saturating_sub(1);
    canvas.fit(0, y, room, &text::name(&lane.name, room), own);
    for (x, pair) in (columns.name..).zip(halves.chunks_exact(2)) {
        let halves = [choose(&pair[0]), choose(&pair[1])];
        let Some((sign, activity)) = column(halves[0], halves[1]) else {
            continue;
        };
        let tone = canvas.tone(activity.tone());
        match (rows, activity) {
            (Rows::Tall(_), Activity::Holding) if sign == MOMENT => {
                canvas.glyph(x, y, sign, tone);
                canvas.glyph(x, y + 1, sign, tone);
            }
            (Rows::Tall(_), Activity::Holding | Activity::Running) if sign != MOMENT => {
                let halves = halves.map(|half| half.fills);
                // What works fills the lower line, what holds a lock both.
                let over = solid(halves, &[Activity::Holding]);
                canvas.glyph(x, y, over, tone);
                let under = solid(halves, &[Activity::Holding, Activity::Running]);
                canvas.glyph(x, y + 1, under, tone);
            }
            (Rows::Tall(_), Activity::Waiting | Activity::Paused) => {
                canvas.glyph(x, y, sign, tone);
                canvas.glyph(x, y + 1, sign, tone);
            }
            (Rows::Tall(_), _) => canvas.glyph(x, y + 1, sign, tone),
            _ => canvas.glyph(x, y, sign, tone),
        }
    }
    if columns.state > 0 {
        let x = columns.name + columns.chart + 1;
        let tone = canvas.tone(lane.activity.tone());
        canvas.glyph(x, y, glyph::state(lane.activity), tone);
        let room = columns.state.saturating_sub(3);
        let fits = !lane.state.text.is_empty() && text::width(&lane.state.text) <= room;
        let (word, tone) = if fits {
            (lane.state.text.as_str(), canvas.tone(lane.state.tone))
        } else {
            (lane.activity.word(), tone)
        };
        canvas.fit(x + 2, y, room, word, tone);
    }
}

/// Draws two lanes in one line: the one above in the upper half. Work fills its half; where no
/// lane works, what the first of them does shows as a texture.
fn half_lines(
    canvas: &mut Canvas<'_>,
    y: u16,
    lanes: [&LaneRow; 2],
    columns: &Columns,
    halves: &[Vec<Spent>; 2],
) {
    let room = columns.name.saturating_sub(1);
    let each = room.saturating_sub(1) / 2;
    for (lane, x) in lanes.iter().zip([0, each + 1]) {
        let own = canvas.tone(lane.tone);
        canvas.fit(x, y, each, &text::name(&lane.name, each), own);
    }
    let pairs = halves[0].chunks_exact(2).zip(halves[1].chunks_exact(2));
    for (x, (upper, lower)) in (columns.name..).zip(pairs) {
        let of = |pair: &[Spent]| column(choose(&pair[0]), choose(&pair[1]));
        let (upper, lower) = (of(upper), of(lower));
        let works = |of: Option<(char, Activity)>| {
            of.filter(|(sign, _)| *sign != MOMENT)
                .map(|(_, activity)| activity)
                .filter(|activity| matches!(activity, Activity::Holding | Activity::Running))
        };
        let (sign, activity) = match (works(upper), works(lower)) {
            (Some(activity), Some(_)) => ('█', activity),
            (Some(activity), None) => ('▀', activity),
            (None, Some(activity)) => ('▄', activity),
            (None, None) => {
                match upper.into_iter().chain(lower).min_by_key(|(_, kind)| rank(*kind)) {
                    Some(texture) => texture,
                    None => continue,
                }
            }
        };
        let tone = canvas.tone(activity.tone());
        canvas.glyph(x, y, sign, tone);
    }
    if columns.state > 0 {
        let mut x = columns.name + columns.chart + 1;
        for lane in lanes {
            let tone = canvas.tone(lane.activity.tone());
            canvas.glyph(x, y, glyph::activity(lane.activity), tone);
            x += 2;
        }
    }
}

/// Draws the marks of a lane over its intervals: a moment that must be seen replaces what its
/// column shows. Of two in one column the later one stays.
fn marks(canvas: &mut Canvas<'_>, y: u16, lane: &LaneRow, shown: [u64; 2], columns: &Columns) {
    for mark in &lane.marks {
        if let Some(half) = axis::half_of(mark.at, shown, usize::from(columns.chart) * 2) {
            let x = columns.name + u16::try_from(half / 2).unwrap_or(0);
            let tone = canvas.tone(mark.tone);
            canvas.put(x, y, mark.sign.encode_utf8(&mut [0; 4]), tone);
        }
    }
}

/// Draws the legend into the border if a picture of this height has no line for it.
pub fn foot(canvas: &mut Canvas<'_>, chart: &LaneChart, height: u16) {
    let rows = Rows::of(chart.lanes.len(), height);
    let drawn = u16::try_from(chart.lanes.len().div_ceil(rows.each())).unwrap_or(u16::MAX);
    if drawn.saturating_mul(rows.step()).saturating_add(1) >= height {
        legend(canvas, 1, 0, chart);
    }
}

/// Draws what the signs of the chart mean, as far as it has them, with a blank around each.
fn legend(canvas: &mut Canvas<'_>, x: u16, y: u16, chart: &LaneChart) {
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
        canvas.put(x.saturating_sub(1), y, "   ", dim);
        canvas.glyph(x, y, glyph::stretch(kind), tone);
        x = canvas.put(x + 2, y, &format!("{} ", kind.word()), dim).saturating_add(1);
    }
}

/// Divides the width: names get up to a quarter of it, the current state a part that depends on
/// the width alone, so that the chart does not move when a state changes; the chart gets the
/// rest.
fn columns(chart: &LaneChart, width: u16, rows: Rows) -> Columns {
    let names = chart.lanes.iter().map(|lane| lane.name.as_str());
    let name = match (super::widest(names, (width / 4).min(24)), rows) {
        // Two names, one beside the other.
        (name, Rows::Half) => name * 2 + 2,
        (name, _) => name + 1,
    };
    let state = match width {
        100.. => 26,
        70.. => 20,
        40.. => 13,
        _ => 0,
    };
    Columns { name, chart: width.saturating_sub(name + state), state }
}
