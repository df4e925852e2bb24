//! A run of a lab, one that happens now or a recorded one, and what is folded from it: the
//! lab's own state, the lanes and waits that every lab has, and the story.
//!
//! ```text
//! source ──event──▶ in time order ──▶ sentence (by the state before) ──▶ tap
//!                                       │          then apply: timeline, state
//!                                       └──▶ story, if it is worth a sentence
//! ```
//!
//! Everything here runs on the thread that shows the run, inside [`Run::drain`]. Nothing
//! looks at the lab's threads themselves.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Select;

use super::playback::Playback;
use super::recording::{self, Header, Lines, Recording, RecordingError};
use super::run::{PlaybackCommand, PlaybackState, Record, Recorded, Run, Tap, ViewOptions};
use super::session::{MAIN, OpenError};
use super::source::Source;
use super::{Action, Command, Detail, Info, Lab, Settings};
use crate::kit::event::{Ending, LaneEvent, Stamped, What};
use crate::printable::Printable;
use crate::scene::{
    Body, Finding, Height, Label, LaneChart, LaneRank, LogLine, NotRun, Panel, Row, Scene, Tone,
    Weight, units,
};
use crate::timeline::{DRIVER, Timeline};

/// Lines of the timeline at least: a few lanes, whose number changes during a run.
const LANES: u16 = 5;
/// Sentences kept for looking back; a long run must not grow without bound.
const STORY: usize = 4096;

/// One run of lab `L`: the source of its events, and all that is folded from them. Used only
/// as a [`Run`].
pub struct Runner<L: Lab> {
    source: Source<L>,
    state: L::State,
    timeline: Timeline,
    story: VecDeque<LogLine>,
    events: u64,
    /// Whether the last drain left nothing behind. Without this a run would count as
    /// finished while its last events are still in the channel.
    drained: bool,
    /// Whether the body has returned.
    returned: bool,
    tap: Option<Tap>,
}

impl<L: Lab> fmt::Debug for Runner<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("lab", &L::INFO.id).finish_non_exhaustive()
    }
}

