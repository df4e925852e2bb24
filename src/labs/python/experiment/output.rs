//! What the script writes, cut twice: into texts for the result and into lines for the story.
//!
//! A read ends anywhere: within a character and within a line. What has not ended is kept for the
//! next read, so that no character is torn and a line is in the story once. The two streams are
//! read one after the other, so which of two lines in different streams came first is not known if
//! both were written between two reads.

use anstyle_parse::{DefaultCharAccumulator, Parser, Perform};

use crate::kit::event::Stream;
use crate::printable::Printable;

/// Bytes of a line that the story shows at most.
const LINE: usize = 400;
/// Lines of one look that the story gets at most: no reader could follow more.
const LINES: usize = 500;

/// One of the two streams.
#[derive(Debug)]
pub struct Output {
    stream: Stream,
    /// Bytes of a character that has not ended.
    rest: Vec<u8>,
    /// Of a line that has not ended.
    begun: String,
}

impl Output {
    pub fn new(stream: Stream) -> Self {
        Self { stream, rest: Vec::new(), begun: String::new() }
    }

    pub fn is(&self, stream: Stream) -> bool {
        self.stream == stream
    }

    /// The text of these bytes, and the lines that end in them. Bytes that are no UTF-8 are
    /// replaced, but a character is not torn.
    pub fn take(&mut self, bytes: &[u8]) -> (String, Vec<Printable>) {
        self.rest.extend_from_slice(bytes);
        let complete = match std::str::from_utf8(&self.rest) {
            // Only its last character has not ended.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            // A torn character behind others that are wrong is at most three bytes long, and is
            // replaced like them.
            _ => self.rest.len(),
        };
        let text = String::from_utf8_lossy(&self.rest[..complete]).into_owned();
        self.rest.drain(..complete);
        let lines = self.lines(&text);
        (text, lines)
    }

    /// What is left at the end.
    pub fn end(&mut self) -> (String, Vec<Printable>) {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.rest)).into_owned();
        let mut lines = self.lines(&text);
        let begun = std::mem::take(&mut self.begun);
        lines.extend((!begun.is_empty()).then(|| line(&begun)));
        (text, lines)
    }

    fn lines(&mut self, text: &str) -> Vec<Printable> {
        let mut lines = Vec::new();
        let mut parts = text.split('\n').peekable();
        let mut left_out = 0_u64;
        while let Some(part) = parts.next() {
            // More of it would not be shown.
            let room = (LINE + 1).saturating_sub(self.begun.len());
            self.begun.push_str(&part[..part.floor_char_boundary(room)]);
            if parts.peek().is_none() {
                break;
            }
            let ended = std::mem::take(&mut self.begun);
            if lines.len() < LINES {
                lines.push(line(&ended));
            } else {
                left_out += 1;
            }
        }
        if left_out > 0 {
            lines.push(format!("... {left_out} more lines").into());
        }
        lines
    }
}

/// A line as a terminal shows it when it has ended: of one that was written again and again, as by
/// a progress bar, the last state, and nothing of colours and other sequences.
fn line(text: &str) -> Printable {
    let (mut shown, mut parser) = (Shown::default(), Parser::<DefaultCharAccumulator>::new());
    for byte in text.trim_end_matches('\r').bytes() {
        parser.advance(&mut shown, byte);
    }
    Printable::within(&shown.0, LINE)
}

#[derive(Debug, Default)]
struct Shown(String);

impl Perform for Shown {
    fn print(&mut self, c: char) {
        self.0.push(c);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\r' => self.0.clear(),
            0x08 => drop(self.0.pop()),
            byte => self.0.push(byte.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_character_nor_a_line_is_torn_by_where_the_bytes_were_cut() {
        let whole = "ä€\u{1f600}\r\nsecond\n\nlast".as_bytes();
        for cut in 0..=whole.len() {
            let mut output = Output::new(Stream::Stdout);
            let parts = [output.take(&whole[..cut]), output.take(&whole[cut..]), output.end()];
            let text: String = parts.iter().map(|(text, _)| text.as_str()).collect();
            let lines: Vec<_> = parts.iter().flat_map(|(_, lines)| lines).collect();
            assert_eq!(text.as_bytes(), whole, "{cut}");
            assert_eq!(lines, ["ä€\u{1f600}", "second", "", "last"], "{cut}");
        }
    }

    #[test]
    fn a_line_of_the_story_is_what_a_terminal_shows_in_the_end() {
        let mut output = Output::new(Stream::Stdout);
        let written =
            b"10%\r\x1b[K20%\rdone\n\x1b[2A\x1b[1;31mred\x1b[0m\x1b]0;title\x07 x\x08y\ta\x7f\n";
        let (text, lines) = output.take(written);
        assert_eq!(text.as_bytes(), written);
        assert_eq!(lines, ["done", "red y\\ta\\u{7f}"]);
    }

    #[test]
    fn bytes_that_are_no_text_and_lines_without_end_are_bounded() {
        let mut output = Output::new(Stream::Stderr);
        let (text, _) = output.take(b"a\xff\xfeb\xc3");
        assert_eq!(text + &output.end().0, "a\u{fffd}\u{fffd}b\u{fffd}");
        for _ in 0..100 {
            output.take(&[b'x'; 10_000]);
        }
        assert!(output.begun.len() <= LINE + 1);
        let (_, lines) = output.take(&[b'\n'; 10_000]);
        assert_eq!(lines.len(), LINES + 1);
        assert_eq!(lines[LINES].as_str(), "... 9500 more lines");
    }
}
