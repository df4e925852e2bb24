//! One lab's place in the program: open or closed, how it is viewed, and the settings that it
//! is opened with the next time.
//!
//! ```text
//!             open                    fold: a panic of the lab
//!   closed ─────────▶ running ─────────────────────────▶ broken (error shown)
//!     ▲  ▲               │                                  │
//!     │  └───────────────┘ close; or hidden and not idle    │
//!     └─────────────────────────────── close (restart) ─────┘
//! ```
//!
//! Only what is on screen runs, so that no lab disturbs another's figures. A run that leaves
//! the screen is kept while it is idle: finished, or waiting for the user. As soon as it does
//! something out of sight it is closed; its settings stay. A bug in the code of a lab that runs
//! on this thread is captured: it ends the lab or is told in its picture, never the program.

use std::cell::OnceCell;
use std::time::{Duration, Instant};

use super::focus::ChosenPanel;
use super::position::Scroll;
use super::reaper::Reaper;
use crate::kit::panics::{Panic, capture};
use crate::lab::{
    Action, Command, Control, Detail, Entry, Info, PlaybackCommand, Question, Recording, Run,
    SettingConflict, Settings, ViewOptions,
};
use crate::scene::{Body, Height, Line, Pane, Panel, Row, Scene, Tone, Weight, units};

/// Events folded between two readings of the clock: enough that reading it costs little.
const DRAIN_BATCH: usize = 1024;
/// Time that folding one lab's events may take out of a frame. With three labs on the dashboard
/// the total stays below the 16.7 ms between two frames.
const FOLD_BUDGET: Duration = Duration::from_millis(3);
/// A run without events for this long is still: its lanes are drawn less often, and it may stay
/// open while it is hidden.
const STILL: Duration = Duration::from_secs(1);

/// A lab, open or closed. All calls into its code on the thread `screen` go through it.
#[derive(Debug)]
pub struct LabSlot {
    entry: Entry,
    /// The recorded run that it plays instead of running, if it does.
    recording: Option<Recording>,
    /// In force for the run, or what the next run starts with. Changed by every step of a
    /// control, so that a restart keeps what the user has set.
    settings: Settings,
    /// `None` while the lab is closed, could not be opened, or has ended by a bug. Dropping a
    /// run joins its threads, so it is given to the reaper instead.
    run: Option<Box<dyn Run>>,
    /// Why it could not be opened, or was ended. Shown in place of its picture. It keeps the
    /// lab closed until the user restarts it: trying again by itself would fail in every frame.
    error: Option<String>,
    /// The first panic of the lab while it was only asked for something: the run goes on.
    bug: OnceCell<String>,
    /// A run that panicked. Kept until the reaper can join its threads, which the thread
    /// `screen` must not wait for.
    broken: Option<Box<dyn Run>>,
    /// What can be done with the run, once it was asked for: it changes with the run alone.
    actions: OnceCell<Vec<Action>>,
    /// When the run last emitted an event, as [`Self::fold`] has seen it; or when it was opened.
    last_event: Instant,
    /// Interval, filter and scroll position of timeline and story, where the lab has the whole
    /// screen.
    pub view: ViewOptions,
    pub scroll: Scroll,
    /// The panel that has the keyboard, where the lab has the whole screen.
    pub panel: Option<ChosenPanel>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DrainResult {
    pub events: usize,
    /// There are more, but the time for this frame is used up.
    pub more: bool,
}

impl LabSlot {
    /// A closed lab. `now` only initialises the time of the last event.
    pub fn new(entry: Entry, settings: Settings, now: Instant) -> Self {
        Self {
            entry,
            recording: None,
            settings,
            run: None,
            error: None,
            bug: OnceCell::new(),
            broken: None,
            actions: OnceCell::new(),
            last_event: now,
            view: ViewOptions::default(),
            scroll: Scroll::default(),
            panel: None,
        }
    }

    pub fn info(&self) -> &'static Info {
        self.entry.info
    }

