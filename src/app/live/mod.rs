//! The live screen: labs, keys, drawing, and a terminal that is restored in every case.
//!
//! # Threads
//!
//! ```text
//!                      unbounded inbox                       unbounded requests
//!  terminal-in ──keys, clicks──▶ ┌────────┐ ──one frame at a time──▶ terminal-out ──▶ terminal
//!  signals ──────signals───────▶ │        │ ◀─────────Drawn──────────┘
//!  saving ───────notices───────▶ │ screen │ ──runs to end──▶ ending (one thread per run)
//!  panic hook ───notices───────▶ │        │
//!                                └────────┘ ◀──pull── events of the labs' threads
//!                                    │
//!  signals, panic hook ──Requested───┼──▶ main: waits for the screen to end, or GRACE
//!                        ScreenEnded─┘
//! ```
//!
//! Each thread waits for one thing:
//!
//! - `terminal-in` waits in `poll` for input. It is never joined.
//! - `terminal-out` waits in `write` for the terminal. It is the only thread that does.
//! - `signals` waits in `poll` for a signal or for the terminal to vanish.
//! - `screen` waits for a message or an event of a lab, with a deadline where time alone
//!   changes the picture (see `run.rs`). While it draws it never waits for the
//!   terminal, for a disk or for a lab's thread to end; at the end it waits for the first and
//!   the last of these for a limited time.
//! - `main` waits for `screen`, and from the first reason to end no longer than `GRACE`.
//! - `saving` waits for a disk and `ending` for the threads of one run.
//!
//! # Nothing waits for the drawing thread
//!
//! The inbox is unbounded, so no sender waits for room in it. A lab's events go to a bounded
//! channel that drops and counts what does not fit. A signal is reported to `main` as well as
//! to the screen. So a screen that is stuck in a bug or in a slow computation stops no lab,
//! delays no signal and cannot keep the program alive: `main` restores the terminal itself and
//! exits.
//!
//! # Pace
//!
//! A frame is made only after the one before it was written completely. A slow terminal
//! therefore gets fewer frames, always the newest state, and no backlog. How soon a frame
//! follows depends on its cause: see the table in the module `run`.
//!
//! # Start and end
//!
//! [`run()`] checks for a terminal, installs the signal handlers, prepares the
//! guard, and only then changes the terminal. At the end `screen` leaves the terminal and
//! closes the labs within `LABS`; `main` leaves the terminal too, in case `screen` could not,
//! reports the panics of other threads and returns the exit status. The life of the terminal is
//! drawn in the module `terminal`.

mod actions;
mod back;
mod compose;
mod document;
mod fault;
mod focus;
mod guide;
mod input;
mod keymap;
mod message;
mod motion;
mod mouse;
mod overlay;
mod panels;
mod panic;
mod path;
mod position;
mod reaper;
mod run;
mod save;
mod scroll;
mod slot;
mod state;
mod still;
mod terminal;
mod terminal_io;
#[cfg(test)]
pub(crate) mod tests;
mod time;
mod typing;
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
use crate::lab::{Entry, Info, Recording, Settings};
use crate::report::{Failure, RAN, ended_by, reason};
use crate::scene::Tone;
use crate::ui;

/// How long `main` waits for the screen to end after the first reason to end. It covers the
/// restoring of a terminal that does not read (two write timeouts of 200 ms).
const GRACE: Duration = Duration::from_millis(500);
/// How long the labs may take to end at the end of the program. The process exits then, which
/// ends every thread; child processes see the end of their socket and exit by themselves.
const LABS: Duration = Duration::from_millis(300);
/// The exit status after a panic of the program's own threads. It is the status of any Rust
/// program whose main thread panics.
const BUG: u8 = 101;

/// What the screen starts with. Built by `main` from the command line and the configuration.
#[derive(Debug)]
pub struct Options {
    /// All labs in the order of their screens, with the settings that each starts with. They
    /// were checked by the command line, so a lab that is opened later cannot fail because of
    /// them.
    pub labs: Vec<(Entry, Settings)>,
    /// The lab to open, by its position in [`Self::labs`]; `None` is the dashboard.
    pub start: Option<usize>,
    /// A recorded run to play, of the only lab then.
    pub recording: Option<Recording>,
    pub look: ui::Look,
    /// Shown as a notice in the first frame, e.g. for a configuration file that cannot be read.
    pub warning: Option<Failure>,
}

/// Names of the keys that a lab's controls ask for and never get, because the program reserves
/// them in every lab (`q`, `?`, `tab`, ...). A test over all labs requires the list to be
/// empty.
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
    // Unbounded: no sender may ever wait for the thread that draws.
    let (inbox_in, inbox) = unbounded();
    // Prepared, not entered: the settings are read and the handler of fatal signals is
    // installed, but the terminal is unchanged until `open`.
    let guard = TerminalGuard::new(on_written(inbox_in.clone())).map_err(failure)?;
    let (end_in, end) = unbounded();
    let stop_state = watch(signals, &guard, &inbox_in, &end_in).map_err(failure)?;
    // After the guard, by which the hook restores the terminal, and before the terminal is
    // entered.
    let reports = panic::install(guard.clone(), inbox_in.clone(), end_in.clone());
    panic::mark_program_thread();
    let opened = open(options, &guard, stop_state, (inbox_in, inbox), end_in);
    // Part of the terminal may be changed already. The threads that were started end with the
    // process.
    if let Err(error) = opened {
        guard.leave_for_good();
        return Err(failure(error));
    }
    let why = wait_for_screen_end(&end);
    guard.leave_for_good();
    report(&reports);
    status(why)
}

