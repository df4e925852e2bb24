//! The lanes as a chart: one row each, the newest moment at the right.
//!
//! ```text
//!         from                        to = now - back            now
//! add-1    ▄▄▄████▒▒▒▒····▄▄▄          +                          ◆ holds lock   the state of now
//! ```

use super::{Lane, Timeline};
use crate::kit::event::LaneId;
use crate::scene::{LaneChart, LaneRank, LaneRow, Span, Tone, units};

/// The usual name of a run's driver, whose lane is no thread of the experiment: it has no colour of
/// its own.
pub const DRIVER: &str = "main";

/// What a chart of a long run shows if nothing else is asked for, in ns: a time that a person
/// remembers.
pub const USUAL_SPAN: u64 = 5_000_000_000;

impl Timeline {
    /// The lanes over `span` ns that end `back` ns before `now`; only those whose name contains
    /// `filter`, in any case. A `span` of 0 means the usual one. Once all lanes have ended,
    /// `now` is when the last one did.
    pub fn lanes(&self, now: u64, span: u64, back: u64, filter: &str) -> LaneChart {
        let now = self.moment(now);
        let to = now.saturating_sub(back);
        let from = to.saturating_sub(if span == 0 { USUAL_SPAN } else { span });
        let filter = filter.to_lowercase();
        let mut shown: Vec<_> = self
            .lanes
            .iter()
            .map(|(_, lane)| lane)
            // A lane that ended before the chart begins has nothing to show in it.
            .filter(|lane| lane.ending.is_none() || lane.at > from)
            .filter(|lane| filter.is_empty() || lane.name.to_lowercase().contains(&filter))
            .collect();
        shown.sort_by_key(|lane| lane.order);
        let rows = shown.into_iter().map(|lane| self.row(lane, from, to, now));
        LaneChart { from, to, lanes: rows.collect() }
    }

    /// One lane's row: segments and marks of the time shown, and its state at present. The
    /// state is that of now even in a chart of the past.
    fn row(&self, lane: &Lane, from: u64, to: u64, now: u64) -> LaneRow {
        let activity = lane.activity();
        let mut words = lane.words(|resource| self.resources.name(resource));
        if let Some(waited) = lane.waited(now) {
            words.push_str(" for ");
            words.push_str(&units::whole_nanos(waited));
        }
        // Marks are in the order of time.
        let first = lane.marks.partition_point(|mark| mark.at < from);
        let marks = lane.marks.range(first..).take_while(|mark| mark.at < to);
        LaneRow {
            name: (&lane.name).into(),
            tone: self.tone(lane),
            rank: if lane.ending.is_none() { LaneRank::Living } else { LaneRank::Ended },
            state: Span::new(words, activity.tone()),
            activity,
            segments: lane.history.window(from, to, now),
            marks: marks.cloned().collect(),
        }
    }

    /// A lane's own colour; dim if it is not known.
    pub fn tone_of(&self, lane: LaneId) -> Tone {
        self.lanes.get(lane).map_or(Tone::Dim, |lane| self.tone(lane))
    }

    /// By its number among the threads of the run, in the order of starts; the driver is none of
    /// them. A lane that goes on in a row keeps the colour of that row.
    fn tone(&self, lane: &Lane) -> Tone {
        if *lane.name == *self.driver {
            return Tone::Dim;
        }
        let main = self.named.get(self.driver).and_then(|id| self.lanes.get(*id));
        let before = 1 + u64::from(main.is_some_and(|main| main.order < lane.order));
        // Rows are counted from 1.
        Tone::of_thread(usize::try_from(lane.order.saturating_sub(before)).unwrap_or(0))
    }
}
