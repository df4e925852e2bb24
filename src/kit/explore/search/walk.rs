//! The part of a search that needs no thread: runs along steps that an
//! [`Expander`](super::expander::Expander) has taken already.

use super::Search;
use super::node::Node;
use super::states::{Choice, Edge};
use crate::kit::explore::scheduler::is_simpler;

impl Search {
    /// Goes on with the present run along steps whose ends are known, and returns whether it came
    /// to its own end by that. If not, threads have to run: along the path as it is now, and
    /// from there on.
    pub fn walk(&mut self) -> bool {
        while let Some(node) = self.path.last()
            && let Some(choice) = node.choice()
        {
            let last = if node.now.is_step() { Some(node.now) } else { node.last };
            match self.follow(choice) {
                Edge::Ended(kind) => {
                    let counts = self.one(kind);
                    self.conclude(counts);
                    return true;
                }
                Edge::To { state, key, ready } => {
                    if self.enter(Some(state), key, ready, last).is_none() {
                        let counts = self.decided.take().unwrap_or_default();
                        self.conclude(counts);
                        return true;
                    }
                }
                Edge::Unknown => {
                    if self.beside_others.is_some() {
                        self.states.claim(choice);
                    }
                    return false;
                }
            }
        }
        false
    }

    /// What is known of the last choice of the path; not known where threads are to run whatever
    /// the table says.
    fn follow(&self, choice: Choice) -> Edge {
        let Some(stop) = &self.beside_others else {
            return Edge::Unknown;
        };
        match self.states.follow(choice) {
            _ if stop.requested() => Edge::Unknown,
            // Only a run of the threads has the trace of a failure, or the key of a last state.
            Edge::Ended(_) if self.tree.is_some() => Edge::Unknown,
            Edge::Ended(Some(_)) if self.would_keep() => Edge::Unknown,
            edge => edge,
        }
    }

    /// Whether a failure at the end of the path would be the simplest one so far.
    fn would_keep(&self) -> bool {
        let switches = self.path.last().map_or(0, Node::switches_after);
        is_simpler(switches, self.path.len(), self.simplest.as_ref())
    }
}
