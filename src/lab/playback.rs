//! The playback of a recorded run: its events, given out when their time has come by a clock
//! that can be paused, paced and moved.
//!
//! ```text
//!       position, at `since`     now = position + time passed · 2^speed
//!            │                    │
//! 0 ─────────┴────────────────────┴──────────────── length ──▶ time of the run
//!   ■  ■ ■     ■  ■   ■■          │ ■   ■  ■
//!   given out                       next one: `due` gets ready when it is reached
//! ```
//!
//! Back in time means from the beginning: `given` becomes 0, and all events up to the new time are
//! given out again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, at, never};

use super::recording::RecordedEvents;
use super::run::{PlaybackCommand, PlaybackState};
use crate::kit::clock::whole_ns;
use crate::kit::event::Stamped;

/// The slowest and the fastest speed, as powers of two: 1/1024 and 64 times that of the run.
const SPEEDS: std::ops::RangeInclusive<i32> = -10..=6;
/// How long a recording takes at least, in ns: a run of milliseconds begins slower, since it
/// would be over before the eye finds it.
const LEAST: u64 = 2_000_000_000;

/// The events of one run and the clock by which they come.
#[derive(Debug)]
pub struct Playback<F> {
    run: Arc<RecordedEvents<F>>,
    /// Number of events that were given out.
    given: usize,
    /// The time of the run at `since`.
    position: u64,
    since: Instant,
    state: PlaybackState,
    /// Gets ready when the next event is due.
    due: Receiver<Instant>,
}

impl<F: Clone> Playback<F> {
    /// A playback at the beginning of the run. A short run plays slower, so that it takes two
    /// seconds at least, if the slowest speed is slow enough for that.
    pub fn new(run: Arc<RecordedEvents<F>>) -> Self {
        let last = run.events.iter().map(|event| event.at).max();
        let length = run.end.elapsed_ns.max(last.unwrap_or(0));
        let enough = |slower: &i32| length << slower.unsigned_abs() >= LEAST;
        let slowest = *SPEEDS.start();
        let speed = (slowest..=0).rev().find(enough).unwrap_or(slowest);
        let mut playback = Self {
            run,
            given: 0,
            position: 0,
            since: Instant::now(),
            state: PlaybackState { length, paused: false, speed },
            due: never(),
        };
        playback.arm();
        playback
    }

    pub fn state(&self) -> PlaybackState {
        self.state
    }

    /// Events that the run lost before they could be recorded.
    pub fn dropped(&self) -> u64 {
        self.run.end.dropped_events
    }

    /// The time of the run, in ns.
    pub fn now(&self) -> u64 {
        let passed = if self.state.paused { Duration::ZERO } else { self.since.elapsed() };
        let passed = whole_ns(passed);
        let passed = match self.state.speed {
            faster @ 0.. => passed.saturating_mul(1 << faster),
            slower => passed >> slower.unsigned_abs(),
        };
        self.position.saturating_add(passed).min(self.state.length)
    }

    pub fn finished(&self) -> bool {
        self.given == self.run.events.len() && self.now() == self.state.length
    }

    /// Gives out at most `max` events whose time has come; returns how many there were. In the
    /// order of the recording: an event of an earlier time behind a later one waits for that.
    pub fn drain(&mut self, max: usize, mut take: impl FnMut(Stamped<F>)) -> usize {
        let now = self.now();
        let rest = &self.run.events[self.given..];
        let due = rest.iter().take(max).take_while(|event| event.at <= now);
        let count = due.cloned().map(&mut take).count();
        self.given += count;
        self.arm();
        count
    }

    /// Waits until the next event is due, at most for `limit`.
    pub fn wait(&self, limit: Duration) {
        let _ = self.due.recv_timeout(limit);
    }

    /// Gets ready when there is something to drain.
    pub fn due(&self) -> &Receiver<Instant> {
        &self.due
    }

    /// Changes the playback. Returns whether the run begins again: what was drained then counts
    /// no more, and [`Playback::drain`] gives all of it out again, up to the new time.
    pub fn play(&mut self, command: PlaybackCommand) -> bool {
        let before = self.now();
        (self.position, self.since) = (before, Instant::now());
        match command {
            PlaybackCommand::Pause => self.state.paused = !self.state.paused,
            PlaybackCommand::Move(by) => self.position = before.saturating_add_signed(by),
            PlaybackCommand::Seek(to) => self.position = to,
            PlaybackCommand::Speed(by) => {
                let speed = self.state.speed.saturating_add(by);
                self.state.speed = speed.clamp(*SPEEDS.start(), *SPEEDS.end());
            }
        }
        self.position = self.position.min(self.state.length);
        let back = self.position < before;
        if back {
            self.given = 0;
        }
        self.arm();
        back
    }

    /// Has [`Playback::due`] get ready at the time of the next event, or of the end.
    fn arm(&mut self) {
        let next = self.run.events.get(self.given).map_or(self.state.length, |event| event.at);
        let left = next.saturating_sub(self.position);
        let left = match self.state.speed {
            faster @ 0.. => left >> faster,
            slower => left.saturating_mul(1 << slower.unsigned_abs()),
        };
        let at_end = self.finished();
        let when = self.since.checked_add(Duration::from_nanos(left));
        self.due = match when.filter(|_| !at_end && (!self.state.paused || next <= self.position)) {
            Some(when) => at(when),
            None => never(),
        };
    }
}
