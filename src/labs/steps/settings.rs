//! The settings of the lab, and the types of their values that are its own. Each of them
//! is a part of the program's version, so a change begins with another program.
//!
//! None has a key: what can be changed depends on the program that runs, so the keys are
//! those of [`StepsCommand::Version`].

use crate::kit::explore::ScheduleStep;
use crate::lab::{Choice, Control, Form, Setting, Value, Words, words};
use crate::programs;
use crate::programs::{Case, StepProgram};

pub const ALL: &[&dyn Control] = &[&PROGRAM, &LOCK, &N, &MEMORY];

/// The program that runs; on the screen also the level.
pub const PROGRAM: Setting<&'static StepProgram> =
    Setting::choice("program", "what runs", programs::ALL[0]);

/// Whether the repaired version runs, in which a lock or what the program needs instead
/// is in its place.
pub const LOCK: Setting<bool> =
    Setting::switch("lock", "the repaired version: mostly a lock", false);

/// The program's size, mostly its threads or their operations. Programs with one size
/// refuse it.
pub const N: Setting<SizeChoice> =
    Setting::choice("n", "the program's size, where it has one", SizeChoice::Usual);

/// The memory model, for programs in which the order of stores matters: sequential
/// consistency, or the store buffers of x86. Other programs refuse it.
pub const MEMORY: Setting<StoreOrder> = Setting::choice(
    "memory",
    "order of stores, where it matters: all at once, or x86",
    StoreOrder::Usual,
);

/// What the user can do beyond the settings: take steps, walk through the schedule, search,
/// predict, and choose a program, a code or a query. Each is carried out by the driver thread, in
/// the order in which the keys were pressed.
#[derive(Clone, Debug)]
pub enum StepsCommand {
    /// One step of a thread, or of its store buffer. Refused, with the reason, if it cannot be
    /// taken.
    Step(ScheduleStep),
    Finish(u8),
    /// Back to the state before the last step. The step is kept, and can be taken again
    /// by `Redo` as long as no other one is taken.
    Undo,
    Redo,
    /// To the state after this number of steps of the schedule, including undone ones.
    /// The program is run again from its start to there.
    Seek(usize),
    ReplayBest,
    /// Searches all interleavings of the program and of its repaired version, on other
    /// threads, while the user may go on stepping.
    Search,
    /// Ends a search early. What it has covered so far is not a result, so it is dropped.
    StopSearch,
    /// The prediction of what will happen, by its index among the program's guesses.
    Guess(usize),
    Hint,
    /// Another program, broken and of its usual size, whatever the settings were for the last one.
    Program(&'static StepProgram),
    /// The same program, repaired or not, of this size, under this memory.
    Version(Case),
    /// The program and the schedule of a code that the user has pasted. It replaces the
    /// program, its version and the settings that belong to them.
    Paste(String),
    /// Whether a state can be reached; see `kit::explore::query` for the language. The
    /// text is read by the lab, which answers a wrong one with what is wrong in it.
    Query(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeChoice {
    /// The program's own.
    Usual,
    Of(u32),
}

impl Choice for SizeChoice {
    fn forms() -> Vec<Form> {
        vec![Form::Word("usual"), Form::Number { min: 1, max: 9 }]
    }

    fn to_value(self) -> Value {
        match self {
            Self::Usual => Value::Word("usual"),
            Self::Of(n) => Value::Number(n.into()),
        }
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Word("usual") => Some(Self::Usual),
            Value::Number(n) => u32::try_from(*n).ok().map(Self::Of),
            _ => None,
        }
    }
}

impl Words for &'static StepProgram {
    fn all() -> impl Iterator<Item = Self> {
        programs::ALL.iter().copied()
    }

    fn word(self) -> &'static str {
        self.id
    }
}

/// When other threads see a store, where that matters to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreOrder {
    /// As the program has it.
    Usual,
    /// [`Memory::Sc`](crate::kit::explore::Memory::Sc): every store at once, in one order
    /// for all.
    Sc,
    /// [`Memory::Tso`](crate::kit::explore::Memory::Tso): through a buffer of the thread,
    /// as on x86.
    Tso,
}

words!(StoreOrder: Usual = "usual", Sc = "sc" => "stores at once", Tso = "tso" => "x86 (TSO)");
