//! The techniques, in the order in which a learner meets them. Each is one small file
//! with its texts, the experiment with it, and the same without it.

mod cancel;
mod carry;
mod catch;
mod cleanup;
mod critical;
pub mod logging;

use super::technique::{Technique, TechniqueContext, TechniqueOutcome, all_started, in_a_thread};

pub static ALL: &[&Technique] = &[
    &catch::TECHNIQUE,
    &logging::TECHNIQUE,
    &carry::TECHNIQUE,
    &cleanup::TECHNIQUE,
    &critical::TECHNIQUE,
    &cancel::TECHNIQUE,
];

pub fn find(name: &str) -> Option<&'static Technique> {
    ALL.iter().copied().find(|technique| technique.name == name)
}
