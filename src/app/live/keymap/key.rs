//! Keys by name: as the terminal sends them, as labs name them, as they are printed in footer
//! and help. The name is also how a click on the footer presses a key, so it can be read back.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::lab;

/// A key, with what is held down beside it. Only keys that some table may use; the rest of a
/// keyboard has no value here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character other than the space. Capitals are characters of their own.
    Char(char),
    /// A control key with this small letter.
    Ctrl(char),
    Space,
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
}

/// Keys with names longer than one character, and these names. They appear in footer, help and
/// README, and are read back after a click.
const NAMED: [(Key, &str); 15] = [
    (Key::Space, "space"),
    (Key::Enter, "enter"),
    (Key::Esc, "esc"),
    (Key::Tab, "tab"),
    (Key::BackTab, "shift-tab"),
    (Key::Backspace, "backspace"),
    (Key::Delete, "delete"),
    (Key::Left, "left"),
    (Key::Right, "right"),
    (Key::Up, "up"),
    (Key::Down, "down"),
    (Key::Home, "home"),
    (Key::End, "end"),
    (Key::PageUp, "pgup"),
    (Key::PageDown, "pgdn"),
];

impl Key {
    /// The key of a terminal's event; `None` for keys that nothing here uses, so that they do
    /// nothing.
    pub fn read(event: &KeyEvent) -> Option<Self> {
        let with = event.modifiers;
        let control = with.contains(KeyModifiers::CONTROL);
        // Escape and a control key in quick succession look like a control key with Alt.
        let other = with.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META);
        if other && !control {
            return None;
        }
        Some(match event.code {
            // Some terminals report the letter as a capital when shift or caps lock is on.
            KeyCode::Char(c) if control => Self::Ctrl(c.to_ascii_lowercase()),
            KeyCode::Char(' ') => Self::Space,
            KeyCode::Char(c) => Self::Char(c),
            KeyCode::Tab if with.contains(KeyModifiers::SHIFT) => Self::BackTab,
            _ if control => return None,
            KeyCode::Enter => Self::Enter,
            KeyCode::Esc => Self::Esc,
            KeyCode::Tab => Self::Tab,
            KeyCode::BackTab => Self::BackTab,
            KeyCode::Backspace => Self::Backspace,
            KeyCode::Delete => Self::Delete,
            KeyCode::Left => Self::Left,
            KeyCode::Right => Self::Right,
            KeyCode::Up => Self::Up,
            KeyCode::Down => Self::Down,
            KeyCode::Home => Self::Home,
            KeyCode::End => Self::End,
            KeyCode::PageUp => Self::PageUp,
            KeyCode::PageDown => Self::PageDown,
            _ => return None,
        })
    }
}

impl From<lab::Key> for Key {
    fn from(key: lab::Key) -> Self {
        match key {
            lab::Key::Char(' ') | lab::Key::Space => Self::Space,
            lab::Key::Char(c) => Self::Char(c),
            lab::Key::Left => Self::Left,
            lab::Key::Right => Self::Right,
            lab::Key::Up => Self::Up,
            lab::Key::Down => Self::Down,
            lab::Key::Home => Self::Home,
            lab::Key::End => Self::End,
            lab::Key::Enter => Self::Enter,
            lab::Key::Esc => Self::Esc,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Char(c) => write!(f, "{c}"),
            Self::Ctrl(c) => write!(f, "ctrl-{c}"),
            named => {
                let name = NAMED.iter().find(|(key, _)| key == named);
                f.write_str(name.map_or("", |(_, name)| name))
            }
        }
    }
}

/// The error of reading a text that is not the name of a key. Without details: names are
/// written by this program itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKey;

impl FromStr for Key {
    type Err = NoKey;

    /// Reads what [`fmt::Display`] writes; anything else is an error.
    fn from_str(text: &str) -> Result<Self, NoKey> {
        if let Some((key, _)) = NAMED.iter().find(|(_, name)| *name == text) {
            return Ok(*key);
        }
        let (text, make): (_, fn(char) -> Self) = match text.strip_prefix("ctrl-") {
            Some(rest) => (rest, Self::Ctrl),
            None => (text, Self::Char),
        };
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => Ok(make(c)),
            _ => Err(NoKey),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_read_back_by_the_name_it_is_printed_with() {
        let more = [Key::Char('a'), Key::Char('R'), Key::Char('-'), Key::Ctrl('c')];
        for key in NAMED.iter().map(|(key, _)| *key).chain(more) {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        assert_eq!("no key".parse::<Key>(), Err(NoKey));
    }

    #[test]
    fn a_key_with_alt_is_not_the_key_itself() {
        let alt_q = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT);
        assert_eq!(Key::read(&alt_q), None);
    }

    #[test]
    fn a_labs_key_is_the_key_of_that_name() {
        let all = [
            lab::Key::Char('q'),
            lab::Key::Char(' '),
            lab::Key::Space,
            lab::Key::Left,
            lab::Key::Right,
            lab::Key::Up,
            lab::Key::Down,
            lab::Key::Home,
            lab::Key::End,
            lab::Key::Enter,
            lab::Key::Esc,
        ];
        let names = all.map(|key| Key::from(key).to_string());
        let wanted =
            ["q", "space", "space", "left", "right", "up", "down", "home", "end", "enter", "esc"];
        assert_eq!(names, wanted);
    }

    #[test]
    fn what_is_held_down_beside_a_key_counts() {
        use KeyModifiers as With;
        for (code, with, name) in [
            (KeyCode::Char('c'), With::CONTROL, Some("ctrl-c")),
            (KeyCode::Char('C'), With::CONTROL | With::SHIFT, Some("ctrl-c")),
            (KeyCode::Char('c'), With::CONTROL | With::ALT, Some("ctrl-c")),
            (KeyCode::Char('R'), With::SHIFT, Some("R")),
            (KeyCode::Char(' '), With::NONE, Some("space")),
            (KeyCode::Tab, With::NONE, Some("tab")),
            (KeyCode::Tab, With::SHIFT, Some("shift-tab")),
            (KeyCode::BackTab, With::SHIFT, Some("shift-tab")),
            (KeyCode::Up, With::SHIFT, Some("up")),
            (KeyCode::Up, With::CONTROL, None),
            (KeyCode::Left, With::ALT, None),
            (KeyCode::Enter, With::SUPER, None),
            (KeyCode::F(1), With::NONE, None),
        ] {
            let read = Key::read(&KeyEvent::new(code, with)).map(|key| key.to_string());
            assert_eq!(read.as_deref(), name, "{code} {with}");
        }
    }
}