/// Requires a terminal on stdin and on stdout whose cursor can be moved. Checked before
/// anything is installed or started: without a terminal the answer is one line on stderr.
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

/// Adapts the reports of the writing thread: all written, or the first write that failed. An
/// error is sent as the end of the program, since nothing can be shown any more.
fn on_written(inbox: Sender<Message>) -> OnWritten {
    Box::new(move |result| {
        let message = match result {
            Ok(()) => Message::Drawn,
            Err(error) => Message::End(error.into()),
        };
        let _ = inbox.send(message);
    })
}

/// Starts the thread that sees signals. A signal that ends the program is sent to the screen,
/// which should end by itself, and to `main`, which does not rely on that.
///
/// The returned [`StopState`] redirects SIGCONT while the program stops itself: see
/// [`RealTerminal`].
fn watch(
    signals: SignalWatcher,
    guard: &TerminalGuard,
    inbox: &Sender<Message>,
    end: &Sender<End>,
) -> io::Result<StopState> {
    // One place is enough: it only matters that SIGCONT came, not how often.
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
            // SeqCst on both sides of this flag: it is used once per suspension, so its cost
            // does not matter. The flag is set before the stop signal is sent, and so before
            // any SIGCONT for it.
            SignalEvent::Continued if expected.swap(false, Ordering::SeqCst) => {
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

/// Enters the terminal and starts the threads that use it: `terminal-in`, then `screen`. If one
/// of them cannot be started, the caller restores the terminal.
fn open(
    options: Options,
    guard: &TerminalGuard,
    stop_state: StopState,
    (inbox_in, inbox): (Sender<Message>, Receiver<Message>),
    end: Sender<End>,
) -> io::Result<()> {
    // Asks for the size, and fails before anything on the terminal has changed.
    let terminal = Terminal::new(guard.backend()?)?;
    guard.enter()?;
    // After `enter`: before raw mode the kernel would give whole lines only.
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

/// The body of the thread `screen`, from the first frame to the last. It restores the terminal
/// before it closes the labs, so that a lab that is slow to end does not keep the user waiting
/// in front of a frozen picture.
fn show(
    options: Options,
    mut terminal: Terminal<Tty>,
    mut terminal_io: RealTerminal,
    inbox: &Receiver<Message>,
) -> ExitReason {
    let mut app = App::new(options.labs, options.start, options.look, Instant::now());
    if let (Some(slot), Some(recording)) = (app.slots.first_mut(), options.recording) {
        slot.play_recording(recording);
    }
    if let Some(warning) = options.warning {
        app.notify(warning.to_string(), Tone::Caution, Instant::now());
    }
    let why =
        run::run(&mut app, &mut terminal, &mut terminal_io, inbox).unwrap_or_else(ExitReason::from);
    terminal_io.guard.leave_for_good();
    app.close(LABS);
    why
}

/// Messages to the main thread. A request is sent by the thread that learns the reason; that
/// the screen has ended is sent by `screen` alone, once.
#[derive(Debug)]
enum End {
    /// The program must end for this reason.
    Requested(ExitReason),
    /// The screen has ended, for this reason. After a panic it is sent by a destructor.
    ScreenEnded(ExitReason),
}

/// Sends that the screen has ended. In a destructor, so that a panic, which unwinds through
/// [`show`], is reported to `main` as well.
struct ScreenEndedOnDrop {
    end: Sender<End>,
    why: ExitReason,
}

impl Drop for ScreenEndedOnDrop {
    fn drop(&mut self) {
        // The placeholder is never seen: the value is dropped right after this.
        let why = std::mem::replace(&mut self.why, ExitReason::Panic);
        let _ = self.end.send(End::ScreenEnded(why));
    }
}

/// Waits for the screen to end. From the first reason to end it waits no longer than [`GRACE`],
/// and from the second one not at all.
fn wait_for_screen_end(end: &Receiver<End>) -> ExitReason {
    let mut must: Option<(ExitReason, Instant)> = None;
    loop {
        let result = match &must {
            // While nothing asks for an end there is no deadline: the user may stay for days.
            None => end.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some((_, deadline)) => end.recv_deadline(*deadline),
        };
        must = match (result, must) {
            (Ok(End::Requested(why)), None) => Some((why, Instant::now() + GRACE)),
            // A vanishing terminal is also seen as SIGHUP: one reason, reported twice.
            (Ok(End::Requested(ExitReason::Vanished)), first) => first,
            // The screen has ended, the time is over, or this is the second request: the first
            // reason gives the exit status.
            (_, Some((why, _))) | (Ok(End::ScreenEnded(why)), None) => return why,
            // All senders are gone, although the panic hook holds one: only a bug leads here.
            (Err(_), None) => return ExitReason::Panic,
        };
    }
}

/// Prints the panics of other threads, which could not be printed while the screen was there. A
/// stderr that is gone is no reason to fail at the end.
fn report(reports: &Reports) {
    for report in reports.take() {
        let _ = writeln!(io::stderr(), "threadbare: bug: {report}");
    }
}

/// The exit status of each reason, in the shell's convention: 128 + n for signal n. Only a
/// terminal that fails is a failure with a message of its own.
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
