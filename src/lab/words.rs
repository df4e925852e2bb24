//! Types whose values are words: the enums of labs that are settings.

/// A type whose values are words, such as `submitted` and `completed`. The words are part
/// of the command line's contract: they are typed, shown, and in the JSON result.
pub trait Words: Copy + Sync + 'static {
    /// Every value once, in the order in which their words are listed.
    fn all() -> impl Iterator<Item = Self>;

    /// The word of this value, in lower case, as it is typed and shown.
    fn word(self) -> &'static str;

    /// What the screen calls it: mostly its word.
    fn shown(self) -> &'static str {
        self.word()
    }

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

    fn shown(self) -> &'static str {
        self.map_or("all", W::shown)
    }
}

/// Implements [`Words`] for an enum: every variant with its word, in the order in which they are
/// listed, and what the screen calls it if that is something else.
///
/// ```ignore
/// words!(Order: Submitted = "submitted" => "as submitted", Completed = "completed");
/// ```
macro_rules! words {
    (@shown $word:literal) => { $word };
    (@shown $word:literal $shown:literal) => { $shown };
    ($type:ty: $($variant:ident = $word:literal $(=> $shown:literal)?),+) => {
        impl $crate::lab::Words for $type {
            fn all() -> impl Iterator<Item = Self> {
                [$(Self::$variant),+].into_iter()
            }

            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            fn shown(self) -> &'static str {
                match self {
                    $(Self::$variant => $crate::lab::words!(@shown $word $($shown)?)),+
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
