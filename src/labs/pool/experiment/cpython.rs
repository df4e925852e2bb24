//! CPython's own `multiprocessing.Pool`, measured by running it: a script of this
//! repository is given to the interpreter, which measures with its own clock and prints
//! one line of JSON for each size.
//!
//! The interpreter's start is in no bar. What the script prints is foreign: text is made
//! printable where it is read, and a line that is no measurement ends the run.

use std::time::Duration;

use serde::Deserialize;

use super::figures::{Mode, Parts, Sample, Variant};
use super::plan::Plan;
use super::variants::RunError;
use super::work::Work;
use crate::kit::python::{Python, no_measurement};
use crate::kit::stop::Stop;
use crate::printable::Printable;
use crate::scene::units::to_f64;

const SCRIPT: &str = include_str!("../../../../assets/python/pool.py");
/// Added to what the tasks themselves may take: starting an interpreter and its workers
/// takes seconds on a slow machine, and a limit that is too short would look like a
/// failure of CPython.
const EXTRA_TIME: Duration = Duration::from_secs(20);

/// A line of output of the script: first its version, then one run per size. `moments`
/// are those of [`Parts::cut`], read by CPython's monotonic clock.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ScriptOutput {
    Version { version: Printable, start: Printable },
    Run { size: usize, results: Vec<u64>, pids: Vec<u32>, moments: [u64; 6] },
}

/// One run of each size, in the order in which the script ran them, with the version that
/// is reported beside the bars.
#[derive(Debug)]
pub struct CpythonRun {
    pub version: Printable,
    pub start: Printable,
    pub samples: Vec<Sample>,
}

/// Lets CPython run the tasks with each size; it starts once for all of them, which no
/// sample contains.
///
/// # Errors
/// If it was interrupted, printed something else, took too long, or left a size out.
pub fn run(
    python: &Python,
    plan: &Plan,
    round: usize,
    stop: &Stop,
) -> Result<CpythonRun, RunError> {
    let mut run = CpythonRun {
        version: Printable::default(),
        start: Printable::default(),
        samples: Vec::new(),
    };
    let ended = python.run(SCRIPT, &arguments(plan, round), limit(plan), stop, |line| {
        match serde_json::from_str(line) {
            Ok(ScriptOutput::Version { version, start }) => {
                (run.version, run.start) = (version, start);
            }
            // A size that was not asked for is no measurement of this plan.
            Ok(ScriptOutput::Run { size, results, pids, moments })
                if plan.sizes.contains(&size) =>
            {
                run.samples.push(Sample {
                    variant: Variant { mode: Mode::Python, size },
                    total_ns: to_f64(moments[5]),
                    parts_ns: Parts::cut(moments),
                    pids,
                    results: results.into(),
                });
            }
            _ => return Err(no_measurement(line)),
        }
        Ok(())
    });
    let (count, wanted) = (run.samples.len(), plan.sizes.len());
    match ended {
        // First, because a script that was killed by the stop fails in some way too.
        _ if stop.requested() => Err(RunError::Interrupted),
        Err(why) => Err(RunError::Failed(why.into())),
        // A script that ended early without an error, such as one whose interpreter was
        // killed by another program: fewer samples are no sample.
        Ok(()) if count != wanted || run.version.is_empty() => {
            Err(RunError::Failed(format!("it measured {count} of {wanted} sizes")))
        }
        Ok(()) => Ok(run),
    }
}

/// The script's arguments. The sizes take turns as well: in each round another one is
/// first, since CPython runs all of them in one entry of the rotation.
fn arguments(plan: &Plan, round: usize) -> Vec<String> {
    let mut sizes: Vec<_> = plan.sizes.iter().map(usize::to_string).collect();
    let first = round % sizes.len().max(1);
    // `round` counts from 1, so round 1 begins with the second size; over as many rounds
    // as there are sizes each of them begins once.
    sizes.rotate_left(first);
    let (kind, time) = match plan.work {
        Work::Square => ("square", Duration::ZERO),
        Work::Spin(time) => ("spin", time),
        Work::Sleep(time) => ("sleep", time),
    };
    vec![
        sizes.join(","),
        plan.from.to_string(),
        plan.to.to_string(),
        kind.to_owned(),
        time.as_nanos().to_string(),
        // 0 is the script's word for an equal share.
        plan.chunk.unwrap_or(0).to_string(),
    ]
}

/// How long the script may take: twice a plain loop for each size, and some seconds. A
/// script that hangs is killed then, and its bars have no figure.
fn limit(plan: &Plan) -> Duration {
    let one = match plan.work {
        Work::Square => Duration::ZERO,
        Work::Spin(time) | Work::Sleep(time) => time,
    };
    let loops = u32::try_from(plan.tasks() * plan.sizes.len() * 2).unwrap_or(u32::MAX);
    EXTRA_TIME.saturating_add(one.saturating_mul(loops))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_another_size_begins() {
        let plan = crate::labs::pool::tests::plan(&[("sizes", "2,4,8")]);
        let sizes: Vec<_> = (1..=3).map(|round| arguments(&plan, round).remove(0)).collect();
        assert_eq!(sizes, ["4,8,2", "8,2,4", "2,4,8"]);
    }

    #[test]
    fn what_cpython_is_asked_for() {
        let ask = |set: &[(&str, &str)]| arguments(&crate::labs::pool::tests::plan(set), 1);
        assert_eq!(ask(&[]), ["4,8,2", "1", "10", "square", "0", "0"]);
        let set = [("from", "3"), ("to", "5"), ("work", "spin:2us"), ("chunk", "7")];
        assert_eq!(ask(&set), ["4,8,2", "3", "5", "spin", "2000", "7"]);
        assert_eq!(ask(&[("work", "sleep:1ms")])[3..5], ["sleep", "1000000"]);
        // Twice 10 tasks of 1 s with each of three sizes, and 20 s.
        let limit = limit(&crate::labs::pool::tests::plan(&[("work", "sleep:1s")]));
        assert_eq!(limit, Duration::from_secs(80));
    }
}
