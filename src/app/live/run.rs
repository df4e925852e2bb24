//! The loop of the thread `screen`: wait, handle messages, drain the labs' events, draw what
//! has changed.
//!
//! It is generic over the backend, the messages and the rest of the terminal, so that tests
//! drive the real loop. It waits for messages and for events of labs in one `select`, and with
//! a deadline only where time alone changes the picture: a screen at rest uses no CPU time.
//!
//! | cause of a frame | earliest after the last frame |
//! |---|---|
//! | a key, a click, another message | 16.7 ms ([`ANSWER`]) |
//! | events of a visible lab | 50 ms ([`EVENTS`]) |
//! | lanes that move with the clock | when they move by a column, not before 50 ms; 1 s if the lab is still ([`STILL`]) |
//! | anything of a lab, while a timing is measured | 250 ms ([`CALM`]) |
//! | nothing of a lab, while the picture is frozen or of the past | |
//! | any of these while the last frame is not written | not before it is |
//!
//! After a rest the minimum has long passed, so the first key is answered at once.

use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Select};
use ratatui::Terminal;
use ratatui::backend::Backend;

use super::actions::AppEffect;
use super::compose::{calm, compose, keys, moves};
use super::document::DocumentKind;
use super::fault;
use super::guide::note_seen;
use super::message::{ExitReason, Message};
use super::path::Save;
use super::slot::LabSlot;
use super::state::{App, CurrentScreen};
use super::typing;
use super::update::update;
use crate::lab::Run;
use crate::ui;

/// Minimum between frames that answer the user: 60 a second, the rate of a common display. A
/// key after a pause is answered at once; this limits only what follows.
const ANSWER: Duration = Duration::from_micros(16_667);
/// Minimum between frames that a lab causes, by events or by lanes that move. A picture of cells
/// moves by whole cells, so 12 frames a second show what 20 do, and leave more time to the labs on
/// a machine with few cores.
const EVENTS: Duration = Duration::from_millis(80);
/// Interval of frames that time alone causes while the lab has emitted no event for a second:
/// lanes end at the present, so they move to the left even if nothing happens. Only on a lab's
/// own screen.
const STILL: Duration = Duration::from_secs(1);
/// Interval of frames while a timing is measured. Drawing takes a core for a moment, which on a
/// small machine is one that the measurement uses.
const CALM: Duration = Duration::from_millis(250);
/// Interval at which runs are drained while no frame is made: the picture is frozen, or the
/// terminal is slow. Without it their channels would fill up and count losses.
const FROZEN: Duration = Duration::from_millis(100);
/// The same if there were at most [`FEW`] events the last time. The channel of a run has room
/// for thirty times as many.
const FROZEN_CALM: Duration = Duration::from_secs(2);
const FEW: usize = 2048;
/// Interval between two checks of the runs that are not on screen. Within it a hidden run that
/// works may still disturb the visible one, so it is short.
const HIDDEN_CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// Messages handled before the next frame, so that a flood of them (a fast wheel, a key that
/// repeats) cannot keep the picture away.
const BURST: usize = 4096;

/// What the loop needs of the terminal besides drawing. Tests put a fake in its place.
pub trait TerminalIo {
    /// Whether the last frame is written. If not, [`Message::Drawn`] follows when it is. Until
    /// then the loop makes no frame.
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

    /// Puts a text on the clipboard. Whether the terminal supports that cannot be known: it
    /// does not answer.
    fn copy(&mut self, text: &str);

    /// Saves a document of the chosen run. Returns at once: the text is made here, the file is
    /// written on another thread, and a notice with the result follows.
    fn save(&mut self, kind: DocumentKind, app: &mut App);

    /// Keeps the answers to questions. Returns at once: another thread does it, and a notice
    /// follows if it fails.
    fn keep(&mut self, save: Save);
}

/// Why a next frame is needed, besides what can be asked of the runs at any time. Each flag is
/// cleared by the step that acts on it.
#[derive(Clone, Copy, Debug, Default)]
struct RedrawFlags {
    /// The user did something, or another message came. Makes the next frame due after
    /// [`ANSWER`]; cleared by that frame.
    answer: bool,
    /// A lab has more events than were drained for the last frame. Makes the next step due
    /// although no new event wakes the loop.
    more: bool,
    /// The terminal may show something else, or nothing: every cell is written, not only
    /// changes.
    full: bool,
}

