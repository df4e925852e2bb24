//! What is known of a script that is stepped. Pure: folds facts alone.

use std::sync::Arc;

use super::super::facts::Fact;
use super::executed::{Searched, Stepped};

/// What is known of a script that is stepped.
#[derive(Clone, Debug, Default)]
pub struct Stepping {
    pub stepped: Stepped,
    /// Schedules that the search has run which is under way.
    pub searching: Option<u64>,
    pub searched: Option<Searched>,
}

impl Stepping {
    /// Folds in a fact about stepping; others are left to the caller.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Stepped(stepped) => {
                let known = Arc::ptr_eq(&stepped.executed, &self.stepped.executed);
                if known || stepped.executed.is_sound() {
                    self.stepped = stepped.clone();
                }
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
        self.stepped.at >= self.stepped.executed.steps.len()
    }
}
