//! A pool as a picture: each task as a cell that shows what became of it, the workers below, and
//! what it all came to.
//!
//! ```text
//! ✓✓✓ ✓✓✓ [✗] ►►► ···       tasks, the target in brackets
//! † 27981 killed by SIGKILL ◀    workers, the one that had the target marked
//! ► 27984 task 7
//! 1 of 5 tasks failed           verdict
//! ```

use super::{Activity, Label};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolPicture {
    /// In the order in which they were submitted.
    pub tasks: Vec<PoolTask>,
    /// The most important first: the drawing leaves out the last ones, and says how many.
    pub workers: Vec<PoolWorker>,
    /// What became of the tasks, in Markdown; empty while that is not known.
    pub verdict: String,
}

/// One task: what became of it so far. Which worker runs it is not shown, as there are many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolTask {
    pub fate: Fate,
    /// It is the task whose worker gets the fault, so the others suffer from it.
    pub is_target: bool,
}

/// What became of a task. Each has a sign and a word of its own, and the legend counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    #[default]
    Waiting,
    Running,
    Done,
    Failed,
    /// No worker runs it and none ever will, and its caller learns nothing: it waits for ever.
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

/// One worker, and what it does in a word or a few.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolWorker {
    pub name: String,
    pub activity: Activity,
    pub state: Label,
    /// It got the task that the others suffer from.
    pub is_target: bool,
}
