//! One lab's place in the program: open or closed, how it is looked at, and what it
//! will be opened with next time.
//!
//! Only what is on screen runs, so that no lab disturbs another's figures. A run
//! that leaves the screen is kept while it is still: finished, or waiting for the
//! user. As soon as it does something out of sight it is closed; its settings stay.
//!
//! Must not know: any single lab, the screen.

use std::time::{Duration, Instant};

use super::reaper::Reaper;
use crate::kit::panics::{Panic, capture};
use crate::lab::{Command, Conflict, Control, Detail, Entry, Info, Run, Settings, ViewOptions};
use crate::scene::{Line, Pane, Scene, Tone, Weight};

/// Events folded between two looks at the clock.
const DRAIN_BATCH: usize = 1024;
/// Time that folding one lab's events may take out of a frame.
const FOLD_BUDGET: Duration = Duration::from_millis(3);
/// Without events for so long, a run is still.
const STILL: Duration = Duration::from_secs(1);

/// A lab, open or closed.
#[derive(Debug)]
pub struct LabSlot {
    entry: Entry,
    /// In force, or what the next run starts with.
    settings: Settings,
    run: Option<Box<dyn Run>>,
    /// Why it could not be opened, or was ended.
    error: Option<String>,
    /// A run that panicked; kept until the reaper can join its threads.
    broken: Option<Box<dyn Run>>,
    /// When the run last emitted an event.
    last_event: Instant,
    pub look: ViewOptions,
    /// Lines scrolled down on the dashboard, and where the lab has the whole screen.
    pub scroll: Scroll,
}

/// Lines scrolled down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    pub compact: u16,
    pub full: u16,
}

/// The result of draining a run's events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DrainResult {
    pub events: usize,
    /// There is more, but the frame is due.
    pub more: bool,
}

impl LabSlot {
    pub fn new(entry: Entry, settings: Settings, now: Instant) -> Self {
        Self {
            entry,
            settings,
            run: None,
            error: None,
            broken: None,
            last_event: now,
            look: ViewOptions::default(),
            scroll: Scroll::default(),
        }
    }

    pub fn info(&self) -> &'static Info {
        self.entry.info
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn run(&self) -> Option<&dyn Run> {
        self.run.as_deref()
    }

    /// Opens the lab unless it is open, or was found not to open.
    pub fn open(&mut self, now: Instant) {
        if self.run.is_some() || self.error.is_some() {
            return;
        }
        match capture(|| self.entry.open(self.settings.clone())) {
            Ok(Ok(run)) => self.run = Some(run),
            Ok(Err(error)) => self.error = Some(error),
            Err(panic) => self.error = Some(bug(&panic)),
        }
        self.last_event = now;
        self.look = ViewOptions::default();
    }

    /// Puts the lab's sample run in place of a real one.
    pub fn open_sample(&mut self) {
        self.run = Some(self.entry.open_sample(self.settings.clone()));
    }

    /// Puts a run in place of the one that is there.
    #[cfg(test)]
    pub fn put(&mut self, run: Box<dyn Run>) {
        self.run = Some(run);
    }

    /// Takes the run out.
    #[cfg(test)]
    pub fn take(&mut self) -> Box<dyn Run> {
        self.run.take().expect("it is closed")
    }

    /// Ends the run; the next opening starts a new one.
    pub fn close(&mut self, reaper: &mut Reaper) {
        self.error = None;
        for run in self.run.take().into_iter().chain(self.broken.take()) {
            reaper.take(run);
        }
    }

    pub fn reseed(&mut self, seed: u64) {
        self.settings.seed = seed;
    }

    /// Drains the run's events, for at most [`FOLD_BUDGET`].
    pub fn fold(&mut self, now: Instant) -> DrainResult {
        let folded = self
            .with_run(|run| {
                let begun = Instant::now();
                let mut events = 0;
                loop {
                    let count = run.drain(DRAIN_BATCH);
                    events += count;
                    let more = count == DRAIN_BATCH;
                    if !more || begun.elapsed() >= FOLD_BUDGET {
                        return DrainResult { events, more };
                    }
                }
            })
            .unwrap_or_default();
        if folded.events > 0 {
            self.last_event = now;
        }
        folded
    }

