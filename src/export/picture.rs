//! A screen as a plain grid of styled cells, so that exports need no terminal library. Made by
//! [`crate::app::picture`].

use crate::printable::Printable;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// How a cell looks: two colours and independent switches, as terminals have them. `None` for a
/// colour is the picture's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a terminal's attributes are independent switches"
)]
pub struct Style {
    pub ink: Option<Rgb>,
    pub ground: Option<Rgb>,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underlined: bool,
    /// A line through it, as of code that is not in force.
    pub crossed_out: bool,
    pub reversed: bool,
}

/// One column of one row. A wide character has two cells, the second of them without text, so
/// that the number of cells is that of the columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// A character with the marks that combine with it.
    pub text: Printable,
    pub style: Style,
}

/// A grid of cells, row by row. It has at least one column and may have no row. Immutable,
/// except for its own two colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    cells: Vec<Cell>,
    /// Colour of text that names none.
    pub ink: Rgb,
    /// Colour under everything.
    pub ground: Rgb,
}

impl Picture {
    /// Takes the cells row by row and fills the last row up with blanks.
    ///
    /// # Panics
    /// If `width` is 0.
    pub fn new(width: u16, mut cells: Vec<Cell>) -> Self {
        assert!(width > 0, "a picture has columns");
        let width = usize::from(width);
        let blank = Cell { text: " ".into(), style: Style::default() };
        // So that every row is whole, and rows can be taken as slices.
        cells.resize(cells.len().next_multiple_of(width), blank);
        Self { width, cells, ink: Rgb(0xd4, 0xd7, 0xdd), ground: Rgb(0x15, 0x18, 0x1e) }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.cells.len() / self.width
    }

    pub fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks(self.width)
    }

    /// As plain text, without blanks at the ends of the lines, each line with its end.
    pub fn text(&self) -> String {
        let line = |row: &[Cell]| {
            let line: String = row.iter().map(|cell| cell.text.as_str()).collect();
            line.trim_end().to_owned() + "\n"
        };
        self.rows().map(line).collect()
    }

    /// The colour of a cell's text and the one under it, with the picture's own where the style
    /// names none. Exchanged if the style is reversed: a picture has no other way to show that.
    pub(crate) fn colours(&self, style: Style) -> (Rgb, Rgb) {
        let (ink, ground) = (style.ink.unwrap_or(self.ink), style.ground.unwrap_or(self.ground));
        if style.reversed { (ground, ink) } else { (ink, ground) }
    }
}

impl Rgb {
    /// One of the 256 colours of a terminal: 16 with names, a cube of 6 × 6 × 6, 24 greys. The
    /// named ones differ by terminal; cube and greys are xterm's.
    pub fn indexed(index: u8) -> Self {
        const NAMED: [(u8, u8, u8); 16] = [
            (0x1d, 0x20, 0x26),
            (0xe0, 0x6c, 0x75),
            (0x98, 0xc3, 0x79),
            (0xe5, 0xc0, 0x7b),
            (0x61, 0xaf, 0xef),
            (0xc6, 0x78, 0xdd),
            (0x56, 0xb6, 0xc2),
            (0xab, 0xb2, 0xbf),
            (0x6b, 0x73, 0x80),
            (0xff, 0x7b, 0x86),
            (0xb5, 0xe0, 0x90),
            (0xff, 0xd8, 0x8f),
            (0x7c, 0xc4, 0xff),
            (0xdd, 0x93, 0xf0),
            (0x6d, 0xd0, 0xdd),
            (0xff, 0xff, 0xff),
        ];
        // The six levels of the cube: 0, 95, 135, 175, 215, 255.
        let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
        match index {
            0..16 => {
                let (r, g, b) = NAMED[usize::from(index)];
                Self(r, g, b)
            }
            16..232 => {
                let cube = index - 16;
                Self(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
            }
            grey => {
                let level = 8 + 10 * (grey - 232);
                Self(level, level, level)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_256_colours_is_the_one_that_terminals_show() {
        for (index, rgb) in [
            (0, Rgb(0x1d, 0x20, 0x26)),
            (1, Rgb(0xe0, 0x6c, 0x75)),
            (15, Rgb(0xff, 0xff, 0xff)),
            (16, Rgb(0, 0, 0)),
            (17, Rgb(0, 0, 95)),
            (22, Rgb(0, 95, 0)),
            (52, Rgb(95, 0, 0)),
            (67, Rgb(95, 135, 175)),
            (223, Rgb(255, 215, 175)),
            (231, Rgb(255, 255, 255)),
            (232, Rgb(8, 8, 8)),
            (244, Rgb(128, 128, 128)),
            (255, Rgb(238, 238, 238)),
        ] {
            assert_eq!(Rgb::indexed(index), rgb, "{index}");
        }
    }

    #[test]
    fn the_text_of_a_picture_has_its_rows_and_no_blanks_at_their_ends() {
        let cells = [" ", "a", " ", "b", "c", " ", "d"]
            .map(|text| Cell { text: text.into(), style: Style::default() });
        let picture = Picture::new(3, cells.into());
        assert_eq!((picture.width(), picture.height()), (3, 3));
        assert_eq!(picture.text(), " a\nbc\nd\n");
        let rows: Vec<_> = picture.rows().map(<[Cell]>::len).collect();
        assert_eq!(rows, [3, 3, 3]);
    }
}
