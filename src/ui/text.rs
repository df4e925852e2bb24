//! Text as a terminal shows it: which characters may get there, how many columns
//! they take, and where to break lines.
//!
//! Characters are drawn one by one with the width that `unicode-width` gives each,
//! never as clusters, because terminals disagree about those. Whatever could move
//! the cursor, turn the direction or hide (controls, bidirectional marks, joiners)
//! does not get through.
//!
//! Must not know: buffers, scenes.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// A piece of text with a style or a tone.
pub type Piece<'t, S> = (&'t str, S);

/// What a character becomes on screen, and its columns: 0 joins the one before.
/// `None` leaves it out.
pub fn printable(c: char) -> Option<(char, u16)> {
    match c {
        ' '..='~' => Some((c, 1)),
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some((' ', 1)),
        _ if c.is_control() || is_hidden(c) && turns(c) => Some(('\u{fffd}', 1)),
        _ if is_hidden(c) => None,
        _ => match c.width() {
            Some(width @ 0..=2) => Some((c, u16::try_from(width).unwrap_or(1))),
            // Terminals disagree about the few that are wider.
            _ => Some(('\u{fffd}', 1)),
        },
    }
}

/// Characters without a picture of their own that change how others look.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{feff}' | '\u{3164}' | '\u{ffa0}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether it turns the direction of the text after it: worth a visible sign.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Columns that a text takes.
pub fn width(text: &str) -> u16 {
    let columns = if text.is_ascii() {
        text.len()
    } else {
        text.chars().filter_map(printable).map(|(_, width)| usize::from(width)).sum()
    };
    u16::try_from(columns).unwrap_or(u16::MAX)
}

/// As much of the text as fits into `columns` columns, the rest replaced by an ellipsis.
pub fn cut(text: &str, columns: u16) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut kept = text[..split_at(text, columns - 1)].to_owned();
    kept.push('…');
    Cow::Owned(kept)
}

/// The byte offset at which the first `columns` columns end.
pub fn split_at(text: &str, columns: u16) -> usize {
    let mut used = 0u16;
    for (at, c) in text.char_indices() {
        let width = printable(c).map_or(0, |(_, width)| width);
        if used.saturating_add(width) > columns {
            return at;
        }
        used += width;
    }
    text.len()
}

/// Breaks pieces into lines between words; a word longer than a line is broken anywhere.
pub fn wrap<'t, S: Copy>(pieces: &[Piece<'t, S>], columns: u16) -> Vec<Vec<Piece<'t, S>>> {
    let mut lines =
        Lines { columns: columns.max(1), done: Vec::new(), line: Vec::new(), used: 0, gap: None };
    let mut word: Vec<Piece<'t, S>> = Vec::new();
    for &(text, style) in pieces {
        let mut rest = text;
        while !rest.is_empty() {
            let blank = rest.starts_with(char::is_whitespace);
            let end = rest.find(|c: char| c.is_whitespace() != blank).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            if blank && is_unit_of(&word, after) {
                word.push((" ", style));
            } else if blank {
                lines.word(&mut word);
                lines.gap = Some(style);
            } else {
                word.push((run, style));
            }
            rest = after;
        }
    }
    lines.word(&mut word);
    if !lines.line.is_empty() || lines.done.is_empty() {
        lines.done.push(lines.line);
    }
    lines.done
}

/// Whether a figure is followed by its unit: no line ends between them.
fn is_unit_of<S>(figure: &[Piece<'_, S>], after: &str) -> bool {
    const UNITS: [&str; 14] = [
        "ns", "µs", "ms", "s", "min", "h", "days", "months", "years", "%", "k/s", "M/s", "G/s", "x",
    ];
    let next = after.split(char::is_whitespace).next().unwrap_or_default();
    let next = next.trim_end_matches(|c: char| !c.is_alphabetic() && c != '%');
    let digit = |(text, _): &Piece<'_, S>| text.ends_with(|c: char| c.is_ascii_digit());
    figure.last().is_some_and(digit) && UNITS.contains(&next)
}

/// Lines in the making.
struct Lines<'t, S> {
    columns: u16,
    done: Vec<Vec<Piece<'t, S>>>,
    line: Vec<Piece<'t, S>>,
    used: u16,
    /// A blank stands between the line so far and what comes next.
    gap: Option<S>,
}

impl<'t, S: Copy> Lines<'t, S> {
    fn word(&mut self, word: &mut Vec<Piece<'t, S>>) {
        if word.is_empty() {
            return;
        }
        let gap = self.gap.take().filter(|_| self.used > 0);
        let long = word.iter().fold(0u16, |sum, (text, _)| sum.saturating_add(width(text)));
        let whole = u16::from(gap.is_some()).saturating_add(long);
        if self.used > 0 && self.used.saturating_add(whole) > self.columns {
            self.next();
        } else if let Some(style) = gap {
            self.line.push((" ", style));
            self.used += 1;
        }
        for piece in word.drain(..) {
            self.piece(piece);
        }
    }

    fn piece(&mut self, (mut text, style): Piece<'t, S>) {
        while self.used.saturating_add(width(text)) > self.columns {
            let mut at = split_at(text, self.columns - self.used);
            if at == 0 && self.used == 0 {
                // A character wider than the line: let it be clipped.
                at = text.chars().next().map_or(0, char::len_utf8);
            }
            if at > 0 {
                self.line.push((&text[..at], style));
            }
            text = &text[at..];
            self.next();
        }
        if !text.is_empty() {
            self.used += width(text);
            self.line.push((text, style));
        }
    }

    fn next(&mut self) {
        self.done.push(std::mem::take(&mut self.line));
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, columns: u16) -> Vec<String> {
        let lines = wrap(&[(text, ())], columns);
        let join = |line: Vec<Piece<'_, ()>>| line.iter().map(|(text, ())| *text).collect();
        lines.into_iter().map(join).collect()
    }

    #[test]
    fn lines_break_between_words_and_inside_long_ones() {
        assert_eq!(lines("one two  three", 7), ["one two", "three"]);
        assert_eq!(lines("unbreakable a", 5), ["unbre", "akabl", "e a"]);
        assert_eq!(lines("wait 3 µs, then", 7), ["wait", "3 µs,", "then"]);
        assert_eq!(lines("", 5), [""]);
        assert_eq!(lines("語語語", 3), ["語", "語", "語"]);
        assert_eq!(lines("語", 1), ["語"]);
    }

    #[test]
    fn a_word_in_several_styles_stays_together() {
        let broken = wrap(&[("to be ", 0), ("bold", 1), (", or not", 0)], 9);
        assert_eq!(broken[0], [("to", 0), (" ", 0), ("be", 0)]);
        assert_eq!(broken[1][..2], [("bold", 1), (",", 0)]);
    }

    #[test]
    fn a_cut_is_reported_and_fits() {
        assert_eq!(cut("holding", 7), "holding");
        assert_eq!(cut("holding", 4), "hol…");
        assert_eq!(cut("語語語", 4), "語…");
        assert_eq!(cut("holding", 0), "");
    }

    #[test]
    fn what_could_harm_a_terminal_does_not_get_through() {
        let shown =
            |text: &str| -> String { text.chars().filter_map(printable).map(|(c, _)| c).collect() };
        assert_eq!(shown("a\tb\nc"), "a b c");
        assert_eq!(shown("\u{1b}[31m\u{9b}0m"), "\u{fffd}[31m\u{fffd}0m");
        assert_eq!(shown("a\u{202e}b\u{200b}c\u{feff}"), "a\u{fffd}bc");
        assert_eq!(shown("語 e\u{301} ³"), "語 e\u{301} ³");
    }
}
