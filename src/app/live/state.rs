//! Where the user is, and what the program remembers about it: plain data, and the
//! few steps that keep it consistent.
//!
//! Must not know: the terminal, drawing, any single lab.

use std::time::{Duration, Instant};

use super::focus::InputContext;
use super::overlay::Overlay;
use super::reaper::Reaper;
use super::slot::{DrainResult, LabSlot};
use crate::lab::{Entry, Run, Settings};
use crate::printable::Printable;
use crate::report;
use crate::scene::{Line, Tone, View};
use crate::ui::{self, Hits, Theme};

/// Labs that the dashboard shows.
const PANES: usize = 3;
/// How long a sentence of the story stays at least: no eye follows more.
const SENTENCE: Duration = Duration::from_millis(300);
/// How long a notice to the user stays.
const NOTICE: Duration = Duration::from_secs(5);

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrentScreen {
    Dashboard,
    /// One lab, by its position.
    Lab(usize),
}

/// A picture that stands still.
#[derive(Debug)]
pub struct Frozen {
    pub view: View,
    /// The moment of it in each visible run, ns since that run began.
    pub at: Vec<u64>,
    /// Events emitted by then, of all visible runs.
    pub events: u64,
}

/// A text shown to the user for [`NOTICE`].
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub text: Line,
    pub until: Instant,
}

/// Lanes that the mouse holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drag {
    pub x: u16,
    pub per_column: u64,
}

/// Everything that lasts from one frame to the next.
#[derive(Debug)]
pub struct App {
    pub slots: Vec<LabSlot>,
    pub at: CurrentScreen,
    /// The chosen pane of the dashboard.
    pub focus: usize,
    pub overlay: Option<Overlay>,
    pub frozen: Option<Frozen>,
    pub notice: Option<Notice>,
    pub style: ui::Look,
    pub theme: Theme,
    /// Columns and rows of the last frame.
    pub size: (u16, u16),
    /// What the last frame put where.
    pub hits: Hits,
    pub drag: Option<Drag>,
    pub reaper: Reaper,
    /// The view of the last frame, for freezing it.
    pub last: View,
    /// The sentence of the story that stands below it, and since when.
    pub sentence: Option<(Line, Instant)>,
    /// When the one that waits may take its place.
    pub next_sentence: Option<Instant>,
}

impl App {
    pub fn new(
        labs: Vec<(Entry, Settings)>,
        start: Option<usize>,
        style: ui::Look,
        now: Instant,
    ) -> Self {
        let slots: Vec<_> =
            labs.into_iter().map(|(entry, settings)| LabSlot::new(entry, settings, now)).collect();
        let at = match start {
            Some(lab) if lab < slots.len() => CurrentScreen::Lab(lab),
            _ => CurrentScreen::Dashboard,
        };
        Self {
            slots,
            at,
            focus: 0,
            overlay: None,
            frozen: None,
            notice: None,
            style,
            theme: style.theme(),
            size: (0, 0),
            hits: Hits::default(),
            drag: None,
            reaper: Reaper::default(),
            last: View::default(),
            sentence: None,
            next_sentence: None,
        }
    }

    /// Dashboard and labs.
    pub fn screens(&self) -> usize {
        self.slots.len() + 1
    }

    /// Panes of the dashboard.
    pub fn panes(&self) -> usize {
        self.slots.len().min(PANES)
    }

    /// The labs on the screen.
    pub fn visible(&self) -> std::ops::Range<usize> {
        match self.at {
            CurrentScreen::Dashboard => 0..self.panes(),
            CurrentScreen::Lab(lab) => lab..lab + 1,
        }
    }

    /// The lab that the keyboard talks to.
    pub fn chosen_at(&self) -> usize {
        match self.at {
            CurrentScreen::Dashboard => self.focus,
            CurrentScreen::Lab(lab) => lab,
        }
    }

    pub fn chosen(&self) -> Option<&LabSlot> {
        self.slots.get(self.chosen_at())
    }

    pub fn chosen_mut(&mut self) -> Option<&mut LabSlot> {
        let at = self.chosen_at();
        self.slots.get_mut(at)
    }

    /// Where the keyboard is.
    pub fn keyboard(&self) -> InputContext {
        match &self.overlay {
            Some(overlay) => overlay.context(),
            None => self.view_context(),
        }
    }

    /// Where it is once nothing lies over the view.
    pub fn view_context(&self) -> InputContext {
        match self.at {
            CurrentScreen::Dashboard => InputContext::Dashboard,
            CurrentScreen::Lab(_) => InputContext::Lab,
        }
    }

