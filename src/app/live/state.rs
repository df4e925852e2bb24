//! Where the user is, and what the program remembers about it: plain data, and the
//! few steps that keep it consistent.
//!
//! Must not know: the terminal, drawing, any single lab.

use std::time::{Duration, Instant};

use super::keymap::Place;
use super::overlay::Overlay;
use super::reaper::Reaper;
use super::slot::{Folded, Slot};
use crate::lab::{Entry, Run, Settings};
use crate::printable::Printable;
use crate::report;
use crate::scene::{Line, Tone, View};
use crate::ui::{self, Hits, Theme};

/// Labs that the dashboard shows.
const PANES: usize = 3;
/// How long a sentence of the story stays at least: no eye follows more.
const SENTENCE: Duration = Duration::from_millis(300);
/// How long something told to the user stays.
const NOTICE: Duration = Duration::from_secs(5);

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Dashboard,
    /// One lab, by its position.
    Lab(usize),
}

/// A picture that stands still.
#[derive(Debug)]
pub(super) struct Frozen {
    pub(super) view: View,
    /// The moment of it in each visible run, ns since that run began.
    pub(super) at: Vec<u64>,
    /// Events told by then, of all visible runs.
    pub(super) events: u64,
}

/// Something told to the user.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) text: Line,
    pub(super) until: Instant,
}

/// Lanes that the mouse holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Drag {
    pub(super) x: u16,
    pub(super) per_column: u64,
}

/// Everything that lasts from one frame to the next.
#[derive(Debug)]
pub(super) struct App {
    pub(super) slots: Vec<Slot>,
    pub(super) at: Where,
    /// The chosen pane of the dashboard.
    pub(super) focus: usize,
    pub(super) overlay: Option<Overlay>,
    pub(super) frozen: Option<Frozen>,
    pub(super) told: Option<Told>,
    pub(super) style: ui::Look,
    pub(super) theme: Theme,
    /// Columns and rows of the last frame.
    pub(super) size: (u16, u16),
    /// What the last frame put where.
    pub(super) hits: Hits,
    pub(super) drag: Option<Drag>,
    pub(super) reaper: Reaper,
    /// The view of the last frame, for freezing it.
    pub(super) last: View,
    /// The sentence of the story that stands below it, and since when.
    pub(super) sentence: Option<(Line, Instant)>,
    /// When the one that waits may take its place.
    pub(super) next_sentence: Option<Instant>,
}

