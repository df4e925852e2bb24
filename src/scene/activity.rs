//! What a thread or process is doing, as one of ten states, the same in every kind of picture.

use super::text::Tone;

/// What a lane is doing. Each has a glyph and a word of its own, so that colour alone never tells
/// them apart; the glyphs are the drawing's.
///
/// ```text
/// Idle ──▶ Running ◀──▶ Waiting, Sleeping, Paused      while it lives
///             └──▶ Holding                             running, with what others may want
/// Finished, Failed, Cancelled, Dead                    how it ended
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activity {
    #[default]
    Idle,
    Running,
    /// In the critical section, or holding something that others may want. Shown instead of
    /// running.
    Holding,
    Waiting,
    Sleeping,
    /// Paused before its next step, by the user or by a search; also in paced mode, while the delay
    /// before a step lasts. Or a process that the user has stopped, wherever it was.
    Paused,
    Finished,
    Failed,
    Cancelled,
    /// A thread or process that is no more, and not by its own decision: killed, or exited with an
    /// error. What it held, it may hold for ever.
    Dead,
}

impl Activity {
    /// All of them; the position is the number of the variant, so that a table by activity can
    /// be an array.
    pub const ALL: [Self; 10] = [
        Self::Idle,
        Self::Running,
        Self::Holding,
        Self::Waiting,
        Self::Sleeping,
        Self::Paused,
        Self::Finished,
        Self::Failed,
        Self::Cancelled,
        Self::Dead,
    ];

    /// Its word, on screen and in text: one for each, and none is a part of another, so that a
    /// search for one finds no other.
    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Holding => "holding",
            Self::Waiting => "waiting",
            Self::Sleeping => "sleeping",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Dead => "dead",
        }
    }

    /// What it means at a glance: good, at work, waiting, broken. Several activities share a
    /// tone, so the glyph or the word tells them apart.
    pub fn tone(self) -> Tone {
        match self {
            // Not at work: the eye may pass over it.
            Self::Idle | Self::Sleeping | Self::Cancelled => Tone::Dim,
            Self::Running => Tone::Active,
            // Waiting has a tone of its own: it is what most labs are about.
            Self::Waiting => Tone::Waiting,
            Self::Paused => Tone::Accent,
            // Holding is what a lane waited for, so it is good; what it costs the others shows
            // in theirs.
            Self::Holding | Self::Finished => Tone::Good,
            Self::Failed | Self::Dead => Tone::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_activity_has_its_word_and_its_tone() {
        let all = Activity::ALL.map(|activity| (activity.word(), activity.tone()));
        assert_eq!(
            all,
            [
                ("idle", Tone::Dim),
                ("running", Tone::Active),
                ("holding", Tone::Good),
                ("waiting", Tone::Waiting),
                ("sleeping", Tone::Dim),
                ("paused", Tone::Accent),
                ("finished", Tone::Good),
                ("failed", Tone::Broken),
                ("cancelled", Tone::Dim),
                ("dead", Tone::Broken),
            ]
        );
    }
}
