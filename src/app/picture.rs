//! A drawn screen as the plain picture that exports take, so that [`crate::export`] needs no
//! terminal library. Only the types change: what a cell looks like is decided by then.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use crate::export::{self, Picture, Rgb, Style};

/// The whole buffer as a picture, cell by cell in its order; `None` if it has no columns. Used
/// for saved pictures and for recordings.
pub fn of(buffer: &Buffer) -> Option<Picture> {
    let width = buffer.area.width;
    // ratatui keeps a blank in the second column of a wide character. In a picture it has no
    // text, or what is written from the picture has a column more after each such character.
    let mut after_wide = false;
    let cells = buffer.content.iter().map(|cell| {
        let text = if after_wide { "" } else { cell.symbol() };
        after_wide = text.width() == 2;
        export::Cell { text: text.into(), style: style(cell) }
    });
    let mut picture = (width > 0).then(|| Picture::new(width, cells.collect()))?;
    // What lies under everything lies in the corner too.
    let ground = buffer.content.first().and_then(|cell| rgb(cell.bg));
    picture.ground = ground.unwrap_or(picture.ground);
    Some(picture)
}

fn style(cell: &Cell) -> Style {
    let has = |modifier| cell.modifier.contains(modifier);
    Style {
        ink: rgb(cell.fg),
        ground: rgb(cell.bg),
        bold: has(Modifier::BOLD),
        dim: has(Modifier::DIM),
        italic: has(Modifier::ITALIC),
        underlined: has(Modifier::UNDERLINED),
        crossed_out: has(Modifier::CROSSED_OUT),
        reversed: has(Modifier::REVERSED),
    }
}

/// A colour as red, green and blue; `None` for the terminal's own default. Named colours are
/// the first sixteen of 256, in the order of their codes.
fn rgb(colour: Color) -> Option<Rgb> {
    let index = match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some(Rgb(r, g, b)),
        Color::Indexed(index) => index,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    Some(Rgb::indexed(index))
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn the_second_column_of_a_wide_character_has_no_text() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "a\u{6f22}\u{5b57}b", ratatui::style::Style::new());
        assert_eq!(buffer.content[2].symbol(), " ");
        assert_eq!(of(&buffer).unwrap().text(), "a\u{6f22}\u{5b57}b\n");
    }

    #[test]
    fn text_and_colours_are_taken_over() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 2));
        let red = ratatui::style::Style::new().fg(Color::Red).bold();
        buffer.set_string(1, 1, "x", red);
        let picture = of(&buffer).unwrap();
        assert_eq!(picture.text(), "\n x\n");
        let cell = &picture.rows().nth(1).unwrap()[1];
        assert_eq!(cell.style.ink, Some(Rgb::indexed(1)));
        assert!(cell.style.bold && cell.style.ground.is_none());
        assert_eq!(of(&Buffer::empty(Rect::new(0, 0, 0, 0))), None);
    }

    #[test]
    fn each_look_of_a_cell_is_taken_over_as_itself() {
        let taken = |style: ratatui::style::Style| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
            buffer.set_string(0, 0, "x", style);
            of(&buffer).unwrap().rows().next().unwrap()[0].style
        };
        let look = ratatui::style::Style::new();
        let alone = |style: Style| {
            let Style { bold, dim, italic, underlined, crossed_out, reversed, .. } = style;
            [bold, dim, italic, underlined, crossed_out, reversed].map(u8::from)
        };
        assert_eq!(alone(taken(look.bold())), [1, 0, 0, 0, 0, 0]);
        assert_eq!(alone(taken(look.dim())), [0, 1, 0, 0, 0, 0]);
        assert_eq!(alone(taken(look.italic())), [0, 0, 1, 0, 0, 0]);
        assert_eq!(alone(taken(look.underlined())), [0, 0, 0, 1, 0, 0]);
        assert_eq!(alone(taken(look.crossed_out())), [0, 0, 0, 0, 1, 0]);
        assert_eq!(alone(taken(look.reversed())), [0, 0, 0, 0, 0, 1]);
        let both = taken(look.fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(17)));
        assert_eq!((both.ink, both.ground), (Some(Rgb(1, 2, 3)), Some(Rgb(0, 0, 95))));
    }

    #[test]
    fn the_ground_of_the_corner_lies_under_everything() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        assert_eq!(of(&buffer).unwrap().ground, Rgb(0x15, 0x18, 0x1e));
        buffer.set_string(0, 0, " ", ratatui::style::Style::new().bg(Color::White));
        assert_eq!(of(&buffer).unwrap().ground, Rgb(255, 255, 255));
    }

    #[test]
    fn names_of_colours_are_the_terminals_first_sixteen() {
        let names = [
            Color::Black,
            Color::Red,
            Color::Green,
            Color::Yellow,
            Color::Blue,
            Color::Magenta,
            Color::Cyan,
            Color::Gray,
            Color::DarkGray,
            Color::LightRed,
            Color::LightGreen,
            Color::LightYellow,
            Color::LightBlue,
            Color::LightMagenta,
            Color::LightCyan,
            Color::White,
        ];
        for (index, name) in (0..).zip(names) {
            assert_eq!(rgb(name), Some(Rgb::indexed(index)), "{name}");
        }
        // The cube from black to white, and the greys, as xterm has them.
        let known = [(16, 0), (231, 255), (232, 8), (255, 238)];
        for (index, level) in known {
            assert_eq!(rgb(Color::Indexed(index)), Some(Rgb(level, level, level)));
        }
        assert_eq!(rgb(Color::Indexed(110)), Some(Rgb(135, 175, 215)));
        assert_eq!(rgb(Color::Reset), None);
    }
}
