//! The story as lines, written as it happens, with floods cut short.
//!
//! A run at full speed emits more sentences than a reader could follow. So they pass a token
//! bucket in the time of the run, not of the clock: [`BURST`] at once, then 20 a second. Each
//! gap states how many sentences it leaves out, and the last ones before the end are always
//! there. The story of a paced run is slower than the limit and is written in full.
//!
//! ```text
//! sentences   1 ... 100   101 ... 5000           5001
//! tokens      100 ... 1   0                      1, a refill later
//! written     all         none; 20 are kept      "(4,900 sentences are left out here)", 5001
//! ```

use std::collections::VecDeque;

use crate::printable::Printable;
use crate::scene::units;

/// Sentences let through at once after a pause: the size of the bucket. The beginning of every
/// run is therefore whole.
const BURST: u64 = 100;
/// One more sentence for each such interval of the run's time, in ns: 20 a second, which is
/// more than can be read and little enough for a terminal.
const REFILL_NS: u64 = 50_000_000;
/// The last sentences of a gap that are written when the run ends within it: how it ended is
/// what a reader looks for.
const TAIL: usize = 20;

/// Lets sentences through and counts what it leaves out. It decides by the times of the events
/// alone, not by the clock, so the same events give the same text. One is made for each run.
#[derive(Debug)]
pub struct Story {
    left: u64,
    /// The time up to which tokens were added, in ns since the run began. Events of one time
    /// add none.
    refilled: u64,
    /// Sentences of the current gap that are lost. Those in [`Self::tail`] are counted when the
    /// gap ends.
    omitted: u64,
    /// The latest sentences of the current gap, at most [`TAIL`]. They are written if the run
    /// ends, and lost if the gap does.
    tail: VecDeque<Printable>,
}

impl Default for Story {
    fn default() -> Self {
        Self { left: BURST, refilled: 0, omitted: 0, tail: VecDeque::new() }
    }
}

impl Story {
    /// Takes the sentence emitted at `at` ns and returns the lines to be written now: none, the
    /// sentence, or the note of a gap and the sentence.
    pub fn push(&mut self, at: u64, sentence: Printable) -> Vec<Printable> {
        let refills = at.saturating_sub(self.refilled) / REFILL_NS;
        // By whole tokens only, so that the rest of an interval counts for the next one.
        self.refilled += refills * REFILL_NS;
        self.left = BURST.min(self.left + refills);
        // No token: the sentence is kept for the end, in place of the oldest one that is kept.
        if self.left == 0 {
            if self.tail.len() == TAIL {
                self.tail.pop_front();
                self.omitted += 1;
            }
            self.tail.push_back(sentence);
            return Vec::new();
        }
        self.left -= 1;
        // A sentence passes again, so those kept for the end are lost, too, and the gap is
        // complete.
        self.omitted += self.tail.drain(..).count() as u64;
        let mut lines = self.gap();
        lines.push(sentence);
        lines
    }

    /// What is still to be written at the end: the note of a gap, and its last sentences.
    /// Returns nothing when it is called again.
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

/// An event's text as a sentence of its own. A text that begins with a small letter has the name of
/// its lane as its subject, "worker 1" and "takes the lock"; any other stands alone.
pub fn sentence(lane: &str, text: &str) -> Printable {
    if !lane.is_empty() && text.starts_with(char::is_lowercase) {
        format!("{lane} {text}").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_at_a_readable_pace_is_reported_in_full() {
        let mut story = Story::default();
        for n in 0..1000 {
            assert_eq!(story.push(n * REFILL_NS, n.to_string().into()), [n.to_string()]);
        }
        assert!(story.finish().is_empty());
    }

    #[test]
    fn a_flood_is_cut_and_what_is_left_out_is_counted() {
        let mut story = Story::default();
        let mut lines = Vec::new();
        for n in 0..10_000 {
            lines.extend(story.push(n, n.to_string().into()));
        }
        lines.extend(story.finish());
        assert_eq!(lines.len() as u64, BURST + 1 + TAIL as u64);
        assert_eq!(lines[100], "(9,880 sentences are left out here)");
        assert_eq!(lines.last().map(Printable::as_str), Some("9999"));
    }

    #[test]
    fn each_sentence_is_reported_or_counted() {
        let mut story = Story::default();
        let mut lines = Vec::new();
        let sent = 5_000;
        for n in 0..sent {
            lines.extend(story.push(n * REFILL_NS / 7, format!("sentence {n}").into()));
        }
        lines.extend(story.finish());
        let left_out: u64 = lines
            .iter()
            .filter_map(|line| line.strip_prefix('(')?.split(' ').next()?.parse::<u64>().ok())
            .sum();
        let text = lines.iter().filter(|line| line.starts_with("sentence")).count() as u64;
        assert!(left_out > 0);
        assert_eq!(text + left_out, sent);
    }

    #[test]
    fn only_a_sentence_that_begins_with_a_small_letter_needs_its_subject() {
        assert_eq!(sentence("add-1", "appended 64"), "add-1 appended 64");
        assert_eq!(sentence("main", "8 processes could not run"), "8 processes could not run");
        assert_eq!(
            sentence("remove-1", "List is empty, cannot remove"),
            "List is empty, cannot remove"
        );
    }

    #[test]
    fn what_is_left_out_stands_where_it_is_missing_and_the_last_are_reported() {
        let push = |story: &mut Story, at, n: u64| story.push(at, format!("s{n}").into());
        let mut story = Story::default();
        let sent = BURST + TAIL as u64 + 1;
        let at_once: usize = (0..sent).map(|n| push(&mut story, 0, n).len()).sum();
        assert_eq!(at_once as u64, BURST);
        // One was pushed out of the tail, and with the next one the whole tail is left out.
        let next = push(&mut story, REFILL_NS, sent);
        assert_eq!(next, ["(21 sentences are left out here)", "s121"]);
        for n in sent + 1..=sent + TAIL as u64 + 1 {
            assert!(push(&mut story, REFILL_NS, n).is_empty());
        }
        let last = story.finish();
        assert_eq!(last[0], "(1 sentence is left out here)");
        assert_eq!(last[1], "s123");
        assert_eq!(last.last().map(Printable::as_str), Some("s142"));
        assert_eq!(last.len(), TAIL + 1);
        assert!(story.finish().is_empty());
    }

    #[test]
    fn after_a_long_pause_no_more_pass_at_once_than_at_the_beginning() {
        let mut story = Story::default();
        let mut passed = |at: u64| {
            let sent = (0..2 * BURST).map(|n| story.push(at, n.to_string().into()));
            sent.filter(|lines| !lines.is_empty()).count() as u64
        };
        assert_eq!([0, 1000 * BURST * REFILL_NS].map(&mut passed), [BURST; 2]);
        // What was not refilled beyond the size is not refilled later.
        assert_eq!(passed((1000 * BURST + 3) * REFILL_NS), 3);
    }
}
