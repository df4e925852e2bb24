//! The live screen: labs, keys, drawing, and a terminal that is given back whatever
//! happens.
//!
//! ```text
//!  terminal-in ──keys──▶ ┌────────┐ ──cells──▶ terminal-out ──bytes──▶ terminal
//!  signals ────signals─▶ │ screen │
//!     │                  └────────┘ ◀──events── labs
//!     └──the end──▶ main, which waits for the screen to end, but not for ever
//! ```
//!
//! Each thread waits for one thing. Only the thread that writes to the terminal waits for
//! it, and only the main thread waits for the screen; it gives the
//! terminal back itself if the screen cannot.
//!
//! Must not know: the name of any single lab.

mod actions;
mod compose;
mod document;
mod fault;
mod focus;
mod input;
mod keymap;
mod message;
mod mouse;
mod overlay;
mod panic;
mod reaper;
mod run;
mod save;
mod slot;
mod state;
mod still;
mod terminal;
mod terminal_io;
#[cfg(test)]
mod tests;
mod time;
mod update;
mod watch;

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use ratatui::Terminal;

use self::message::{ExitReason, Message};
use self::panic::Reports;
use self::state::App;
pub use self::still::still;
use self::terminal::{OnWritten, TerminalGuard, Tty};
use self::terminal_io::{RealTerminal, StopState};
use self::watch::{HANG_UP, SignalEvent, SignalWatcher};
use crate::lab::{Entry, Info, Settings};
use crate::report::{Failure, RAN, ended_by, reason};
use crate::scene::Tone;
use crate::ui;

/// How long the screen may take to end once it must.
const GRACE: Duration = Duration::from_millis(500);
/// How long the labs may take to end at the end of the program. What has not ended by
/// then ends with it.
const LABS: Duration = Duration::from_millis(300);
/// The status of a program that ended with a bug, as Rust programs have it.
const BUG: u8 = 101;

/// What the screen starts with.
#[derive(Debug)]
pub struct Options {
    /// All labs in the order of their screens, with the settings that each starts with.
    pub labs: Vec<(Entry, Settings)>,
    /// The lab to open, by its position; `None` is the dashboard.
    pub start: Option<usize>,
    pub look: ui::Look,
    /// Shown as a notice in the first picture.
    pub warning: Option<Failure>,
}

/// Keys of a lab's controls that it can never have, by name: they lead out of any lab.
pub fn keys_out_of_reach(info: &Info) -> Vec<String> {
    keymap::out_of_reach(info)
}

/// Runs the screen until it ends, and gives the status to exit with.
///
/// # Errors
/// If there is no terminal to show anything on, or it fails.
pub fn run(options: Options) -> Result<u8, Failure> {
    check_terminal()?;
    let failure = |error: io::Error| {
        Failure::unfinished("cannot open the screen", "terminal", reason(&error))
    };
    // Handlers first: a signal that comes from now on is seen, and the terminal given back.
    let signals = SignalWatcher::catch().map_err(failure)?;
    let (inbox_in, inbox) = unbounded();
    let guard = TerminalGuard::new(on_written(inbox_in.clone())).map_err(failure)?;
    let (end_in, end) = unbounded();
    let stop_state = watch(signals, &guard, &inbox_in, &end_in).map_err(failure)?;
    let reports = panic::install(guard.clone(), inbox_in.clone(), end_in.clone());
    panic::mark_program_thread();
    let opened = open(options, &guard, stop_state, (inbox_in, inbox), end_in);
    if let Err(error) = opened {
        guard.leave_for_good();
        return Err(failure(error));
    }
    let why = wait_for_screen_end(&end);
    guard.leave_for_good();
    report(&reports);
    status(why)
}

/// A screen needs a terminal on both sides, and one that can move its cursor.
fn check_terminal() -> Result<(), Failure> {
    let no = |place: &str, why: &str| Failure::usage("no screen", place, why);
    let other = "`threadbare run LAB` needs none";
    for (place, is_one) in
        [("stdin", io::stdin().is_terminal()), ("stdout", io::stdout().is_terminal())]
    {
        if !is_one {
            return Err(no(place, &format!("not a terminal; {other}")));
        }
    }
    let dumb = match std::env::var("TERM").unwrap_or_default().as_str() {
        "" => "TERM is not set, so nothing is known about the terminal",
        "dumb" => "TERM is `dumb`, a terminal that cannot move its cursor",
        _ => return Ok(()),
    };
    Err(no("terminal", &format!("{dumb}; {other}")))
}

/// Turns a report of the writing thread into a message.
fn on_written(inbox: Sender<Message>) -> OnWritten {
    Box::new(move |result| {
        let message = match result {
            Ok(()) => Message::Drawn,
            Err(error) => Message::End(error.into()),
        };
        let _ = inbox.send(message);
    })
}

