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
//! Each thread waits for one thing. Nobody waits for the terminal but the thread that
//! writes to it, and nobody waits for the screen but the main thread, which gives the
//! terminal back itself if the screen cannot.
//!
//! Must not know: the name of any single lab.

mod compose;
mod console;
mod fault;
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

use self::console::{Job, Screen};
use self::message::{Message, Why};
use self::panic::Reports;
use self::state::App;
pub use self::still::still;
use self::terminal::{Guard, Tell, Tty};
use self::watch::{HANG_UP, Seen, Signals};
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
    /// Told in the first picture.
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
    let trouble = |error: io::Error| {
        Failure::unfinished("cannot open the screen", "terminal", reason(&error))
    };
    // Handlers first: a signal that comes from now on is seen, and the terminal given back.
    let signals = Signals::catch().map_err(trouble)?;
    let (inbox_in, inbox) = unbounded();
    let guard = Guard::new(tell(inbox_in.clone())).map_err(trouble)?;
    let (end_in, end) = unbounded();
    let job = watch(signals, &guard, &inbox_in, &end_in).map_err(trouble)?;
    let reports = panic::install(guard.clone(), inbox_in.clone(), end_in.clone());
    panic::this_thread_is_ours();
    let opened = open(options, &guard, job, (inbox_in, inbox), end_in);
    if let Err(error) = opened {
        guard.leave_for_good();
        return Err(trouble(error));
    }
    let why = supervise(&end);
    guard.leave_for_good();
    report(&reports);
    status(why)
}

/// A screen needs a terminal on both sides, and one that can move its cursor.
fn check_terminal() -> Result<(), Failure> {
    let no = |place: &str, why: &str| Failure::usage("no screen", place, why);
    let other = "`threadbare run LAB` needs none";
    for (place, is_one) in [
        ("stdin", io::stdin().is_terminal()),
        ("stdout", io::stdout().is_terminal()),
    ] {
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

/// What the writing thread tells becomes a message.
fn tell(inbox: Sender<Message>) -> Tell {
    Box::new(move |told| {
        let message = match told {
            Ok(()) => Message::Drawn,
            Err(error) => Message::End(error.into()),
        };
        let _ = inbox.send(message);
    })
}

/// Starts the thread that sees signals. What ends the program is told to the screen,
/// which should end by itself, and to the main thread, which does not rely on it.
fn watch(
    signals: Signals,
    guard: &Guard,
    inbox: &Sender<Message>,
    end: &Sender<End>,
) -> io::Result<Job> {
    let (continued_in, continued) = bounded(1);
    let stopping = Arc::new(AtomicBool::new(false));
    let (inbox, end, expected) = (inbox.clone(), end.clone(), Arc::clone(&stopping));
    let tell = move |seen| {
        let message = match seen {
            Seen::End(signal) => {
                let _ = end.send(End::Must(Why::Signal(signal)));
                Message::End(Why::Signal(signal))
            }
            Seen::Vanished => {
                let _ = end.send(End::Must(Why::Vanished));
                Message::End(Why::Vanished)
            }
            Seen::Continued if expected.load(Ordering::SeqCst) => {
                let _ = continued_in.try_send(());
                return;
            }
            Seen::Continued => Message::Continued,
            Seen::Stop => Message::Stop,
            Seen::Resized => Message::Resized,
        };
        let _ = inbox.send(message);
    };
    signals.watch(guard.watched()?, tell)?;
    Ok(Job {
        stopping,
        continued,
    })
}

/// Takes the terminal and starts the threads that use it.
fn open(
    options: Options,
    guard: &Guard,
    job: Job,
    (inbox_in, inbox): (Sender<Message>, Receiver<Message>),
    end: Sender<End>,
) -> io::Result<()> {
    let terminal = Terminal::new(guard.backend()?)?;
    guard.enter()?;
    input::read(guard.watched()?, inbox_in.clone())?;
    let console = Screen {
        guard: guard.clone(),
        job,
        inbox: inbox_in,
    };
    let show = move || {
        panic::this_thread_is_ours();
        let mut ended = Ended {
            end,
            why: Why::Panic,
        };
        ended.why = show(options, terminal, console, &inbox);
    };
    thread::Builder::new()
        .name("screen".to_owned())
        .spawn(show)?;
    Ok(())
}

/// The drawing thread, from the first frame to the last.
fn show(
    options: Options,
    mut terminal: Terminal<Tty>,
    mut console: Screen,
    inbox: &Receiver<Message>,
) -> Why {
    let mut app = App::new(options.labs, options.start, options.look, Instant::now());
    if let Some(warning) = options.warning {
        app.tell(warning.to_string(), Tone::Caution, Instant::now());
    }
    let why = run::run(&mut app, &mut terminal, &mut console, inbox).unwrap_or_else(Why::from);
    console.guard.leave_for_good();
    app.close(LABS);
    why
}

/// What the main thread is told.
#[derive(Debug)]
enum End {
    /// The program must end for this reason.
    Must(Why),
    /// The screen has ended, for this one.
    Has(Why),
}

/// Says that the screen has ended, also when it panics.
struct Ended {
    end: Sender<End>,
    why: Why,
}

impl Drop for Ended {
    fn drop(&mut self) {
        let why = std::mem::replace(&mut self.why, Why::Panic);
        let _ = self.end.send(End::Has(why));
    }
}

/// Waits for the screen to end. Once the program must end, waits no longer than
/// [`GRACE`], and at the second such reason not at all.
fn supervise(end: &Receiver<End>) -> Why {
    let mut must: Option<(Why, Instant)> = None;
    loop {
        let told = match &must {
            None => end.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some((_, deadline)) => end.recv_deadline(*deadline),
        };
        must = match (told, must) {
            (Ok(End::Must(why)), None) => Some((why, Instant::now() + GRACE)),
            // The terminal goes and says so by a signal: one reason, told twice.
            (Ok(End::Must(Why::Vanished)), first) => first,
            (_, Some((why, _))) | (Ok(End::Has(why)), None) => return why,
            (Err(_), None) => return Why::Panic,
        };
    }
}

/// What could not be written while the screen was there.
fn report(reports: &Reports) {
    for report in reports.take() {
        let _ = writeln!(io::stderr(), "threadbare: bug: {report}");
    }
}

fn status(why: Why) -> Result<u8, Failure> {
    match why {
        Why::Quit => Ok(RAN),
        Why::Signal(signal) => Ok(ended_by(signal)),
        Why::Vanished => Ok(ended_by(HANG_UP)),
        Why::Panic => Ok(BUG),
        Why::Terminal(error) => {
            let why = reason(&error);
            Err(Failure::unfinished("cannot draw", "terminal", why))
        }
    }
}
