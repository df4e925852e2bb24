//! The laboratory's experiments. Adding one is a folder, a `mod` line and a line in [`ALL`].

mod factorial;
pub mod list;

use crate::lab::Entry;

/// All labs in the order of their screens.
pub static ALL: &[Entry] = &[
    Entry::of::<list::SharedListLab>(),
    Entry::of::<factorial::FactorialPool>(),
];
