//! The thread that sees signals, and whether the terminal is still there.
//!
//! One wait for both, without a clock: it costs nothing until something happens. It
//! depends on no other thread, so a signal ends the program even while the drawing thread is
//! stuck.
//!
//! Must not know what becomes of a signal.

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

/// What this thread reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalEvent {
    /// A signal that asks the program to end.
    End(u8),
    /// The terminal is gone.
    Vanished,
    Stop,
    Continued,
    Resized,
}

/// Signals that are caught from now on and kept until [`Self::watch`] is called.
#[derive(Debug)]
pub struct SignalWatcher {
    caught: SignalDelivery<UnixStream, SignalOnly>,
}

impl SignalWatcher {
    /// Installs the handlers. A hang-up is caught even if it was ignored at first: a
    /// screen without a terminal has no use.
    ///
    /// # Errors
    /// If the system has no descriptors left.
    pub fn catch() -> io::Result<Self> {
        let mut signals = signals::that_end();
        signals.extend([SIGHUP, SIGCONT, SIGWINCH]);
        if job_control::can_stop() {
            signals.push(SIGTSTP);
        }
        let (read, write) = UnixStream::pair()?;
        let caught = SignalDelivery::with_pipe(read, write, SignalOnly, signals)?;
        Ok(Self { caught })
    }

    /// Starts the thread. It reports what it sees until the program ends.
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
            // Signals that came before this thread did are not waited for.
            for signal in self.caught.pending() {
                on_event(meaning(signal));
            }
            let pipe = self.caught.get_read().as_fd();
            let mut waits = vec![PollFd::from_borrowed_fd(pipe, PollFlags::IN)];
            if there {
                // No event is asked for: poll always reports a hang-up.
                waits.push(PollFd::from_borrowed_fd(terminal.as_fd(), PollFlags::empty()));
            }
            let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
            let polled = poll(&mut waits, None).is_ok();
            if polled && waits.get(1).is_some_and(|t| t.revents().intersects(gone)) {
                there = false;
                on_event(SignalEvent::Vanished);
            }
        }
    }
}

fn meaning(signal: i32) -> SignalEvent {
    match signal {
        SIGTSTP => SignalEvent::Stop,
        SIGCONT => SignalEvent::Continued,
        SIGWINCH => SignalEvent::Resized,
        other => SignalEvent::End(u8::try_from(other).unwrap_or(u8::MAX)),
    }
}

/// The signal that a terminal sends when it goes: SIGHUP, on every Unix.
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
