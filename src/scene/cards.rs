//! Cards: things to compare, each with the same few parts in whole sentences, and how each is
//! written in several languages.
//!
//! ```text
//! ╭ Lock ──────────────── ✓ seen ╮   title, mark
//! │ Python                       │   the listing that is shown, of several
//! │ with lock: count += 1        │
//! │ for one thread at a time     │   parts: label and text
//! │ misuse a thread skips it     │
//! ╰──────────────────────────────╯
//! ```

use super::label::Label;
use super::text::Span;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cards {
    pub cards: Vec<Card>,
    /// Position of the listing that each shows, counted on from the first one after the last.
    pub shown: usize,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    pub title: Label,
    /// What was seen of it so far, in the corner: a sign and a word. Where there is no room, the
    /// word is left out.
    pub mark: Span,
    /// The same in each language, of which one is shown; the others take no room. Each is its name
    /// and lines of code, which are no code if they run together.
    pub listings: Vec<Vec<CardPart>>,
    pub parts: Vec<CardPart>,
}

/// A part of a card: what it is, and a sentence or a line of code; either may be empty. Wrapped,
/// never cut.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CardPart {
    pub label: String,
    pub text: Span,
    /// Characters that a text in this place may have. Room is kept for as many, so that the
    /// cards do not move when the text comes.
    pub longest: usize,
}
