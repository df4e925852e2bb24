//! The loop: wait, take messages in, let the labs tell, draw what has changed.
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

use super::compose::{calm, compose};
use super::fault;
use super::message::{Message, Why};
use super::save::Kind;
use super::state::{App, Where};
use super::update::{Effect, update};
use crate::scene::Screen;
use crate::ui;

/// Between frames that answer a key: 60 a second.
const ANSWER: Duration = Duration::from_micros(16_667);
/// Between frames that labs cause by what they tell.
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
/// Between two looks at runs out of sight.
const HOUSE: Duration = Duration::from_secs(1);
/// Messages taken in before the next frame, so that no flood keeps the picture away.
const BURST: usize = 4096;

/// The rest of the terminal, besides drawing.
pub(super) trait Console {
    /// Whether the last frame has gone out. If not, [`Message::Drawn`] tells when.
    fn ready(&self) -> bool;

    /// Gives the terminal back, stops until continued, and takes it again.
    ///
    /// # Errors
    /// If the terminal is gone by then.
    fn stop(&mut self) -> io::Result<()>;

    /// Takes the terminal again after somebody else had it.
    ///
    /// # Errors
    /// If it is gone.
    fn resume(&mut self) -> io::Result<()>;

    /// Puts a text on the clipboard.
    fn copy(&mut self, text: &str);

    /// Saves what the chosen run told.
    fn save(&mut self, kind: Kind, app: &App);
}

/// What the next frame is for.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    /// The user did something.
    answer: bool,
    /// A lab has more to tell than the last frame took in.
    more: bool,
    /// The terminal shows something else, or nothing.
    afresh: bool,
}

/// Why waiting was over.
enum Woken {
    By(Message),
    /// A lab has told something.
    Events,
    Time,
    /// Nobody is left who could tell anything.
    Alone,
}

struct Loop<'a, B: Backend, C> {
    app: &'a mut App,
    terminal: &'a mut Terminal<B>,
    console: &'a mut C,
    inbox: &'a Receiver<Message>,
    shown: Screen,
    wanted: Wanted,
    /// When the last frame was made, labs were last listened to, and runs out of
    /// sight were last looked at.
    framed: Instant,
    heard: Instant,
    house: Instant,
    calm: bool,
}

/// Runs until the program ends, and tells why.
///
/// # Errors
/// If the terminal cannot be drawn on.
pub(super) fn run<B: Backend>(
    app: &mut App,
    terminal: &mut Terminal<B>,
    console: &mut impl Console,
    inbox: &Receiver<Message>,
) -> Result<Why, B::Error> {
    let now = Instant::now();
    let mut all = Loop {
        app,
        terminal,
        console,
        inbox,
        shown: Screen::default(),
        wanted: Wanted::default(),
        framed: now,
        heard: now,
        house: now,
        calm: false,
    };
    all.app.open(now);
    all.app.advance(now);
    all.frame(now)?;
    loop {
        let woken = all.wait();
        let now = Instant::now();
        match woken {
            Woken::By(message) => {
                if let Some(why) = all.take(message, now) {
                    return Ok(why);
                }
            }
            Woken::Alone => return Ok(Why::Quit),
            Woken::Events => all.step(now)?,
            Woken::Time => {}
        }
        if all.due(now).is_some_and(|due| due <= now) {
            all.step(now)?;
        }
    }
}

