//! Cells become bytes: ratatui's view of the terminal. A frame is collected in memory as escape
//! sequences and sent to the writing thread as one piece.
//!
//! Not crossterm's own backend, for three reasons. With `NO_COLOR` it cancels reverse video and
//! still writes colour codes; it asks the terminal for its cursor after start, which races the
//! thread that reads the keyboard; and it writes on the thread that draws, so a terminal that
//! stops reading would stop the program.
//!
//! Escape sequences: ECMA-48 for cursor and style (CSI H, CSI G, CSI m), xterm's private modes for
//! the cursor's visibility (25) and the synchronised update (2026).
//!
//! Half of a frame would be codes of styles, so only those are written that can be seen: a blank
//! has no colour of its own, and what is switched off is not what stays.

mod shift;

use std::fmt::Write as _;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

use self::shift::{Shift, Shown};
use super::writer::Writer;

/// Frames of this many bytes and more are bracketed by a synchronised update, so that a
/// terminal which supports it shows them at once. Smaller ones are read in one piece anyway.
const SYNCHRONISED_FROM: usize = 512;
/// Begin and end of a synchronised update (private mode 2026). A terminal that does not know it
/// ignores it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
/// Assumed for terminals that do not report their size (a serial line), as other programs do.
const DEFAULT_SIZE: Size = Size::new(80, 24);

/// The terminal as ratatui draws on it. Owned by the thread `screen`. It remembers what the
/// terminal's state will be after the bytes that were sent, so it never has to ask.
#[derive(Debug)]
pub struct Tty {
    writer: Arc<Writer>,
    /// To ask the kernel, not the terminal, for the size.
    device: OwnedFd,
    /// The style that the next character gets without another code.
    style: CellStyle,
    frame: String,
    /// Where the cursor is, if that is known.
    cursor: Option<Position>,
    shown: bool,
    /// What is on the screen, which is blank at first; `None` while a part of it was cleared.
    screen: Option<Shown>,
}

/// The style in which the terminal writes its next character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CellStyle {
    text: Color,
    ground: Color,
    modifier: Modifier,
}

const PLAIN: CellStyle =
    CellStyle { text: Color::Reset, ground: Color::Reset, modifier: Modifier::empty() };

/// Modifiers and the codes that switch them on (ECMA-48, SGR).
const CODES: [(Modifier, u8); 8] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];
/// The same for switching them off; two of them share a code.
const OFF: [(Modifier, u8); 7] = [
    (Modifier::BOLD.union(Modifier::DIM), 22),
    (Modifier::ITALIC, 23),
    (Modifier::UNDERLINED, 24),
    (Modifier::SLOW_BLINK, 25),
    (Modifier::REVERSED, 27),
    (Modifier::HIDDEN, 28),
    (Modifier::CROSSED_OUT, 29),
];
/// Modifiers that show on a blank.
const ON_BLANKS: Modifier =
    Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);

impl Tty {
    pub fn new(writer: Arc<Writer>, device: OwnedFd) -> Self {
        Self {
            writer,
            device,
            style: PLAIN,
            frame: String::new(),
            cursor: None,
            shown: false,
            screen: Some(Shown::default()),
        }
    }

    /// Moves the cursor unless it is there already: cells in a row need no code between them.
    fn go(&mut self, to: Position) {
        let (row, column) = (u32::from(to.y) + 1, u32::from(to.x) + 1);
        match self.cursor {
            Some(at) if at == to => return,
            // Only to the right: behind the last column terminals differ in where they are.
            Some(at) if at.y == to.y && at.x < to.x => self.put(format_args!("\x1b[{column}G")),
            _ => self.put(format_args!("\x1b[{row};{column}H")),
        }
        self.cursor = Some(to);
    }

    fn write(&mut self, x: u16, y: u16, cell: &Cell) {
        self.go(Position { x, y });
        let symbol = cell.symbol();
        let mut style = CellStyle { text: cell.fg, ground: cell.bg, modifier: cell.modifier };
        if symbol == " " && !cell.modifier.intersects(ON_BLANKS) {
            (style.text, style.modifier) = (self.style.text, self.style.modifier - ON_BLANKS);
        }
        self.set_style(style);
        if symbol.chars().any(char::is_control) {
            // Whatever a text held, it cannot command the terminal.
            self.frame.push(' ');
        } else {
            self.frame.push_str(symbol);
        }
        // After a wide character it is one further. Its second cell is not drawn, so the
        // next cell is elsewhere than this says, and `go` writes the position.
        self.cursor = Some(Position { x: x + 1, y });
    }

