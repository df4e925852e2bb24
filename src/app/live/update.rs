//! What a message changes: a function from a state and a message to the next state and at most
//! one effect outside of it. It touches neither the terminal nor a thread, so tests run it on
//! plain data.

use std::time::Instant;

use crossterm::event::{Event, KeyEventKind};

use super::actions::{AppEffect, paste, press};
use super::keymap::Key;
use super::message::Message;
use super::mouse;
use super::state::App;
use crate::scene::Tone;

/// Applies a message to the state. Returns what the loop has to do outside of it, if anything.
/// `now` is passed in, so that all changes of one step have the same time.
pub fn update(app: &mut App, message: Message, now: Instant) -> Option<AppEffect> {
    match message {
        // A terminal that reports releases reports the press too: one is enough. A key that
        // repeats counts as pressed again.
        Message::Input(Event::Key(event)) if event.kind != KeyEventKind::Release => {
            press(app, Key::read(&event)?, now)
        }
        Message::Input(Event::Mouse(event)) => mouse::take(app, event, now),
        Message::Input(Event::Paste(text)) => {
            paste(app, &text);
            None
        }
        Message::Input(_) | Message::Drawn => None,
        // Every cell is written again: what a terminal shows after a change of size differs by
        // terminal.
        Message::Resized => Some(AppEffect::Redraw),
        Message::Continued => Some(AppEffect::Resume),
        Message::Stop => Some(AppEffect::Stop),
        Message::Notice(text) => {
            app.notify(text, Tone::Plain, now);
            None
        }
        Message::End(why) => Some(AppEffect::End(why)),
    }
}
