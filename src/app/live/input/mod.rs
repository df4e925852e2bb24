//! The thread that reads the keyboard and the mouse. It turns bytes into events and sends them
//! to the thread `screen`; what an event does is decided there. It is never joined: a `read`
//! that waits cannot be ended from outside, and the process need not wait for it.

mod parse;

use std::io;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::Instant;

use crossbeam_channel::Sender;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::parse::Parser;
use super::message::Message;
use super::panic;

/// Bytes of one `read`: a burst of mouse reports, or a piece of a paste. Whatever is left is
/// read in the next round.
const READ: usize = 4096;

/// Starts the thread. Each event that it reads is a message, and so is the end of reading,
/// which ends the program.
///
/// # Errors
/// If no thread can be started.
pub fn read(terminal: OwnedFd, inbox: Sender<Message>) -> io::Result<()> {
    let read = move || {
        panic::mark_program_thread();
        if let Err(error) = forward(&terminal, &inbox) {
            let _ = inbox.send(Message::End(error.into()));
        }
    };
    thread::Builder::new().name("terminal-in".to_owned()).spawn(read)?;
    Ok(())
}

/// Reads until the terminal is gone, which is an error, or the receiver is dropped.
fn forward(terminal: &OwnedFd, inbox: &Sender<Message>) -> io::Result<()> {
    let mut parser = Parser::default();
    let mut bytes = [0; READ];
    let mut came = Instant::now();
    loop {
        // While a sequence is incomplete, waits only for the rest of its time; then the parser
        // takes what it has for what it is. Without one, waits without a limit.
        let timeout = parser.timeout();
        let left = timeout.map(|timeout| timeout.saturating_sub(came.elapsed()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        let mut waits = [PollFd::new(terminal, PollFlags::IN)];
        let events = match poll(&mut waits, left.as_ref()) {
            Ok(0) => parser.give_up(),
            Ok(_) => match rustix::io::read(terminal, &mut bytes) {
                // `read` gives no bytes on a terminal that has hung up. Reported as EIO, as
                // other systems do.
                Ok(0) => return Err(rustix::io::Errno::IO.into()),
                Ok(count) => {
                    came = Instant::now();
                    parser.feed(&bytes[..count])
                }
                // EAGAIN: stdin may be shared with a process that has set O_NONBLOCK on it.
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
                Err(error) => return Err(error.into()),
            },
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        for event in events {
            if inbox.send(Message::Input(event)).is_err() {
                return Ok(());
            }
        }
    }
}
