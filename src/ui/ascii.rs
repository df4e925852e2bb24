//! The whole picture in seven bits: one pass over the finished cells.
//!
//! The drawing code knows one set of glyphs. Here each gets an ASCII character of the same
//! width, such that signs which stand for different things stay different where it matters
//! (thin and heavy frames, states of a lane). A character without such a form becomes `?`, so
//! that no byte above 0x7f gets through, whatever a scene's text holds.

use ratatui::buffer::Buffer;

/// Replaces the content of every cell that is not ASCII. The second cell of a wide character is
/// blank already, so the columns stay.
pub fn translate(buf: &mut Buffer) {
    for cell in &mut buf.content {
        let symbol = cell.symbol();
        if !symbol.is_ascii() {
            // Marks that combine with the first character are left out.
            let first = symbol.chars().next().map_or(' ', plain);
            cell.set_char(first);
        }
    }
}

/// The nearest character below 0x80. Grouped by meaning, so that a new glyph finds its place;
/// all glyphs of [`super::glyph`] are here, and no two states share a character.
#[expect(clippy::match_same_arms, reason = "grouped by what they mean")]
fn plain(c: char) -> char {
    match c {
        '\0'..='\x7f' => c,
        // Frames: thin and heavy stay different, for the focus.
        '─' | '╌' | '┄' | '–' | '—' | '−' | '‐' | '‑' | '░' => '-',
        '━' | '═' | '≡' | '▒' => '=',
        '│' | '┃' | '║' | '▏' | '▎' | '▍' | '╎' | '┆' | '┊' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' | '╭' | '╮' | '╰' | '╯' | '┏' | '┓'
        | '┗' | '┛' | '┠' | '┨' | '┝' | '┥' => '+',
        // Fills, and halves of cells.
        '█' | '▌' | '▐' | '▋' | '▊' | '▉' | '■' | '▙' | '▟' => '#',
        '▓' => '%',
        '▄' | '▖' | '▗' | '▂' | '▃' => '_',
        '▁' => '.',
        '▅' | '▆' => 'o',
        '▇' | '▀' => 'O',
        // States.
        '·' | '∙' | '•' => '.',
        '►' | '▶' | '▸' | '›' | '»' | '→' | '⇒' | '⟶' => '>',
        '◀' | '◂' | '‹' | '«' | '←' => '<',
        '≈' | '∼' | '…' => '~',
        '●' | '◆' | '⚑' | '★' => '*',
        '○' | '◌' | '◦' | '°' | '◷' | '☆' => 'o',
        '✓' | '✔' | '↓' | '▼' | '▾' => 'v',
        '↑' | '▴' | '⏎' | '↵' => '^',
        '✗' | '✘' | '×' | '⊗' | '✕' | '✖' => 'x',
        '†' | '✝' | '☠' | '‡' => 'X',
        '⊘' => '/',
        '∅' | 'ø' => '0',
        '▲' | '⚠' | '¡' => '!',
        '÷' => '/',
        '±' => '~',
        '≤' => '<',
        '≥' => '>',
        '≠' => '!',
        '∞' => '8',
        '“' | '”' | '„' | '″' => '"',
        '‘' | '’' | '‚' | '′' => '\'',
        '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2007}' => ' ',
        '\u{2800}'..='\u{28ff}' => dots(c),
        _ => letter(c),
    }
}

/// A cell of two by four dots: whether they lie above, below, or in both halves. The number of
/// a character in its block has a bit for each dot; six are those of the upper three lines, and
/// the last two those of the lowest.
fn dots(c: char) -> char {
    const UPPER: u32 = 0b0001_1011;
    let set = u32::from(c) & 0xff;
    match (set & UPPER, set & !UPPER) {
        (0, 0) => ' ',
        (_, 0) => '\'',
        (0, _) => '.',
        _ => ':',
    }
}

/// Letters without their accents, and digits above or below the line as plain digits: the nearest
/// that seven bits have. What is not here becomes `?`, which shows that something was there.
#[expect(clippy::match_same_arms, reason = "in the order of the alphabet")]
fn letter(c: char) -> char {
    match c {
        'µ' | 'μ' => 'u',
        '⁰' | '₀' => '0',
        '¹' | '₁' => '1',
        '²' | '₂' => '2',
        '³' | '₃' => '3',
        '⁴' | '₄' => '4',
        '⁵' | '₅' => '5',
        '⁶' | '₆' => '6',
        '⁷' | '₇' => '7',
        '⁸' | '₈' => '8',
        '⁹' | '₉' => '9',
        '⁻' => '-',
        'ⁿ' => 'n',
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'À'..='Å' => 'A',
        'Ç' => 'C',
        'È'..='Ë' => 'E',
        'Ì'..='Ï' => 'I',
        'Ñ' => 'N',
        'Ò'..='Ö' => 'O',
        'Ù'..='Ü' => 'U',
        'ß' => 's',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::scene::{Activity, SlotMark, Weight};
    use crate::ui::glyph;

    const STATES: [Activity; 10] = [
        Activity::Idle,
        Activity::Running,
        Activity::Holding,
        Activity::Waiting,
        Activity::Sleeping,
        Activity::Paused,
        Activity::Finished,
        Activity::Failed,
        Activity::Cancelled,
        Activity::Dead,
    ];

    fn all_differ(signs: impl Iterator<Item = char>) {
        let mut seen = HashSet::new();
        for sign in signs {
            let plain = plain(sign);
            assert!(plain.is_ascii() && plain != '?', "{sign} has no form");
            assert!(seen.insert(plain), "{sign} looks like another: {plain}");
        }
    }

    #[test]
    fn what_differs_still_differs_in_seven_bits() {
        all_differ(STATES.into_iter().map(glyph::activity));
        let drawn = STATES.into_iter().map(glyph::stretch).filter(|c| *c != ' ');
        all_differ(drawn);
        all_differ(glyph::FILLS.into_iter());
        all_differ("─━".chars());
    }

    #[test]
    fn one_sign_of_a_list_and_its_findings_has_one_meaning() {
        use Weight::{Broken, Caution, Fact, Fine, ToDo};
        let weights = [ToDo, Fact, Fine, Caution, Broken].map(glyph::weight);
        // What is lost went wrong, so there is one sign for both.
        assert_eq!(glyph::mark(SlotMark::Lost), Some(glyph::weight(Broken)));
        let in_list = glyph::mark(SlotMark::Twice).into_iter().chain([glyph::ARROW]);
        all_differ(weights.into_iter().chain(in_list));
    }

    #[test]
    fn units_and_signs_of_scenes_stay_readable() {
        let read = |text: &str| text.chars().map(plain).collect::<String>();
        assert_eq!(read("3 µs × 9² – ok…"), "3 us x 92 - ok~");
        assert_eq!(read("語"), "?");
        // Dots in the two upper lines, in the two lower ones, and in both.
        assert_eq!(read("⠉⠒⠤⣀⡇⠀"), "''..: ");
    }
}
