//! What is folded from the events of a run up to one of them: the lab's state, the timeline,
//! and how much of the story there was. The present of a run is one of these, and so is each
//! moment of its past that is shown again.
//!
//! ```text
//! events   e1  e2  e3  e4  e5  e6  e7
//! past                 ▲                  folded again, from a snapshot before it
//! present                          ▲      folded as they came in
//! ```

use super::Lab;
use crate::kit::event::{Stamped, What};
use crate::timeline::Timeline;

/// All that a scene is made of, after some prefix of a run's events.
pub struct Folded<L: Lab> {
    pub state: L::State,
    pub timeline: Timeline,
    pub events: u64,
    /// Sentences of the story so far, those that are forgotten included.
    pub sentences: u64,
    /// Events that were lost by then because the reading side was behind.
    pub dropped: u64,
    pub latest: u64,
}

// Derived it would ask for labs that can be cloned; their states are enough.
impl<L: Lab> Clone for Folded<L> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone(), timeline: self.timeline.clone(), ..*self }
    }
}

impl<L: Lab> Folded<L> {
    pub fn new(state: L::State) -> Self {
        let timeline = Timeline::driven_by(L::DRIVER);
        Self { state, timeline, events: 0, sentences: 0, dropped: 0, latest: 0 }
    }

    /// Folds one event in, which is a sentence of the story or not. Its time is one that
    /// [`Timeline::in_order`] has given.
    pub fn apply(&mut self, event: &Stamped<L::Fact>, in_story: bool) {
        if let What::Lane(what) = &event.what {
            self.timeline.apply(event.at, event.lane, what);
        }
        L::apply(&mut self.state, event);
        self.events += 1;
        self.sentences += u64::from(in_story);
        self.latest = self.latest.max(event.at);
    }

    /// A copy that takes little memory: of the timeline only what a screen can show.
    pub fn snapshot(&self) -> Self {
        Self { state: self.state.clone(), timeline: self.timeline.snapshot(), ..*self }
    }
}