impl<L: Lab> Runner<L> {
    /// Starts the lab.
    ///
    /// # Errors
    /// What could not be started, and why.
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        Source::live(settings).map(Self::new)
    }

    /// Reads a recorded run, from the line after the header on.
    ///
    /// # Errors
    /// If a line is no event of this lab.
    pub fn read(
        header: &Header,
        settings: Settings,
        lines: &mut Lines<'_>,
    ) -> Result<Recording, RecordingError> {
        let run = Arc::new(recording::read_events(lines)?);
        let (same, end) = (settings.clone(), run.end.clone());
        let open = move || {
            let source = Source::recorded(settings.clone(), Arc::clone(&run));
            Box::new(Self::new(source)) as Box<dyn Run>
        };
        Ok(Recording::new(&L::INFO, same, header.recorded_s, end, open))
    }

    pub fn new(source: Source<L>) -> Self {
        let state = L::state(source.settings());
        Self {
            source,
            state,
            timeline: Timeline::new(),
            story: VecDeque::new(),
            events: 0,
            drained: false,
            returned: false,
            tap: None,
        }
    }

    fn fold(&mut self, mut event: Stamped<L::Fact>) {
        self.events += 1;
        // Events of one lane must not go back in time, or intervals would overlap; the
        // reader sorts only what it takes at once.
        event.at = self.timeline.in_order(event.lane, event.at);
        let event = &event;
        // The last thing that a run emits. A body that panicked has not finished its work.
        self.returned |= event.lane == MAIN
            && matches!(event.what, What::Lane(LaneEvent::Ended(Ending::Returned)));
        let sentence = match &event.what {
            What::Lane(what) => {
                let sentence = self.timeline.sentence(event.at, event.lane, what);
                sentence.map(|(text, tone)| (Printable::from(text), tone))
            }
            What::Fact(_) => {
                L::describe(&self.state, event).map(|sentence| (sentence.text, sentence.tone))
            }
        };
        // Before it is applied, like every sentence: it may state how long a wait was.
        let own_sentence = match &event.what {
            What::Lane(what) if self.tap.is_some() && sentence.is_none() => {
                Some(self.timeline.describe(event.at, event.lane, what).into())
            }
            _ => None,
        };
        if let What::Lane(what) = &event.what {
            self.timeline.apply(event.at, event.lane, what);
        }
        if let Some(tap) = &mut self.tap {
            let what = match &event.what {
                What::Lane(what) => Recorded::Lane(what),
                What::Fact(fact) => Recorded::Fact(fact),
            };
            let text = sentence.as_ref().map(|(text, _)| text);
            tap(&Record {
                at: event.at,
                id: event.lane,
                lane: self.timeline.name(event.lane),
                what,
                sentence: text.or(own_sentence.as_ref()).map(Printable::as_str),
                in_story: text.is_some(),
            });
        }
        L::apply(&mut self.state, event);
        if let Some((text, tone)) = sentence {
            self.keep(event, text, tone);
        }
    }

    /// Adds a sentence to the story, and drops the oldest one if there are too many.
    fn keep(&mut self, event: &Stamped<L::Fact>, text: Printable, tone: Tone) {
        if self.story.len() == STORY {
            self.story.pop_front();
        }
        self.story.push_back(LogLine {
            at: event.at,
            lane: self.timeline.name(event.lane).into(),
            own: L::lane_tone(self.timeline.name(event.lane))
                .unwrap_or_else(|| self.timeline.tone_of(event.lane)),
            text,
            tone,
        });
    }

    /// The lanes that the user looks at. Those that have ended and that a finding names matter
    /// more than the others that have.
    fn lane_chart(&self, look: &ViewOptions, findings: &[Finding]) -> LaneChart {
        let now = self.now();
        let back = look.until.map_or(0, |until| now.saturating_sub(until));
        let mut chart = self.timeline.lanes(now, look.span, back, &look.filter);
        for lane in &mut chart.lanes {
            lane.tone = L::lane_tone(&lane.name).unwrap_or(lane.tone);
            let named = || findings.iter().any(|finding| names(&finding.text, &lane.name));
            if lane.rank == LaneRank::Ended && named() {
                lane.rank = LaneRank::Named;
            }
        }
        chart
    }

    /// What every lab's full scene ends with: timeline, unless it has a place of its own, story,
    /// wait-for graph, lock contention. A lab without lanes has the story alone, as the others
    /// would claim that nothing happens; one without locks has no panels about them.
    fn common_rows(&self, look: &ViewOptions, timeline: Option<LaneChart>) -> Vec<Row> {
        let mut rows = Vec::new();
        if let Some(chart) = timeline {
            let panel = Panel::titled("Timeline", Body::Lanes(chart)).note("newest at the right");
            let height = Height::Fill { min: LANES, weight: 1 };
            rows.push(Row { height, panels: vec![panel] });
        }
        let mut last = vec![Panel::titled("Story", self.story_panel(look)).weight(3)];
        if L::LANES && L::LOCKS {
            let now = self.now();
            let (waits, blame) = (self.timeline.waits(now), self.timeline.blame(now));
            let graph = Panel::titled("Wait-for graph", Body::Graph(waits)).weight(2);
            let contention = Label::new("Lock contention by holder").or("Lock contention");
            let table = Panel::titled(contention, Body::Table(blame)).weight(2);
            last.extend([graph, table]);
        }
        rows.push(Row { height: Height::Fill { min: 3, weight: 1 }, panels: last });
        rows
    }

    /// The sentences that the user looks at: matching the filter, up to the chosen
    /// moment, scrolled back.
    fn story_panel(&self, look: &ViewOptions) -> Body {
        let wanted = look.filter.to_lowercase();
        let until = look.until.unwrap_or(u64::MAX);
        let matching = self.story.iter().rev().filter(|line| {
            line.at <= until
                && (wanted.is_empty()
                    || line.text.to_lowercase().contains(&wanted)
                    || line.lane.to_lowercase().contains(&wanted))
        });
        // A screen never shows more; the newest stands last.
        let mut shown: Vec<_> = matching.skip(look.story_back).take(200).cloned().collect();
        shown.reverse();
        Body::Log(shown)
    }
}

/// Where a lab has left a place for its timeline.
fn timeline_place(scene: &mut Scene) -> Option<&mut LaneChart> {
    let mut panels = scene.rows.iter_mut().flat_map(|row| &mut row.panels);
    panels.find_map(|panel| match &mut panel.body {
        Body::Lanes(place) if place.is_place() => Some(place),
        _ => None,
    })
}

