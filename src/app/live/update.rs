//! What a message changes: from a state and a message to the next state, and what is
//! to be done outside of it.
//!
//! Must not know: the terminal, threads, any single lab.

use std::time::Instant;

use crossterm::event::{Event, KeyEventKind};

use super::actions::{Effect, paste, press};
use super::keymap::Key;
use super::message::Message;
use super::mouse;
use super::state::App;
use crate::scene::Tone;

/// Takes a message in. `None` if nothing outside of the state is to be done.
pub fn update(app: &mut App, message: Message, now: Instant) -> Option<Effect> {
    match message {
        Message::Input(Event::Key(event)) if event.kind != KeyEventKind::Release => {
            press(app, Key::read(&event)?, now)
        }
        Message::Input(Event::Mouse(event)) => mouse::take(app, event, now),
        Message::Input(Event::Paste(text)) => {
            paste(app, &text);
            None
        }
        Message::Input(_) | Message::Drawn => None,
        Message::Resized => Some(Effect::Redraw),
        Message::Continued => Some(Effect::Resume),
        Message::Stop => Some(Effect::Stop),
        Message::Notice(text) => {
            app.notify(text, Tone::Plain, now);
            None
        }
        Message::End(why) => Some(Effect::End(why)),
    }
}
