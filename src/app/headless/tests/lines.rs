//! The lines that a run writes, and its status.

use super::*;
use crate::kit::event::LaneEvent;
use crate::printable::Printable;
use crate::scene::NotRun;
use crate::scene::Weight::{Broken, Caution, Fine};

fn record<'a>(at: u64, what: &'a LaneEvent, sentence: &'a str, in_story: bool) -> Record<'a> {
    Record {
        at,
        id: LaneId(3),
        lane: "add-1",
        what: Recorded::Lane(what),
        sentence: Some(sentence),
        in_story,
    }
}

#[test]
fn the_text_has_what_is_reported_with_its_lane_and_no_more_than_can_be_read() {
    let what = LaneEvent::Mark { label: "x".into() };
    let mut lines = output::LineBuffer::new(Format::Text);
    lines.add(&record(5, &what, "waits", false));
    assert!(lines.take_ready().is_empty(), "it is no part of the story");
    lines.add(&record(7, &what, "adds", true));
    lines.add(&record(8, &what, "All is over", true));
    assert_eq!(lines.take_ready(), ["add-1 adds", "All is over"]);
    assert!(lines.take_ready().is_empty(), "once");
    // A hundred at once, then 20 a second.
    for n in 0..98 {
        lines.add(&record(9, &what, &format!("counts {n}"), true));
    }
    assert_eq!(lines.take_ready().len(), 98);
    lines.add(&record(49_999_999, &what, "is too early", true));
    assert!(lines.take_ready().is_empty());
    lines.add(&record(50_000_000, &what, "is not", true));
    let given = lines.take_ready();
    assert_eq!(given.last().map(Printable::as_str), Some("add-1 is not"));
    lines.add(&record(50_000_001, &what, "is the last", true));
    assert!(lines.take_ready().is_empty());
    assert_eq!(lines.rest(), ["add-1 is the last"]);
    let mut none = output::LineBuffer::new(Format::Json);
    none.add(&record(1, &what, "adds", true));
    assert!(none.take_ready().is_empty() && none.rest().is_empty());
}

#[test]
fn the_last_sentences_before_the_end_are_reported_after_a_flood() {
    let (status, text) = written(options(Format::Text, &[("count", "140")]));
    assert_eq!(status, Ok(RAN));
    for last in ["main counts 139 µ", "main counts 140 µ"] {
        assert!(text.lines().any(|line| line == last), "{last} in\n{text}");
    }
}

#[test]
fn what_a_run_reports_while_it_is_stopped_is_reported_too() {
    let (_, text) = written_until(
        options(Format::Jsonl, &[("end", "never"), ("count", "2")]),
        &Signals::already(2),
    );
    let names: Vec<_> = text
        .lines()
        .filter_map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            Some(line.get("event")?.as_str()?.to_owned())
        })
        .collect();
    assert!(names.ends_with(&["trial.audit".to_owned(), "thread.end".to_owned()]), "{names:?}");
    let object: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(object["stopped_by"], "SIGINT");
}