/// Whether a text contains a name as a word: `add-1`, and not `add-12`.
fn names(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    })
}

impl<L: Lab> Run for Runner<L> {
    fn info(&self) -> &'static Info {
        &L::INFO
    }

    fn settings(&self) -> &Settings {
        self.source.settings()
    }

    fn drain(&mut self, max: usize) -> usize {
        // Collected first, since folding needs all of `self` and the reader is a part of
        // it.
        let mut taken = Vec::new();
        let count = self.source.drain(max, |event| taken.push(event));
        for event in taken {
            self.fold(event);
        }
        // Fewer than asked for: the channel was empty at that moment.
        self.drained = count < max;
        count
    }

    fn wait(&self, limit: Duration) {
        self.source.wait(limit);
    }

    fn watch<'a>(&'a self, select: &mut Select<'a>) {
        self.source.watch(select);
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Set { key, value } => self.source.command(Command::Set { key, value }),
            Command::Do(offered) => match offered.typed() {
                Some(own) => self.source.command(Command::Do(own)),
                None => debug_assert!(false, "a command of another lab: {offered:?}"),
            },
        }
    }

    fn actions(&self) -> Vec<Action> {
        L::actions(&self.state).into_iter().map(Action::erased).collect()
    }

    fn finished(&self) -> bool {
        match self.source.playback() {
            // Where its reader was told to stop it did, whatever the lab had left to do.
            Some(playback) => playback.finished(),
            None => self.drained && (self.returned || L::finished(&self.state)),
        }
    }

    fn stop(&mut self) {
        self.source.stop();
    }

    fn now(&self) -> u64 {
        self.source.now()
    }

    fn dropped(&self) -> u64 {
        self.source.dropped()
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn scene(&self, detail: Detail, look: &ViewOptions) -> Scene {
        let mut scene = L::scene(&self.state, detail);
        scene.findings = self.findings();
        let full = detail == Detail::Full;
        let own_place = timeline_place(&mut scene).is_some();
        let mut chart =
            (L::LANES && (full || own_place)).then(|| self.lane_chart(look, &scene.findings));
        if let Some(place) = timeline_place(&mut scene)
            && let Some(mut lanes) = chart.take()
        {
            // A compact scene leaves out the driver, which only waits for the others.
            lanes.lanes.retain(|lane| full || lane.name != DRIVER);
            // By number, whichever started first: `w_2` before `w_10`.
            lanes.lanes.sort_by(|a, b| (a.name.len(), &a.name).cmp(&(b.name.len(), &b.name)));
            *place = lanes;
        }
        if full {
            scene.rows.extend(self.common_rows(look, chart));
        }
        // What is played back is disturbed by no drawing.
        scene.calm &= self.source.playback().is_none();
        scene
    }

    fn findings(&self) -> Vec<Finding> {
        let not_run = self
            .not_run()
            .into_iter()
            .map(|missing| (Weight::Caution, format!("{missing}.")).into());
        let mut findings: Vec<_> = not_run.collect();
        findings.extend(L::findings(&self.state));
        findings
            .extend(self.timeline.deadlock(self.now()).map(|text| (Weight::Broken, text).into()));
        let dropped = self.dropped();
        if dropped > 0 {
            let text = format!(
                "{} events were too many to show and were dropped; the final figures come from the data itself",
                units::count(dropped)
            );
            findings.push((Weight::Caution, text).into());
        }
        findings
    }

    fn not_run(&self) -> Vec<NotRun> {
        L::not_run(&self.state)
    }

    fn result(&self) -> serde_json::Value {
        L::result(&self.state)
    }

    fn summary(&self) -> Vec<String> {
        L::summary(&self.state)
    }

    fn story(&self) -> &VecDeque<LogLine> {
        &self.story
    }

    fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    fn keep_everything(&mut self) {
        self.timeline.keep_everything();
    }

    fn tap(&mut self, tap: Tap) {
        self.tap = Some(tap);
    }

    fn playback(&self) -> Option<PlaybackState> {
        self.source.playback().map(Playback::state)
    }

    fn play(&mut self, command: PlaybackCommand) {
        if self.source.play(command) {
            self.state = L::state(self.source.settings());
            self.timeline = Timeline::new();
            self.story.clear();
            self.events = 0;
        }
    }
}

#[cfg(test)]
mod tests;
