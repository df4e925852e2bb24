//! Bytes of a terminal as keys, clicks and pastes.
//!
//! Not crossterm's own reader: it waits for the end of whatever was begun, so that one
//! paste without its end, or half of a mouse report, takes the keyboard for good. Here a
//! sequence ends at the first byte that cannot belong to it, at [`LONGEST`] bytes, or
//! when nothing more has come for a moment.
//!
//! Sequences: ECMA-48 (CSI is ESC [, parameters, one final byte), and xterm's for keys,
//! SGR mouse reports and bracketed pastes. Must not know what any key does.

use std::time::Duration;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

/// Bytes of one sequence; the longest that means anything here has about 20.
const LONGEST: usize = 64;
/// Bytes of a paste that are kept. No line of input takes more.
const PASTE: usize = 1 << 20;
/// How long the rest of a sequence may take: after that an ESC was the key itself.
const SEQUENCE: Duration = Duration::from_millis(25);
/// How long a paste may pause before it is over without its end.
const PAUSE: Duration = Duration::from_millis(500);

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 3;
const PASTE_END: &[u8] = b"\x1b[201~";

/// What was begun and is not complete.
#[derive(Debug, Default)]
pub struct Parser {
    begun: Vec<u8>,
    paste: Option<Paste>,
}

/// A paste under way.
#[derive(Debug, Default)]
struct Paste {
    text: Vec<u8>,
    /// The latest bytes, as many as its end has.
    tail: Vec<u8>,
    interrupted: bool,
}

/// What the bytes so far are.
enum Read {
    /// Something that the next byte may continue.
    Begun,
    /// Done, with what it means, if it means anything here.
    Done(Option<Event>),
    /// Broken off by its last byte, which begins something else.
    Broken,
}

impl Parser {
    /// Takes bytes in and gives what they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in bytes {
            self.take(*byte, &mut events);
        }
        events
    }

    /// How long to wait for the rest of what was begun; `None` if nothing was.
    pub fn blocking(&self) -> Option<Duration> {
        if self.paste.is_some() {
            return Some(PAUSE);
        }
        (!self.begun.is_empty()).then_some(SEQUENCE)
    }

    /// The rest does not come: gives what was begun for what it is.
    pub fn give_up(&mut self) -> Vec<Event> {
        if let Some(paste) = self.paste.take() {
            let mut events = vec![paste.event(0)];
            // Inside a paste that never ends, it was typed by a user who wants to get out.
            events.extend(paste.interrupted.then(|| plain(CTRL_C)));
            return events;
        }
        let escape = self.begun == [ESC];
        self.begun.clear();
        Vec::from_iter(escape.then(|| key(KeyCode::Esc, KeyModifiers::NONE)))
    }

    fn take(&mut self, byte: u8, events: &mut Vec<Event>) {
        if let Some(paste) = &mut self.paste {
            if paste.take(byte) {
                let paste = std::mem::take(paste);
                self.paste = None;
                events.push(paste.event(PASTE_END.len()));
            }
            return;
        }
        self.begun.push(byte);
        match read(&self.begun) {
            Read::Begun if self.begun.len() < LONGEST => {}
            Read::Begun => self.begun.clear(),
            Read::Done(event) => {
                if self.begun == b"\x1b[200~" {
                    self.paste = Some(Paste::default());
                }
                self.begun.clear();
                events.extend(event);
            }
            Read::Broken => {
                if self.begun == [ESC, ESC] {
                    events.push(key(KeyCode::Esc, KeyModifiers::NONE));
                }
                // One byte alone is never broken off.
                self.begun.clear();
                self.take(byte, events);
            }
        }
    }
}

impl Paste {
    /// Takes a byte and returns whether it was the last.
    fn take(&mut self, byte: u8) -> bool {
        self.interrupted |= byte == CTRL_C;
        if self.tail.len() == PASTE_END.len() {
            self.tail.remove(0);
        }
        self.tail.push(byte);
        if self.text.len() < PASTE {
            self.text.push(byte);
        }
        self.tail == PASTE_END
    }

    /// The text without the `end` bytes that ended it.
    fn event(&self, end: usize) -> Event {
        let kept = self.text.strip_suffix(&PASTE_END[..end]);
        let kept = kept.unwrap_or(&self.text);
        Event::Paste(String::from_utf8_lossy(kept).into_owned())
    }
}

/// What the bytes are so far. All but the last are a beginning.
fn read(bytes: &[u8]) -> Read {
    match bytes {
        [ESC] | [ESC, b'[' | b'O'] => Read::Begun,
        [ESC, b'[', rest @ ..] => control_sequence(rest),
        [ESC, b'O', last @ (0x40..=0x7e)] => Read::Done(named(*last, KeyModifiers::NONE)),
        [ESC, b'O', _] | [ESC, ESC] => Read::Broken,
        [ESC, rest @ ..] => match read(rest) {
            Read::Done(Some(Event::Key(with))) => {
                Read::Done(Some(key(with.code, with.modifiers | KeyModifiers::ALT)))
            }
            other => other,
        },
        [byte @ (0..=0x1f | 0x7f)] => Read::Done(Some(plain(*byte))),
        text => character(text),
    }
}

