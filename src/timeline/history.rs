//! What one lane did, in bounded memory: the latest intervals as they were, older ones the
//! coarser the longer they are past.
//!
//! When there are too many intervals, neighbours that together are short against their age
//! become one that carries the activity that took most of its time. So any view, of the last
//! millisecond or of the last hour, finds about as many intervals as it has columns, and the
//! memory does not grow with the run.
//!
//! ```text
//!   age        |<------- old: merged ------->|<---- recent: as they were ---->| now
//!   intervals  [      waiting      ][ holds  ][w][h][w][h][run][w][h][ run    ...
//! ```

use std::collections::VecDeque;

use crate::kit::event::ResourceId;
use crate::scene::{Activity, Segment};

/// Intervals in a view, at most about so many: as many as a wide screen has columns, so merging
/// loses nothing that could be drawn.
const COLUMNS: usize = 512;
/// The finest merge: neighbours that together are shorter than the 1/`FINEST` part of their
/// age. Coarser merges halve this number.
const FINEST: u64 = 1 << 14;
/// A divisor that no merge uses: nothing was merged yet. Twice the finest, so that the first
/// merge begins there.
const UNMERGED: u64 = FINEST << 1;

/// An interval of one activity, `from` included and `to` not, in nanoseconds since the run
/// began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub from: u64,
    pub to: u64,
    pub activity: Activity,
    /// What is held or waited for. In a merged interval it is that of its longest activity.
    pub resource: Option<ResourceId>,
}

/// The intervals of one lane. They never overlap, and they cover its life without gaps, except
/// for the time between an end and a new start in the same row.
#[derive(Clone, Debug)]
pub struct History {
    past: VecDeque<Interval>,
    /// Since when it does what now, and about which resource. Empty before the start and after
    /// the end.
    open: Option<(u64, Activity, Option<ResourceId>)>,
    /// Whether the open interval began by another lane's event: the lane's own events may put
    /// its start earlier.
    from_other_lane: bool,
    /// The part of their age, as a divisor, that the last merge allowed; the next one begins
    /// near there instead of trying all finer ones again.
    fraction: u64,
}

impl Default for History {
    fn default() -> Self {
        Self { past: VecDeque::new(), open: None, from_other_lane: false, fraction: UNMERGED }
    }
}

impl History {
    /// From `at` on the lane does this, by an event of its own. A moment before the last change
    /// counts as that change. At most `room` intervals are kept.
    pub fn update(
        &mut self,
        at: u64,
        activity: Activity,
        resource: Option<ResourceId>,
        room: usize,
    ) {
        self.settle(at);
        if let Some((since, before, about)) = self.open {
            // The usual case for paced threads: nothing changes, so nothing is stored.
            if before == activity && about == resource {
                return;
            }
            let at = at.max(since);
            self.push(since, at);
            self.open = Some((at, activity, resource));
        } else {
            self.open = Some((at.max(self.end()), activity, resource));
        }
        self.shrink(at, room);
    }

    /// Merges older intervals if there are more than `room`; see the header for which ones.
    pub fn shrink(&mut self, now: u64, room: usize) {
        if self.past.len() > room {
            self.condense(now, room);
        }
    }

    /// The same by an event of another lane, until an event of this one arrives. Without an
    /// open interval nothing happens: only its own events start a lane.
    pub fn update_from_other_lane(
        &mut self,
        at: u64,
        activity: Activity,
        resource: Option<ResourceId>,
    ) {
        if let Some((since, before, about)) = self.open
            && (before, about) != (activity, resource)
        {
            let at = at.max(since);
            self.push(since, at);
            self.open = Some((at, activity, resource));
            self.from_other_lane = true;
        }
    }

    /// Events of different lanes may arrive out of order. If this lane itself reports an earlier
    /// end for an interval that another lane's event had closed, trust the lane's own time.
    fn settle(&mut self, at: u64) {
        if !std::mem::take(&mut self.from_other_lane) {
            return;
        }
        let Some((since, ..)) = &mut self.open else {
            return;
        };
        // A lane's own events come in order, so all that is past `at` came from another lane.
        while at < *since
            && let Some(last) = self.past.back_mut()
            && last.to == *since
        {
            *since = at.max(last.from);
            last.to = *since;
            if last.from == last.to {
                self.past.pop_back();
            }
        }
    }

    /// The lane's life ends. A later [`History::update`] begins another one after a gap.
    pub fn close(&mut self, at: u64) {
        self.settle(at);
        if let Some((since, ..)) = self.open {
            self.push(since, at.max(since));
            self.open = None;
        }
    }

    /// All intervals, oldest first; the last one of a living lane ends at `now`. They are
    /// contiguous within each life.
    pub fn intervals(&self, now: u64) -> impl Iterator<Item = Interval> {
        let open = self.open.map(|(from, activity, resource)| Interval {
            from,
            to: now.max(from),
            activity,
            resource,
        });
        self.past.iter().copied().chain(open.filter(|s| s.from < s.to))
    }