/// Starts the thread that sees signals. A signal that ends the program goes to the screen,
/// which should end by itself, and to the main thread, which does not rely on it.
fn watch(
    signals: SignalWatcher,
    guard: &TerminalGuard,
    inbox: &Sender<Message>,
    end: &Sender<End>,
) -> io::Result<StopState> {
    let (continued_in, continued) = bounded(1);
    let stopping = Arc::new(AtomicBool::new(false));
    let (inbox, end, expected) = (inbox.clone(), end.clone(), Arc::clone(&stopping));
    let on_event = move |event| {
        let message = match event {
            SignalEvent::End(signal) => {
                let _ = end.send(End::Requested(ExitReason::Signal(signal)));
                Message::End(ExitReason::Signal(signal))
            }
            SignalEvent::Vanished => {
                let _ = end.send(End::Requested(ExitReason::Vanished));
                Message::End(ExitReason::Vanished)
            }
            SignalEvent::Continued if expected.load(Ordering::SeqCst) => {
                let _ = continued_in.try_send(());
                return;
            }
            SignalEvent::Continued => Message::Continued,
            SignalEvent::Stop => Message::Stop,
            SignalEvent::Resized => Message::Resized,
        };
        let _ = inbox.send(message);
    };
    signals.watch(guard.watched()?, on_event)?;
    Ok(StopState { stopping, continued })
}

/// Takes the terminal and starts the threads that use it.
fn open(
    options: Options,
    guard: &TerminalGuard,
    stop_state: StopState,
    (inbox_in, inbox): (Sender<Message>, Receiver<Message>),
    end: Sender<End>,
) -> io::Result<()> {
    let terminal = Terminal::new(guard.backend()?)?;
    guard.enter()?;
    input::read(guard.watched()?, inbox_in.clone())?;
    let terminal_io = RealTerminal { guard: guard.clone(), stop_state, inbox: inbox_in };
    let show = move || {
        panic::mark_program_thread();
        let mut ended = ScreenEndedOnDrop { end, why: ExitReason::Panic };
        ended.why = show(options, terminal, terminal_io, &inbox);
    };
    thread::Builder::new().name("screen".to_owned()).spawn(show)?;
    Ok(())
}

/// The drawing thread, from the first frame to the last.
fn show(
    options: Options,
    mut terminal: Terminal<Tty>,
    mut terminal_io: RealTerminal,
    inbox: &Receiver<Message>,
) -> ExitReason {
    let mut app = App::new(options.labs, options.start, options.look, Instant::now());
    if let Some(warning) = options.warning {
        app.notify(warning.to_string(), Tone::Caution, Instant::now());
    }
    let why =
        run::run(&mut app, &mut terminal, &mut terminal_io, inbox).unwrap_or_else(ExitReason::from);
    terminal_io.guard.leave_for_good();
    app.close(LABS);
    why
}

/// Messages to the main thread.
#[derive(Debug)]
enum End {
    /// The program must end for this reason.
    Requested(ExitReason),
    /// The screen has ended, for this one.
    ScreenEnded(ExitReason),
}

/// Sends that the screen has ended, also when it panics.
struct ScreenEndedOnDrop {
    end: Sender<End>,
    why: ExitReason,
}

impl Drop for ScreenEndedOnDrop {
    fn drop(&mut self) {
        let why = std::mem::replace(&mut self.why, ExitReason::Panic);
        let _ = self.end.send(End::ScreenEnded(why));
    }
}

/// Waits for the screen to end. Once the program must end, waits no longer than
/// [`GRACE`], and at the second such reason not at all.
fn wait_for_screen_end(end: &Receiver<End>) -> ExitReason {
    let mut must: Option<(ExitReason, Instant)> = None;
    loop {
        let result = match &must {
            None => end.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some((_, deadline)) => end.recv_deadline(*deadline),
        };
        must = match (result, must) {
            (Ok(End::Requested(why)), None) => Some((why, Instant::now() + GRACE)),
            // A vanishing terminal is also seen as SIGHUP: one reason, reported twice.
            (Ok(End::Requested(ExitReason::Vanished)), first) => first,
            (_, Some((why, _))) | (Ok(End::ScreenEnded(why)), None) => return why,
            (Err(_), None) => return ExitReason::Panic,
        };
    }
}

/// What could not be written while the screen was there.
fn report(reports: &Reports) {
    for report in reports.take() {
        let _ = writeln!(io::stderr(), "threadbare: bug: {report}");
    }
}

fn status(why: ExitReason) -> Result<u8, Failure> {
    match why {
        ExitReason::Quit => Ok(RAN),
        ExitReason::Signal(signal) => Ok(ended_by(signal)),
        ExitReason::Vanished => Ok(ended_by(HANG_UP)),
        ExitReason::Panic => Ok(BUG),
        ExitReason::Terminal(error) => {
            let why = reason(&error);
            Err(Failure::unfinished("cannot draw", "terminal", why))
        }
    }
}