impl App {
    pub(super) fn new(
        labs: Vec<(Entry, Settings)>,
        start: Option<usize>,
        style: ui::Look,
        now: Instant,
    ) -> Self {
        let slots: Vec<_> = labs
            .into_iter()
            .map(|(entry, settings)| Slot::new(entry, settings, now))
            .collect();
        let at = match start {
            Some(lab) if lab < slots.len() => Where::Lab(lab),
            _ => Where::Dashboard,
        };
        Self {
            slots,
            at,
            focus: 0,
            overlay: None,
            frozen: None,
            told: None,
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
    pub(super) fn screens(&self) -> usize {
        self.slots.len() + 1
    }

    /// Panes of the dashboard.
    pub(super) fn panes(&self) -> usize {
        self.slots.len().min(PANES)
    }

    /// The labs on the screen.
    pub(super) fn visible(&self) -> std::ops::Range<usize> {
        match self.at {
            Where::Dashboard => 0..self.panes(),
            Where::Lab(lab) => lab..lab + 1,
        }
    }

    /// The lab that the keyboard talks to.
    pub(super) fn chosen_at(&self) -> usize {
        match self.at {
            Where::Dashboard => self.focus,
            Where::Lab(lab) => lab,
        }
    }

    pub(super) fn chosen(&self) -> Option<&Slot> {
        self.slots.get(self.chosen_at())
    }

    pub(super) fn chosen_mut(&mut self) -> Option<&mut Slot> {
        let at = self.chosen_at();
        self.slots.get_mut(at)
    }

    /// Where the keyboard is.
    pub(super) fn keyboard(&self) -> Place {
        match &self.overlay {
            Some(overlay) => overlay.place(),
            None => self.view_place(),
        }
    }

    /// Where it is once nothing lies over the view.
    pub(super) fn view_place(&self) -> Place {
        match self.at {
            Where::Dashboard => Place::Dashboard,
            Where::Lab(_) => Place::Lab,
        }
    }

    /// Whether the lanes end before now.
    pub(super) fn looks_back(&self) -> bool {
        self.chosen().is_some_and(|slot| slot.look.until.is_some())
    }

    pub(super) fn tell(&mut self, text: impl Into<Printable>, tone: Tone, now: Instant) {
        self.told = Some(Told {
            text: Line::new().then(text, tone),
            until: now + NOTICE,
        });
    }

    /// Goes to a screen. What was on the last one and still works is ended.
    pub(super) fn go(&mut self, to: Where, now: Instant) {
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
            self.slots[gone].close_unless_still(now, &mut self.reaper);
        }
        self.open(now);
    }

    /// Starts the chosen lab anew.
    pub(super) fn restart(&mut self, now: Instant) {
        self.frozen = None;
        let at = self.chosen_at();
        if let Some(slot) = self.slots.get_mut(at) {
            slot.close(&mut self.reaper);
        }
        self.open(now);
    }

    /// Opens what is visible and closed: at once, so that the next key finds it.
    pub(super) fn open(&mut self, now: Instant) {
        for lab in self.visible() {
            self.slots[lab].open(now);
        }
    }

    /// Takes in what the visible labs have told.
    pub(super) fn advance(&mut self, now: Instant) -> Folded {
        let mut sum = Folded::default();
        for lab in self.visible() {
            let folded = self.slots[lab].fold(now);
            sum.events += folded.events;
            sum.more |= folded.more;
        }
        sum
    }

    /// Looks after the runs out of sight.
    pub(super) fn keep_house(&mut self, now: Instant) {
        let visible = self.visible();
        for (lab, slot) in self.slots.iter_mut().enumerate() {
            if !visible.contains(&lab) {
                slot.close_unless_still(now, &mut self.reaper);
            }
        }
    }

    /// Whether any run out of sight could still do something.
    pub(super) fn has_house(&self) -> bool {
        let visible = self.visible();
        let mut hidden = self.slots.iter().enumerate();
        hidden
            .any(|(lab, slot)| !visible.contains(&lab) && slot.run().is_some() && !slot.finished())
    }

    /// Ends all runs, waiting at most for `limit`.
    pub(super) fn close(&mut self, limit: Duration) -> bool {
        for slot in &mut self.slots {
            slot.close(&mut self.reaper);
        }
        self.reaper.wait(limit)
    }

    /// Events told so far by what is visible.
    pub(super) fn events(&self) -> u64 {
        self.open_runs().map(Run::events).sum()
    }

    pub(super) fn open_runs(&self) -> impl Iterator<Item = &dyn Run> {
        self.slots[self.visible()].iter().filter_map(Slot::run)
    }

    /// Takes the latest sentence of what shows. One that comes too soon after the one
    /// before waits its turn.
    pub(super) fn hear(&mut self, now: Instant) {
        if self.frozen.is_some() {
            return;
        }
        let latest = self.open_runs().filter_map(|run| {
            let told = run.story().back()?;
            Some((run.now().saturating_sub(told.at), told))
        });
        let latest = latest.min_by_key(|(age, _)| *age);
        let line = latest.map(|(_, told)| {
            #[expect(
                clippy::cast_precision_loss,
                reason = "shown to a thousandth of a second"
            )]
            let at = told.at as f64 / 1e9;
            let text = report::sentence(&told.lane, &told.text);
            Line::new()
                .then(format!("{at:.3} s  "), Tone::Dim)
                .then(text, told.tone)
        });
        let shown = self.sentence.as_ref();
        let turn = shown.map(|(_, since)| *since + SENTENCE);
        let is_new = line.as_ref() != shown.map(|(line, _)| line);
        self.next_sentence = turn.filter(|turn| is_new && now < *turn);
        if is_new && self.next_sentence.is_none() {
            self.sentence = line.map(|line| (line, now));
        }
    }

    pub(super) fn freeze(&mut self) {
        let moment = |slot: &Slot| slot.run().map_or(0, Run::now);
        self.frozen = Some(Frozen {
            view: self.last.clone(),
            at: self.slots[self.visible()].iter().map(moment).collect(),
            events: self.events(),
        });
    }
}
