//! A run of a lab, one that happens now or a recorded one, and what is folded from it: the
//! lab's own state, the lanes and waits that every lab has, and the story.
//!
//! ```text
//! source ──event──▶ in time order ──▶ sentence (by the state before) ──▶ tap
//!                                       │          then apply: timeline, state, history
//!                                       └──▶ story, if it is worth a sentence
//! ```
//!
//! A run on the live screen keeps its latest past ([`History`]): its scene can be that of an
//! earlier moment while the run itself, and all else that is asked of it, goes on.
//!
//! Everything here runs on the thread that shows the run, inside [`Run::drain`]. Nothing
//! looks at the lab's threads themselves.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Select;

use super::folded::Folded;
use super::history::History;
use super::playback::Playback;
use super::recording::{self, Header, Lines, Recording, RecordingError};
use super::run::{
    PlaybackCommand, PlaybackState, Playhead, Record, Recorded, Run, Tap, ViewOptions,
};
use super::session::{MAIN, OpenError};
use super::source::Source;
use super::{Action, Command, Control, Detail, Info, Lab, Settings};
use crate::kit::event::{Ending, LaneEvent, Stamped, What};
use crate::printable::Printable;
use crate::scene::{Finding, LogLine, NotRun, Scene, Tone};
use crate::timeline::Timeline;

/// Sentences kept for looking back: some minutes of a lab at its usual pace, as long as its past is
/// kept otherwise. A long run must not grow without bound.
const STORY: usize = 2048;

