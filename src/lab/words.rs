//! Types whose values are words: the enums of labs that are settings.

/// A type whose values are words, such as `submitted` and `completed`. The words are part
/// of the command line's contract: they are typed, shown, and in the JSON result.
pub trait Words: Copy + Sync + 'static {
    /// Every value once, in the order in which their words are listed.
    fn all() -> impl Iterator<Item = Self>;

    /// The word of this value, in lower case, as it is typed and shown.
    fn word(self) -> &'static str;

    /// The value of that word; `None` for any other text.
    fn named(word: &str) -> Option<Self> {
        Self::all().find(|it| it.word() == word)
    }
}

/// One of several things, or all of them: `None` is the word `all`, which needs no type of its own.
impl<W: Words> Words for Option<W> {
    fn all() -> impl Iterator<Item = Self> {
        std::iter::once(None).chain(W::all().map(Some))
    }

    fn word(self) -> &'static str {
        self.map_or("all", W::word)
    }
}

/// Implements [`Words`] for an enum: every variant with its word, in the order in which they are
/// listed.
///
/// ```ignore
/// words!(Order: Submitted = "submitted", Completed = "completed");
/// ```
macro_rules! words {
    ($type:ty: $($variant:ident = $word:literal),+) => {
        impl $crate::lab::Words for $type {
            fn all() -> impl Iterator<Item = Self> {
                [$(Self::$variant),+].into_iter()
            }

            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}

pub(crate) use words;

/// Whether CPython is measured too: if there is a `python3` on the path, or not at all. Running it
/// takes about as long again as our own measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpython {
    Auto,
    Off,
}

words!(Cpython: Auto = "auto", Off = "off");
