//! Why a search did not cover every interleaving. A search that names no reason has covered
//! them all, so "no failure found" without one is a proof for the program as it is written.

/// One reason. Ordered as they are reported. Several may hold at once; each of them alone takes
/// away the claim over all interleavings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Incomplete {
    /// Interleavings with more preemptions than the bound were left out.
    PreemptionBound,
    /// The limit on runs was reached. The figures are those of the part that was searched.
    RunLimit,
    /// At least one run was cut off because it took more steps than the bound allows. Whether such
    /// runs fail is not known.
    StepBound,
    /// It ended at the first failure, as it was asked to. That failure is real; what it did not
    /// look at is unknown.
    FirstFailure,
    /// Runs were chosen at random: any number of them is a sample, even if it happens to be larger
    /// than the number of interleavings.
    Sampled,
    /// It was stopped from outside: by the user, a signal, or the end of the run that it belongs
    /// to.
    Stopped,
    /// The engine could not continue; see [`super::Fault`]. No figure of the search is to be used.
    Fault,
}

impl Incomplete {
    /// The reason in `snake_case`, for JSON: part of the command line's contract, so a name stays.
    pub fn id(self) -> &'static str {
        match self {
            Self::PreemptionBound => "preemption_bound",
            Self::RunLimit => "run_limit",
            Self::StepBound => "step_bound",
            Self::FirstFailure => "first_failure",
            Self::Sampled => "sampled",
            Self::Stopped => "stopped",
            Self::Fault => "fault",
        }
    }
}
