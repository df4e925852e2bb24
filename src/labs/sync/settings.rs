//! The settings of the lab, and the types of their values that are its own.
//!
//! | setting | without a screen | on the screen |
//! |---|---|---|
//! | `tool` | all, one after the other | the one that is looked at |
//! | `misuse` | all, each once | off; a key walks through them |
//! | `ops`, `pace` | many, at full speed | few, each seen |

use std::collections::HashSet;
use std::time::Duration;

use super::experiment::control_block::MAX_WORKERS;
use super::experiment::step_mode::StepCommand;
use super::experiment::tool::Tool;
use super::experiment::tools;
use crate::lab::{Control, Key, Keys, Setting, Settings, Words, ms};

pub const ALL: &[&dyn Control] = &[&TOOL, &MISUSE, &WORKERS, &OPS, &PACE];

/// Which tool runs. All of them without a screen; on the screen the one that is being
/// looked at.
pub const TOOL: Setting<Tools> = Setting::choice("tool", "which tool", Tools::All)
    .live(Tools::One(tools::ALL[0]))
    .keys(Keys::Steps { back: &[Key::Up], on: &[Key::Down] })
    .steps(&EACH);

/// One tool after the other, as the lists on the screen have them, from end to end. All of them
/// are for a run without a screen.
const EACH: [Tools; tools::ALL.len()] = {
    let mut each = [Tools::All; tools::ALL.len()];
    let mut at = 0;
    while at < each.len() {
        each[at] = Tools::One(tools::ALL[at]);
        at += 1;
    }
    each
};

/// Which misuses run beside the correct use. Without a screen all of them, each once; on
/// the screen the lab's own key walks through them.
pub const MISUSE: Setting<Misuses> =
    Setting::choice("misuse", "misuses to try", Misuses::All).live(Misuses::Off);

/// Participants of a run: threads or processes, by the tool. Some scenarios need a fixed
/// number, such as two for a lock-order inversion, and ignore this.
pub const WORKERS: Setting<usize> =
    Setting::number("workers", "threads or processes of a run", 2..=MAX_WORKERS, 4)
        .keys(Keys::ARROWS)
        .steps(&[2, 3, 4, 6, 8]);

/// Operations of each participant. Many without a screen, so that a lost update has many
/// chances; few on the screen, where each takes as long as the pace.
pub const OPS: Setting<u64> =
    Setting::number("ops", "operations of each worker", 1..=100_000, 100).live(3);

/// Delay before each step, so that a person can follow. It can be changed during a run,
/// and without one the steps are their bare effect.
pub const PACE: Setting<Duration> = Setting::time(
    "pace",
    "pause before each step, so that eyes can follow",
    ms(0)..=ms(2000),
    ms(0),
)
.live(ms(100))
.keys(Keys::Steps { back: &[Key::Char('-')], on: &[Key::Char('+')] })
.steps(&[ms(10), ms(30), ms(100), ms(300), ms(1000)]);

/// The pace in ns, as facts and state carry it.
pub fn pace_ns(settings: &Settings) -> u64 {
    u64::try_from(settings.get(PACE).as_nanos()).unwrap_or(u64::MAX)
}

/// What the user can ask for besides the settings. [`Lab::effect`](crate::lab::Lab::effect) decides
/// which of them needs another run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncCommand {
    /// Correct use, or a misuse: the run that goes on is replaced.
    Use(Misuses),
    /// A step of the threads that run, or the end of step mode: the run goes on.
    Step(StepCommand),
}

#[derive(Clone, Copy, Debug)]
pub enum Tools {
    One(&'static Tool),
    All,
}

impl Tools {
    pub fn one(self) -> Option<&'static Tool> {
        if let Self::One(tool) = self { Some(tool) } else { None }
    }
}

impl Words for Tools {
    fn all() -> impl Iterator<Item = Self> {
        tools::ALL.iter().copied().map(Self::One).chain([Self::All])
    }

    fn word(self) -> &'static str {
        self.one().map_or("all", |tool| tool.id)
    }

    fn shown(self) -> &'static str {
        self.one().map_or("all", |tool| tool.python)
    }
}

/// The misuses that are to run. Also the lab's only command: the use to be shown next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuses {
    /// None: correct use.
    Off,
    /// Correct use, then each misuse.
    All,
    /// The misuse of this name. Several tools may have one of the same name, so it is not
    /// checked here; see `Lab::check`.
    Named(&'static str),
}

impl Words for Misuses {
    fn all() -> impl Iterator<Item = Self> {
        let names = tools::ALL.iter().flat_map(|tool| tool.misuses).map(|misuse| misuse.name);
        // Each name once, or the setting would list some of them several times.
        let mut seen = HashSet::new();
        let once = names.filter(move |name| seen.insert(*name)).map(Self::Named);
        [Self::Off, Self::All].into_iter().chain(once)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::All => "all",
            Self::Named(name) => name,
        }
    }
}
