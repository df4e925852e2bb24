//! Where a task stands, for its owner, for those who wait, and for recordings.

use serde::{Deserialize, Serialize};

/// Where a task stands. A cancelled one is `Cancelled` whether or not its pool has noticed,
/// and one whose result was taken stays `Finished`. It only moves forward. The names are those of
/// `concurrent.futures`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    #[default]
    Pending,
    Running,
    Finished,
    Failed,
    Cancelled,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the task may still come to an end.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Running)
    }
}
