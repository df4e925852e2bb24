//! The story as lines, told as it happens, with floods cut short.
//!
//! A paced run is told in full. At full speed nobody could read on, so the story is
//! let through at a rate that a reader can follow, and each gap says how many
//! sentences it leaves out; the last ones before the end are always there.
//!
//! Must not know who tells it.

use std::collections::VecDeque;

use crate::printable::Printable;
use crate::scene::units;

/// Sentences let through at once after a pause.
const BURST: u64 = 100;
/// One more for each such stretch of the run's time, in ns: 20 a second.
const REFILL_NS: u64 = 50_000_000;
/// Of a gap at the end, the last sentences are told.
const TAIL: usize = 20;

/// Lets sentences through and counts what it leaves out.
#[derive(Debug)]
pub struct Story {
    /// How many may still be told at once.
    left: u64,
    refilled: u64,
    omitted: u64,
    tail: VecDeque<Printable>,
}

impl Default for Story {
    fn default() -> Self {
        Self {
            left: BURST,
            refilled: 0,
            omitted: 0,
            tail: VecDeque::new(),
        }
    }
}

impl Story {
    /// Takes the sentence told at `at` ns and gives the lines to be written now.
    pub fn tell(&mut self, at: u64, sentence: Printable) -> Vec<Printable> {
        let refills = at.saturating_sub(self.refilled) / REFILL_NS;
        self.refilled += refills * REFILL_NS;
        self.left = BURST.min(self.left + refills);
        if self.left == 0 {
            if self.tail.len() == TAIL {
                self.tail.pop_front();
                self.omitted += 1;
            }
            self.tail.push_back(sentence);
            return Vec::new();
        }
        self.left -= 1;
        self.omitted += self.tail.drain(..).count() as u64;
        let mut lines = self.gap();
        lines.push(sentence);
        lines
    }

    /// What is still to be written at the end.
    pub fn finish(&mut self) -> Vec<Printable> {
        let mut lines = self.gap();
        lines.extend(self.tail.drain(..));
        lines
    }

    fn gap(&mut self) -> Vec<Printable> {
        match std::mem::take(&mut self.omitted) {
            0 => Vec::new(),
            1 => vec!["(1 sentence is left out here)".into()],
            n => vec![format!("({} sentences are left out here)", units::count(n)).into()],
        }
    }
}

/// What a lane told as a sentence of its own: what begins with a capital letter
/// stands alone, all else is said of the lane.
pub fn sentence(lane: &str, told: &str) -> Printable {
    if lane.is_empty() || told.starts_with(char::is_uppercase) {
        told.into()
    } else {
        format!("{lane} {told}").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_at_a_readable_pace_is_told_in_full() {
        let mut story = Story::default();
        for n in 0..1000 {
            assert_eq!(
                story.tell(n * REFILL_NS, n.to_string().into()),
                [n.to_string()]
            );
        }
        assert!(story.finish().is_empty());
    }

    #[test]
    fn a_flood_is_cut_and_what_is_left_out_is_counted() {
        let mut story = Story::default();
        let mut lines = Vec::new();
        for n in 0..10_000 {
            lines.extend(story.tell(n, n.to_string().into()));
        }
        lines.extend(story.finish());
        assert_eq!(lines.len() as u64, BURST + 1 + TAIL as u64);
        assert_eq!(lines[100], "(9,880 sentences are left out here)");
        assert_eq!(lines.last().map(Printable::as_str), Some("9999"));
    }

    #[test]
    fn each_sentence_is_told_or_counted() {
        let mut story = Story::default();
        let mut lines = Vec::new();
        let sent = 5_000;
        for n in 0..sent {
            lines.extend(story.tell(n * REFILL_NS / 7, format!("told {n}").into()));
        }
        lines.extend(story.finish());
        let left_out: u64 = lines
            .iter()
            .filter_map(|line| {
                line.strip_prefix('(')?
                    .split(' ')
                    .next()?
                    .parse::<u64>()
                    .ok()
            })
            .sum();
        let told = lines.iter().filter(|line| line.starts_with("told")).count() as u64;
        assert!(left_out > 0);
        assert_eq!(told + left_out, sent);
    }

    #[test]
    fn a_sentence_that_begins_with_a_capital_stands_alone() {
        assert_eq!(sentence("add-1", "appended 64"), "add-1 appended 64");
        assert_eq!(
            sentence("remove-1", "List is empty, cannot remove"),
            "List is empty, cannot remove"
        );
    }

    #[test]
    fn what_is_left_out_stands_where_it_is_missing_and_the_last_are_told() {
        let tell = |story: &mut Story, at, n: u64| story.tell(at, format!("s{n}").into());
        let mut story = Story::default();
        let sent = BURST + TAIL as u64 + 1;
        let at_once: usize = (0..sent).map(|n| tell(&mut story, 0, n).len()).sum();
        assert_eq!(at_once as u64, BURST);
        // One was pushed out of the tail, and with the next one the whole tail is left out.
        let next = tell(&mut story, REFILL_NS, sent);
        assert_eq!(next, ["(21 sentences are left out here)", "s121"]);
        for n in sent + 1..=sent + TAIL as u64 + 1 {
            assert!(tell(&mut story, REFILL_NS, n).is_empty());
        }
        let last = story.finish();
        assert_eq!(last[0], "(1 sentence is left out here)");
        assert_eq!(last[1], "s123");
        assert_eq!(last.last().map(Printable::as_str), Some("s142"));
        assert_eq!(last.len(), TAIL + 1);
        assert!(story.finish().is_empty());
    }
}