/// One run of lab `L`: the source of its events, and all that is folded from them. Used only
/// as a [`Run`].
pub struct Runner<L: Lab> {
    source: Source<L>,
    /// All events so far, folded.
    present: Folded<L>,
    story: VecDeque<LogLine>,
    /// What was, for looking back; `None` where there is no screen to look on, or the source
    /// itself can go back.
    history: Option<History<L>>,
    /// The moment that is shown instead of the present.
    past: Option<(Folded<L>, Playhead)>,
    /// Whether the last drain left nothing behind. Without this a run would count as
    /// finished while its last events are still in the channel.
    drained: bool,
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
        let present = Folded::new(L::state(source.settings()));
        let looked_at = source.settings().live && source.playback().is_none();
        Self {
            source,
            present,
            story: VecDeque::new(),
            history: looked_at.then(History::new),
            past: None,
            drained: false,
            returned: false,
            tap: None,
        }
    }

    fn fold(&mut self, mut event: Stamped<L::Fact>) {
        let present = &mut self.present;
        // Events of one lane must not go back in time, or intervals would overlap; the
        // reader sorts only what it takes at once.
        event.at = present.timeline.in_order(event.lane, event.at);
        // The last thing that a run emits. A body that panicked has not finished its work.
        self.returned |= event.lane == MAIN
            && matches!(event.what, What::Lane(LaneEvent::Ended(Ending::Returned)));
        let sentence = match &event.what {
            What::Lane(what) => {
                let sentence = present.timeline.sentence(event.at, event.lane, what);
                sentence.map(|(text, tone)| (Printable::from(text), tone))
            }
            What::Fact(_) => {
                L::describe(&present.state, &event).map(|sentence| (sentence.text, sentence.tone))
            }
        };
        // Before it is applied, like every sentence: it may state how long a wait was.
        let own_sentence = match &event.what {
            What::Lane(what) if self.tap.is_some() && sentence.is_none() => {
                Some(present.timeline.describe(event.at, event.lane, what).into())
            }
            _ => None,
        };
        if let Some(history) = &mut self.history {
            history.prepare(present);
        }
        let in_story = sentence.is_some();
        present.apply(&event, in_story);
        if let Some(tap) = &mut self.tap {
            let what = match &event.what {
                What::Lane(what) => Recorded::Lane(what),
                What::Fact(fact) => Recorded::Fact(fact),
            };
            let text = sentence.as_ref().map(|(text, _)| text);
            tap(&Record {
                at: event.at,
                id: event.lane,
                lane: present.timeline.name(event.lane),
                what,
                sentence: text.or(own_sentence.as_ref()).map(Printable::as_str),
                in_story: text.is_some(),
            });
        }
        if let Some((text, tone)) = sentence {
            self.keep(&event, text, tone);
        }
        if let Some(history) = &mut self.history {
            history.push(event, in_story);
        }
    }

    /// Adds a sentence to the story, and drops the oldest one if there are too many.
    fn keep(&mut self, event: &Stamped<L::Fact>, text: Printable, tone: Tone) {
        if self.story.len() == STORY {
            self.story.pop_front();
        }
        let timeline = &self.present.timeline;
        let name = timeline.name(event.lane);
        let own = L::lane_tone(name).unwrap_or_else(|| timeline.tone_of(event.lane));
        self.story.push_back(LogLine { at: event.at, lane: name.into(), own, text, tone });
    }
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
        self.present.dropped = self.dropped();
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
        L::actions(&self.present.state).into_iter().map(Action::erased).collect()
    }

    fn controls(&self) -> &'static [&'static dyn Control] {
        L::controls(&self.present.state)
    }

    fn seen(&self, question: usize) -> bool {
        L::seen(&self.present.state, question)
    }

    fn finished(&self) -> bool {
        match self.source.playback() {
            // It ends where the recording ends, whatever the lab had left to do.
            Some(playback) => playback.finished(),
            None => self.drained && (self.returned || L::finished(&self.present.state)),
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
        self.present.events
    }

    fn latest(&self) -> u64 {
        self.present.latest
    }

    fn scene(&self, detail: Detail, view: &ViewOptions) -> Scene {
        let (shown, now) = self.shown();
        let mut scene = L::scene(&shown.state, detail);
        let dropped = if self.past.is_some() { shown.dropped } else { self.dropped() };
        scene.findings = Self::findings_of(shown, now, dropped);
        let chart = self.fill_timeline(&mut scene, detail, view);
        if detail == Detail::Full {
            scene.rows.extend(self.common_rows(view, chart));
        }
        // What is played back, or was, is disturbed by no drawing.
        scene.calm &= self.source.playback().is_none() && self.past.is_none();
        scene
    }

    fn latest_sentence(&self) -> Option<&LogLine> {
        self.shown_story().next()
    }

    fn playhead(&self) -> Option<Playhead> {
        self.past.as_ref().map(|(_, playhead)| *playhead)
    }

    fn rewind(&mut self, to: Option<u64>) {
        let (Some(to), Some(history)) = (to, &self.history) else {
            self.past = None;
            return;
        };
        let (oldest, now) = (history.oldest(), self.now());
        // What is shown may be forgotten by now; it stays rather than to move forward.
        if to < oldest && self.playhead().is_some_and(|playhead| playhead.at <= oldest) {
            return;
        }
        let at = to.clamp(oldest.min(now), now);
        let folded = if at < self.present.latest { history.at(at) } else { None };
        let folded = folded.unwrap_or_else(|| self.present.clone());
        self.past = Some((folded, Playhead { oldest, at, now }));
    }

    fn findings(&self) -> Vec<Finding> {
        Self::findings_of(&self.present, self.now(), self.dropped())
    }

    fn not_run(&self) -> Vec<NotRun> {
        L::not_run(&self.present.state)
    }

    fn result(&self) -> serde_json::Value {
        L::result(&self.present.state)
    }

    fn summary(&self) -> Vec<String> {
        L::summary(&self.present.state)
    }

    fn story(&self) -> &VecDeque<LogLine> {
        &self.story
    }

    fn timeline(&self) -> &Timeline {
        &self.present.timeline
    }

    fn keep_everything(&mut self) {
        self.present.timeline.keep_everything();
    }

    fn tap(&mut self, tap: Tap) {
        self.tap = Some(tap);
    }

    fn playback(&self) -> Option<PlaybackState> {
        self.source.playback().map(Playback::state)
    }

    fn play(&mut self, command: PlaybackCommand) {
        if self.source.play(command) {
            self.present = Folded::new(L::state(self.source.settings()));
            self.story.clear();
        }
    }
}

mod scene;
#[cfg(test)]
mod tests;
