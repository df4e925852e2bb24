//! Many of a kind, each with its state.
//!
//! ```text
//! Words   w1 ► running   7!    w2 · idle            w3 ✗ failed    8!
//! Brief   w1 ► 7!              w2 · idle            w3 ✗ 8!
//! Bars    w1 ► 7! ███████░░░   w2 · idle ░░░░░░░░   w3 ✗ 8! ███░░░░░░░
//! ```

use super::activity::Activity;
use super::text::Tone;

/// Many of a kind, each with its state: the workers of a pool. Drawn with words while they fit,
/// then as signs alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    pub cells: Vec<Cell>,
    /// Columns of the widest text that a cell may get, so that cells do not move when a text
    /// changes; 0: as wide as the texts are now.
    pub widest: u16,
    pub style: GridStyle,
}

/// The most that the cells of a grid show. A matter of the grid, so that room for it is kept while
/// a cell has nothing to show. Where there is less room, the drawing shows less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GridStyle {
    /// Its state as a sign and a word, and its text.
    #[default]
    Words,
    /// Its text; the state as a sign alone. Without a text, the state as a word.
    Brief,
    /// Its text, and a bar of [`Cell::share`] beside it.
    Bars,
}

/// One of a grid. Its name and text are shown while there is room, its activity always.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    pub name: String,
    pub activity: Activity,
    /// What it works at ("7!", "pid 4711 9²"); empty for nothing. Left out first where
    /// the grid has little room.
    pub text: String,
    /// Of its name: a thread's own colour, the same as in every other picture, or plain.
    pub tone: Tone,
    /// How far it is, from 0 to 1; `None` for what has no such figure. Only [`GridStyle::Bars`]
    /// draws it.
    pub share: Option<f64>,
}
