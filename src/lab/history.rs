//! The latest part of a run's past, kept so that any moment of it can be shown again.
//!
//! ```text
//!   segment           segment           segment
//!   ┌ snapshot        ┌ snapshot        ┌ snapshot
//!   │ event event ..  │ event event ..  │ event ..        ◀── prepare, push
//!   └ EVENTS of them  └ EVENTS of them  └
//!     ▲ forgotten when there are SEGMENTS of them, or SPAN after its end
//! ```
//!
//! A moment is rebuilt by folding again: from the last snapshot before it through the events up
//! to it, at most one segment of them. So it is exactly what the run was then, as the same
//! events always give the same state, and the cost of going back does not depend on how far.

use std::collections::VecDeque;

use super::Lab;
use super::folded::Folded;
use crate::kit::event::Stamped;

/// Events of a segment: few enough that they are folded again while a key is answered, many
/// enough that a snapshot costs little beside them.
const EVENTS: usize = 2048;
/// Segments that are kept. With three labs on the dashboard their events and snapshots are a
/// few megabytes.
const SEGMENTS: usize = 4;
/// Time in ns that is kept of a lab in which less happens: as long as the same number of events
/// of a busy one, so that memory does not grow for long.
const SPAN: u64 = 120_000_000_000;

/// The past of one run of lab `L`, as far as it is kept.
pub struct History<L: Lab> {
    /// In the order of time, the last one not full.
    segments: VecDeque<Segment<L>>,
}

struct Segment<L: Lab> {
    /// Before the first of its events.
    start: Folded<L>,
    /// In the order in which they were folded, each with whether it is in the story.
    events: Vec<(Stamped<L::Fact>, bool)>,
}

impl<L: Lab> History<L> {
    pub fn new() -> Self {
        Self { segments: VecDeque::new() }
    }

    /// To be called before each event is folded: begins a segment where one is due.
    pub fn prepare(&mut self, present: &Folded<L>) {
        if self.segments.back().is_none_or(|last| last.events.len() == EVENTS) {
            let old = |segments: &VecDeque<Segment<L>>| {
                let ended = segments.get(1).map(|next| next.start.latest);
                ended.is_some_and(|at| at.saturating_add(SPAN) < present.latest)
            };
            while self.segments.len() == SEGMENTS || old(&self.segments) {
                self.segments.pop_front();
            }
            self.segments.push_back(Segment { start: present.snapshot(), events: Vec::new() });
        }
    }

    pub fn push(&mut self, event: Stamped<L::Fact>, in_story: bool) {
        if let Some(last) = self.segments.back_mut() {
            last.events.push((event, in_story));
        }
    }

    /// The earliest moment that is kept, in ns since the run began.
    pub fn oldest(&self) -> u64 {
        self.segments.front().map_or(0, |first| first.start.latest)
    }

    /// The run as it was at this time: after the events up to the first one that is later. A
    /// time before the oldest counts as that; `None` of a run that had no event.
    pub fn at(&self, time: u64) -> Option<Folded<L>> {
        let after = self.segments.partition_point(|segment| segment.start.latest <= time);
        let segment = self.segments.get(after.saturating_sub(1))?;
        let mut folded = segment.start.clone();
        for (event, in_story) in segment.events.iter().take_while(|(event, _)| event.at <= time) {
            folded.timeline.in_order(event.lane, event.at);
            folded.apply(event, *in_story);
        }
        Some(folded)
    }
}