    /// Deletes cells at the beginning of what moves, which draws in all of the row behind it,
    /// and inserts as many at its end, which moves the rest back. Those are blank in some style,
    /// and are written next.
    fn shift(&mut self, y: u16, Shift { from, end, by }: Shift) {
        self.go(Position { x: from, y });
        self.put(format_args!("\x1b[{by}P"));
        self.go(Position { x: end - by, y });
        self.put(format_args!("\x1b[{by}@"));
    }

    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.frame.write_fmt(what);
    }

    /// Adds the codes that lead from the current style to `style`, as few as possible: most
    /// cells have the style of the one before, and frames go over slow connections.
    fn set_style(&mut self, style: CellStyle) {
        if style == self.style {
            return;
        }
        self.frame.push_str("\x1b[");
        let mut codes = Codes(&mut self.frame, true);
        let mut now = self.style;
        if style == PLAIN {
            codes.add(format_args!("0"));
            now = PLAIN;
        }
        for (modifiers, code) in OFF {
            if (now.modifier - style.modifier).intersects(modifiers) {
                codes.add(format_args!("{code}"));
                now.modifier -= modifiers;
            }
        }
        for (modifier, code) in CODES {
            if (style.modifier - now.modifier).contains(modifier) {
                codes.add(format_args!("{code}"));
            }
        }
        if style.text != now.text {
            codes.colour(style.text, 30);
        }
        if style.ground != now.ground {
            codes.colour(style.ground, 40);
        }
        self.frame.push('m');
        self.style = style;
    }
}

/// The codes of one escape sequence, with separators between them. The flag is set until the
/// first code was added.
struct Codes<'a>(&'a mut String, bool);

impl Codes<'_> {
    fn add(&mut self, code: std::fmt::Arguments<'_>) {
        if !std::mem::take(&mut self.1) {
            self.0.push(';');
        }
        let _ = self.0.write_fmt(code);
    }

    /// Adds the code of a colour. `base` is 30 for text and 40 for the ground: 8 named colours
    /// follow it, their bright ones are 60 further, `8;5;n` is one of 256 and `8;2;r;g;b` a
    /// true colour.
    fn colour(&mut self, colour: Color, base: u8) {
        let dark = |n: u8| base + n;
        let bright = |n: u8| base + 60 + n;
        let code = match colour {
            Color::Reset => base + 9,
            Color::Black => dark(0),
            Color::Red => dark(1),
            Color::Green => dark(2),
            Color::Yellow => dark(3),
            Color::Blue => dark(4),
            Color::Magenta => dark(5),
            Color::Cyan => dark(6),
            Color::Gray => dark(7),
            Color::DarkGray => bright(0),
            Color::LightRed => bright(1),
            Color::LightGreen => bright(2),
            Color::LightYellow => bright(3),
            Color::LightBlue => bright(4),
            Color::LightMagenta => bright(5),
            Color::LightCyan => bright(6),
            Color::White => bright(7),
            Color::Indexed(n) => return self.add(format_args!("{};5;{n}", base + 8)),
            Color::Rgb(r, g, b) => {
                return self.add(format_args!("{};2;{r};{g};{b}", base + 8));
            }
        };
        self.add(format_args!("{code}"));
    }
}

impl Backend for Tty {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let all: Vec<_> = content.collect();
        for row in all.chunk_by(|a, b| a.1 == b.1) {
            let y = row[0].1;
            let cells: Vec<_> = row.iter().map(|(x, _, cell)| (*x, *cell)).collect();
            let moved = self.screen.as_mut().and_then(|screen| screen.update(y, &cells));
            if let Some((shift, rest)) = moved {
                self.shift(y, shift);
                for (x, cell) in &rest {
                    self.write(*x, y, cell);
                }
            } else {
                for (x, cell) in cells {
                    self.write(x, y, cell);
                }
            }
        }
        self.set_style(PLAIN);
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.shown) {
            self.frame.push_str("\x1b[?25l");
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.shown, true) {
            self.frame.push_str("\x1b[?25h");
        }
        Ok(())
    }

    /// What is remembered. To ask the terminal would race the thread that reads its answers as
    /// keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.go(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        if region == ClearType::All {
            // Another program may have written to it: cursor and style are unknown now.
            self.style = PLAIN;
            self.cursor = None;
            self.shown = false;
            self.frame.push_str("\x1b[0m\x1b[?25l");
        }
        self.screen = (region == ClearType::All).then(Shown::default);
        self.set_style(PLAIN);
        self.frame.push_str(match region {
            ClearType::All => "\x1b[2J",
            ClearType::AfterCursor => "\x1b[J",
            ClearType::BeforeCursor => "\x1b[1J",
            ClearType::CurrentLine => "\x1b[2K",
            ClearType::UntilNewLine => "\x1b[K",
        });
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        let size = rustix::termios::tcgetwinsize(self.device.as_fd())?;
        Ok(match (size.ws_col, size.ws_row) {
            (0, 0) => DEFAULT_SIZE,
            (columns, rows) => Size::new(columns, rows),
        })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let mut bytes = self.writer.buffer();
        let whole = self.frame.len() >= SYNCHRONISED_FROM;
        if whole {
            bytes.extend_from_slice(BEGIN);
        }
        bytes.extend_from_slice(self.frame.as_bytes());
        if whole {
            bytes.extend_from_slice(END);
        }
        self.frame.clear();
        self.writer.send(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
