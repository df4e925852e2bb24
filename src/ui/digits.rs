//! Digits several lines high, for figures that are to be read from afar:
//!
//! ```text
//!   █▀▀ ▀█    Each digit is three columns of five dots. In the large size a line has two rows
//!   █▀█  █    of dots, in the huge one a dot is a line high and two columns wide.
//!   ▀▀▀ ▀▀▀
//! ```

use ratatui::style::Style;

use super::canvas::Canvas;

/// How large the digits are: three lines high and three columns wide, or five and six.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Large,
    Huge,
}

/// The rows of each digit from the top, a row in each octal digit, its left dot in the highest
/// bit.
const DOTS: [u16; 10] =
    [0o75557, 0o26227, 0o71747, 0o71717, 0o55711, 0o74717, 0o74757, 0o71122, 0o75757, 0o75717];

impl Size {
    pub fn height(self) -> u16 {
        match self {
            Self::Large => 3,
            Self::Huge => 5,
        }
    }

    /// Columns of one digit, without the gap after it, which is a third of it.
    fn digit(self) -> u16 {
        match self {
            Self::Large => 3,
            Self::Huge => 6,
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
                let sign = match self {
                    Self::Large => {
                        match (dot(*dots, line * 2, column), dot(*dots, line * 2 + 1, column)) {
                            (true, true) => '█',
                            (true, false) => '▀',
                            (false, true) => '▄',
                            (false, false) => ' ',
                        }
                    }
                    Self::Huge if dot(*dots, line, column / 2) => '█',
                    Self::Huge => ' ',
                };
                canvas.glyph(x + column, y + line, sign, style);
            }
        }
    }
}

/// Whether there is a dot; none in a row below the fifth.
fn dot(dots: u16, row: u16, column: u16) -> bool {
    row < 5 && dots >> ((4 - row) * 3 + 2 - column) & 1 == 1
}

pub fn can_draw(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
