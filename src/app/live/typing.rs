//! Text that is typed: into a line of input, or into the terminal of a lab that has one.
//!
//! ```text
//!             the lab's key for it                    each key, as a terminal sends it
//!   the lab ───────────────────────▶ its terminal ─────────────────────────────────────▶ the lab
//!           ◀─────────────────────── esc
//! ```
//!
//! While a terminal has the keyboard, no key is one of the program or of the lab but `esc`. Ctrl-L
//! and Ctrl-Z are for what runs there, too, as in any terminal inside another one: the keys by
//! which this program redraws and stops are one `esc` away. That holds on when what ran in it has
//! ended: a user who types on must not press keys of the lab. In the past nothing can be typed, so
//! who goes there takes the keyboard along (see [`super::time`]).

use super::keymap::Key;
use super::overlay::{Overlay, Prompt};
use super::panels;
use super::state::App;
use crate::lab::{Command, TerminalInput};

/// Gives the keyboard to the terminal of the chosen lab, and shows all of its panel.
pub fn begin(app: &mut App) {
    if let Some(number) = panels::terminal(app) {
        panels::choose(app, number);
        app.terminal.typing = true;
    }
}

/// Gives it back to the lab; a panel that has the whole screen keeps it.
pub fn end(app: &mut App) {
    app.terminal.typing = false;
    if let Some(slot) = app.chosen_mut() {
        slot.panel.take_if(|panel| !panel.zoomed);
    }
}

/// A key that no binding has: a character for a line of input, or for a terminal.
pub fn key(app: &mut App, key: Key) {
    match app.overlay.as_mut().and_then(Overlay::input) {
        Some(prompt) => edit(prompt, key),
        None => send(app, sequence(key)),
    }
}

/// Pasted text goes to the same places and nowhere else. So a paste into the wrong window is not
/// executed as commands.
pub fn paste(app: &mut App, text: &str) {
    match app.overlay.as_mut().and_then(Overlay::input) {
        Some(prompt) => prompt.add(text),
        None => send(app, text.replace('\n', "\r")),
    }
}

/// Has the terminal's size follow the panel that shows its output, by the last picture.
pub fn fit(app: &mut App) {
    let place = panels::terminal(app).map(|number| app.hits.panel(number));
    let size = place.map(|place| place.inside).filter(|(columns, rows)| *columns > 0 && *rows > 0);
    if let Some((columns, rows)) = size.filter(|size| app.terminal.size != Some(*size))
        && input(app, TerminalInput::Size { columns, rows })
    {
        app.terminal.size = size;
    }
}

/// What a key does to a line of input.
fn edit(prompt: &mut Prompt, key: Key) {
    match key {
        Key::Char(c) => prompt.add(c.encode_utf8(&mut [0; 4])),
        Key::Space => prompt.add(" "),
        Key::Backspace => prompt.delete_char(),
        Key::Ctrl('u') => prompt.text.clear(),
        Key::Ctrl('w') => prompt.delete_word(),
        _ => {}
    }
}

/// What a terminal sends for a key; see `console_codes(4)`.
fn sequence(key: Key) -> String {
    let fixed = match key {
        Key::Char(c) => return c.into(),
        Key::Ctrl(c) => return control(c).into(),
        Key::Space => " ",
        Key::Enter => "\r",
        Key::Esc => "\x1b",
        Key::Tab => "\t",
        Key::BackTab => "\x1b[Z",
        Key::Backspace => "\x7f",
        Key::Up => "\x1b[A",
        Key::Down => "\x1b[B",
        Key::Right => "\x1b[C",
        Key::Left => "\x1b[D",
        Key::Home => "\x1b[H",
        Key::End => "\x1b[F",
        Key::PageUp => "\x1b[5~",
        Key::PageDown => "\x1b[6~",
        Key::Delete => "\x1b[3~",
    };
    fixed.to_owned()
}

/// What a terminal sends for a character with Ctrl: a letter without its upper bits, the other
/// control characters for the digits that stand for them since the VT220, or the character itself.
fn control(c: char) -> char {
    let byte = match u8::try_from(c) {
        Ok(byte @ (b'a'..=b'z' | b'@' | b'['..=b'_')) => byte & 0x1f,
        Ok(b' ' | b'2') => 0,
        Ok(digit @ b'3'..=b'7') => digit - b'3' + 0x1b,
        Ok(b'/') => 0x1f,
        Ok(b'8' | b'?') => 0x7f,
        _ => return c,
    };
    char::from(byte)
}

/// Types a text in the terminal that has the keyboard, if one has.
fn send(app: &mut App, text: String) {
    if app.terminal.typing {
        input(app, TerminalInput::Typed(text));
    }
}

/// Sends this to the chosen lab's terminal; returns whether it has one now.
fn input(app: &mut App, input: TerminalInput) -> bool {
    let command = app.terminal_of_chosen().map(|terminal| terminal.command(input));
    let found = command.is_some();
    if let (Some(command), Some(slot)) = (command, app.chosen_mut()) {
        slot.command(Command::Do(command));
    }
    found
}