    /// Whether intervals were merged, so that short ones among them are lost. Never unset: what
    /// was merged stays merged.
    pub fn is_coarse(&self) -> bool {
        self.fraction != UNMERGED
    }

    /// What a chart of the time from `from` to `to` shows, cut at both ends. Neighbours that
    /// together fit into a column are merged, so the number of segments is bounded by the
    /// columns.
    pub fn window(&self, from: u64, to: u64, now: u64) -> Vec<Segment> {
        // Intervals are sorted, so the first one that shows is found by bisection.
        let first = self.past.partition_point(|interval| interval.to <= from);
        let open = self.open.map(|(since, activity, resource)| Interval {
            from: since,
            to: now.max(since),
            activity,
            resource,
        });
        let inside = self.past.range(first..).copied().chain(open);
        let inside = inside.take_while(|interval| interval.from < to).map(|interval| Interval {
            from: interval.from.max(from),
            to: interval.to.min(to),
            activity: interval.activity,
            resource: None,
        });
        let column = (to.saturating_sub(from) / COLUMNS as u64).max(1);
        merge(inside, |from, to| to - from <= column)
            .filter(|interval| interval.from < interval.to)
            .map(|interval| Segment {
                from: interval.from,
                to: interval.to,
                activity: interval.activity,
            })
            .collect()
    }

    fn end(&self) -> u64 {
        self.past.back().map_or(0, |interval| interval.to)
    }

    /// The open interval becomes past. One that continues the last one extends it; an empty one
    /// is dropped.
    fn push(&mut self, from: u64, to: u64) {
        let Some((_, activity, resource)) = self.open.filter(|_| from < to) else {
            return;
        };
        match self.past.back_mut() {
            Some(last)
                if last.to == from && last.activity == activity && last.resource == resource =>
            {
                last.to = to;
            }
            _ => self.past.push_back(Interval { from, to, activity, resource }),
        }
    }

    /// Merges until at most half of the room is used. So it runs once in many events and costs
    /// little for each.
    #[cold]
    fn condense(&mut self, now: u64, room: usize) {
        // One step finer than the last merge needed: the intervals are older now.
        self.fraction = (self.fraction * 2).min(FINEST);
        loop {
            let fraction = self.fraction;
            self.past = merge(self.past.iter().copied(), |from, to| {
                to - from <= now.saturating_sub(to) / fraction
            })
            .collect();
            if self.past.len() <= room / 2 {
                break;
            }
            if fraction == 1 {
                // At fraction 1 everything has merged that can; gaps between two starts of a
                // lane remain. Only the latest ones count then.
                self.past.drain(..self.past.len() - room / 2);
                break;
            }
            self.fraction /= 2;
        }
    }
}

/// Merges neighbours as long as `fits(from, to)` holds of what they would become; the merged one
/// carries the activity that took most of its time. Neighbours of the same activity always merge.
/// Lazy: it reads no further than it is asked.
fn merge(
    intervals: impl Iterator<Item = Interval>,
    fits: impl Fn(u64, u64) -> bool,
) -> impl Iterator<Item = Interval> {
    let mut intervals = intervals.peekable();
    std::iter::from_fn(move || {
        let first = intervals.next()?;
        let mut whole = first;
        let mut shares = Shares::default();
        shares.add(first);
        while let Some(next) = intervals.peek().copied() {
            let same = next.activity == whole.activity && next.resource == whole.resource;
            let alone = shares.kinds == 1;
            let joins = next.from == whole.to && ((alone && same) || fits(whole.from, next.to));
            if !joins {
                break;
            }
            shares.add(next);
            whole.to = next.to;
            intervals.next();
        }
        (whole.activity, whole.resource) = shares.most(whole);
        Some(whole)
    })
}

/// How long each activity took within a merged interval, by the number of the activity. A fixed
/// array, so that a merge allocates nothing.
#[derive(Default)]
struct Shares {
    time: [u64; Activity::ALL.len()],
    latest: [Option<ResourceId>; Activity::ALL.len()],
    kinds: usize,
}

impl Shares {
    fn add(&mut self, interval: Interval) {
        let kind = interval.activity as usize;
        self.kinds += usize::from(self.time[kind] == 0);
        self.time[kind] += interval.to - interval.from;
        self.latest[kind] = interval.resource;
    }

    /// The activity that took most of the time, with the resource that it was about last. Of
    /// one kind alone nothing changes.
    fn most(&self, whole: Interval) -> (Activity, Option<ResourceId>) {
        if self.kinds <= 1 {
            return (whole.activity, whole.resource);
        }
        let longest = Activity::ALL
            .into_iter()
            .max_by_key(|activity| self.time[*activity as usize])
            .unwrap_or_default();
        (longest, self.latest[longest as usize])
    }
}
