//! Text as a terminal shows it: which characters may get there, how many columns they take, and
//! where lines are broken.
//!
//! Characters are drawn one by one with the width that `unicode-width` gives each, never as
//! clusters, because terminals disagree about those (families of emoji, flags). Whatever could
//! move the cursor, turn the direction of text or hide it (controls, bidirectional marks,
//! joiners) does not get through: otherwise a text could show something else than it says
//! ("Trojan Source", CVE-2021-42574).

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use crate::scene::{Label, abbreviated};

pub type Piece<'t, S> = (&'t str, S);

/// What a character becomes on screen, and its columns; 0 columns join the character before.
/// `None` leaves it out.
///
/// Characters that act are replaced by a visible mark, so that a reader sees that something was
/// there; those that only shape others (joiners, variation selectors) are left out.
pub fn printable(c: char) -> Option<(char, u16)> {
    match c {
        ' '..='~' => Some((c, 1)),
        // They separate words, so a blank is what they mean within one line.
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

/// Characters without a picture of their own that change how others look: soft hyphen, joiners,
/// variation selectors, skin tones, tags, fillers.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{feff}' | '\u{3164}' | '\u{ffa0}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether it turns the direction of the text after it. These are replaced by a visible mark
/// instead of being left out: a text that contains them is worth a second look.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Columns that a text takes. It agrees with what [`Canvas::put`](super::canvas::Canvas::put)
/// draws, hidden characters and replacements included.
pub fn width(text: &str) -> u16 {
    let columns = if text.is_ascii() {
        text.len()
    } else {
        text.chars().filter_map(printable).map(|(_, width)| usize::from(width)).sum()
    };
    u16::try_from(columns).unwrap_or(u16::MAX)
}

/// The longest form of a label that fits into `columns` columns, or its shortest, cut. In tests, a
/// label of which no form fits is recorded, so that it can be given a shorter one.
pub fn fit(label: &Label, columns: u16) -> Cow<'_, str> {
    let form = label.fit(columns, width);
    #[cfg(test)]
    if width(form) > columns {
        super::probe::cut(form);
    }
    cut(form, columns)
}

/// A name as it is written in so many columns: names that Python gives have shorter forms.
pub fn name(name: &str, columns: u16) -> Cow<'_, str> {
    if width(name) <= columns { name.into() } else { abbreviated(name) }
}

/// As much of a text as fits into `columns` columns, with the rest replaced by an ellipsis,
/// which takes one of them. A text that fits is not copied.
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

/// As much of a sentence as fits into `columns` columns, with an ellipsis for the rest: whole
/// clauses where they are half of the room at least, else whole words. What is left can be
/// understood.
pub fn shorten(sentence: &str, columns: u16) -> Cow<'_, str> {
    if width(sentence) <= columns {
        return Cow::Borrowed(sentence);
    }
    let fitting = &sentence[..split_at(sentence, columns.saturating_sub(2))];
    let clause = |mark| fitting.rfind(mark).filter(|at| width(&fitting[..*at]) >= columns / 2);
    let end = [": ", "; ", ", "].into_iter().filter_map(clause).max().or(fitting.rfind(' '));
    match end {
        Some(end) => Cow::Owned(format!("{} …", &fitting[..end])),
        None => cut(sentence, columns),
    }
}

/// The byte offset at which the first `columns` columns end. Always at the edge of a character;
/// a wide character that would be cut is not counted in.
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

/// Breaks pieces into lines between words. A word may consist of several pieces; one that is
/// longer than a line is broken anywhere. A number and its unit stay together. At least one
/// line results.
pub fn wrap<'t, S: Copy>(pieces: &[Piece<'t, S>], columns: u16) -> Vec<Vec<Piece<'t, S>>> {
    let mut lines = Lines::new(columns);
    let mut word: Vec<Piece<'t, S>> = Vec::new();
    for &(text, style) in pieces {
        let mut rest = text;
        while !rest.is_empty() {
            // Runs of blanks and of other characters alternate; a run of blanks becomes a
            // single one.
            let blank = rest.starts_with(char::is_whitespace);
            let end = rest.find(|c: char| c.is_whitespace() != blank).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            // The blank becomes part of the word, so no line can end at it.
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
    lines.end()
}

/// Breaks pieces into lines that are full but for the last, as a terminal does. At least one line
/// results.
pub fn fill<'t, S: Copy>(
    pieces: impl Iterator<Item = Piece<'t, S>>,
    columns: u16,
) -> Vec<Vec<Piece<'t, S>>> {
    let mut lines = Lines::new(columns);
    pieces.for_each(|piece| lines.piece(piece));
    lines.end()
}

/// Whether what follows is the unit of a number: a line that ends between them could be
/// misread.
fn is_unit_of<S>(figure: &[Piece<'_, S>], after: &str) -> bool {
    const UNITS: [&str; 14] = [
        "ns", "µs", "ms", "s", "min", "h", "days", "months", "years", "%", "k/s", "M/s", "G/s", "x",
    ];
    // Few words are numbers, so that is asked first.
    if !figure.last().is_some_and(|(text, _)| text.ends_with(|c: char| c.is_ascii_digit())) {
        return false;
    }
    let next = after.split(char::is_whitespace).next().unwrap_or_default();
    // A unit may be followed by punctuation.
    let next = next.trim_end_matches(|c: char| !c.is_alphabetic() && c != '%');
    UNITS.contains(&next)
}

/// Lines that are being filled, greedily: each word goes into the current line if it fits, else
/// into the next. Pieces keep their styles across line breaks.
struct Lines<'t, S> {
    columns: u16,
    done: Vec<Vec<Piece<'t, S>>>,
    line: Vec<Piece<'t, S>>,
    used: u16,
    /// A blank stands between the line so far and the next word, with this style. It is dropped
    /// at the beginning of a line.
    gap: Option<S>,
}

impl<'t, S: Copy> Lines<'t, S> {
    fn new(columns: u16) -> Self {
        Self { columns: columns.max(1), done: Vec::new(), line: Vec::new(), used: 0, gap: None }
    }

    fn end(mut self) -> Vec<Vec<Piece<'t, S>>> {
        if !self.line.is_empty() || self.done.is_empty() {
            self.done.push(self.line);
        }
        self.done
    }

    /// Adds a word, in the current line or at the beginning of the next, and the blank before
    /// it if it does not begin a line.
    fn word(&mut self, word: &mut Vec<Piece<'t, S>>) {
        if word.is_empty() {
            return;
        }
        // A blank at the beginning of a line is dropped.
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

    /// Adds a piece. Where the line ends it is broken; of words that happens only to those that
    /// are longer than a whole line.
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
    fn a_sentence_is_shortened_by_clauses_or_words() {
        let sentence = "It worked: 9 of 9 done, none lost";
        assert_eq!(shorten(sentence, 33), sentence);
        assert_eq!(shorten(sentence, 32), "It worked: 9 of 9 done …");
        assert_eq!(shorten(sentence, 20), "It worked: 9 of 9 …");
        assert_eq!(shorten(sentence, 14), "It worked …");
        assert_eq!(shorten("unbreakable", 5), "unbr…");
        assert_eq!(shorten("so", 0), "");
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
