//! What half a column of a lane shows, and what a column shows of its halves.
//!
//! Half a column stands for more time than most intervals last, so it has to choose. It shows
//! what took most of its time; but a lane that was busy, however shortly, is never hidden by
//! having been idle, asleep or done for the rest of it: a short time of it is a thin stroke.
//!
//! ```text
//! half columns   │ 12 waiting, 3 running │ 7 idle, 3 holding │ 99 asleep, 1 running │  in ns
//! shown          │ waiting               │ holding           │ a stroke of running  │
//! ```

use crate::scene::{Activity, LaneRow};
use crate::ui::body::axis;
use crate::ui::glyph;

/// All states in the order of what stands out, busy ones first. Where two have equal time in
/// half a column, the first one here is shown.
pub const KINDS: [Activity; 10] = [
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
pub const QUIET: usize = 7;

pub type Spent = [u64; KINDS.len()];

/// Part of the time, as a divisor, from which on what a lane was busy with fills its half of a
/// column.
const SHORT: u64 = 5;
/// What it was busy with for less.
pub const MOMENT: char = glyph::EIGHTHS[1];

/// What half a column shows: what fills it, and what there was for a moment besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Half {
    pub fills: Option<Activity>,
    pub moment: Option<Activity>,
}

/// What a column shows in one line of a tall lane: its halves that are one of these.
pub fn solid(halves: [Option<Activity>; 2], of: &[Activity]) -> char {
    match halves.map(|half| half.is_some_and(|half| of.contains(&half))) {
        [true, true] => '█',
        [true, false] => '▌',
        [false, true] => '▐',
        [false, false] => ' ',
    }
}

/// The place of a state among [`KINDS`]: the lower, the more it stands out. Each state has one.
pub fn rank(kind: Activity) -> usize {
    KINDS.iter().position(|other| *other == kind).unwrap_or(KINDS.len())
}

/// Adds up what the lane did in each half of a column.
///
/// An interval reaches over the halves from the one it begins in to the one it ends in. One
/// that begins and ends in the same half counts as at least a nanosecond there, or a moment
/// would not show.
pub fn spend(lane: &LaneRow, shown: [u64; 2], halves: &mut [Spent]) {
    halves.fill([0; KINDS.len()]);
    let count = halves.len();
    for segment in &lane.segments {
        let (from, to) = (segment.from.max(shown[0]), segment.to.min(shown[1]));
        // An interval still open, or shorter than the clock can measure, is a moment.
        let to = to.max(from);
        // Outside of what is shown.
        if segment.to < shown[0] || segment.from > shown[1] {
            continue;
        }
        let Some(kind) = KINDS.iter().position(|kind| *kind == segment.activity) else {
            continue;
        };
        let (Some(first), Some(last)) =
            (axis::half_of(from, shown, count), axis::half_of(to, shown, count))
        else {
            continue;
        };
        for (half, spent) in halves.iter_mut().enumerate().take(last + 1).skip(first) {
            let (start, end) =
                (axis::start_of(half, shown, count), axis::start_of(half + 1, shown, count));
            let time = to.min(end).saturating_sub(from.max(start));
            let moment = u64::from(first == last);
            spent[kind] = spent[kind].saturating_add(time.max(moment));
        }
    }
}

/// What half a column shows: the busy kind with the most time, or else the quiet one; of a short
/// busy time both. Of equal times the first in [`KINDS`] wins.
pub fn choose(spent: &Spent) -> Half {
    let most = |from: usize, kinds: &[u64]| {
        let (at, time) = kinds.iter().enumerate().rev().max_by_key(|(_, time)| **time)?;
        (*time > 0).then_some(KINDS[from + at])
    };
    let (busy, quiet) = spent.split_at(QUIET);
    let (is_busy, is_quiet) = (most(0, busy), most(QUIET, quiet));
    let sum = |times: &[u64]| times.iter().fold(0, |sum: u64, time| sum.saturating_add(*time));
    if is_quiet.is_some() && sum(busy).saturating_mul(SHORT - 1) < sum(quiet) {
        return Half { fills: is_quiet, moment: is_busy };
    }
    Half { fills: is_busy.or(is_quiet), moment: None }
}

/// What a column shows of its two halves. Work has a solid shape, half or full height, so that
/// both halves can be seen in one character; all others are textures. A moment stands out from
/// what is quiet in both halves.
pub fn column(left: Half, right: Half) -> Option<(char, Activity)> {
    use Activity::{Holding as H, Running as R};
    let quiet = |half: Half| half.fills.is_none_or(|kind| rank(kind) >= QUIET);
    let moments = left.moment.into_iter().chain(right.moment);
    if let Some(moment) = moments.min_by_key(|kind| rank(*kind))
        && quiet(left)
        && quiet(right)
    {
        return Some((MOMENT, moment));
    }
    let shape = match (left.fills, right.fills) {
        (Some(H), Some(R)) => ('▙', H),
        (Some(R), Some(H)) => ('▟', H),
        (Some(a), Some(b)) if a == b => (glyph::stretch(a), a),
        (Some(H), _) => ('▌', H),
        (_, Some(H)) => ('▐', H),
        (Some(R), _) => ('▖', R),
        (_, Some(R)) => ('▗', R),
        // Of two textures the one that stands out more.
        (a, b) => {
            let kind = a.into_iter().chain(b).min_by_key(|kind| rank(*kind))?;
            (glyph::stretch(kind), kind)
        }
    };
    Some(shape)
}
