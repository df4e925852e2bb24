//! A drawn screen as the plain picture that exports take.
//!
//! Must not know what is drawn, nor what becomes of it.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::export::{self, Picture, Rgb, Style};

/// The whole buffer; `None` if it has no columns.
pub fn of(buffer: &Buffer) -> Option<Picture> {
    let width = buffer.area.width;
    let cells = buffer.content.iter().map(|cell| export::Cell {
        text: cell.symbol().into(),
        style: style(cell),
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
        reversed: has(Modifier::REVERSED),
    }
}

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
}
