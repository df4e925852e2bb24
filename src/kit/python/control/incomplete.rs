//! What a search of schedules left out: as long as there is any, it is no proof.

/// Why not all schedules were run, in the order in which that is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Incomplete {
    Sampled,
    StepBound,
    /// Some were ended since they took too long.
    TimeLimit,
    /// Sleeps and time limits were tried in the order of their times alone.
    Timed,
    /// The script asks what is no operation here, such as whether a thread is alive.
    Unseen,
    /// What daemon threads do until the program ends was not searched.
    Daemons,
    /// What the processes that it starts do meanwhile was not searched.
    Processes,
    /// It has more threads than the search can distinguish.
    Threads,
    /// The same schedule led to something else.
    Diverged,
    PreemptionBound,
    FirstFailure,
    RunLimit,
    Stopped,
}

impl Incomplete {
    /// Its name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Sampled => "sampled",
            Self::PreemptionBound => "preemption_bound",
            Self::Timed => "timed",
            Self::Unseen => "unseen",
            Self::Daemons => "daemons",
            Self::Processes => "processes",
            Self::Threads => "threads",
            Self::Diverged => "diverged",
            Self::FirstFailure => "first_failure",
            Self::RunLimit => "run_limit",
            Self::StepBound => "step_bound",
            Self::TimeLimit => "time_limit",
            Self::Stopped => "stopped",
        }
    }
}
