//! The thread that sees signals, and whether the terminal is still there.
//!
//! ```text
//!  kernel ─signal─▶ handler: notes its number, writes a byte ─▶ socket pair ─┐ poll ─▶ on_event
//!                                                    terminal ──POLLHUP──────┘
//! ```
//!
//! The handlers are installed by [`SignalWatcher::catch`] before the terminal is touched; a
//! signal that comes before the thread runs stays noted. The thread waits in one `poll` without
//! a timeout, so it uses no CPU time until something happens. It depends on no other thread, so
//! a signal ends the program even while the drawing thread is stuck.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP, SIGWINCH};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

use super::{fault, panic};
use crate::kit::{job_control, signals};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalEvent {
    End(u8),
    /// The terminal has hung up. Reported once, by `poll`; SIGHUP usually comes as well, as an
    /// end.
    Vanished,
    /// SIGTSTP: the terminal or another process asks for a stop.
    Stop,
    /// SIGCONT, after a stop of any cause: one that this program has asked for, or SIGSTOP from
    /// outside.
    Continued,
    Resized,
}

/// Signals that are caught from now on and noted until [`Self::watch`] is called. The handlers
/// stay for the life of the process: there is no moment at its end in which a signal would find
/// none.
#[derive(Debug)]
pub struct SignalWatcher {
    caught: SignalDelivery<UnixStream, SignalOnly>,
}

impl SignalWatcher {
    /// Installs the handlers. SIGHUP is caught even if it was ignored at the start (`nohup`): a
    /// screen without a terminal has no use.
    ///
    /// # Errors
    /// If no descriptors are left.
    pub fn catch() -> io::Result<Self> {
        let mut signals = signals::that_end();
        signals.extend([SIGHUP, SIGCONT, SIGWINCH]);
        // Where SIGTSTP is ignored, the parent process does not do job control, and nothing
        // would continue this program after a stop.
        if job_control::can_stop() {
            signals.push(SIGTSTP);
        }
        // A handler may only do what is async-signal-safe; to write to a socket is
        // (signal-safety(7)).
        let (read, write) = UnixStream::pair()?;
        let caught = SignalDelivery::with_pipe(read, write, SignalOnly, signals)?;
        Ok(Self { caught })
    }

    /// Starts the thread. It calls `on_event` for each signal until the program ends.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn watch(
        mut self,
        terminal: OwnedFd,
        on_event: impl Fn(SignalEvent) + Send + 'static,
    ) -> io::Result<()> {
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            panic::mark_program_thread();
            self.run(&terminal, &on_event);
        })?;
        Ok(())
    }

    fn run(&mut self, terminal: &OwnedFd, on_event: &impl Fn(SignalEvent)) {
        let mut there = true;
        loop {
            fault::pass("signals");
            // First, so that signals which came before this thread did are reported. This also
            // empties the socket; a signal from here on writes a new byte, and `poll` returns
            // at once.
            for signal in self.caught.pending() {
                on_event(meaning(signal));
            }
            let pipe = self.caught.get_read().as_fd();
            let mut waits = vec![PollFd::from_borrowed_fd(pipe, PollFlags::IN)];
            if there {
                // No event is asked for: poll always reports a hang-up.
                waits.push(PollFd::from_borrowed_fd(terminal.as_fd(), PollFlags::empty()));
            }
            // POLLHUP and POLLERR stay set for good, so a terminal that is gone is left out of
            // the next `poll`: it would return at once, again and again.
            let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
            // An error of `poll` is EINTR here: the next round looks for the signal.
            let polled = poll(&mut waits, None).is_ok();
            if polled && waits.get(1).is_some_and(|t| t.revents().intersects(gone)) {
                there = false;
                on_event(SignalEvent::Vanished);
            }
        }
    }
}

/// What a signal means for the screen. All that is not about job control or size ends the
/// program.
fn meaning(signal: i32) -> SignalEvent {
    match signal {
        SIGTSTP => SignalEvent::Stop,
        SIGCONT => SignalEvent::Continued,
        SIGWINCH => SignalEvent::Resized,
        other => SignalEvent::End(u8::try_from(other).unwrap_or(u8::MAX)),
    }
}

/// The number of SIGHUP, which is 1 on every Unix: a terminal that goes sends it. A vanished
/// terminal gives this exit status even where only `poll` has seen it go.
pub const HANG_UP: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_has_its_meaning() {
        use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};
        for (signal, meant) in [
            (SIGTSTP, SignalEvent::Stop),
            (SIGCONT, SignalEvent::Continued),
            (SIGWINCH, SignalEvent::Resized),
            (SIGHUP, SignalEvent::End(1)),
            (SIGINT, SignalEvent::End(2)),
            (SIGQUIT, SignalEvent::End(3)),
            (SIGTERM, SignalEvent::End(15)),
        ] {
            assert_eq!(meaning(signal), meant);
        }
        assert_eq!(i32::from(HANG_UP), SIGHUP);
    }
}
