//! The outcome of a run, put together from what the run itself reports. The report without a
//! screen and the documents that the screen saves are made from it, so they agree.

use crate::lab::Run;
use crate::printable::Printable;
use crate::report::{Setting, Summary};
use crate::scene::units;

/// The outcome so far. `stopped_by` names what ended the run early, if anything did. Asked of a
/// run that still works, the figures are those of this moment.
pub fn of(run: &dyn Run, stopped_by: Option<Printable>) -> Summary {
    let (info, settings) = (run.info(), run.settings());
    let typed = settings.iter().map(|(key, value)| {
        let setting = Setting { typed: value.to_string(), json: value.into() };
        (key, setting)
    });
    Summary {
        threadbare: env!("CARGO_PKG_VERSION"),
        lab: info.id,
        title: info.title,
        seed: settings.seed,
        cores: settings.cores,
        settings: typed.collect(),
        elapsed_ms: millis(run.now()),
        dropped_events: run.dropped(),
        stopped_by,
        findings: run.findings(),
        not_run: run.not_run(),
        result: run.result(),
        outcome: run.summary().into_iter().map(Printable::from).collect(),
    }
}

/// Nanoseconds as milliseconds, for JSON. A fraction is kept, so that nothing is lost of what
/// the clock of a run can measure.
pub fn millis(ns: u64) -> f64 {
    units::to_f64(ns) / 1e6
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::{Value, json};

    use super::*;
    use crate::app::scripted::ScriptedRun;
    use crate::app::trace;
    use crate::kit::event::{LaneEvent, LaneId, LaneKind};
    use crate::lab::Settings;
    use crate::lab::trial::{self, ENTRIES};
    use crate::timeline::Timeline;

    /// A run whose clock stands at 12.345678 ms, that has lost 7 events, and whose one lane
    /// runs since 1 µs.
    fn run() -> ScriptedRun {
        let entry = &ENTRIES[0];
        let mut settings = Settings::defaults(entry.info, 42, PathBuf::new(), false);
        settings.cores = 3;
        settings.set(entry.info, "count", "5").unwrap();
        settings.set(entry.info, "pause", "1.5ms").unwrap();
        settings.set(entry.info, "end", "broken").unwrap();
        let mut timeline = Timeline::new();
        let kind = LaneKind::Thread { os_tid: 4711 };
        let name = "add-1".into();
        timeline.apply(1_000, LaneId(0), &LaneEvent::Started { name, kind });
        ScriptedRun {
            run: trial::idle(settings),
            now: 12_345_678,
            stopping: 0,
            dropped: 7,
            timeline,
        }
    }

    #[test]
    fn each_figure_is_the_runs_own() {
        let summary = of(&run(), Some("timeout".into()));
        let object: Value = serde_json::from_str(&summary.json().unwrap()).unwrap();
        assert_eq!(
            object,
            json!({
                "threadbare": env!("CARGO_PKG_VERSION"), "lab": "trial", "seed": 42, "cores": 3,
                "settings": { "count": 5, "end": "broken", "loud": "on", "pause": "1.5ms", "sizes": [2, 4] },
                "elapsed_ms": 12.345_678, "dropped_events": 7, "stopped_by": "timeout",
                "findings": [{ "weight": "broken", "text": "it is broken" }],
                "not_run": [], "result": { "total": null },
            })
        );
        assert_eq!(summary.head()[1], "Settings: count=5 end=broken loud=on pause=1.5ms sizes=2,4");
        assert_eq!(summary.tail()[0], "The run took 12.3 ms.");
    }

    #[test]
    fn a_trace_reports_which_run_it_is_of_and_ends_with_it() {
        let run = run();
        let mut out = Vec::new();
        trace::write(&mut out, &run, &of(&run, None)).unwrap();
        let trace: Value = serde_json::from_slice(&out).unwrap();
        let settings =
            json!({ "count": 5, "end": "broken", "loud": "on", "pause": "1.5ms", "sizes": [2, 4] });
        assert_eq!(
            trace["otherData"],
            json!({
                "threadbare": env!("CARGO_PKG_VERSION"), "lab": "trial", "seed": 42, "cores": 3,
                "settings": settings, "dropped_events": 7, "short_slices_merged": false,
            })
        );
        let first = &trace["traceEvents"][0];
        assert_eq!(
            (&first["name"], &first["pid"]),
            (&json!("process_name"), &json!(std::process::id()))
        );
        assert_eq!(first["args"]["name"], "threadbare trial");
        let slices = trace["traceEvents"].as_array().unwrap().iter();
        let slices: Vec<_> = slices.filter(|event| event["ph"] == "X").collect();
        assert_eq!(slices.len(), 1);
        assert_eq!((&slices[0]["ts"], &slices[0]["dur"]), (&json!(1.0), &json!(12_344.678)));
    }
}
