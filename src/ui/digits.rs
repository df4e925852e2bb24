//! Digits several lines high, for figures that are to be read from afar:
//!
//! ```text
//!   █▀▀ ▀█    Each digit is three columns of five dots. In the smallest size a line has two rows
//!   █▀█  █    of dots, in the others a dot is some lines high and twice as many columns wide.
//!   ▀▀▀ ▀▀▀
//! ```

use ratatui::style::Style;

use super::canvas::Canvas;

/// How large the digits are: three lines high and three columns wide, or five and six.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Small,
    /// Lines of a dot.
    Dots(u16),
}

/// The rows of each digit from the top, a row in each octal digit, its left dot in the highest
/// bit.
const DOTS: [u16; 10] =
    [0o75557, 0o26227, 0o71747, 0o71717, 0o55711, 0o74717, 0o74757, 0o71122, 0o75757, 0o75717];

impl Size {
    /// From the largest.
    pub const ALL: [Self; 4] = [Self::Dots(3), Self::Dots(2), Self::Dots(1), Self::Small];

    pub fn height(self) -> u16 {
        match self {
            Self::Small => 3,
            Self::Dots(lines) => 5 * lines,
        }
    }

    /// Columns of one digit, without the gap after it, which is a third of it.
    fn digit(self) -> u16 {
        match self {
            Self::Small => 3,
            Self::Dots(lines) => 6 * lines,
        }
    }

    /// Columns from one digit to the next.
    pub fn step(self) -> u16 {
        self.digit() + self.digit() / 3
    }

    /// Columns of a number of this many digits.
    pub fn width(self, digits: u16) -> u16 {
        (digits * self.step()).saturating_sub(self.step() - self.digit())
    }

    /// Draws a text of digits from column `x` and line `y` on. Other characters are left blank.
    pub fn draw(self, canvas: &mut Canvas<'_>, x: u16, y: u16, text: &str, style: Style) {
        for (at, digit) in (0u16..).zip(text.chars()) {
            let Some(dots) = digit.to_digit(10).and_then(|digit| DOTS.get(digit as usize)) else {
                continue;
            };
            let x = x + at * self.step();
            for (line, column) in
                (0..self.height()).flat_map(|y| (0..self.digit()).map(move |x| (y, x)))
            {
                canvas.glyph(x + column, y + line, self.sign(*dots, line, column), style);
            }
        }
    }

    fn sign(self, dots: u16, line: u16, column: u16) -> char {
        match self {
            Self::Small => match [0, 1].map(|row| dot(dots, line * 2 + row, column)) {
                [true, true] => '█',
                [true, false] => '▀',
                [false, true] => '▄',
                [false, false] => ' ',
            },
            Self::Dots(lines) if dot(dots, line / lines, column / (2 * lines)) => '█',
            Self::Dots(_) => ' ',
        }
    }
}

/// Whether there is a dot; none in a row below the fifth.
fn dot(dots: u16, row: u16, column: u16) -> bool {
    row < 5 && dots >> ((4 - row) * 3 + 2 - column) & 1 == 1
}

pub fn can_draw(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
