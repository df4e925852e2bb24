//! Turns the bytes of a terminal into keys, clicks and pastes.
//!
//! ```text
//!               ESC, ESC [, ...                final byte
//!   (nothing) ─────────────────▶ (begun) ───────────────────▶ event ──▶ (nothing)
//!       ▲                          │  │
//!       │    25 ms, or 64 bytes    │  └── ESC [ 200 ~ ──▶ (paste) ──ESC [ 201 ~──▶ text
//!       └──────────────────────────┘                         └── 500 ms without a byte ──▶ text
//! ```
//!
//! Not crossterm's own reader: it waits for the end of whatever was begun, so that one paste
//! without its end, or half of a mouse report, takes the keyboard for good. Here a sequence
//! ends at the first byte that cannot belong to it, at [`LONGEST`] bytes, or when nothing more
//! has come for a moment.
//!
//! Sources: ECMA-48 for control sequences (CSI is ESC [, parameters 0x30 to 0x3f, intermediates
//! 0x20 to 0x2f, one final byte 0x40 to 0x7e); xterm's "Control Sequences" for keys with
//! modifiers, mouse reports in SGR form and bracketed paste.

use std::time::Duration;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

/// Bytes of one sequence. The longest that means anything here has about 20; what is longer is
/// garbage, and is dropped as a whole.
const LONGEST: usize = 64;
/// Bytes of a paste that are kept, 1 MiB. What follows is dropped; a line of input takes far
/// less.
const PASTE: usize = 1 << 20;
/// How long the rest of a sequence may take. After that, ESC was the key itself: a terminal
/// sends a sequence in one piece, and a user does not press two keys that fast.
const SEQUENCE: Duration = Duration::from_millis(25);
/// How long a paste may pause before it counts as complete without its end mark. Longer than
/// for a sequence, since a large paste comes in pieces over a slow connection.
const PAUSE: Duration = Duration::from_millis(500);

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 3;
const PASTE_END: &[u8] = b"\x1b[201~";

/// Bytes that were begun and are not complete. Owned by the thread that reads. It knows no
/// clock: the caller waits for [`Self::timeout`] and then calls [`Self::give_up`].
#[derive(Debug, Default)]
pub struct Parser {
    /// An incomplete sequence or character; empty while there is none, and during a paste. Read
    /// again from the start with each byte: it is short, and so the reader needs no state of
    /// its own.
    begun: Vec<u8>,
    paste: Option<Paste>,
}

#[derive(Debug, Default)]
struct Paste {
    /// At most [`PASTE`] bytes, the end mark among them if it had room.
    text: Vec<u8>,
    /// The latest bytes, as many as the end mark has. Apart from `text`, which may be full.
    tail: Vec<u8>,
    /// Ctrl-C is among the bytes. If the end of the paste never comes, it was the user who
    /// pressed it.
    interrupted: bool,
}

enum Read {
    Begun,
    Done(Option<Event>),
    /// Broken off by its last byte, which begins something else. What was begun means nothing,
    /// unless it is a single ESC.
    Broken,
}

impl Parser {
    /// Takes bytes and returns the events that they complete, in order.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in bytes {
            self.take(*byte, &mut events);
        }
        events
    }

    /// How long to wait for the rest of what was begun; `None` if nothing was.
    pub fn timeout(&self) -> Option<Duration> {
        if self.paste.is_some() {
            return Some(PAUSE);
        }
        (!self.begun.is_empty()).then_some(SEQUENCE)
    }

    /// The rest does not come: returns what was begun as what it is. A single ESC is the key;
    /// any other beginning means nothing; a paste is its text.
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
            // Too long to be anything: dropped, so that garbage cannot hold the keyboard.
            Read::Begun => self.begun.clear(),
            Read::Done(event) => {
                if self.begun == b"\x1b[200~" {
                    self.paste = Some(Paste::default());
                }
                self.begun.clear();
                events.extend(event);
            }
            Read::Broken => {
                // The first ESC was the key; the second begins again.
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
    /// Takes a byte and returns whether it completes the end mark. The bytes of the mark are
    /// part of the text until then.
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

    /// The text without its last `end` bytes, if they are the end mark.
    fn event(&self, end: usize) -> Event {
        let kept = self.text.strip_suffix(&PASTE_END[..end]);
        let kept = kept.unwrap_or(&self.text);
        Event::Paste(String::from_utf8_lossy(kept).into_owned())
    }
}

