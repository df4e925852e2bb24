//! What is known of a script that is stepped. Pure: folds facts alone.

use std::sync::Arc;

use super::super::super::facts::Fact;
use super::executed::{Executed, Searched};
use super::rows::rows;
use crate::printable::Printable;
use crate::scene::ScheduleRow;

/// What is known of a script that is stepped.
#[derive(Clone, Debug, Default)]
pub struct Stepping {
    /// The schedule that is shown; of a recording that refers to what is not there, none.
    pub executed: Arc<Executed>,
    /// Its steps in the picture.
    pub rows: Arc<[ScheduleRow]>,
    /// Steps taken.
    pub at: usize,
    pub note: Printable,
    /// Schedules that the search has run which is under way.
    pub searching: Option<u64>,
    pub searched: Option<Searched>,
}

impl Stepping {
    /// Folds in a fact about stepping; others are left to the caller.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Stepped(stepped) => {
                if let Some(executed) = &stepped.executed {
                    let sound = executed.is_sound();
                    self.executed = if sound { Arc::clone(executed) } else { Arc::default() };
                    self.rows = rows(&self.executed);
                }
                (self.at, self.note) = (stepped.at, stepped.note.clone());
            }
            Fact::Searching { runs } => {
                (self.searching, self.searched) = (Some(*runs), None);
            }
            Fact::Searched(searched) => {
                (self.searching, self.searched) = (None, Some(searched.clone()));
            }
            _ => {}
        }
    }

    /// Whether all steps were taken.
    pub fn is_over(&self) -> bool {
        self.at >= self.executed.steps.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(lines: &[&str]) -> (usize, usize) {
        let mut stepping = Stepping::default();
        for line in lines {
            stepping.apply(&serde_json::from_str(line).unwrap());
        }
        (stepping.at, stepping.executed.steps.len())
    }

    /// A fact with a schedule of one thread and one step.
    fn with_schedule(at: usize, thread: usize) -> String {
        format!(
            r#"{{"event": "python.step", "at": {at}, "note": "", "executed": {{
                "threads": ["main"], "stuck": [], "objects": [], "end": "it ends",
                "failed": false, "output": [], "code": "", "cut": false, "steps": [{{
                    "thread": {thread}, "ready": 1, "text": "line 1", "also": [], "line": 1,
                    "changes": [], "waits_for": "Nothing", "preempts": false, "natural": false
                }}]
            }}}}"#
        )
    }

    #[test]
    fn a_step_has_the_schedule_or_it_is_that_of_the_step_before() {
        let [first, second, unsound] =
            [with_schedule(0, 0), with_schedule(1, 0), with_schedule(1, 9)];
        let step = r#"{"event": "python.step", "at": 1, "note": ""}"#;
        assert_eq!(after(&[&first, step]), (1, 1));
        assert_eq!(after(&[&first, &second]), (1, 1), "as they were written before");
        assert_eq!(after(&[&first, &unsound, step]), (1, 0), "nothing of it is shown");
        assert_eq!(after(&[step]), (1, 0));
    }
}
