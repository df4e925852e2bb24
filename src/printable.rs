//! Text that is safe to show: no character in it moves a cursor, changes a terminal's
//! state, turns the direction of writing, ends a line or hides.
//!
//! Text from outside (another process's output, a panic message, a file name, a typed
//! argument) may hold anything. It becomes a [`Printable`] once, where it enters, and
//! everything that writes takes this type: stories, findings, spans, failures, pictures. So
//! a place that forgets to escape does not compile. Escaping is idempotent: what is
//! printable stays as it is, so text may pass here more than once.
//!
//! One thing is left out: the number that the standard library writes behind an error of the
//! system, ` (os error 11)`. It says nothing to a reader, and errors reach the outputs on too many
//! ways, most of them inside another error's sentence, to leave it out on each.
//!
//! The escapes are Rust's own (`\u{1b}`), which are printable themselves. They cannot be
//! told from the same characters typed by a person, which does no harm: nothing is ever
//! read back from them.
//!
//! This module stands below all layers and uses none of them.

use std::borrow::{Borrow, Cow};
use std::fmt::{self, Write as _};
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

/// Characters of one piece of foreign text that are kept; see [`Printable::foreign`]. More
/// than any message that a person reads, and a bound to what another process can have this one
/// store.
pub const LONGEST: usize = 4096;

/// Text without any character that [`is_printable`] refuses. Clones share a long text, and a short
/// one takes nothing of the heap, so it can be kept in every event and every frame that shows it.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Printable(SmolStr);

impl Printable {
    /// Text from outside, of unknown length: escaped, and cut after [`LONGEST`] characters
    /// with a note of how many bytes were left out.
    pub fn foreign(text: &str) -> Self {
        Self::within(&without_error_numbers(text), LONGEST)
    }

    /// The same with another limit, in characters before escaping, and with every number that is
    /// in it: for what a program wrote, and for its source.
    pub fn within(text: &str, longest: usize) -> Self {
        match text.char_indices().nth(longest) {
            // `nth` stops at the limit, so a huge text is not read to its end.
            None => Self(escape_unprintable(text).into()),
            Some((end, _)) => {
                let (kept, left_out) = (escape_unprintable(&text[..end]), text.len() - end);
                Self(format!("{kept}… ({left_out} more bytes)").into())
            }
        }
    }

    /// [`Printable::foreign`] of bytes, which need not be UTF-8: what is not becomes
    /// U+FFFD.
    pub fn foreign_bytes(bytes: &[u8]) -> Self {
        Self::foreign(&String::from_utf8_lossy(bytes))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character may be shown as it is.
///
/// Refused are the controls (C0, DEL, C1), the line and paragraph separators, everything
/// that sets the direction of writing (Unicode's `Bidi_Control`), and characters that have
/// no picture and no use within a word: soft hyphen, zero-width space, byte order mark,
/// word joiner and the invisible operators, fillers, annotations, tags. Joiners and
/// variation selectors stay: Persian, Indic scripts and emoji are written with them.
pub fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e007f}' => false,
        c => !c.is_control(),
    }
}

/// The text without any ` (os error N)`; borrowed if it has none.
fn without_error_numbers(text: &str) -> Cow<'_, str> {
    const BEFORE: &str = " (os error ";
    // Nearly no text has a bracket, and one byte is found faster than several.
    if !text.as_bytes().contains(&b'(') || !text.contains(BEFORE) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(')') {
        out.push_str(piece);
        let digits =
            out.strip_suffix(')').map(|it| it.trim_end_matches(|c: char| c.is_ascii_digit()));
        // Looked for in what is kept, so that nothing which is left joins to another number.
        if let Some(kept) = digits.and_then(|it| it.strip_suffix(BEFORE)) {
            out.truncate(kept.len());
        }
    }
    Cow::Owned(out)
}

/// The text without error numbers, and with Rust's escapes for what is not printable.
pub fn escape(text: &str) -> Cow<'_, str> {
    match without_error_numbers(text) {
        Cow::Borrowed(text) => escape_unprintable(text),
        Cow::Owned(text) => Cow::Owned(escape_unprintable(&text).into_owned()),
    }
}

fn escape_unprintable(text: &str) -> Cow<'_, str> {
    let plain = |text: &str| {
        // Nearly all text is ASCII, and bytes are checked faster than characters.
        text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || text.chars().all(is_printable)
    };
    if plain(text) {
        return Cow::Borrowed(text);
    }
    // Room for a few escapes.
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_printable(c) {
            out.push(c);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "{}", c.escape_default());
        }
    }
    Cow::Owned(out)
}

/// JSON whose strings may hold anything, with `\u` escapes for what is not printable: it
/// reads back as it was. Line ends between its parts stay. For JSON that is shown or piped
/// to a terminal.
pub fn json(text: &str) -> Cow<'_, str> {
    json_of(text, |c| c == '\n' || is_printable(c))
}

/// JSON with `\u` escapes for all characters that are not to be kept. Those can only stand
/// inside strings, since JSON's own syntax is ASCII, so no parser is needed.
pub fn json_of(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&keep) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if keep(c) {
            out.push(c);
        } else {
            // JSON escapes beyond the first plane as surrogate pairs.
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(out)
}

impl From<&str> for Printable {
    fn from(text: &str) -> Self {
        Self(escape(text).into())
    }
}

