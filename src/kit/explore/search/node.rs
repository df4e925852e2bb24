//! A choice on the path of a search.

use super::states::{Choice, StateId};
use crate::kit::explore::counts::Counts;
use crate::kit::explore::finding::is_switch;
use crate::kit::explore::key::Key;
use crate::kit::explore::schedule::{ScheduleStep, StepSet};

/// One choice on the present path: the state in which it is made, and what was and will be
/// tried there.
#[derive(Clone, Debug)]
pub struct Node {
    /// The key of the state before the choice; of no meaning unless merged.
    pub key: Key,
    /// The number of that state; `None` unless merged, and where it will not be remembered.
    pub state: Option<StateId>,
    pub ready: StepSet,
    pub last: Option<ScheduleStep>,
    pub now: ScheduleStep,
    /// Still to be tried after `now`: neither asleep nor beyond the bound.
    pub untried: StepSet,
    /// What need not be tried here: it comes to the same elsewhere, or has been tried.
    pub asleep: StepSet,
    /// Switches of the path before this choice, for the bound.
    pub switches: u32,
    /// What the choices tried so far lead to. When all were tried, this is the future of the
    /// state.
    pub counts: Counts,
}

impl Node {
    pub fn switches_after(&self) -> u32 {
        self.switches + u32::from(is_switch(self.last, self.now, self.ready))
    }

    /// The choice as an edge of the table of states.
    pub fn choice(&self) -> Option<Choice> {
        self.state.map(|state| (state, self.now))
    }
}
