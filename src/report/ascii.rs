//! Text without a byte above 0x7f, for terminals and logs that have no other characters. Used
//! for `--ascii` and where the locale is not UTF-8.

use std::borrow::Cow;

use crate::printable::json_of;

/// Plain text. The characters that this program writes have an ASCII spelling; all others
/// become `?`. Text that is ASCII already is not copied.
pub fn text(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => out.push(c),
            'µ' | 'μ' => out.push('u'),
            '±' => out.push_str("+-"),
            '×' => out.push('x'),
            '²' => out.push_str("^2"),
            '…' => out.push_str("..."),
            '→' => out.push_str("->"),
            '≥' => out.push_str(">="),
            '≤' => out.push_str("<="),
            '−' | '–' | '—' => out.push('-'),
            '’' | '‘' => out.push('\''),
            '“' | '”' => out.push('"'),
            '\u{a0}' | '\u{202f}' => out.push(' '),
            '·' | '•' => out.push('*'),
            _ => out.push('?'),
        }
    }
    Cow::Owned(out)
}

/// JSON. Characters above ASCII can only stand inside its strings, so they become `\u` escapes,
/// which lose nothing: a parser reads the same text.
pub fn json(text: &str) -> Cow<'_, str> {
    json_of(text, |c| c.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_meaning() {
        assert_eq!(text("3 µs ± 1 → done…"), "3 us +- 1 -> done...");
        assert_eq!(text("plain"), "plain");
        assert_eq!(text("µμ±×²…→≥≤−–—’‘“”\u{a0}\u{202f}·•語"), "uu+-x^2...->>=<=---''\"\"  **?");
    }

    #[test]
    fn json_reads_back_as_it_was() {
        let written = serde_json::to_string("3 µs, 𝄞 and \"quotes\"").unwrap();
        let plain = json(&written);
        assert!(plain.is_ascii());
        let read: String = serde_json::from_str(&plain).unwrap();
        assert_eq!(read, "3 µs, 𝄞 and \"quotes\"");
    }
}
