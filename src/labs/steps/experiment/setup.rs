//! Which program runs, and in which version: what the settings ask for.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::settings::{LOCK, MEMORY, N, PROGRAM, SizeChoice, StoreOrder};
use crate::kit::explore::Memory;
use crate::lab::{Settings, Words as _};
use crate::programs::{Case, StepProgram};

/// Which program runs, and in which version. Part of the events and of a schedule's code,
/// so a recording or a pasted code names everything that decides what a schedule does.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub program: &'static StepProgram,
    /// Its size, whether it is repaired, and under which memory model it runs. Always a
    /// version that the program has: see [`Setup::of`].
    pub case: Case,
}

impl PartialEq for Setup {
    fn eq(&self, other: &Self) -> bool {
        self.program.id == other.program.id && self.case == other.case
    }
}

impl Setup {
    /// What the settings ask for, as far as the program has such a version; the rest is
    /// the program's usual one.
    pub fn of(settings: &Settings) -> Self {
        let program = settings.get(PROGRAM);
        let mut case = program.usual();
        if let (Some(size), SizeChoice::Of(n)) = (program.size, settings.get(N)) {
            // Within the program's sizes: a key may have changed the program after the
            // size.
            case.n = n.clamp(size.least, size.most);
        }
        // Every program has a repaired version.
        case.repaired = settings.get(LOCK);
        match settings.get(MEMORY) {
            StoreOrder::Sc if program.has_memory_choice() => case.memory = Memory::Sc,
            StoreOrder::Tso if program.has_memory_choice() => case.memory = Memory::Tso,
            _ => {}
        }
        Self { program, case }
    }

    /// Changes the settings so that they ask for this: for a program that was chosen by a
    /// schedule's code.
    pub fn put_into(self, settings: &mut Settings) {
        let tso = self.case.memory == Memory::Tso;
        settings.put(PROGRAM, self.program);
        settings.put(N, SizeChoice::Of(self.case.n));
        settings.put(LOCK, self.case.repaired);
        settings.put(MEMORY, if tso { StoreOrder::Tso } else { StoreOrder::Sc });
    }
}

impl Serialize for Setup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { program, case } = *self;
        let memory = if case.memory == Memory::Tso { StoreOrder::Tso } else { StoreOrder::Sc };
        let (program, memory) = (program.word().into(), memory.word().into());
        Version { program, n: case.n, repaired: case.repaired, memory }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Setup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Version { program, n, repaired, memory } = Version::deserialize(deserializer)?;
        let unknown =
            |what: &str| D::Error::custom(format_args!("no such version of a program: {what}"));
        let program = <&StepProgram>::named(&program).ok_or_else(|| unknown(&program))?;
        let memory = match StoreOrder::named(&memory) {
            Some(StoreOrder::Sc) => Memory::Sc,
            Some(StoreOrder::Tso) => Memory::Tso,
            _ => return Err(unknown(&memory)),
        };
        let sizes = program.size.map_or(0..=0, |size| size.least..=size.most);
        if !sizes.contains(&n) {
            return Err(unknown(&n.to_string()));
        }
        Ok(Self { program, case: Case { n, repaired, memory } })
    }
}

/// A [`Setup`] as it is written into a recording: the program by its name, so that a recording says
/// what it shows and a program that is gone is found out when it is read.
#[derive(Serialize, Deserialize)]
struct Version<'a> {
    memory: Cow<'a, str>,
    n: u32,
    program: Cow<'a, str>,
    repaired: bool,
}
