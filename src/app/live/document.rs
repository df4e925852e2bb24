//! The documents that can be saved from a run: their names in the menu and of their files. What
//! they hold is in [`super::save`].

/// A document that can be saved from a run. Each kind is one row of the menu and one extension
/// of a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// The outcome, as the same JSON object that the run without a screen writes.
    Json,
    Text,
    Trace,
    Picture,
    Animation,
}

impl DocumentKind {
    /// In the order of the menu. The story comes first: it is what most users want to keep.
    pub const ALL: [Self; 5] =
        [Self::Text, Self::Json, Self::Trace, Self::Picture, Self::Animation];

    pub fn label(self) -> &'static str {
        match self {
            Self::Json => "the figures, as JSON",
            Self::Text => "the story and the outcome, as text",
            Self::Trace => "the lanes, as a trace for Perfetto",
            Self::Picture => "this screen, as an SVG picture",
            Self::Animation => "the last seconds of it, as a moving SVG picture",
        }
    }

    /// The end of the file's name, without a dot in front. A trace keeps `.json`, by which
    /// viewers recognise it.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "txt",
            Self::Trace => "trace.json",
            Self::Picture => "svg",
            Self::Animation => "moving.svg",
        }
    }
}