impl From<String> for Printable {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&String> for Printable {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Cow<'_, str>> for Printable {
    fn from(text: Cow<'_, str>) -> Self {
        text.as_ref().into()
    }
}

// Each conversion escapes; there is no other way to make one.
impl From<Arc<str>> for Printable {
    fn from(text: Arc<str>) -> Self {
        match escape(&text) {
            // Nothing to escape: the allocation is taken over.
            Cow::Borrowed(_) => Self(text.into()),
            Cow::Owned(escaped) => Self(escaped.into()),
        }
    }
}

impl From<&Arc<str>> for Printable {
    fn from(text: &Arc<str>) -> Self {
        Arc::clone(text).into()
    }
}

impl From<&Printable> for Printable {
    fn from(text: &Printable) -> Self {
        text.clone()
    }
}

impl From<Printable> for Arc<str> {
    fn from(text: Printable) -> Self {
        text.0.into()
    }
}

impl From<Printable> for String {
    fn from(text: Printable) -> Self {
        text.as_str().to_owned()
    }
}

impl Deref for Printable {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Printable {
    fn borrow(&self) -> &str {
        self
    }
}

impl AsRef<str> for Printable {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Display for Printable {
    // `pad`, so that width and alignment of a format work as with `str`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Printable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq<str> for Printable {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Printable {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Printable {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl<'de> Deserialize<'de> for Printable {
    /// What is read from outside is foreign.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::foreign(&text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        Printable::from(text).into()
    }

    #[test]
    fn what_acts_on_a_terminal_is_written_as_an_escape() {
        assert_eq!(shown("\u{1b}]0;x\u{7}\u{9b}2J"), r"\u{1b}]0;x\u{7}\u{9b}2J");
        assert_eq!(shown("a\tb\r\nc\u{7f}"), r"a\tb\r\nc\u{7f}");
        assert_eq!(
            shown("\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}"),
            r"\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}"
        );
        assert_eq!(shown("a\u{200b}b\u{ad}\u{feff}"), r"a\u{200b}b\u{ad}\u{feff}");
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in [
            "naïve e\u{301} µs ± 1 → ² …",
            "日本語 中文 한국어 العربية עברית",
            "👩\u{200d}💻 ❤\u{fe0f} 👍🏽 🇩🇪",
            "می\u{200c}خواهم क्\u{200d}ष",
            r"C:\new\u{1b}",
            "",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn the_number_of_a_system_error_is_left_out_wherever_it_stands() {
        let refused = std::io::Error::from_raw_os_error(11);
        let text = shown(&format!("fork: {refused}; w1"));
        assert_eq!(text, "fork: Resource temporarily unavailable; w1");
        assert_eq!(shown("a (os error 2) (os error 24)."), "a.");
        assert_eq!(shown("a (os error  (os error 1)2)"), "a");
        let json = Printable::from(r#"{"error":"Too many open files (os error 24)"}"#);
        assert_eq!(json, r#"{"error":"Too many open files"}"#);
        let written = Printable::within("[Rust] not found (os error 2)\u{7}", 40);
        assert_eq!(written, r"[Rust] not found (os error 2)\u{7}");
        for other in [" (os error x)", "f(os error 2)", " (os error 2", "(2) (os error"] {
            assert_eq!(shown(other), other);
        }
    }

    #[test]
    fn foreign_text_has_a_longest_length() {
        let long = "語".repeat(LONGEST + 2);
        let cut = Printable::foreign(&long);
        assert_eq!(cut.chars().filter(|c| *c == '語').count(), LONGEST);
        assert!(cut.ends_with("語… (6 more bytes)"), "{cut}");
        let whole = "x".repeat(LONGEST);
        assert_eq!(Printable::foreign(&whole), whole);
        assert_eq!(Printable::within("a\nbc", 2), r"a\n… (2 more bytes)");
        assert_eq!(Printable::foreign_bytes(b"a\xff\x9bb"), "a\u{fffd}\u{fffd}b");
    }

    #[test]
    fn text_that_is_read_is_escaped() {
        let read: Printable = serde_json::from_str(r#""3.11\u001b[31m\u202e""#).unwrap();
        assert_eq!(read, r"3.11\u{1b}[31m\u{202e}");
        assert_eq!(serde_json::to_string(&read).unwrap(), r#""3.11\\u{1b}[31m\\u{202e}""#);
    }

    #[test]
    fn unicode_agrees_about_what_sets_the_direction() {
        // Unicode's Bidi_Control, in full.
        let turns = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
        assert!(!turns.chars().any(is_printable));
    }

    #[test]
    fn json_has_no_raw_control_and_reads_back_as_it_was() {
        let text = "3 µs \u{9b}\u{202e}\u{7f}\u{1b}\n\u{e0041}";
        let written = serde_json::to_string_pretty(&[text]).unwrap();
        let plain = json(&written);
        assert!(plain.chars().all(|c| c == '\n' || is_printable(c)), "{plain}");
        assert!(plain.contains("µs \\u009b\\u202e\\u007f\\u001b\\n\\udb40\\udc41"));
        let read: Vec<String> = serde_json::from_str(&plain).unwrap();
        assert_eq!(read, [text]);
    }

    proptest! {
        #[test]
        fn nothing_unprintable_gets_through_and_nothing_printable_changes(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            text in any::<String>(),
        ) {
            for text in [String::from_utf8_lossy(&bytes).into_owned(), text] {
                let once = Printable::from(text.as_str());
                prop_assert!(once.chars().all(is_printable));
                prop_assert_eq!(Printable::from(once.as_str()), once.clone(), "once is enough");
                let kept: String = text.chars().filter(|c| is_printable(*c)).collect();
                prop_assert!(kept != text || once == text, "clean text is not touched");
            }
        }
    }
}
