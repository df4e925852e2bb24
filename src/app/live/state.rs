//! Where the user is, and what the program remembers about it: plain data, and the few steps
//! that keep it consistent. It is owned by the thread `screen`, so it needs no lock.
//! [`super::actions`] and [`super::time`] change it, [`super::compose`] turns it into a
//! picture.
//!
//! It contains neither terminal nor drawing, so that tests can press keys on it directly.
//!
//! ```text
//! App ── slots: one LabSlot for each lab ──▶ its run, if it is open
//!  ├── at, focus        where the user is
//!  ├── overlay, notice  what lies over the view, or below it
//!  ├── path, reaper     predictions and answers; runs that are ending
//!  └── shown, hits      the last frame: what keys and clicks refer to
//! ```

use std::time::{Duration, Instant};

use super::focus::InputContext;
use super::overlay::Overlay;
use super::path::GuidedPath;
use super::reaper::Reaper;
use super::slot::{DrainResult, LabSlot};
use crate::lab::{
    Action, ActionKind, AnyCommand, Entry, PlaybackCommand, Prediction, Question, Run, Settings,
    TerminalInput, With,
};
use crate::printable::Printable;
use crate::report;
use crate::scene::{Line, LogLine, Screen, Tone, units};
use crate::ui::{self, Hit, Hits, Theme};

/// Labs that the dashboard shows: the first ones of the list. Each runs while the dashboard is
/// shown, so more would disturb each other.
const PANES: usize = 3;
/// Minimum time for which a sentence of the story stays; a faster change could not be read.
const SENTENCE: Duration = Duration::from_millis(300);
/// How long a notice to the user stays. Any key removes it earlier.
const NOTICE: Duration = Duration::from_secs(5);

/// Which screen is shown. The labs on it are open and run; all others are closed or idle, so
/// that they take no time from those that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrentScreen {
    Dashboard,
    Lab(usize),
}

/// A text shown to the user for [`NOTICE`], below the view. There is at most one; a new one
/// replaces it.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub text: Line,
    pub until: Instant,
}

/// A timeline that is dragged with the mouse: it moves the moment that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drag {
    /// The column of the pointer at the last movement.
    pub x: u16,
    /// Nanoseconds that one column of the timeline stands for.
    pub per_column: u64,
}

/// The terminal of the lab on the screen, if that has one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabTerminal {
    /// It has the keyboard.
    pub typing: bool,
    /// Columns and rows that it was given; `None` before the first picture of its output.
    pub size: Option<(u16, u16)>,
}

/// The state of the program on the live screen: everything that lasts from one frame to the
/// next.
#[derive(Debug)]
pub struct App {
    pub slots: Vec<LabSlot>,
    pub at: CurrentScreen,
    /// The chosen pane of the dashboard, which keys apply to. Always below [`Self::panes`],
    /// unless there is no lab. Kept while a lab has the whole screen.
    pub focus: usize,
    /// What lies over the view and gets the keys: help, lesson, menu or prompt.
    pub overlay: Option<Overlay>,
    /// The last notice. It stays here after its time; what is drawn checks the time.
    pub notice: Option<Notice>,
    /// Which listing of each code panel is shown; beyond the last it begins again. For all labs,
    /// since who reads Rust here does so there.
    pub listing: usize,
    /// The look that was asked for: theme by name, colour depth, character set. The theme key
    /// changes the name in it.
    pub look: ui::Look,
    pub theme: Theme,
    /// Columns and rows of the last frame; (0, 0) before the first. A picture that is saved
    /// gets this size.
    pub size: (u16, u16),
    /// What the last frame put where, to find what a click means. As old as the picture that
    /// the user clicks on, which is what it has to be.
    pub hits: Hits,
    pub drag: Option<Drag>,
    /// The last click, for a double click: when it was, and on what.
    pub clicked: Option<(Instant, Hit)>,
    pub terminal: LabTerminal,
    pub reaper: Reaper,
    pub path: GuidedPath,
    /// The last frame: what keys of time and of panels refer to.
    pub shown: Screen,
    /// The sentence of the story that is shown below the view, and since when. `None` after a
    /// change of the screen, until a run of the new one has a sentence.
    pub sentence: Option<(Line, Instant)>,
    /// When a newer sentence, which waits for [`SENTENCE`] to pass, may take its place.
    pub next_sentence: Option<Instant>,
}

