//! The exercise's questions: what a lab answers, what a user predicts and tries for it.
//!
//! A question is answered once its key experiment was seen ([`Lab::seen`](super::Lab::seen))
//! and its prediction was made. What was done is kept by the app, not by the lab.

use super::key::Key;

/// One question that a lab answers.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Its number in the exercise, from 1; 0 for a question of the lab's own, which the exercise
    /// does not ask.
    pub number: u8,
    /// In a few words. The longest form comes first; the screen shows the longest that fits.
    pub text: &'static [&'static str],
    /// The first thing to try for it.
    pub experiment: Try,
    /// What is asked beforehand; `None` if the lab asks itself.
    pub prediction: Option<Prediction>,
}

/// A key, and what it does for the question, the longest form first.
#[derive(Clone, Copy, Debug)]
pub struct Try {
    pub key: Key,
    pub what: &'static [&'static str],
}

/// What a user says beforehand. To be wrong is no fault: it is what is remembered.
#[derive(Clone, Copy, Debug)]
pub struct Prediction {
    pub asks: &'static str,
    pub answers: &'static [&'static str],
    /// The position of the right one.
    pub right: usize,
}