enum WakeReason {
    By(Message),
    Events,
    Time,
    /// All senders of messages are gone. Only in tests: the real program keeps some for its
    /// whole life.
    Alone,
}

struct Loop<'a, B: Backend, C> {
    app: &'a mut App,
    terminal: &'a mut Terminal<B>,
    terminal_io: &'a mut C,
    inbox: &'a Receiver<Message>,
    redraw: RedrawFlags,
    /// When the last frame was made, even if it showed nothing new; when the visible runs were
    /// last drained; when the hidden runs were last checked.
    framed: Instant,
    drained: Instant,
    hidden_checked: Instant,
    /// Events of the visible runs the last time that they were drained.
    events: usize,
    /// Events were drained that no frame shows yet.
    unshown: bool,
    /// The last frame showed a timing under way, so the next one may wait for [`CALM`].
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
        redraw: RedrawFlags::default(),
        framed: now,
        drained: now,
        hidden_checked: now,
        events: 0,
        unshown: false,
        calm: false,
    };
    all.app.open(now);
    // The first frame shows the labs open, with the events that they have emitted by then.
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
    /// Handles a message and up to [`BURST`] behind it. Returns why the program ends, if it
    /// does.
    fn take(&mut self, first: Message, now: Instant) -> Option<ExitReason> {
        let rest = self.inbox.try_iter().take(BURST);
        for message in std::iter::once(first).chain(rest) {
            // That a frame was written changes nothing in the picture.
            self.redraw.answer |= !matches!(message, Message::Drawn);
            let Some(effect) = update(self.app, message, now) else {
                continue;
            };
            let done = match effect {
                AppEffect::End(why) => return Some(why),
                AppEffect::Redraw => {
                    self.redraw.full = true;
                    Ok(())
                }
                AppEffect::Copy(text) => {
                    self.terminal_io.copy(&text);
                    Ok(())
                }
                AppEffect::Save(kind) => {
                    self.terminal_io.save(kind, self.app);
                    Ok(())
                }
                AppEffect::Stop => {
                    self.redraw.full = true;
                    self.terminal_io.stop()
                }
                AppEffect::Resume => {
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

    /// Drains the labs' events, and draws what they changed if the terminal is ready. Draining
    /// comes first and always, so that a run never loses events because of a slow terminal.
    fn step(&mut self, now: Instant) -> Result<(), B::Error> {
        self.drained = now;
        let drained = self.app.advance(now);
        self.redraw.more = drained.more;
        self.unshown |= drained.events > 0;
        self.events = drained.events;
        note_seen(self.app, now);
        if let Some(save) = self.app.path.unsaved() {
            self.terminal_io.keep(save);
        }
        if self.app.has_hidden_runs() && now >= self.hidden_checked + HIDDEN_CHECK_INTERVAL {
            self.hidden_checked = now;
            self.app.close_hidden_runs(now);
        }
        if self.changed(now) && self.terminal_io.ready() {
            return self.frame(now);
        }
        Ok(())
    }

    /// Whether the picture may be another one than the last. One of the past changes only by what
    /// the user does, and when a notice ends.
    fn changed(&self, now: Instant) -> bool {
        let ended = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let asked = self.redraw.answer || self.redraw.full || ended(self.notice_end());
        let lab = self.unshown || ended(self.app.next_sentence) || self.moves();
        asked || lab && !self.app.looks_back()
    }

    /// Whether the clock alone changes the picture: it shows how long something lasts, or plays a
    /// recording.
    fn moves(&self) -> bool {
        moves(&self.app.shown.view) || self.app.open_runs().any(|run| run.playback().is_some())
    }

    /// Makes a frame, and draws it if it differs from the last one: comparing plain data is
    /// cheaper than drawing and writing it. The frame is handed to the
    /// writing thread as bytes; nothing here waits for the terminal.
    fn frame(&mut self, now: Instant) -> Result<(), B::Error> {
        self.framed = now;
        self.redraw.answer = false;
        self.unshown = false;
        self.app.update_story_line(now);
        typing::fit(self.app);
        let screen = compose(self.app, now);
        self.calm = calm(&screen.view);
        // `clear` makes ratatui forget what it drew, so that the next draw writes every cell.
        if std::mem::take(&mut self.redraw.full) {
            self.terminal.clear()?;
        } else if screen == self.app.shown {
            return Ok(());
        }
        let (theme, mut hits) = (&self.app.theme, ui::Hits::default());
        let drawn = self.terminal.draw(|frame| {
            fault::pass("draw");
            hits = ui::draw(frame, &screen, theme);
        })?;
        self.app.size = (drawn.area.width, drawn.area.height);
        self.app.hits = hits;
        self.app.shown = screen;
        // The footer was made by the picture before: if this one offers other keys, they are due.
        self.redraw.answer |= keys(self.app) != self.app.shown.footer;
        Ok(())
    }

    /// Waits for a message, for an event of a lab, or until something is due. The only place
    /// where the loop waits. It reads the state and changes nothing, so it can be left for any
    /// reason.
    fn wait(&self) -> WakeReason {
        let now = Instant::now();
        let due = self.due(now);
        let listen = self.listen_from();
        // Events cause no frame before `listen`. To wait for them would return at once, again
        // and again, while a lab emits them; so until then only messages are waited for.
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

    /// From when on an event of a lab causes a frame; `None` if it does not: the picture is
    /// frozen, a timing is measured, or the last frame is not written yet.
    fn listen_from(&self) -> Option<Instant> {
        let at_once = !self.app.looks_back() && !self.calm && self.terminal_io.ready();
        at_once.then(|| self.framed + EVENTS)
    }

    /// When the next step is due without any message or event; `None`: never, as in a program
    /// at rest. The earliest of: an answer to the user, the end of a notice, a sentence that
    /// waits, a check of hidden runs, and what unfinished labs cause.
    fn due(&self, now: Instant) -> Option<Instant> {
        // A recording that is paused is at rest, once what was due by then is drained.
        let paused = |run: &dyn Run| run.playback().is_some_and(|playback| playback.paused);
        let works = |slot: &LabSlot| !slot.finished() && !slot.run().is_some_and(paused);
        let unshown = self.unshown && !self.app.looks_back();
        let mut shown = self.app.slots[self.app.visible()].iter();
        let working = self.redraw.more || unshown || shown.any(works);
        if !self.terminal_io.ready() {
            // Drained all the same, so that a slow terminal costs no events.
            return working.then(|| self.drained + FROZEN);
        }
        if self.redraw.answer || self.redraw.full {
            return Some(self.framed + ANSWER);
        }
        let hidden_checked =
            self.app.has_hidden_runs().then(|| self.hidden_checked + HIDDEN_CHECK_INTERVAL);
        let labs = working.then(|| self.labs_due(now)).flatten();
        let sentence = self.app.next_sentence.filter(|_| !self.app.looks_back());
        let all = [self.notice_end(), sentence, hidden_checked, labs];
        all.into_iter().flatten().min()
    }

    /// When the notice on the screen has to be removed.
    fn notice_end(&self) -> Option<Instant> {
        let notice = self.app.notice.as_ref().map(|notice| notice.until);
        // One that had ended by the last frame is gone already.
        notice.filter(|until| *until > self.framed)
    }

    /// The same for what unfinished labs cause. `None` where nothing but an event of theirs can
    /// change the picture.
    fn labs_due(&self, now: Instant) -> Option<Instant> {
        if self.app.looks_back() {
            let gap = if self.events > FEW { FROZEN } else { FROZEN_CALM };
            return Some(self.drained + gap);
        }
        let gap = if self.calm { CALM } else { EVENTS };
        if self.redraw.more || self.unshown || self.calm {
            return Some(self.framed + gap);
        }
        // Only lanes move while nothing happens, and only where they end now.
        if self.app.at == CurrentScreen::Dashboard || !self.moves() {
            return None;
        }
        let still = self.app.chosen().is_some_and(|slot| slot.still(now));
        let column = self.app.hits.lanes().map_or(EVENTS, Duration::from_nanos);
        Some(self.framed + if still { STILL } else { column.clamp(EVENTS, STILL) })
    }
}

#[cfg(test)]
mod tests;
