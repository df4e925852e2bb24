//! Messages to the thread `screen`, from all other threads. They are what wakes the loop
//! besides events of labs, and the only way in which those threads change the state of the
//! program.

use std::io;

use crossterm::event::Event;

/// One thing that happened outside of the thread `screen`. Sent through an unbounded channel,
/// so sending never waits; handled in the order of arrival, up to a few thousand before the
/// next frame.
#[derive(Debug)]
pub enum Message {
    Input(Event),
    /// The terminal has another size (SIGWINCH). No size in it: the next draw asks for the
    /// size, which may have changed again by then.
    Resized,
    /// The last frame is written, so the next one may be made. Sent only if
    /// [`TerminalIo::ready`](super::run::TerminalIo::ready) was asked and said no.
    Drawn,
    /// The terminal asks this program to stop for a while (SIGTSTP). Ctrl-Z as a key comes as
    /// an input, because raw mode takes its meaning away.
    Stop,
    /// This program was continued after a stop that it did not ask for (SIGCONT after SIGSTOP).
    /// Another program may have used the terminal meanwhile.
    Continued,
    Notice(String),
    End(ExitReason),
}

#[derive(Debug)]
pub enum ExitReason {
    Quit,
    /// A signal with this number asks for it. The exit status is 128 more, as a shell reports
    /// it for a program that the signal has ended.
    Signal(u8),
    /// The terminal is gone: its window was closed or the connection lost. The exit status is
    /// that of a hang-up, whichever thread has noticed it first.
    Vanished,
    /// The terminal refuses what every terminal does. A failure of the program, status 1.
    Terminal(io::Error),
    Panic,
}

/// EIO, the error of reads and writes on a terminal that has hung up. The standard library has
/// no kind for it, so it is known by its number.
const GONE: i32 = rustix::io::Errno::IO.raw_os_error();

impl From<io::Error> for ExitReason {
    /// EIO means that the terminal is gone, which is an end like a hang-up; anything else is a
    /// failure.
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
