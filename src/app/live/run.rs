//! The loop: wait, handle messages, drain the labs' events, draw what has changed.
//!
//! Generic over the backend, the messages and the rest of the terminal, so that tests
//! drive it as it is. It waits for messages and for the labs' events at once, without
//! a clock where none is needed: at rest it costs nothing. A frame is only made when
//! the last one has gone out, so a slow terminal gets fewer frames and no backlog.
//!
//! Must not know: the terminal itself, any single lab.

use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Select};
use ratatui::Terminal;
use ratatui::backend::Backend;

use super::actions::Effect;
use super::compose::{calm, compose};
use super::document::Kind;
use super::fault;
use super::message::{ExitReason, Message};
use super::state::{App, CurrentScreen};
use super::update::update;
use crate::scene::Screen;
use crate::ui;

/// Between frames that answer a key: 60 a second.
const ANSWER: Duration = Duration::from_micros(16_667);
/// Between frames that events of labs cause.
const EVENTS: Duration = Duration::from_millis(33);
/// Between frames that time alone causes, where lanes move with it.
const LANES: Duration = Duration::from_millis(50);
/// The same while the lab is still: lanes need not glide then.
const STILL: Duration = Duration::from_secs(1);
/// Between frames while a timing is measured, so as not to disturb it.
const CALM: Duration = Duration::from_millis(250);
/// Between two drains of runs whose picture is frozen, and between two looks at how
/// far behind the picture is.
const FROZEN: Duration = Duration::from_millis(100);
const BEHIND: Duration = Duration::from_secs(1);
/// Between two checks of the hidden runs.
const HIDDEN_CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// Messages taken in before the next frame, so that no flood keeps the picture away.
const BURST: usize = 4096;

/// The rest of the terminal, besides drawing.
pub trait TerminalIo {
    /// Whether the last frame is written. If not, [`Message::Drawn`] follows when it is.
    fn ready(&self) -> bool;

    /// Gives the terminal back, stops until continued, and takes it again.
    ///
    /// # Errors
    /// If the terminal is gone by then.
    fn stop(&mut self) -> io::Result<()>;

    /// Takes the terminal again after another program had it.
    ///
    /// # Errors
    /// If it is gone.
    fn resume(&mut self) -> io::Result<()>;

    /// Puts a text on the clipboard.
    fn copy(&mut self, text: &str);

    /// Saves a document of the chosen run.
    fn save(&mut self, kind: Kind, app: &App);
}

/// Why the next frame is needed.
#[derive(Clone, Copy, Debug, Default)]
struct RedrawFlags {
    /// The user did something.
    answer: bool,
    /// A lab has more events than were drained for the last frame.
    more: bool,
    /// The terminal shows something else, or nothing.
    full: bool,
}

/// Why [`Loop::wait`] returned.
enum WakeReason {
    By(Message),
    /// A lab has emitted events.
    Events,
    Time,
    /// All senders of messages are gone.
    Alone,
}

struct Loop<'a, B: Backend, C> {
    app: &'a mut App,
    terminal: &'a mut Terminal<B>,
    terminal_io: &'a mut C,
    inbox: &'a Receiver<Message>,
    shown: Screen,
    redraw: RedrawFlags,
    /// When the last frame was made, the visible runs were last drained, and the hidden
    /// runs were last checked.
    framed: Instant,
    drained: Instant,
    hidden_checked: Instant,
    calm: bool,
}

/// Runs until the program ends, and returns why.
///
/// # Errors
/// If the terminal cannot be drawn on.
pub fn run<B: Backend>(
    app: &mut App,
    terminal: &mut Terminal<B>,
    terminal_io: &mut impl TerminalIo,
    inbox: &Receiver<Message>,
) -> Result<ExitReason, B::Error> {
    let now = Instant::now();
    let mut all = Loop {
        app,
        terminal,
        terminal_io,
        inbox,
        shown: Screen::default(),
        redraw: RedrawFlags::default(),
        framed: now,
        drained: now,
        hidden_checked: now,
        calm: false,
    };
    all.app.open(now);
    all.app.advance(now);
    all.frame(now)?;
    loop {
        let reason = all.wait();
        let now = Instant::now();
        match reason {
            WakeReason::By(message) => {
                if let Some(why) = all.take(message, now) {
                    return Ok(why);
                }
            }
            WakeReason::Alone => return Ok(ExitReason::Quit),
            WakeReason::Events => all.step(now)?,
            WakeReason::Time => {}
        }
        if all.due(now).is_some_and(|due| due <= now) {
            all.step(now)?;
        }
    }
}