/// What the bytes are so far. All but the last are known to be a beginning, since this was
/// asked after each of them.
fn read(bytes: &[u8]) -> Read {
    match bytes {
        [ESC] | [ESC, b'[' | b'O'] => Read::Begun,
        [ESC, b'[', rest @ ..] => control_sequence(rest),
        [ESC, b'O', last @ (0x40..=0x7e)] => Read::Done(named(*last, KeyModifiers::NONE)),
        [ESC, b'O', _] | [ESC, ESC] => Read::Broken,
        // ESC before a key is how terminals send Alt.
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

/// What follows ESC [, so far. The function decides only where the sequence ends; [`meaning`]
/// says what it is.
fn control_sequence(rest: &[u8]) -> Read {
    match rest {
        // The function keys of the Linux console, ESC [ [ A to E: no key here.
        [b'[', 0x20..=0x7e] => Read::Done(None),
        // Mouse reports of terminals without SGR: three bytes, each 32 more than its value.
        [b'M', more @ ..] if more.iter().all(|byte| *byte >= 0x20) => match more {
            [cb, x, y] => Read::Done(mouse([cb - 0x20, x - 0x20, y - 0x20].map(u16::from), false)),
            _ => Read::Begun,
        },
        // Parameters or intermediates: the final byte is still to come.
        [b'['] | [.., 0x20..=0x3f] => Read::Begun,
        [parameters @ .., last @ (0x40..=0x7e)] => Read::Done(meaning(parameters, *last)),
        _ => Read::Broken,
    }
}

/// What a complete control sequence means; `None` if nothing here. Key sequences are `CSI
/// number ; modifiers letter` or `CSI number ; modifiers ~`; mouse reports begin with `<` and
/// end with `M` (down) or `m` (up).
fn meaning(parameters: &[u8], last: u8) -> Option<Event> {
    if let [b'<', report @ ..] = parameters {
        let report = numbers(report)?.try_into().ok()?;
        return matches!(last, b'M' | b'm').then(|| mouse(report, last == b'm'))?;
    }
    let numbers = numbers(parameters)?;
    // The second number holds the modifiers; keys without any leave it out.
    let with = modifiers(numbers.get(1).copied().unwrap_or(1));
    let code = match (last, numbers.first().copied().unwrap_or(1)) {
        (b'~', 1 | 7) => KeyCode::Home,
        (b'~', 3) => KeyCode::Delete,
        (b'~', 4 | 8) => KeyCode::End,
        (b'~', 5) => KeyCode::PageUp,
        (b'~', 6) => KeyCode::PageDown,
        // CSI u ("fixterms"): the key by its code point.
        (b'u', code) => match u8::try_from(code) {
            Ok(byte @ (0..=0x1f | 0x7f)) => return with_modifiers(&plain(byte), with),
            _ => KeyCode::Char(char::from_u32(code.into())?),
        },
        (b'~', _) => return None,
        (last, _) => return named(last, with),
    };
    Some(key(code, with))
}

/// Keys that have a final byte of their own, after ESC [ or ESC O.
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

/// The parameters, with `;` between. One that is left out is 1, the default of all that is read
/// here; of one with parts (`2:1`) the first counts. `None` if one is no number.
fn numbers(parameters: &[u8]) -> Option<Vec<u16>> {
    let text = std::str::from_utf8(parameters).ok()?;
    let number = |part: &str| match part.split(':').next() {
        None | Some("") => Some(1),
        Some(digits) => digits.parse().ok(),
    };
    text.split(';').map(number).collect()
}

/// Modifiers as xterm counts them: 1 and a bit for each.
fn modifiers(number: u16) -> KeyModifiers {
    let all = [KeyModifiers::SHIFT, KeyModifiers::ALT, KeyModifiers::CONTROL, KeyModifiers::SUPER];
    let bits = number.saturating_sub(1);
    let held = (0..).zip(all).filter(|(at, _)| bits >> at & 1 == 1);
    held.fold(KeyModifiers::NONE, |all, (_, one)| all | one)
}

/// A report of the mouse: button with modifiers, column and row from 1. `None` for buttons that
/// nothing here uses.
///
/// The lowest two bits are the button (3: none), 4 to 16 the modifiers, 32 marks a movement, 64
/// the wheel.
fn mouse([what, x, y]: [u16; 3], released: bool) -> Option<Event> {
    let dragging = what & 0x20 != 0;
    let button = match what & 0xc3 {
        // 3 is a release in reports without SGR, which do not name the button.
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

/// An event at a cell. The terminal counts from 1, ratatui from 0; a 0 from the terminal is no
/// cell.
fn at(kind: MouseEventKind, x: u16, y: u16) -> Option<Event> {
    Some(Event::Mouse(MouseEvent {
        kind,
        column: x.checked_sub(1)?,
        row: y.checked_sub(1)?,
        modifiers: KeyModifiers::NONE,
    }))
}

/// A control character as the key that sends it: Ctrl and a letter, or a key with a name.
/// Enter, Tab and Backspace are control characters for a terminal (Ctrl-M, Ctrl-I, DEL).
fn plain(byte: u8) -> Event {
    let control = |c: u8| key(KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
    let code = match byte {
        // In raw mode Enter sends CR; LF is what Ctrl-J and pasted lines send.
        b'\r' | b'\n' => KeyCode::Enter,
        b'\t' => KeyCode::Tab,
        0x7f => KeyCode::Backspace,
        ESC => KeyCode::Esc,
        0 => return control(b' '),
        1..=0x1a => return control(byte - 1 + b'a'),
        // 0x1c to 0x1f: Ctrl-4 to Ctrl-7, as terminals name them.
        _ => return control(byte - 0x1c + b'4'),
    };
    key(code, KeyModifiers::NONE)
}

/// A character of UTF-8, as far as it has come. A byte that begins none is dropped alone.
fn character(bytes: &[u8]) -> Read {
    match std::str::from_utf8(bytes) {
        Ok(text) => Read::Done(text.chars().next().map(typed)),
        Err(error) if error.error_len().is_none() => Read::Begun,
        Err(_) if bytes.len() == 1 => Read::Done(None),
        Err(_) => Read::Broken,
    }
}

/// A character that was typed. Terminals report shift only by the capital letter, so it is
/// added here, as crossterm has it.
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
