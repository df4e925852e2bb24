//! What of a terminal's output is reported: as it was written, but no more than a screen can show.
//!
//! A script may write hundreds of megabytes a second, and its terminal takes all of them, so that
//! it is never kept waiting. Of each [`INTERVAL`] the last [`MOST`] bytes are reported; the others
//! are counted.

use std::time::{Duration, Instant};

use crate::kit::event::Stream;
use crate::kit::python::Seen;

/// A frame of the screen.
const INTERVAL: Duration = Duration::from_millis(33);
/// More than a screen of 200 columns and 60 rows has cells.
const MOST: usize = 16 * 1024;

/// The output that waits for its report.
#[derive(Debug, Default)]
pub struct Thinned {
    waiting: Vec<u8>,
    /// Bytes that were left out since the last report.
    skipped: u64,
    next: Option<Instant>,
}

impl Thinned {
    /// Takes the output out of `seen`, and puts back what of it is due: at the end of the script
    /// all that is left. Returns how many bytes were left out before that.
    pub fn take(&mut self, seen: &mut Seen, ended: bool, now: Instant) -> u64 {
        self.waiting.extend(seen.output.drain(..).flat_map(|(_, bytes)| bytes));
        let over = self.waiting.len().saturating_sub(MOST);
        if over > 0 {
            // From the beginning of a line on, also of one that is written again and again.
            let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
            let end = self.waiting[over..].iter().position(is_end);
            let begins = end.map_or(over, |at| over + at + 1);
            let (before, after) = self.waiting.split_at(begins);
            let is_pair = before.ends_with(b"\r") && after.starts_with(b"\n");
            let begins = begins + usize::from(is_pair);
            self.skipped += begins as u64;
            self.waiting.drain(..begins);
        }
        if !ended && self.next.is_some_and(|next| now < next) {
            return 0;
        }
        // The second byte of a line's end may be yet to come.
        let torn = !ended && self.waiting.ends_with(b"\r");
        let rest = if torn { vec![b'\r'] } else { Vec::new() };
        self.waiting.truncate(self.waiting.len() - rest.len());
        if self.waiting.is_empty() {
            self.waiting = rest;
            return 0;
        }
        self.next = Some(now + INTERVAL);
        let written = std::mem::replace(&mut self.waiting, rest);
        seen.output.push((Stream::Stdout, as_written(&written)));
        std::mem::take(&mut self.skipped)
    }
}

/// Without the carriage return that the terminal has put before each line feed.
fn as_written(shown: &[u8]) -> Vec<u8> {
    let mut bytes = shown.iter().copied().peekable();
    let mut written = Vec::with_capacity(shown.len());
    while let Some(byte) = bytes.next() {
        if byte != b'\r' || bytes.peek() != Some(&b'\n') {
            written.push(byte);
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn took(thinned: &mut Thinned, bytes: &[u8], ended: bool, at: Instant) -> (String, u64) {
        let output = vec![(Stream::Stdout, bytes.to_vec())];
        let mut seen = Seen { output, ..Seen::default() };
        let skipped = thinned.take(&mut seen, ended, at);
        let all = seen.output.into_iter().flat_map(|(_, bytes)| bytes).collect();
        (String::from_utf8(all).unwrap(), skipped)
    }

    #[test]
    fn output_is_as_the_script_wrote_it_wherever_it_was_cut() {
        let shown = b"one\r\r\ntwo 10%\rtwo 20%\r\n\r\nthree\r";
        for cut in 0..=shown.len() {
            let (mut thinned, start) = (Thinned::default(), Instant::now());
            let first = took(&mut thinned, &shown[..cut], false, start).0;
            let second = took(&mut thinned, &shown[cut..], false, start + INTERVAL).0;
            let last = took(&mut thinned, b"", true, start + INTERVAL).0;
            assert_eq!(first + &second + &last, "one\r\ntwo 10%\rtwo 20%\n\nthree\r", "{cut}");
        }
    }

    #[test]
    fn of_a_flood_the_last_lines_are_reported_and_the_rest_is_counted() {
        let (mut thinned, start) = (Thinned::default(), Instant::now());
        assert_eq!(took(&mut thinned, b"first\r\n", false, start), ("first\n".to_owned(), 0));
        let (mut written, mut lines) = (0, 0);
        while written < 10 * MOST {
            let line = format!("line {lines}\r\n");
            (written, lines) = (written + line.len(), lines + 1);
            assert_eq!(took(&mut thinned, line.as_bytes(), false, start), (String::new(), 0));
            assert!(thinned.waiting.len() <= MOST);
        }
        let (text, skipped) = took(&mut thinned, b"", false, start + INTERVAL);
        assert!(text.ends_with(&format!("\nline {}\n", lines - 1)) && text.starts_with("line "));
        let reported = text.len() + text.lines().count();
        assert_eq!(skipped + reported as u64, written as u64);
        assert_eq!(took(&mut thinned, b"", true, start + INTERVAL), (String::new(), 0));
    }
}
