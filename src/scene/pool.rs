//! A pool as a picture: each task as a cell that shows what became of it, the workers below,
//! and what it all came to.

use super::{Activity, Label};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolPicture {
    /// In the order in which they were submitted.
    pub tasks: Vec<PoolTask>,
    /// The most important first: the drawing leaves out the last ones.
    pub workers: Vec<PoolWorker>,
    /// What became of the tasks, in Markdown; empty while that is not known.
    pub verdict: String,
}

/// One task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolTask {
    pub fate: Fate,
    /// The one that the others suffer from.
    pub is_target: bool,
}

/// What became of a task. Each has a sign and a word of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    #[default]
    Waiting,
    Running,
    Done,
    Failed,
    /// No worker runs it and none ever will, and its caller is not told.
    Lost,
}

impl Fate {
    /// All of them, in the order of the legend.
    pub const ALL: [Self; 5] = [Self::Done, Self::Failed, Self::Lost, Self::Running, Self::Waiting];

    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Lost => "lost",
        }
    }
}

/// One worker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolWorker {
    pub name: String,
    pub activity: Activity,
    pub state: Label,
    /// It got the task that the others suffer from.
    pub is_target: bool,
}
