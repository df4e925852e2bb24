//! Messages to the drawing thread, from all other threads.
//!
//! Must not know what becomes of it.

use std::io;

use crossterm::event::Event;

/// One thing that happened outside of the drawing thread.
#[derive(Debug)]
pub enum Message {
    /// A key, a click, a paste.
    Input(Event),
    /// The terminal has another size; the drawing asks for it itself.
    Resized,
    /// All that was drawn has gone out.
    Drawn,
    /// The terminal asks this program to stop for a while (SIGTSTP).
    Stop,
    /// This program was continued.
    Continued,
    /// A text to show to the user.
    Notice(String),
    End(ExitReason),
}

/// Why the program ends.
#[derive(Debug)]
pub enum ExitReason {
    /// The user wants it.
    Quit,
    Signal(u8),
    /// The terminal is gone.
    Vanished,
    /// The terminal does not do what it should.
    Terminal(io::Error),
    /// A bug; the panic hook has reported it.
    Panic,
}

/// The error number of reads and writes on a terminal that is gone.
const GONE: i32 = rustix::io::Errno::IO.raw_os_error();

impl From<io::Error> for ExitReason {
    fn from(error: io::Error) -> Self {
        if error.raw_os_error() == Some(GONE) { Self::Vanished } else { Self::Terminal(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_error_of_a_terminal_that_is_gone_is_its_end() {
        let gone = ExitReason::from(io::Error::from_raw_os_error(GONE));
        assert!(matches!(gone, ExitReason::Vanished));
        for other in [io::Error::from(rustix::io::Errno::BADF), io::Error::other("broken")] {
            assert!(matches!(ExitReason::from(other), ExitReason::Terminal(_)));
        }
    }
}
