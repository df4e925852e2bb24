//! The laboratory's experiments. Adding one is a folder, a `mod` line and a line in [`ALL`].

mod factorial;
mod failures;
pub mod list;
mod pool;
pub mod steps;
mod sync;
mod worlds;

/// What `threadbare explore` looks into.
pub use self::steps::{explore, program::StepProgram, programs};

use crate::kit::child::WorkerFnEntry;
use crate::kit::{manager, process_pool};
use crate::lab::Entry;

/// All labs in the order of their screens.
pub static ALL: &[Entry] = &[
    Entry::of::<list::SharedListLab>(),
    Entry::of::<factorial::FactorialPool>(),
    Entry::of::<pool::ProcessPoolLab>(),
    Entry::of::<worlds::ThreadsOrProcesses>(),
    Entry::of::<sync::Sync>(),
    Entry::of::<failures::Failures>(),
    Entry::of::<steps::Steps>(),
];

/// What worker processes of this program can do: the kit's own jobs, and those of labs.
pub static JOBS: &[&[WorkerFnEntry]] =
    &[process_pool::jobs::ALL, manager::JOBS, pool::JOBS, worlds::JOBS, failures::JOBS, sync::JOBS];

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    /// Every setting of every lab: its range, defaults, keys and the values they step through.
    #[test]
    fn the_settings_of_all_labs() {
        let mut out = String::new();
        for entry in super::ALL {
            let info = entry.info;
            let _ = writeln!(out, "{} [{}] [{}]", info.id, info.title, info.tab);
            for control in info.controls {
                let _ = writeln!(
                    out,
                    "  {}={} live {:?}: {}\n    {:?}\n    {:?}\n    {}",
                    control.key,
                    control.default,
                    control.live,
                    control.about,
                    control.kind,
                    control.keys,
                    control.steps.join(" "),
                );
            }
        }
        insta::assert_snapshot!(out);
    }
}
