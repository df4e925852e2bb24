//! What the bodies and checks of the programs have in common, so that they stay as short as
//! the code that is shown.

use crate::kit::explore::{Broken, ModelState};
use crate::kit::lock::Guard;
use crate::kit::monitor::Refusal;
use crate::kit::step::current_controller;
use crate::kit::stop::Stopped;

/// The result of a thread's body. The only error is that the run was stopped; what a program
/// does wrong is found by its checks.
pub type StepResult = Result<(), Stopped>;

/// The guard of a lock that may be left out: `None` in the broken version, which runs without it.
/// So the two versions are one text, and a listing shows both.
pub type Guarded<'a> = Option<Guard<'a>>;

/// Releases the lock, if it was taken at all. A step of its own, at the line of the caller:
/// dropping the guard would release it too, but at no line that a listing could mark.
#[track_caller]
pub fn release(guard: Guarded<'_>) {
    if let Some(guard) = guard {
        guard.unlock();
    }
}

/// Turns a tool's refusal of what the program asks of it into a panic, which is a finding: the
/// program's mistake. A stop is passed on.
pub fn expect_ok<T>(outcome: Result<T, Refusal>) -> Result<T, Stopped> {
    match outcome {
        Ok(value) => Ok(value),
        Err(Refusal::Stopped) => Err(Stopped),
        // A thread that is stopped at a barrier breaks it for the others.
        Err(Refusal::Broken) if is_stopped() => Err(Stopped),
        Err(refusal) => panic!("{refusal}"),
    }
}

fn is_stopped() -> bool {
    current_controller().is_some_and(|controller| controller.stop().requested())
}

/// A check: nothing if it `holds`, else what is `wrong`, with the kind under which such
/// failures are counted.
pub fn expect(
    holds: bool,
    kind: &'static str,
    wrong: impl FnOnce() -> String,
) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken::new(kind, wrong())) }
}

/// A check for any moment of a program whose threads count themselves in the atomic `inside`:
/// there is one of them at most. A program without that atomic is broken: the check would hold
/// whatever its threads do.
pub fn never_both_inside(model: &ModelState) -> Result<(), Broken> {
    let Some(inside) = model.find("inside").and_then(|inside| model.atomic(inside)) else {
        return Err(Broken::new("no_inside", "no atomic is called `inside`"));
    };
    expect(inside < 2, "both_inside", || "both are inside".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::never_both_inside;
    use crate::kit::explore::{Config, Limits, Method, Plan, Program, Search, explore};
    use crate::kit::step::local;

    #[test]
    fn a_check_of_an_atomic_that_there_is_not_fails() {
        let program: Arc<dyn Program> = Arc::new(|| {
            let plan = Plan::new().thread("one", || {
                local("a step");
                Ok(())
            });
            plan.always(never_both_inside)
        });
        let search = Search::new(Method::Plain, Limits::default());
        let outcome = explore(search, program, &Config::default());
        assert_eq!(outcome.scheduler.totals().failed(), 1);
    }
}