/// What follows ESC [.
fn control_sequence(rest: &[u8]) -> Read {
    match rest {
        // The function keys of the Linux console.
        [b'[', 0x20..=0x7e] => Read::Done(None),
        // Mouse reports of terminals without SGR.
        [b'M', more @ ..] if more.iter().all(|byte| *byte >= 0x20) => match more {
            [cb, x, y] => Read::Done(mouse([cb - 0x20, x - 0x20, y - 0x20].map(u16::from), false)),
            _ => Read::Begun,
        },
        [b'['] | [.., 0x20..=0x3f] => Read::Begun,
        [parameters @ .., last @ (0x40..=0x7e)] => Read::Done(meaning(parameters, *last)),
        _ => Read::Broken,
    }
}

fn meaning(parameters: &[u8], last: u8) -> Option<Event> {
    if let [b'<', report @ ..] = parameters {
        let report = numbers(report)?.try_into().ok()?;
        return matches!(last, b'M' | b'm').then(|| mouse(report, last == b'm'))?;
    }
    let numbers = numbers(parameters)?;
    let with = modifiers(numbers.get(1).copied().unwrap_or(1));
    let code = match (last, numbers.first().copied().unwrap_or(1)) {
        (b'~', 1 | 7) => KeyCode::Home,
        (b'~', 4 | 8) => KeyCode::End,
        (b'~', 5) => KeyCode::PageUp,
        (b'~', 6) => KeyCode::PageDown,
        (b'u', code) => match u8::try_from(code) {
            Ok(byte @ (0..=0x1f | 0x7f)) => return with_modifiers(&plain(byte), with),
            _ => KeyCode::Char(char::from_u32(code.into())?),
        },
        (b'~', _) => return None,
        (last, _) => return named(last, with),
    };
    Some(key(code, with))
}

/// Keys that have a final byte of their own.
fn named(last: u8, with: KeyModifiers) -> Option<Event> {
    let code = match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'M' => KeyCode::Enter,
        b'Z' => return Some(key(KeyCode::BackTab, with | KeyModifiers::SHIFT)),
        _ => return None,
    };
    Some(key(code, with))
}

/// Numbers with `;` between. One that is left out is 1, as the terminals have it, and of
/// one with parts (`2:1`) the first counts.
fn numbers(parameters: &[u8]) -> Option<Vec<u16>> {
    let text = std::str::from_utf8(parameters).ok()?;
    let number = |part: &str| match part.split(':').next() {
        None | Some("") => Some(1),
        Some(digits) => digits.parse().ok(),
    };
    text.split(';').map(number).collect()
}

/// As xterm counts them: 1 and a bit for each.
fn modifiers(number: u16) -> KeyModifiers {
    let all = [KeyModifiers::SHIFT, KeyModifiers::ALT, KeyModifiers::CONTROL, KeyModifiers::SUPER];
    let bits = number.saturating_sub(1);
    let held = (0..).zip(all).filter(|(at, _)| bits >> at & 1 == 1);
    held.fold(KeyModifiers::NONE, |all, (_, one)| all | one)
}

/// A report of the mouse: button and modifiers, column and row from 1.
fn mouse([what, x, y]: [u16; 3], released: bool) -> Option<Event> {
    let dragging = what & 0x20 != 0;
    let button = match what & 0xc3 {
        0 | 3 => MouseButton::Left,
        1 => MouseButton::Middle,
        2 => MouseButton::Right,
        wheel => {
            let kind = match wheel {
                64 => MouseEventKind::ScrollUp,
                65 => MouseEventKind::ScrollDown,
                _ => return None,
            };
            return at(kind, x, y);
        }
    };
    let kind = match (what & 3 == 3, dragging) {
        (true, true) => MouseEventKind::Moved,
        (true, false) => MouseEventKind::Up(button),
        (false, true) => MouseEventKind::Drag(button),
        (false, false) if released => MouseEventKind::Up(button),
        (false, false) => MouseEventKind::Down(button),
    };
    at(kind, x, y)
}

fn at(kind: MouseEventKind, x: u16, y: u16) -> Option<Event> {
    Some(Event::Mouse(MouseEvent {
        kind,
        column: x.checked_sub(1)?,
        row: y.checked_sub(1)?,
        modifiers: KeyModifiers::NONE,
    }))
}

/// One byte that is no character.
fn plain(byte: u8) -> Event {
    let control = |c: u8| key(KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
    let code = match byte {
        b'\r' | b'\n' => KeyCode::Enter,
        b'\t' => KeyCode::Tab,
        0x7f => KeyCode::Backspace,
        ESC => KeyCode::Esc,
        0 => return control(b' '),
        1..=0x1a => return control(byte - 1 + b'a'),
        _ => return control(byte - 0x1c + b'4'),
    };
    key(code, KeyModifiers::NONE)
}

/// UTF-8, as far as it has come.
fn character(bytes: &[u8]) -> Read {
    match std::str::from_utf8(bytes) {
        Ok(text) => Read::Done(text.chars().next().map(typed)),
        Err(error) if error.error_len().is_none() => Read::Begun,
        Err(_) if bytes.len() == 1 => Read::Done(None),
        Err(_) => Read::Broken,
    }
}

fn typed(c: char) -> Event {
    let shift = c.is_uppercase().then_some(KeyModifiers::SHIFT);
    key(KeyCode::Char(c), shift.unwrap_or(KeyModifiers::NONE))
}

fn with_modifiers(event: &Event, with: KeyModifiers) -> Option<Event> {
    event.as_key_event().map(|event| key(event.code, event.modifiers | with))
}

fn key(code: KeyCode, with: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, with))
}

#[cfg(test)]
mod tests;
