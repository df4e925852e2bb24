//! The thread that reads the keyboard and the mouse. It is never joined: a read that
//! waits cannot be called back, and one on a terminal that has vanished may spin until
//! the program ends, which it then does soon.
//!
//! Must not know what any key does.

use std::io;
use std::thread;

use crossbeam_channel::Sender;
use crossterm::event::{self, Event};

use super::message::Message;
use super::panic;

/// Starts reading. Everything read, and the end of reading, is a message.
///
/// # Errors
/// If no thread can be started.
pub(super) fn read(inbox: Sender<Message>) -> io::Result<()> {
    let read = move || {
        panic::this_thread_is_ours();
        loop {
            let message = match event::read() {
                // Whoever sees signals tells it too, and earlier.
                Ok(Event::Resize(..)) => continue,
                Ok(event) => Message::Input(event),
                Err(error) => Message::End(error.into()),
            };
            let over = matches!(message, Message::End(_));
            if inbox.send(message).is_err() || over {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("terminal-in".to_owned())
        .spawn(read)?;
    Ok(())
}
