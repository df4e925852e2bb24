//! The same comparison in a real CPython: its own threads and processes, timed by itself.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::kit::python::Python;
use crate::kit::stop::Stop;

use super::state::{Amount, Fact, Runtime, Way, Work};
use super::work::ANSWER_AFTER;

const SCRIPT: &str = include_str!("../../../assets/python/worlds.py");
/// How long CPython may take for all of it.
const LIMIT: Duration = Duration::from_secs(40);

/// One line of the script's output.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Version {
        version: String,
        gil: bool,
    },
    Share {
        share: String,
        rounds: u64,
        requests: u32,
    },
    Timed {
        round: usize,
        work: String,
        way: String,
        ns: u64,
    },
}

/// What is to be measured.
pub(super) struct Task<'a> {
    pub(super) works: &'a [Work],
    pub(super) n: usize,
    pub(super) size: Duration,
    /// The same server and file as for our own requests.
    pub(super) server: SocketAddr,
    pub(super) file: &'a Path,
    /// How many rounds, and the number of the first one.
    pub(super) rounds: usize,
    pub(super) first: usize,
}

/// Runs the comparison and tells each run as it comes; why not, if that is not possible.
pub(super) fn measure(
    task: &Task<'_>,
    stop: &Stop,
    mut tell: impl FnMut(Fact),
) -> Result<(), String> {
    let (size, n) = (task.size, task.n);
    let python = Python::find().ok_or("there is no python3 on the path")?;
    let requests = (size.as_secs_f64() / ANSWER_AFTER.as_secs_f64())
        .round()
        .max(1.0);
    let works: Vec<_> = task.works.iter().map(|work| work.word()).collect();
    let arguments = [
        n.to_string(),
        (size.as_secs_f64() * 1e3).to_string(),
        requests.to_string(),
        task.server.port().to_string(),
        task.file.to_string_lossy().into_owned(),
        task.rounds.to_string(),
        works.join(","),
    ];
    let arguments = arguments.map(|text| text.trim_end_matches(".0").to_owned());
    python.run(
        SCRIPT,
        &arguments,
        LIMIT,
        stop,
        |line| match serde_json::from_str(line) {
            Ok(Said::Version { version, gil }) => tell(Fact::Python { version, gil }),
            Ok(Said::Share {
                share,
                rounds,
                requests,
            }) => {
                if let Some(work) = Work::named(&share) {
                    let amount = Amount { rounds, requests };
                    let runtime = Runtime::Python;
                    tell(Fact::Share {
                        work,
                        runtime,
                        amount,
                    });
                }
            }
            Ok(Said::Timed {
                round,
                work,
                way,
                ns,
            }) => {
                if let Some((work, way)) = Work::named(&work).zip(Way::python_named(&way)) {
                    tell(Fact::Timed {
                        round: task.first + round,
                        work,
                        way,
                        n,
                        ns,
                        switches: None,
                    });
                }
            }
            Err(_) => {}
        },
    )
}