impl<B: Backend, C: TerminalIo> Loop<'_, B, C> {
    /// Handles a message and those behind it. Returns why the program ends, if it does.
    fn take(&mut self, first: Message, now: Instant) -> Option<ExitReason> {
        let rest = self.inbox.try_iter().take(BURST);
        for message in std::iter::once(first).chain(rest) {
            self.redraw.answer |= !matches!(message, Message::Drawn);
            let Some(effect) = update(self.app, message, now) else {
                continue;
            };
            let done = match effect {
                Effect::End(why) => return Some(why),
                Effect::Redraw => {
                    self.redraw.full = true;
                    Ok(())
                }
                Effect::Copy(text) => {
                    self.terminal_io.copy(&text);
                    Ok(())
                }
                Effect::Save(kind) => {
                    self.terminal_io.save(kind, self.app);
                    Ok(())
                }
                Effect::Stop => {
                    self.redraw.full = true;
                    self.terminal_io.stop()
                }
                Effect::Resume => {
                    self.redraw.full = true;
                    self.terminal_io.resume()
                }
            };
            if let Err(error) = done {
                return Some(error.into());
            }
        }
        None
    }

    /// Drains the labs' events, and draws what they changed.
    fn step(&mut self, now: Instant) -> Result<(), B::Error> {
        self.drained = now;
        self.redraw.more = self.app.advance(now).more;
        if self.app.has_hidden_runs() && now >= self.hidden_checked + HIDDEN_CHECK_INTERVAL {
            self.hidden_checked = now;
            self.app.close_hidden_runs(now);
        }
        let frozen = self.app.frozen.is_some() && now < self.framed + BEHIND;
        let nothing_new = frozen && !self.redraw.answer && !self.redraw.full;
        if nothing_new || !self.terminal_io.ready() {
            return Ok(());
        }
        self.frame(now)
    }

    /// Makes a frame, and draws it if it differs from the last one.
    fn frame(&mut self, now: Instant) -> Result<(), B::Error> {
        self.framed = now;
        self.redraw.answer = false;
        self.app.update_story_line(now);
        let screen = compose(self.app, now);
        self.calm = calm(&screen.view);
        self.app.last.clone_from(&screen.view);
        if std::mem::take(&mut self.redraw.full) {
            self.terminal.clear()?;
        } else if screen == self.shown {
            return Ok(());
        }
        let (theme, mut hits) = (&self.app.theme, ui::Hits::default());
        let drawn = self.terminal.draw(|frame| {
            fault::pass("draw");
            hits = ui::draw(frame, &screen, theme);
        })?;
        self.app.size = (drawn.area.width, drawn.area.height);
        self.app.hits = hits;
        self.shown = screen;
        Ok(())
    }

    /// Waits for a message, for the labs, or until something is due.
    fn wait(&self) -> WakeReason {
        let now = Instant::now();
        let due = self.due(now);
        let listen = self.listen_from();
        if listen.is_none_or(|from| now < from) {
            let until = [due, listen].into_iter().flatten().min();
            return self.wait_for_message(until);
        }
        let mut select = Select::new();
        let inbox = select.recv(self.inbox);
        for run in self.app.open_runs() {
            run.watch(&mut select);
        }
        let ready = match due {
            Some(due) => select.ready_deadline(due),
            None => Ok(select.ready()),
        };
        match ready {
            // Only this thread takes messages, so one that is ready stays.
            Ok(at) if at == inbox => self.wait_for_message(Some(now)),
            Ok(_) => WakeReason::Events,
            Err(_) => WakeReason::Time,
        }
    }

    fn wait_for_message(&self, until: Option<Instant>) -> WakeReason {
        let message = match until {
            Some(until) => self.inbox.recv_deadline(until),
            None => self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match message {
            Ok(message) => WakeReason::By(message),
            Err(RecvTimeoutError::Timeout) => WakeReason::Time,
            Err(RecvTimeoutError::Disconnected) => WakeReason::Alone,
        }
    }

    /// From when on an event of a lab causes a frame; `None`: it does not.
    fn listen_from(&self) -> Option<Instant> {
        let at_once = self.app.frozen.is_none() && !self.calm && self.terminal_io.ready();
        at_once.then(|| self.framed + EVENTS)
    }

    /// When the next step is due without any message or event; `None`: never.
    fn due(&self, now: Instant) -> Option<Instant> {
        let working = self.app.open_runs().any(|run| !run.finished());
        if !self.terminal_io.ready() {
            return working.then(|| self.drained + FROZEN);
        }
        if self.redraw.answer || self.redraw.full {
            return Some(self.framed + ANSWER);
        }
        let notice = self.app.notice.as_ref().map(|notice| notice.until);
        let notice = notice.filter(|until| *until > self.framed);
        let hidden_checked =
            self.app.has_hidden_runs().then(|| self.hidden_checked + HIDDEN_CHECK_INTERVAL);
        let labs = working.then(|| self.labs_due(now)).flatten();
        let sentence = self.app.next_sentence.filter(|_| self.app.frozen.is_none());
        let all = [notice, sentence, hidden_checked, labs];
        all.into_iter().flatten().min()
    }

    /// The same for what labs that still work cause.
    fn labs_due(&self, now: Instant) -> Option<Instant> {
        if self.app.frozen.is_some() {
            return Some(self.drained + FROZEN);
        }
        let gap = if self.calm { CALM } else { EVENTS };
        if self.redraw.more || self.calm {
            return Some(self.framed + gap);
        }
        // Only lanes move while nothing happens, and only where they end now.
        if self.app.at == CurrentScreen::Dashboard || self.app.looks_back() {
            return None;
        }
        let still = self.app.chosen().is_some_and(|slot| slot.still(now));
        Some(self.framed + if still { STILL } else { LANES })
    }
}

#[cfg(test)]
mod tests;
