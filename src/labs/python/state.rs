//! What is known of the script so far. Pure: folds facts alone.
//!
//! A screen keeps such a state for several moments at once, to look back, so it must stay small
//! however long the script runs: figures have an upper number of entries, and of the output the
//! end stays. A run without a screen keeps the beginning of the output instead, because that is
//! what a result can repeat exactly.

pub mod tasks;
pub mod transcript;

use std::collections::BTreeSet;
use std::time::Duration;

use super::experiment::level::Level;
use super::experiment::step::stepping::Stepping;
use super::facts::source::SourceText;
use super::facts::{Fact, Figures, Interpreter, LockReport, Outcome};
use super::settings::{DELAY, Mode};
use crate::kit::event::{Stamped, Stream, What};
use crate::lab::Settings;
use crate::printable::Printable;
use crate::scene::{NotRun, Tone};
use tasks::TaskBars;
use transcript::Transcript;

/// Bytes of each output that the result keeps: the first.
const KEPT: usize = 8 << 20;
/// Those that a screen keeps, where the states of several moments are in memory: the last.
const SHOWN: usize = 64 * 1024;

/// The script as far as it is known. Everything is optional, because it comes in the order in
/// which it happens: a script that cannot be started has a failure and nothing else.
#[derive(Clone, Debug, Default)]
pub struct State {
    live: bool,
    pub script: Printable,
    pub args: Vec<Printable>,
    pub source: Option<SourceText>,
    pub interpreter: Option<Interpreter>,
    pub figures: Figures,
    /// The locks that are taken away now.
    pub taken_away: BTreeSet<u64>,
    /// Whether it is paused, and how many of its processes go on nevertheless.
    pub paused: Option<u64>,
    /// How long all pauses took that are over.
    pub paused_for: Duration,
    /// The delay after each record now, and the longest at any time.
    pub delay: Duration,
    pub longest_delay: Duration,
    /// The processes that the user has killed: pid and name.
    pub killed: Vec<(u32, Printable)>,
    pub outcome: Option<Outcome>,
    pub failed: Option<Printable>,
    pub streams: Streams,
    pub so_far: SoFar,
    pub transcript: Transcript,
    pub stdout: Written,
    pub stderr: Written,
    pub tasks: TaskBars,
    /// Of a script that is not watched but stepped.
    pub stepping: Option<Stepping>,
}

/// What has happened at any time: what is shown for it stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct SoFar {
    /// A lock was taken away.
    pub altered: bool,
    /// The script has waited for input.
    pub asked: bool,
    /// A thread has waited for a lock.
    pub waited: bool,
}

/// What the script has as its standard streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Streams {
    #[default]
    Pipes,
    /// One for all of them: stdout has all of the output then, and stderr nothing.
    Terminal {
        /// It waits for a key there.
        wants_input: bool,
    },
}

/// What was written on one of the two streams.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub text: String,
    /// Bytes beyond those that were not kept.
    pub cut: u64,
}

impl Written {
    fn push(&mut self, text: &str, live: bool) {
        if live {
            self.text.push_str(text);
            let first = self.text.ceil_char_boundary(self.text.len().saturating_sub(SHOWN));
            self.text.drain(..first);
            self.cut += first as u64;
            return;
        }
        let room = KEPT.saturating_sub(self.text.len());
        let kept = text.floor_char_boundary(room);
        self.text.push_str(&text[..kept]);
        self.cut += (text.len() - kept) as u64;
    }
}

impl State {
    pub fn new(settings: &Settings) -> Self {
        let delay = settings.get(DELAY);
        let stepping = (Mode::of(settings) == Mode::Step).then(Stepping::default);
        Self { live: settings.live, delay, longest_delay: delay, stepping, ..Self::default() }
    }

    pub fn apply(&mut self, event: &Stamped<Fact>) {
        let fact = match &event.what {
            What::Fact(fact) => fact,
            What::Lane(what) => return self.tasks.apply(event.at, event.lane, what),
        };
        match fact {
            Fact::Script { script, args } => {
                (self.script, self.args) = (script.clone(), args.clone());
            }
            Fact::Source(source) => self.source = Some(source.clone()),
            Fact::Interpreter(interpreter) => self.interpreter = Some((**interpreter).clone()),
            Fact::Output { stream, text } => {
                let (written, base) = match stream {
                    Stream::Stdout => (&mut self.stdout, Tone::Plain),
                    Stream::Stderr => (&mut self.stderr, Tone::Broken),
                };
                written.push(text, self.live);
                self.transcript.write(text, base);
            }
            Fact::Terminal => self.streams = Streams::Terminal { wants_input: false },
            Fact::Skipped { bytes } => {
                self.stdout.cut += bytes;
                self.transcript.skip(*bytes);
            }
            Fact::Input { wanted } => {
                self.streams = Streams::Terminal { wants_input: *wanted };
                self.so_far.asked |= wanted;
            }
            Fact::Figures(figures) => {
                let waits = |lock: &LockReport| lock.contended > 0 || !lock.waiting.is_empty();
                self.so_far.waited |= figures.locks.iter().any(waits);
                self.figures.clone_from(figures);
            }
            Fact::LockTaken { lock, taken_away: true, .. } => {
                self.taken_away.insert(*lock);
                self.so_far.altered = true;
            }
            Fact::LockTaken { lock, .. } => {
                self.taken_away.remove(lock);
            }
            Fact::Paused { running } => self.paused = Some(*running),
            Fact::Resumed { paused } => {
                self.paused = None;
                self.paused_for += *paused;
            }
            Fact::Slowed { delay } => {
                self.delay = *delay;
                self.longest_delay = self.longest_delay.max(*delay);
            }
            Fact::Killed { pid, name } => self.killed.push((*pid, name.clone())),
            Fact::Stepped(_) | Fact::Searching { .. } | Fact::Searched(_) => {
                self.stepping.get_or_insert_default().apply(fact);
            }
            Fact::Ended(outcome) => self.outcome = Some((**outcome).clone()),
            Fact::Failed { why } => self.failed = Some(why.clone()),
        }
    }

    /// The script's own name, without its folder.
    pub fn name(&self) -> &str {
        self.script.rsplit('/').next().unwrap_or_default()
    }

    /// How strong the evidence of this run is.
    pub fn level(&self) -> Level {
        match &self.stepping {
            Some(stepping) => stepping.executed.level(stepping.at),
            None if self.so_far.altered => Level::Altered,
            None if self.was_paced() => Level::Paced,
            None => Level::Watched,
        }
    }

    /// Whether the user has paused it or slowed it down at any time.
    pub fn was_paced(&self) -> bool {
        self.paused.is_some() || self.paused_for > Duration::ZERO || self.was_slowed()
    }

    pub fn was_slowed(&self) -> bool {
        self.longest_delay > Duration::ZERO
    }

    /// Whether the script runs and waits for a key in its terminal.
    pub fn wants_input(&self) -> bool {
        !self.finished() && self.streams == Streams::Terminal { wants_input: true }
    }

    pub fn has_terminal(&self) -> bool {
        self.streams != Streams::Pipes
    }

    pub fn finished(&self) -> bool {
        self.outcome.is_some() || self.failed.is_some()
    }

    pub fn not_run(&self) -> Vec<NotRun> {
        let limit = self.outcome.as_ref().and_then(|outcome| outcome.limit.clone());
        let limit = limit.map(|why| NotRun::new("the rest of the script", why));
        let failed = self.failed.clone().map(|why| NotRun::new("the script", why));
        failed.into_iter().chain(limit).collect()
    }
}