    pub fn questions(&self) -> &'static [Question] {
        self.entry.questions
    }

    /// Whether the key experiment of the question at this position was seen.
    pub fn seen(&self, question: usize) -> bool {
        self.ask(|run| run.seen(question)).unwrap_or(false)
    }

    /// What can be done with the run now.
    pub fn actions(&self) -> &[Action] {
        self.actions.get_or_init(|| self.ask(|run| run.actions()).unwrap_or_default())
    }

    /// The settings that the run has keys and a place in the help for.
    pub fn controls(&self) -> &'static [&'static dyn Control] {
        self.ask(|run| run.controls()).unwrap_or_default()
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn run(&self) -> Option<&dyn Run> {
        self.run.as_deref()
    }

    /// Has it play a recorded run of its lab, whenever it is opened.
    pub fn play_recording(&mut self, recording: Recording) {
        self.recording = Some(recording);
    }

    pub fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }

    /// Changes the playback of a recorded run. Nothing happens to a live one, which has no other
    /// time than the present.
    pub fn play(&mut self, command: PlaybackCommand) {
        self.with_run(|run| run.play(command));
    }

    /// Shows its run, which goes on, as it was at this time, in ns since it began, or as it is.
    pub fn rewind(&mut self, to: Option<u64>) {
        self.with_run(|run| run.rewind(to));
    }

    /// Opens the lab unless it is open or has failed to; a failure is kept as the error to show.
    pub fn open(&mut self, now: Instant) {
        if self.run.is_some() || self.error.is_some() {
            return;
        }
        let open = || match &self.recording {
            Some(recording) => Ok(recording.open()),
            None => self.entry.open(self.settings.clone()),
        };
        match capture(open) {
            Ok(Ok(run)) => self.run = Some(run),
            Ok(Err(error)) => self.error = Some(error.to_string()),
            Err(panic) => self.error = Some(bug("ended", &panic)),
        }
        (self.last_event, self.actions) = (now, OnceCell::new());
        self.view = ViewOptions::default();
    }

    /// Scrolls the story by `by` sentences, back if negative. Returns whether it moved.
    pub fn scroll_story(&mut self, by: i32) -> bool {
        let last = self.run().map_or(0, |run| run.story().len()).saturating_sub(1);
        let before = self.view.story_back;
        let back = i64::try_from(before).unwrap_or(i64::MAX).saturating_sub(i64::from(by));
        self.view.story_back = usize::try_from(back).unwrap_or(0).min(last);
        self.view.story_back != before
    }

    /// Puts a run in its place: for tests, and for pictures in documents.
    pub fn put(&mut self, run: Box<dyn Run>) {
        (self.run, self.actions) = (Some(run), OnceCell::new());
    }

    #[cfg(test)]
    pub fn take(&mut self) -> Box<dyn Run> {
        self.run.take().expect("it is closed")
    }

    /// Ends the run, if there is one, and forgets an error; the next [`Self::open`] starts a
    /// new run.
    pub fn close(&mut self, reaper: &mut Reaper) {
        self.error = None;
        (self.bug, self.actions) = Default::default();
        for run in self.run.take().into_iter().chain(self.broken.take()) {
            reaper.take(run);
        }
    }

    /// What the next run starts with. A restart has to follow a change at once: these are on the
    /// screen, while the figures of a run belong to those that it was started with.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Drains the run's events for at most [`FOLD_BUDGET`]. So a frame is made in time however
    /// fast the lab emits; what is left is reported by [`DrainResult::more`].
    pub fn fold(&mut self, now: Instant) -> DrainResult {
        // A bug that ends the run is as new as an event.
        let ended = DrainResult { events: usize::from(self.run.is_some()), more: false };
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
            .unwrap_or(ended);
        if folded.events > 0 {
            self.last_event = now;
        }
        folded
    }

    /// Asks the code of the lab. `None` without a run, or if it panics: its next picture says so.
    fn ask<T>(&self, ask: impl FnOnce(&dyn Run) -> T) -> Option<T> {
        let run = self.run()?;
        // The first one stays: the others say the same.
        capture(|| ask(run)).map_err(|panic| self.bug.set(bug("is in", &panic))).ok()
    }

    /// Calls code of the lab. If it panics, the lab ends with an error in its picture. `None` if
    /// there is no run, or none any more.
    fn with_run<T>(&mut self, act: impl FnOnce(&mut dyn Run) -> T) -> Option<T> {
        let run = self.run.as_deref_mut()?;
        self.actions = OnceCell::new();
        let done = capture(|| act(run));
        let end = |panic| {
            self.error = Some(bug("ended", &panic));
            // Its state may be inconsistent by now, so it is not called again, only dropped.
            self.broken = self.run.take();
        };
        done.map_err(end).ok()
    }

    /// For a run out of sight: closes it unless it is finished or idle. Its events are drained
    /// to find that out.
    pub fn close_unless_idle(&mut self, now: Instant, reaper: &mut Reaper) {
        let had_events = self.fold(now).events > 0;
        if self.run.is_some() && !self.finished() && (had_events || !self.still(now)) {
            self.close(reaper);
        }
    }

    /// Whether there is nothing left to wait for: the run has emitted its last event and all
    /// were drained, or there is no run.
    pub fn finished(&self) -> bool {
        self.ask(|run| run.finished()).unwrap_or(true)
    }

    /// Whether it has emitted no event for [`STILL`]. Only what was drained counts, so it is
    /// asked after [`Self::fold`].
    pub fn still(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last_event) >= STILL
    }

    /// Moves a control by `steps` of its list and applies the change to the run. Returns what
    /// changed as the screen reports it, or `None` if there is no further step.
    ///
    /// A setting that contradicts the new value goes back to its default. A value that would itself
    /// have to give way is passed over.
    ///
    /// ```text
    /// the new value fits                          one setting changes
    /// it contradicts another, and prevails        two change: the other one first
    /// it contradicts another, which prevails      the next value of the list is tried
    /// ```
    pub fn step(
        &mut self,
        control: &'static dyn Control,
        steps: isize,
        wrap: bool,
    ) -> Option<String> {
        let mut settings = self.run.as_ref()?.settings().clone();
        let changed = self.change(&mut settings, control, steps, wrap)?;
        Some(self.put_settings(&settings, changed))
    }

    /// Gives a control the value that is typed so, and applies that to the run as a step does.
    pub fn set(&mut self, control: &'static dyn Control, value: &str) -> Option<String> {
        let mut settings = self.run.as_ref()?.settings().clone();
        settings.put_value(control.key(), control.read(value).ok()?);
        self.entry.check(&settings).ok()?;
        Some(self.put_settings(&settings, vec![control]))
    }

    /// Applies these settings of `settings` to the run; gives them as the screen reports them.
    fn put_settings(&mut self, settings: &Settings, changed: Vec<&'static dyn Control>) -> String {
        let text = changed.iter().map(|one| one.with_value(&settings.value(*one)));
        let text = text.collect::<Vec<_>>().join(" · ");
        // What gives way goes first, so that the run never has two settings that contradict
        // each other.
        for control in changed.into_iter().rev() {
            let (key, value) = (control.key(), settings.value(control));
            self.settings.put_value(key, value.clone());
            self.command(Command::Set { key, value });
        }
        text
    }

    /// Finds the settings that a step changes, the control itself first, and puts their new
    /// values into `settings`. Tries further steps while a value is refused.
    fn change(
        &self,
        settings: &mut Settings,
        control: &'static dyn Control,
        steps: isize,
        wrap: bool,
    ) -> Option<Vec<&'static dyn Control>> {
        let key = control.key();
        // At most once round the list: a control that wraps would step without end otherwise.
        for _ in 0..=control.steps().len() {
            let value = control.step(&settings.value(control), steps, wrap)?;
            settings.put_value(key, value);
            match self.entry.check(settings) {
                Ok(()) => return Some(vec![control]),
                // The conflict names first the setting that prevails. If that is this control,
                // the other one gives way.
                Err(SettingConflict { keys: [first, other], .. }) if first == key => {
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

    /// Sends a command to the run. Nothing happens if the lab is closed.
    pub fn command(&mut self, command: Command) {
        self.with_run(|run| run.command(command));
    }

    /// The lab's picture, or the reason why there is none. A panic while it is made is shown as
    /// an error too, but does not end the run: this takes `&self`.
    pub fn scene(&self, detail: Detail, view: &ViewOptions) -> Scene {
        let shown = self.ask(|run| run.scene(detail, view));
        let error = self.error.as_ref().or(self.bug.get());
        let is_missing = shown.is_none();
        let mut scene = shown.unwrap_or_else(|| Scene::new(self.info().title));
        if let Some(error) = error {
            if is_missing {
                scene.lines(vec![Line::new().then(self.info().question, Tone::Dim)]);
            }
            scene.finding(Weight::Broken, format!("{error}; r tries again"));
        }
        if let Some(recording) = self.recording.as_ref().filter(|_| detail == Detail::Full) {
            let panels = vec![Panel::bare(about(recording, self.info()))];
            scene.rows.insert(0, Row::new(Height::Lines(1), panels));
        }
        scene
    }

    /// The picture in its frame, with the scroll position that belongs to this detail: the
    /// dashboard and the lab's own screen are scrolled apart from each other.
    pub fn pane(&self, detail: Detail, view: &ViewOptions, focused: bool) -> Pane {
        let scene = self.scene(detail, view);
        if detail == Detail::Compact {
            return Pane { scene, focused, scroll: self.scroll.compact, ..Pane::default() };
        }
        let panel = self.panel.as_ref();
        Pane {
            panel: panel.and_then(|panel| panel.in_scene(&scene)),
            zoomed: panel.is_some_and(|panel| panel.zoomed),
            scrolls: self.scroll.panels.clone(),
            scroll: self.scroll.full,
            focused,
            scene,
        }
    }
}

/// When it was recorded, and which settings were not at their defaults.
fn about(recording: &Recording, info: &Info) -> Body {
    let Recording { settings, recorded_s, .. } = recording;
    let all = std::iter::once(format!("seed {}", settings.seed)).chain(settings.changed(info));
    let line = Line::new()
        .then(format!("Recorded {}", units::date(*recorded_s)), Tone::Strong)
        .then(format!("  {}", all.collect::<Vec<_>>().join(" · ")), Tone::Dim);
    Body::Lines(vec![line])
}

/// A panic of the lab in words.
pub fn bug(what: &str, panic: &Panic) -> String {
    format!("a bug {what} this lab: {} ({})", panic.message, panic.place)
}
