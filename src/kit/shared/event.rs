//! A flag between processes that can be waited for.
//!
//! The flag is the lowest bit of the futex word, so no waiter needs to be announced: setting it
//! always makes the system call. The other bits count how often it was set. So a waiter that
//! finds the word changed was let go, also if the flag was cleared again before it could look.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;

use super::region::{Cells, Layout};
use super::wait::{ALL, wait_slice, wake};
use crate::kit::limit::{Limit, Timeout};

/// The bit of the word that is the flag.
const SET: u32 = 1;
/// Added with each setting: the lowest bit of the count.
const COUNT: u32 = 2;

/// Set or clear; a wait ends as soon as it is set, for all waiters.
#[derive(Clone, Debug)]
pub struct Event {
    cells: Cells,
}

impl Event {
    /// Number of cells that an event occupies in a [`super::Region`].
    pub const CELLS: usize = 1;

    /// Lays out an event; clear in a new region.
    pub fn new(layout: &mut Layout) -> Self {
        Self { cells: layout.cells(Self::CELLS) }
    }

    /// Sets the flag and wakes all waiters.
    pub fn set(&self) {
        // Flag and count as one change. If the flag came first, another thread could see it,
        // clear it and wait again before the count is there, and the count of this setting would
        // then let it go a second time.
        let set = |word: u32| Some((word | SET).wrapping_add(COUNT));
        let _ = self.word().fetch_update(SeqCst, SeqCst, set);
        wake(self.word(), ALL);
    }

    /// Clears the flag. Waiters that were let go stay free, also if they have not looked yet.
    pub fn clear(&self) {
        self.word().fetch_and(!SET, SeqCst);
    }

    pub fn is_set(&self) -> bool {
        self.word().load(SeqCst) & SET == SET
    }

    /// Waits until the flag is set.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn wait(&self, limit: &Limit) -> Result<(), Timeout> {
        let word = self.word().load(SeqCst);
        // A clear flag is changed by nothing but being set.
        while word & SET == 0 && self.word().load(SeqCst) == word {
            wait_slice(self.word(), word, limit)?;
        }
        Ok(())
    }

    fn word(&self) -> &AtomicU32 {
        self.cells.word(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::region::Region;
    use super::*;

    /// A word in which the flag is set and the count is still the old one lets another thread see
    /// the flag, clear it and wait, and this setting then lets it go a second time. Where there are
    /// two cores, the thread that looks sees such a word in dozens of these settings.
    #[test]
    fn the_flag_and_the_count_of_a_setting_are_one_change() {
        const SETTINGS: u32 = 20_000;
        let region = Region::create(Event::CELLS).unwrap();
        let [event, same] = [region.layout(), region.layout()].map(|mut it| Event::new(&mut it));
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for _ in 0..SETTINGS {
                    same.set();
                    same.clear();
                }
            });
            let (mut last, mut halves) = (0, 0);
            while last / COUNT < SETTINGS {
                let word = event.word().load(SeqCst);
                halves += u32::from(word == last | SET && word != last);
                last = word;
            }
            assert_eq!(halves, 0);
        });
    }
}