impl<B: Backend, C: Console> Loop<'_, B, C> {
    /// Takes in a message and those behind it. Tells why the program ends, if it does.
    fn take(&mut self, first: Message, now: Instant) -> Option<Why> {
        let rest = self.inbox.try_iter().take(BURST);
        for message in std::iter::once(first).chain(rest) {
            self.wanted.answer |= !matches!(message, Message::Drawn);
            let Some(effect) = update(self.app, message, now) else {
                continue;
            };
            let done = match effect {
                Effect::End(why) => return Some(why),
                Effect::Redraw => {
                    self.wanted.afresh = true;
                    Ok(())
                }
                Effect::Copy(text) => {
                    self.console.copy(&text);
                    Ok(())
                }
                Effect::Save(kind) => {
                    self.console.save(kind, self.app);
                    Ok(())
                }
                Effect::Stop => {
                    self.wanted.afresh = true;
                    self.console.stop()
                }
                Effect::Resume => {
                    self.wanted.afresh = true;
                    self.console.resume()
                }
            };
            if let Err(error) = done {
                return Some(error.into());
            }
        }
        None
    }

    /// Lets the labs tell, and draws what that changed.
    fn step(&mut self, now: Instant) -> Result<(), B::Error> {
        self.heard = now;
        self.wanted.more = self.app.advance(now).more;
        if self.app.has_house() && now >= self.house + HOUSE {
            self.house = now;
            self.app.keep_house(now);
        }
        let frozen = self.app.frozen.is_some() && now < self.framed + BEHIND;
        let nothing_new = frozen && !self.wanted.answer && !self.wanted.afresh;
        if nothing_new || !self.console.ready() {
            return Ok(());
        }
        self.frame(now)
    }

    /// Makes a frame, and draws it if it differs from the last one.
    fn frame(&mut self, now: Instant) -> Result<(), B::Error> {
        self.framed = now;
        self.wanted.answer = false;
        self.app.hear(now);
        let screen = compose(self.app, now);
        self.calm = calm(&screen.view);
        self.app.last.clone_from(&screen.view);
        if std::mem::take(&mut self.wanted.afresh) {
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
    fn wait(&self) -> Woken {
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
            Ok(_) => Woken::Events,
            Err(_) => Woken::Time,
        }
    }

    fn wait_for_message(&self, until: Option<Instant>) -> Woken {
        let message = match until {
            Some(until) => self.inbox.recv_deadline(until),
            None => self
                .inbox
                .recv()
                .map_err(|_| RecvTimeoutError::Disconnected),
        };
        match message {
            Ok(message) => Woken::By(message),
            Err(RecvTimeoutError::Timeout) => Woken::Time,
            Err(RecvTimeoutError::Disconnected) => Woken::Alone,
        }
    }

    /// From when on a lab that tells something makes a frame; `None`: it does not.
    fn listen_from(&self) -> Option<Instant> {
        let at_once = self.app.frozen.is_none() && !self.calm && self.console.ready();
        at_once.then(|| self.framed + EVENTS)
    }

    /// When the next step is due even if nobody tells anything; `None`: never.
    fn due(&self, now: Instant) -> Option<Instant> {
        let working = self.app.open_runs().any(|run| !run.finished());
        if !self.console.ready() {
            return working.then(|| self.heard + FROZEN);
        }
        if self.wanted.answer || self.wanted.afresh {
            return Some(self.framed + ANSWER);
        }
        let told = self.app.told.as_ref().map(|told| told.until);
        let notice = told.filter(|until| *until > self.framed);
        let house = self.app.has_house().then(|| self.house + HOUSE);
        let labs = working.then(|| self.labs_due(now)).flatten();
        let sentence = self.app.next_sentence.filter(|_| self.app.frozen.is_none());
        let all = [notice, sentence, house, labs];
        all.into_iter().flatten().min()
    }

    /// The same for what labs that still work cause.
    fn labs_due(&self, now: Instant) -> Option<Instant> {
        if self.app.frozen.is_some() {
            return Some(self.heard + FROZEN);
        }
        let gap = if self.calm { CALM } else { EVENTS };
        if self.wanted.more || self.calm {
            return Some(self.framed + gap);
        }
        // Only lanes move while nothing happens, and only where they end now.
        if self.app.at == Where::Dashboard || self.app.looks_back() {
            return None;
        }
        let still = self.app.chosen().is_some_and(|slot| slot.still(now));
        Some(self.framed + if still { STILL } else { LANES })
    }
}

#[cfg(test)]
mod tests;
