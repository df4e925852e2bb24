//! The few lines that the threads execute, in several languages, with the threads that are at
//! each of them.
//!
//! ```text
//!  Python │ Rust                        listings, as tabs
//! 1   with lock:
//! 2 ►     count += 1        ◀ add-1     a line, and the thread that is at it
//!     in CPython this is not one step   the note
//! ```

use super::label::Label;
use super::text::Span;
use crate::printable::Printable;

/// Listings of the same code, as tabs: Python first, since that is what the reader knows. One
/// is shown at a time, and all have the height of the tallest, so that nothing moves when
/// another one is chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Code {
    pub listings: Vec<Listing>,
    /// The position of the listing that is shown; beyond the last it begins again. The app sets
    /// it, a lab leaves it at 0.
    pub shown: usize,
}

/// One listing: the lines of the shared code in one language, so line by line comparable with the
/// others only where the lab has written them so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// What tells it from the others: its name is that of the tab.
    pub language: Language,
    pub lines: Vec<CodeLine>,
    /// A line below the code, for what it does not say by itself ("in CPython `append` is one
    /// step"); empty for none.
    pub note: Label,
}

/// The language of a listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    Python,
    Rust,
}

impl Language {
    pub fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Rust => "Rust",
        }
    }

    /// What a comment begins with.
    pub fn comment_sign(self) -> &'static str {
        match self {
            Self::Python => "#",
            Self::Rust => "//",
        }
    }
}

/// A line of code, and which threads are at it now. Usually none, or the few that wait for the same
/// lock. Its number is its position in the listing, from 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodeLine {
    pub text: Printable,
    pub at: Vec<Span>,
    /// It is not executed as things are set: a lock that is off. Crossed out by the drawing, also
    /// while a thread is at it.
    pub skipped: bool,
}

impl Code {
    /// Code with these listings, the first of them shown. None at all is allowed and draws nothing.
    pub fn new(listings: Vec<Listing>) -> Self {
        Self { listings, shown: 0 }
    }

    /// The listing that is shown; `None` if there is none at all.
    pub fn listing(&self) -> Option<&Listing> {
        self.listings.get(self.shown % self.listings.len().max(1))
    }
}

impl Listing {
    /// A listing without a note.
    pub fn new(language: Language, lines: impl IntoIterator<Item = CodeLine>) -> Self {
        Self { language, lines: lines.into_iter().collect(), note: Label::default() }
    }

    /// Notes which script in the folder `examples` does the same under CPython itself.
    #[must_use]
    pub fn as_script(self, name: &str) -> Self {
        let path = format!("examples/{name}");
        let note = format!("see it in CPython: threadbare {path}");
        self.note(Label::new(note).or(format!("in CPython: {path}")).or(path).or(name.to_owned()))
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<Label>) -> Self {
        self.note = note.into();
        self
    }
}
