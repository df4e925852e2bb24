//! The same comparison in a real CPython: its own threads and processes, timed by itself.
//!
//! A script that is part of this program is given to the interpreter. It uses our server
//! and our file, calibrates its own loop, and writes a line of JSON for each measurement,
//! which becomes the same fact as a measurement of ours.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::kit::python::{Python, no_measurement};
use crate::kit::stop::Stop;
use crate::lab::Words;
use crate::printable::Printable;
use crate::scene::units;

use super::super::facts::Fact;
use super::super::state::{Amount, Runtime, Strategy, Work};
use super::work::requests;

const SCRIPT: &str = include_str!("../../../../assets/python/worlds.py");
/// How long CPython may take for all of it; then it is killed, and what it has measured
/// counts.
const LIMIT: Duration = Duration::from_secs(40);
const STRATEGIES: usize = 3;

/// One line of the script's output. Which one it is follows from its fields. Text is
/// foreign and made printable here, where it enters.
#[derive(Deserialize)]
#[serde(untagged)]
enum ScriptLine {
    Version {
        version: Printable,
        gil: bool,
    },
    TaskAmount {
        #[serde(rename = "share")]
        task: String,
        rounds: u64,
        requests: u32,
    },
    Timed {
        round: usize,
        work: String,
        #[serde(rename = "way")]
        strategy: String,
        ns: u64,
    },
}

/// What is to be measured, the same as for our own strategies: as many rounds, numbered
/// from `first` on, so that they can be compared with each other.
pub struct Comparison<'a> {
    pub works: &'a [Work],
    pub n: usize,
    pub size: Duration,
    /// The same server and file as for our own requests. Only the port is passed on: both
    /// are on the loopback interface.
    pub server: SocketAddr,
    pub file: &'a Path,
    pub rounds: usize,
    pub first: usize,
}

/// Runs the comparison and emits each measurement as it comes, so that the bars grow.
///
/// # Errors
/// One sentence: why there are none, or not all.
pub fn measure(
    comparison: &Comparison<'_>,
    stop: &Stop,
    mut emit: impl FnMut(Fact),
) -> Result<(), Printable> {
    let size = comparison.size;
    let python = Python::find();
    let python = python.ok_or_else(|| Printable::from("there is no python3 on the path"))?;
    let works: Vec<_> = comparison.works.iter().map(|work| work.word()).collect();
    let arguments = [
        comparison.n.to_string(),
        units::in_ms(size).to_string(),
        requests(size).to_string(),
        comparison.server.port().to_string(),
        comparison.file.to_string_lossy().into_owned(),
        comparison.rounds.to_string(),
        works.join(","),
    ];
    let mut count = 0;
    python.run(SCRIPT, &arguments, LIMIT, stop, |line| {
        emit(measurement(line, comparison).ok_or_else(|| no_measurement(line))?);
        count += 1;
        Ok(())
    })?;
    // Its version, what a task of each work is, and the rounds.
    let wanted = 1 + works.len() + works.len() * STRATEGIES * comparison.rounds;
    if count == wanted {
        return Ok(());
    }
    Err(format!("it wrote {count} of {wanted} lines").into())
}

/// The fact of a line of output; `None` if the line is anything else, a round that was
/// not asked for included. The interpreter is another program, so nothing that it writes
/// is taken on trust.
fn measurement(line: &str, comparison: &Comparison<'_>) -> Option<Fact> {
    Some(match serde_json::from_str(line).ok()? {
        ScriptLine::Version { version, gil } => Fact::Python { version, gil },
        ScriptLine::TaskAmount { task, rounds, requests } => Fact::TaskAmount {
            work: Work::named(&task)?,
            runtime: Runtime::Python,
            amount: Amount { rounds, requests },
        },
        ScriptLine::Timed { round, work, strategy, ns } if round < comparison.rounds => {
            Fact::Timed {
                round: comparison.first + round,
                work: Work::named(&work)?,
                strategy: Strategy::python_named(&strategy)?,
                n: comparison.n,
                ns,
                switches: None,
            }
        }
        ScriptLine::Timed { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_script_is_one_fact_and_rounds_go_on_through_all_passes() {
        let comparison = Comparison {
            works: &[Work::Cpu],
            n: 4,
            size: Duration::from_millis(10),
            server: ([127, 0, 0, 1], 1).into(),
            file: Path::new("unused"),
            rounds: 3,
            first: 9,
        };
        let timed = |round: usize| {
            let line = format!(
                r#"{{"round": {round}, "work": "io", "way": "python-threads", "ns": 500}}"#
            );
            measurement(&line, &comparison)
        };
        let fact = |round| Fact::Timed {
            round,
            work: Work::Io,
            strategy: Strategy::PythonThreads,
            n: 4,
            ns: 500,
            switches: None,
        };
        assert_eq!([timed(0), timed(2)], [9, 11].map(|round| Some(fact(round))));
        assert_eq!(timed(3), None, "more rounds than were asked for");
        let task = r#"{"share": "mixed", "rounds": 700, "requests": 5}"#;
        let amount = Amount { rounds: 700, requests: 5 };
        let texts = Fact::TaskAmount { work: Work::Mixed, runtime: Runtime::Python, amount };
        assert_eq!(measurement(task, &comparison), Some(texts));
        let version = measurement(r#"{"version": "CPython 3.14.0", "gil": false}"#, &comparison);
        let texts = Fact::Python { version: "CPython 3.14.0".into(), gil: false };
        assert_eq!(version, Some(texts));
        assert_eq!(
            measurement(r#"{"share": "other", "rounds": 1, "requests": 1}"#, &comparison),
            None
        );
        assert_eq!(measurement("Traceback (most recent call last):", &comparison), None);
    }
}
