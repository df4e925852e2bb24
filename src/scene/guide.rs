//! The line of the guided path: what is asked here, and what to do for it.
//!
//! ```text
//!  Q2  Does the lock cost anything?       as expected   ▸ try l lock   ▸ next n next lab
//!  number, text                           verdict       hints: verb, key, what
//! ```

use super::label::Label;
use super::text::Span;

/// The question of a screen. The drawing shows the longest forms that fit beside each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guide {
    /// Its number in the exercise, from 1; 0 for a question that the exercise does not have.
    pub number: u8,
    pub text: Label,
    pub answered: bool,
    /// How it compares with what was predicted; left out first. `None` before both are known.
    pub verdict: Option<Span>,
    pub hints: Vec<GuideHint>,
}

/// Something to do for the question: a key and what it does. A click on it presses the same key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GuideHint {
    /// Before the key, where there is room: `try`, `next`. Empty for none.
    pub verb: &'static str,
    /// As printed on the key; the drawing may have a sign for it.
    pub key: String,
    pub what: Label,
    /// The key that a click presses, by its name.
    pub press: String,
}
