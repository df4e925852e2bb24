//! The same comparison in a real CPython: its own threads and processes, timed by itself.

use std::time::Duration;

use serde::Deserialize;

use crate::kit::python::Python;
use crate::kit::stop::Stop;

use super::state::{Fact, Way, Work};
use super::work::ANSWER_AFTER;

const SCRIPT: &str = include_str!("../../../assets/python/worlds.py");
/// How long CPython may take for all of it.
const LIMIT: Duration = Duration::from_secs(40);

/// One line of the script's output.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Version { version: String, gil: bool },
    Timed { work: String, way: String, ns: u64 },
}

/// Runs the comparison and tells each run as it comes; why not, if that is not possible.
pub(super) fn measure(
    works: &[Work],
    n: usize,
    size: Duration,
    repeats: usize,
    stop: &Stop,
    mut tell: impl FnMut(Fact),
) -> Result<(), String> {
    let python = Python::find().ok_or("there is no python3 on the path")?;
    let requests = (size.as_secs_f64() / ANSWER_AFTER.as_secs_f64())
        .round()
        .max(1.0);
    let works: Vec<_> = works.iter().map(|work| work.word()).collect();
    let arguments = [
        n.to_string(),
        (size.as_secs_f64() * 1e3).to_string(),
        requests.to_string(),
        ANSWER_AFTER.as_secs_f64().to_string(),
        repeats.to_string(),
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
            Ok(Said::Timed { work, way, ns }) => {
                if let Some((work, way)) = Work::named(&work).zip(Way::python_named(&way)) {
                    tell(Fact::Timed {
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
