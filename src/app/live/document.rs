//! What of a run can be saved, by name.

/// What can be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The outcome as the command line's JSON object.
    Json,
    /// The story and the outcome as sentences.
    Text,
    /// The lanes, for a trace viewer.
    Trace,
    /// The screen as it stands.
    Picture,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Trace, Self::Picture];

    pub fn label(self) -> &'static str {
        match self {
            Self::Json => "the figures, as JSON",
            Self::Text => "the story and the outcome, as text",
            Self::Trace => "the lanes, as a trace for Perfetto",
            Self::Picture => "this screen, as an SVG picture",
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "txt",
            Self::Trace => "trace.json",
            Self::Picture => "svg",
        }
    }
}