impl App {
    /// The state before the first frame. Nothing is opened yet; a `start` beyond the labs is
    /// the dashboard.
    pub fn new(
        labs: Vec<(Entry, Settings)>,
        start: Option<usize>,
        look: ui::Look,
        now: Instant,
    ) -> Self {
        let folder = labs.first().and_then(|(_, settings)| settings.data.clone());
        let (path, not_kept) = GuidedPath::open(folder);
        let slots: Vec<_> =
            labs.into_iter().map(|(entry, settings)| LabSlot::new(entry, settings, now)).collect();
        let at = match start {
            Some(lab) if lab < slots.len() => CurrentScreen::Lab(lab),
            _ => CurrentScreen::Dashboard,
        };
        let mut app = Self {
            slots,
            at,
            focus: 0,
            overlay: None,
            notice: None,
            listing: 0,
            look,
            theme: look.theme(),
            size: (0, 0),
            hits: Hits::default(),
            drag: None,
            clicked: None,
            terminal: LabTerminal::default(),
            reaper: Reaper::default(),
            path,
            shown: Screen::default(),
            sentence: None,
            next_sentence: None,
        };
        if let Some(why) = not_kept {
            app.notify(why.to_string(), Tone::Caution, now);
        }
        app
    }

    /// The question of the chosen lab that is to be answered next, or its first one if all are
    /// answered; `None` if it answers none.
    pub fn question(&self) -> Option<&'static Question> {
        let questions = self.chosen()?.questions();
        let open = questions.iter().find(|question| !self.path.is_answered(question));
        open.or_else(|| questions.first())
    }

    /// The prediction that can be made now; `None` if it was made already, if the question has
    /// none, or in a recording, where nothing is left to predict.
    pub fn open_prediction(&self) -> Option<Prediction> {
        let question = self.question().filter(|_| !self.replays())?;
        question.prediction.filter(|_| self.path.answer(question).predicted.is_none())
    }

    /// The position of the screen that is shown: 0 is the dashboard, the labs follow.
    pub fn screen_at(&self) -> usize {
        match self.at {
            CurrentScreen::Dashboard => 0,
            CurrentScreen::Lab(lab) => lab + 1,
        }
    }

    pub fn screens(&self) -> usize {
        self.slots.len() + 1
    }

    pub fn panes(&self) -> usize {
        self.slots.len().min(PANES)
    }

    /// Positions of the labs on the screen. A range, because the dashboard shows the first
    /// ones.
    pub fn visible(&self) -> std::ops::Range<usize> {
        match self.at {
            CurrentScreen::Dashboard => 0..self.panes(),
            CurrentScreen::Lab(lab) => lab..lab + 1,
        }
    }

    /// Position of the lab that keys and commands apply to: the one in focus on the dashboard,
    /// or the one on the screen.
    pub fn chosen_at(&self) -> usize {
        match self.at {
            CurrentScreen::Dashboard => self.focus,
            CurrentScreen::Lab(lab) => lab,
        }
    }

    pub fn chosen(&self) -> Option<&LabSlot> {
        self.slots.get(self.chosen_at())
    }

    pub fn chosen_run(&self) -> Option<&dyn Run> {
        self.chosen()?.run()
    }

    pub fn chosen_mut(&mut self) -> Option<&mut LabSlot> {
        let at = self.chosen_at();
        self.slots.get_mut(at)
    }

    /// Which part of the screen gets the next key: what lies over the view, if anything does.
    /// The keys of the footer are those of this context.
    pub fn keyboard(&self) -> InputContext {
        match &self.overlay {
            Some(overlay) => overlay.context(),
            None if self.terminal.typing => InputContext::Terminal,
            None => self.view_context(),
        }
    }

    /// The same as if nothing lay over the view. The help lists the keys of this context.
    pub fn view_context(&self) -> InputContext {
        match self.at {
            CurrentScreen::Dashboard => InputContext::Dashboard,
            CurrentScreen::Lab(_) => InputContext::Lab,
        }
    }

    /// What can be done with the run of the chosen lab now.
    pub fn actions(&self) -> &[Action] {
        self.chosen().map(LabSlot::actions).unwrap_or_default()
    }

    /// How input reaches the terminal of the chosen lab; `None` if it has none in the present.
    pub fn terminal_of_chosen(&self) -> Option<With<TerminalInput, AnyCommand>> {
        let actions = if self.looks_back() || self.replays() { &[] } else { self.actions() };
        actions.iter().find_map(|action| match &action.kind {
            ActionKind::Terminal(terminal) => Some(terminal.clone()),
            _ => None,
        })
    }

    /// Whether the screen shows the past of its runs instead of the present. Nothing on it
    /// changes then but by the user, while the runs go on.
    pub fn looks_back(&self) -> bool {
        self.open_runs().any(|run| run.playhead().is_some())
    }

    /// Whether the chosen lab shows a recorded run: what happened there cannot be changed.
    pub fn replays(&self) -> bool {
        self.chosen().is_some_and(|slot| slot.recording().is_some())
    }

    /// Changes the playback of the recorded run on the screen; nothing without one.
    pub fn play(&mut self, command: PlaybackCommand) {
        if let Some(slot) = self.chosen_mut() {
            slot.play(command);
        }
    }

    /// Shows a text for [`NOTICE`], in place of an earlier one. Foreign text in it is made
    /// printable by its type.
    pub fn notify(&mut self, text: impl Into<Printable>, tone: Tone, now: Instant) {
        self.notice = Some(Notice { text: Line::new().then(text, tone), until: now + NOTICE });
    }

    /// Shows another screen. Runs that leave the screen are closed unless they are idle, so
    /// that no lab disturbs the figures of another; what belongs to the old view is forgotten.
    pub fn go(&mut self, to: CurrentScreen, now: Instant) {
        if self.at == to {
            return;
        }
        let before = self.visible();
        for left in &mut self.slots[before.clone()] {
            left.rewind(None);
        }
        self.at = to;
        self.drag = None;
        self.overlay = None;
        self.terminal = LabTerminal::default();
        self.sentence = None;
        let after = self.visible();
        for gone in before.filter(|lab| !after.contains(lab)) {
            self.slots[gone].close_unless_idle(now, &mut self.reaper);
        }
        self.open(now);
    }

    /// Ends the run of the chosen lab and starts a new one with the same settings. The old run
    /// ends on a thread of the reaper, while the new one runs already.
    pub fn restart(&mut self, now: Instant) {
        let at = self.chosen_at();
        self.terminal = LabTerminal::default();
        if let Some(slot) = self.slots.get_mut(at) {
            slot.close(&mut self.reaper);
        }
        self.open(now);
    }

    /// Opens the visible labs that are closed. At once and not with the next frame, so that a
    /// key that follows finds a run.
    pub fn open(&mut self, now: Instant) {
        for lab in self.visible() {
            self.slots[lab].open(now);
        }
    }

    /// Drains events of the visible labs, each within its budget of time.
    pub fn advance(&mut self, now: Instant) -> DrainResult {
        let mut sum = DrainResult::default();
        for lab in self.visible() {
            let folded = self.slots[lab].fold(now);
            sum.events += folded.events;
            sum.more |= folded.more;
        }
        sum
    }

    /// Closes hidden runs that have done something since they were hidden. Called once a
    /// second.
    pub fn close_hidden_runs(&mut self, now: Instant) {
        let visible = self.visible();
        for (lab, slot) in self.slots.iter_mut().enumerate() {
            if !visible.contains(&lab) {
                slot.close_unless_idle(now, &mut self.reaper);
            }
        }
    }

    /// Whether a hidden run is unfinished, so that it has to be checked. If not, the loop need
    /// not wake up for that.
    pub fn has_hidden_runs(&self) -> bool {
        let visible = self.visible();
        let mut hidden = self.slots.iter().enumerate();
        hidden
            .any(|(lab, slot)| !visible.contains(&lab) && slot.run().is_some() && !slot.finished())
    }

    /// Ends all runs, waiting at most for `limit`; returns whether all have ended by then.
    /// Called once, after the terminal was restored.
    pub fn close(&mut self, limit: Duration) -> bool {
        for slot in &mut self.slots {
            slot.close(&mut self.reaper);
        }
        self.reaper.wait(limit)
    }

    /// The runs on the screen, in the order of their panes. A lab that could not be opened has
    /// none.
    pub fn open_runs(&self) -> impl Iterator<Item = &dyn Run> {
        self.slots[self.visible()].iter().filter_map(LabSlot::run)
    }

    /// Shows only what has this text in it; everything if it is empty.
    pub fn set_filter(&mut self, filter: String) {
        if let Some(slot) = self.chosen_mut() {
            (slot.view.filter, slot.view.story_back) = (filter, 0);
        }
    }

    /// Shows the latest sentence of the visible runs below the view. A sentence that follows
    /// another within [`SENTENCE`] is shown later, if it is still the latest by then.
    pub fn update_story_line(&mut self, now: Instant) {
        if self.looks_back() {
            return;
        }
        let latest = self.open_runs().filter_map(|run| {
            let line = run.story().back()?;
            // Runs have clocks of their own, so sentences are compared by their age.
            Some((run.now().saturating_sub(line.at), line))
        });
        let latest = latest.min_by_key(|(age, _)| *age);
        let line = latest.map(|(_, line)| described(line));
        let shown = self.sentence.as_ref();
        let from = shown.map(|(_, since)| *since + SENTENCE);
        let is_new = line.as_ref() != shown.map(|(line, _)| line);
        // A newer sentence comes too early: note when its time is, for the loop to wake up.
        self.next_sentence = from.filter(|from| is_new && now < *from);
        if is_new && self.next_sentence.is_none() {
            self.sentence = line.map(|line| (line, now));
        }
    }
}

/// A sentence of the story with its time, in seconds since the run began, to a thousandth.
pub fn described(line: &LogLine) -> Line {
    let at = units::to_f64(line.at) / 1e9;
    let text = report::sentence(&line.lane, &line.text);
    Line::new().then(format!("{at:.3} s  "), Tone::Dim).then(text, line.tone)
}