    /// Lets the run do something. A bug of the lab ends the lab, not the program.
    fn with_run<T>(&mut self, act: impl FnOnce(&mut dyn Run) -> T) -> Option<T> {
        let run = self.run.as_deref_mut()?;
        match capture(|| act(run)) {
            Ok(done) => Some(done),
            Err(panic) => {
                self.error = Some(bug(&panic));
                self.broken = self.run.take();
                None
            }
        }
    }

    /// For a run out of sight: closes it if it does anything.
    pub fn close_unless_idle(&mut self, now: Instant, reaper: &mut Reaper) {
        let had_events = self.fold(now).events > 0;
        if self.run.is_some() && !self.finished() && (had_events || !self.still(now)) {
            self.close(reaper);
        }
    }

    pub fn finished(&self) -> bool {
        self.run.as_ref().is_none_or(|run| run.finished())
    }

    /// Whether it has emitted no event for [`STILL`].
    pub fn still(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last_event) >= STILL
    }

    /// Moves a control by a number of steps. `None` if there is no further step. What contradicts
    /// the new value goes back to its default; a value that itself would have to give way
    /// is passed over.
    pub fn step(
        &mut self,
        control: &'static dyn Control,
        steps: isize,
        wrap: bool,
    ) -> Option<String> {
        let mut settings = self.run.as_ref()?.settings().clone();
        let changed = self.change(&mut settings, control, steps, wrap)?;
        let text = changed.iter().map(|one| format!("{}: {}", one.key(), settings.value(*one)));
        let text = text.collect::<Vec<_>>().join(", ");
        // What gives way goes first, so that no moment contradicts itself.
        for control in changed.into_iter().rev() {
            let (key, value) = (control.key(), settings.value(control));
            self.settings.put_value(key, value.clone());
            self.command(Command::Set { key, value });
        }
        Some(text)
    }

    /// The settings that a step changes, the control itself first.
    fn change(
        &self,
        settings: &mut Settings,
        control: &'static dyn Control,
        steps: isize,
        wrap: bool,
    ) -> Option<Vec<&'static dyn Control>> {
        let key = control.key();
        // At most once round.
        for _ in 0..=control.steps().len() {
            let value = control.step(&settings.value(control), steps, wrap)?;
            settings.put_value(key, value);
            match self.entry.check(settings) {
                Ok(()) => return Some(vec![control]),
                Err(Conflict { keys: [first, other], .. }) if first == key => {
                    let other = self.info().control(other)?;
                    settings.reset(other);
                    if self.entry.check(settings).is_ok() {
                        return Some(vec![control, other]);
                    }
                }
                Err(_) => {}
            }
        }
        None
    }

    pub fn command(&mut self, command: Command) {
        self.with_run(|run| run.command(command));
    }

    /// The lab's picture, or the reason why there is none.
    pub fn scene(&self, detail: Detail, look: &ViewOptions) -> Scene {
        let error = match self.run.as_ref().map(|run| capture(|| run.scene(detail, look))) {
            Some(Ok(scene)) => return scene,
            Some(Err(panic)) => Some(bug(&panic)),
            None => self.error.clone(),
        };
        let mut scene = Scene::new(self.info().title);
        if let Some(error) = error {
            scene.lines(vec![Line::new().then(self.info().question, Tone::Dim)]);
            scene.finding(Weight::Broken, format!("{error}; r tries again"));
        }
        scene
    }

    pub fn pane(&self, detail: Detail, look: &ViewOptions, focused: bool) -> Pane {
        Pane {
            scene: self.scene(detail, look),
            focused,
            scroll: match detail {
                Detail::Compact => self.scroll.compact,
                Detail::Full => self.scroll.full,
            },
        }
    }
}

/// A panic in the part of a lab that runs on our thread.
fn bug(panic: &Panic) -> String {
    format!("a bug ended this lab: {} ({})", panic.message, panic.place)
}