#[test]
fn in_ascii_a_sentence_reads_as_text_and_an_object_as_json() {
    let line = |format| {
        let (_, text) = written(RunOptions { ascii: true, ..options(format, &[]) });
        let wanted = text.lines().find(|line| line.contains("counts 2 "));
        wanted.unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    assert_eq!(line(Format::Text), "main counts 2 u");
    assert!(line(Format::Jsonl).contains(r#""counts 2 \u00b5""#));
}

#[test]
fn the_status_is_that_of_the_worst_that_happened() {
    let RunOptions { settings, .. } = options(Format::Json, &[]);
    let whole = summary::of(crate::lab::trial::idle(settings).as_ref(), None);
    let with = |weights: &[Weight], missing: &[&str]| {
        let mut summary = whole.clone();
        summary.findings = weights.iter().map(|weight| (*weight, "found").into()).collect();
        summary.not_run = missing.iter().map(|part| NotRun::new(*part, "no room")).collect();
        summary
    };

    let minute = Duration::from_mins(1);
    let reported = |summary: &Summary, cut, check| {
        status(summary, cut, check, minute)
            .map_err(|failure| (failure.status(), failure.to_string()))
    };
    for (weights, checked) in [
        (&[][..], RAN),
        (&[Fine, Caution], RAN),
        (&[Broken], ANOMALY),
        (&[Caution, Broken, Fine], ANOMALY),
    ] {
        assert_eq!(reported(&with(weights, &[]), None, true), Ok(checked), "{weights:?}");
        assert_eq!(reported(&with(weights, &[]), None, false), Ok(RAN));
    }
    let broken = |parts: &[&str]| with(&[Broken], parts);
    let missing =
        |end: &str| (1, format!("threadbare: could not run everything: run trial: {end}"));
    for (parts, end) in
        [(&["a"][..], "a: no room"), (&["a", "b", "c"], "a: no room (and 2 more could not be run)")]
    {
        assert_eq!(reported(&broken(parts), None, true), Err(missing(end)));
    }
    let stopped = |why: &str| format!("threadbare: stopped: run trial: {why}");
    assert_eq!(
        reported(&broken(&["a"]), Some(EarlyStop::TimedOut), true),
        Err((1, stopped("not done after 60s; see --timeout")))
    );
    for (signal, status, name) in [(1, 129, "SIGHUP"), (2, 130, "SIGINT"), (3, 131, "SIGQUIT")] {
        let cut = Some(EarlyStop::Signal(signal));
        assert_eq!(reported(&broken(&[]), cut, true), Err((status, stopped(name))));
    }
}

/// A reader that takes nothing until the other end of the channel is dropped.
struct StalledReader(std::sync::mpsc::Receiver<()>);

impl Write for StalledReader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_run_whose_report_no_reader_takes_is_cut_also_if_its_trace_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.json");
    let (resume, resumed) = std::sync::mpsc::channel();
    let options = RunOptions {
        trace: Some(path.clone()),
        timeout: Duration::from_millis(500),
        ..options(Format::Text, &[])
    };
    let status = drive(options, StalledReader(resumed), &Signals::default());
    assert_eq!(status.unwrap_err().status(), UNFINISHED);
    assert!(path.is_file());
    drop(resume);
}

/// A reader that removes a folder with what is being written there.
struct Removing(tempfile::TempDir);

impl Write for Removing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = std::fs::remove_dir_all(self.0.path());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Each file is written although the other cannot be, and a signal gives the status.
#[test]
fn a_file_that_cannot_be_written_costs_neither_the_other_nor_the_status_of_a_signal() {
    for (signals, end, status) in
        [(Signals::default(), "done", 1), (Signals::already(15), "never", 143)]
    {
        for kept in ["trace", "record"] {
            let (kept_in, removed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let path = |file: &str| {
                let folder = if file == kept { &kept_in } else { &removed };
                folder.path().join(file)
            };
            let (trace, record) = (path("trace"), path("record"));
            let lost = if kept == "trace" { record.clone() } else { trace.clone() };
            let options = RunOptions {
                trace: Some(trace),
                record: Some(record),
                ..options(Format::Text, &[("end", end)])
            };
            let failure = drive(options, Removing(removed), &signals).unwrap_err();
            assert_eq!(failure.status(), status, "{failure}");
            let place = format!("threadbare: cannot write: {}: ", lost.display());
            assert!(failure.to_string().starts_with(&place), "{failure}");
            assert!(kept_in.path().join(kept).is_file(), "{kept}");
        }
    }
}

#[test]
fn the_lines_of_events_come_in_the_order_of_the_events_and_the_object_last() {
    let (status, text) = written(options(Format::Jsonl, &[("count", "2000")]));
    assert_eq!(status, Ok(RAN));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (object, events) = lines.split_last().unwrap();
    assert!(object["result"].is_object() && object.get("event").is_none());
    let counted = events.iter().filter(|event| event["event"] == "trial.count");
    let counted: Vec<_> = counted.map(|event| event["n"].as_u64().unwrap()).collect();
    assert_eq!(counted, (1..=2000).collect::<Vec<_>>());
    let times: Vec<_> = events.iter().map(|event| event["t_ns"].as_u64().unwrap()).collect();
    assert!(times.is_sorted());
    assert_eq!(events[0]["event"], "thread.start");
}
