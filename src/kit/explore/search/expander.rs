//! What the other searching threads of a merged search do: they take steps that no run has
//! taken yet, and enter where those lead in the table of [`States`].
//!
//! An expander counts nothing and decides nothing: it only finds facts earlier than the
//! search would. One that is late, or fails, changes no result.

use std::sync::Arc;

use super::states::{Choice, States, search_key};
use crate::kit::explore::finding::{End, Finding, within};
use crate::kit::explore::schedule::ScheduleStep;
use crate::kit::explore::scheduler::{Scheduler, SchedulingPoint, go_on};

/// Each run begins with a step that was not tried, and goes on until it meets a state that is
/// in the table already.
#[derive(Debug)]
pub struct Expander {
    states: Arc<States>,
    /// The search's bound on switches, which its keys depend on.
    switches: Option<u32>,
    /// States to enter at most.
    most: usize,
    /// The choices of the present run from its start.
    path: Vec<Choice>,
    /// Those of them that were made.
    depth: usize,
}

impl Expander {
    pub fn new(states: Arc<States>, switches: Option<u32>, most: usize) -> Self {
        Self { states, switches, most, path: Vec::new(), depth: 0 }
    }
}

impl Scheduler for Expander {
    /// Waits for a step to try: the search may be about to meet new states.
    fn begin(&mut self) -> bool {
        self.depth = 0;
        let path = self.states.claim_untried(self.most);
        path.map(|path| self.path = path).is_some()
    }

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        if self.depth == self.path.len() {
            let key = search_key(now.model, now.last, now.switches, self.switches);
            let kept = within(now.ready, now.last, now.switches, self.switches);
            let from = self.path.last().copied();
            let (state, new) = self.states.open(from, key, now.ready, kept)?;
            if !new {
                return None;
            }
            let choice = (state, go_on(kept, now.last)?);
            self.states.claim(choice);
            self.path.push(choice);
        }
        self.depth += 1;
        self.path.get(self.depth - 1).map(|&(_, step)| step)
    }

    fn end(&mut self, finding: &Finding<'_>) {
        // A run that was cut off ended for how long it was, which is no fact about its step.
        let ended =
            !matches!(finding.end, End::Stopped | End::StepBound) && self.depth == self.path.len();
        if let Some(&last) = self.path.last().filter(|_| ended) {
            self.states.end(last, finding.end.kind());
        }
    }
}