    /// Whether the lanes end before now.
    pub fn looks_back(&self) -> bool {
        self.chosen().is_some_and(|slot| slot.look.until.is_some())
    }

    pub fn notify(&mut self, text: impl Into<Printable>, tone: Tone, now: Instant) {
        self.notice = Some(Notice { text: Line::new().then(text, tone), until: now + NOTICE });
    }

    /// Goes to a screen. What was on the last one and still works is ended.
    pub fn go(&mut self, to: CurrentScreen, now: Instant) {
        if self.at == to {
            return;
        }
        let before = self.visible();
        self.at = to;
        self.frozen = None;
        self.drag = None;
        self.overlay = None;
        self.sentence = None;
        let after = self.visible();
        for gone in before.filter(|lab| !after.contains(lab)) {
            self.slots[gone].close_unless_idle(now, &mut self.reaper);
        }
        self.open(now);
    }

    /// Restarts the chosen lab.
    pub fn restart(&mut self, now: Instant) {
        self.frozen = None;
        let at = self.chosen_at();
        if let Some(slot) = self.slots.get_mut(at) {
            slot.close(&mut self.reaper);
        }
        self.open(now);
    }

    /// Opens what is visible and closed: at once, so that the next key finds it.
    pub fn open(&mut self, now: Instant) {
        for lab in self.visible() {
            self.slots[lab].open(now);
        }
    }

    /// Drains the events of the visible labs.
    pub fn advance(&mut self, now: Instant) -> DrainResult {
        let mut sum = DrainResult::default();
        for lab in self.visible() {
            let folded = self.slots[lab].fold(now);
            sum.events += folded.events;
            sum.more |= folded.more;
        }
        sum
    }

    /// Closes hidden runs that have done something since they were hidden.
    pub fn close_hidden_runs(&mut self, now: Instant) {
        let visible = self.visible();
        for (lab, slot) in self.slots.iter_mut().enumerate() {
            if !visible.contains(&lab) {
                slot.close_unless_idle(now, &mut self.reaper);
            }
        }
    }

    /// Whether any hidden run is unfinished and may have to be closed.
    pub fn has_hidden_runs(&self) -> bool {
        let visible = self.visible();
        let mut hidden = self.slots.iter().enumerate();
        hidden
            .any(|(lab, slot)| !visible.contains(&lab) && slot.run().is_some() && !slot.finished())
    }

    /// Ends all runs, waiting at most for `limit`.
    pub fn close(&mut self, limit: Duration) -> bool {
        for slot in &mut self.slots {
            slot.close(&mut self.reaper);
        }
        self.reaper.wait(limit)
    }

    /// Events emitted so far by the visible runs.
    pub fn events(&self) -> u64 {
        self.open_runs().map(Run::events).sum()
    }

    pub fn open_runs(&self) -> impl Iterator<Item = &dyn Run> {
        self.slots[self.visible()].iter().filter_map(LabSlot::run)
    }

    /// Shows the latest sentence of the visible runs below the view. A sentence that follows
    /// another within [`SENTENCE`] is shown later.
    pub fn update_story_line(&mut self, now: Instant) {
        if self.frozen.is_some() {
            return;
        }
        let latest = self.open_runs().filter_map(|run| {
            let line = run.story().back()?;
            Some((run.now().saturating_sub(line.at), line))
        });
        let latest = latest.min_by_key(|(age, _)| *age);
        let line = latest.map(|(_, line)| {
            #[expect(clippy::cast_precision_loss, reason = "shown to a thousandth of a second")]
            let at = line.at as f64 / 1e9;
            let text = report::sentence(&line.lane, &line.text);
            Line::new().then(format!("{at:.3} s  "), Tone::Dim).then(text, line.tone)
        });
        let shown = self.sentence.as_ref();
        let from = shown.map(|(_, since)| *since + SENTENCE);
        let is_new = line.as_ref() != shown.map(|(line, _)| line);
        self.next_sentence = from.filter(|from| is_new && now < *from);
        if is_new && self.next_sentence.is_none() {
            self.sentence = line.map(|line| (line, now));
        }
    }

    pub fn freeze(&mut self) {
        let moment = |slot: &LabSlot| slot.run().map_or(0, Run::now);
        self.frozen = Some(Frozen {
            view: self.last.clone(),
            at: self.slots[self.visible()].iter().map(moment).collect(),
            events: self.events(),
        });
    }
}
