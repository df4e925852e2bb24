//! The line of the guided path: what is asked here, and what to do for it.

use super::label::Label;
use super::text::Span;

/// The question of a screen. The drawing shows the longest forms that fit beside each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guide {
    /// Its number in the exercise; 0 for none.
    pub number: u8,
    pub text: Label,
    pub answered: bool,
    /// How it compares with what was predicted; left out first.
    pub verdict: Option<Span>,
    pub hints: Vec<GuideHint>,
}

/// Something to do for the question: a key and what it does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GuideHint {
    /// Before the key, where there is room: `try`, `next`.
    pub verb: &'static str,
    /// As printed on the key.
    pub key: String,
    pub what: Label,
    /// The key that a click presses, by its name.
    pub press: String,
}
