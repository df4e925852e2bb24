//! A run's lanes as a trace, with what identifies the run: version, lab, seed, settings. Used
//! for the file of `--trace` and for the one that the screen saves.

use std::io::{self, Write};

use serde_json::json;

use crate::export::trace::{self, About};
use crate::lab::Run;
use crate::report::Summary;

/// Writes all that was kept of the run's lanes.
///
/// # Errors
/// Those of `out`.
pub fn write(out: impl Write, run: &dyn Run, summary: &Summary) -> io::Result<()> {
    let about = About {
        title: format!("threadbare {}", summary.lab).into(),
        pid: std::process::id(),
        notes: json!({
            "threadbare": summary.threadbare,
            "lab": summary.lab,
            "seed": summary.seed,
            "cores": summary.cores,
            "settings": summary.settings,
            "dropped_events": summary.dropped_events,
        }),
    };
    trace::write(out, &about, run.timeline(), run.now())
}
