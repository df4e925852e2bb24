//! What a run came to, put together from the run: for the report and for saving.
//!
//! Must not know: any single lab.

use crate::lab::Run;
use crate::report::{Setting, Summary};

/// The outcome so far. `stopped_by` names what ended the run early, if anything did.
pub(super) fn of(run: &dyn Run, stopped_by: Option<String>) -> Summary {
    let (info, settings) = (run.info(), run.settings());
    let typed = settings.iter().map(|(key, value)| {
        let setting = Setting {
            typed: value.to_string(),
            json: value.into(),
        };
        (key, setting)
    });
    Summary {
        threadbare: env!("CARGO_PKG_VERSION"),
        lab: info.id,
        title: info.title,
        seed: settings.seed,
        cores: settings.cores,
        settings: typed.collect(),
        elapsed_ms: std::time::Duration::from_nanos(run.now()).as_secs_f64() * 1e3,
        dropped_events: run.dropped(),
        stopped_by,
        findings: run.findings(),
        result: run.result(),
        outcome: run.outcome(),
    }
}
