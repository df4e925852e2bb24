//! What a run without a screen writes, in each format, and how it ends.

mod lines;

use std::io;
use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::app::scripted::ScriptedRun;
use crate::kit::event::{LaneEvent, LaneId, ResourceId};
use crate::lab::trial::ENTRIES;
use crate::lab::{Record, Recorded};
use crate::timeline::Timeline;

fn options(format: Format, sets: &[(&str, &str)]) -> RunOptions {
    let entry = &ENTRIES[0];
    let mut settings = Settings::defaults(entry.info, 42, PathBuf::new(), false);
    for (key, text) in sets {
        settings.set(entry.info, key, text).unwrap();
    }
    RunOptions {
        entry,
        settings,
        recording: None,
        format,
        ascii: false,
        trace: None,
        record: None,
        timeout: Duration::from_secs(30),
        check: false,
    }
}

/// What was written, kept for a test that reads it after the run.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn written(options: RunOptions) -> (Result<u8, Failure>, String) {
    written_until(options, &Signals::default())
}

fn written_until(options: RunOptions, signals: &Signals) -> (Result<u8, Failure>, String) {
    let paper = Paper::default();
    let status = drive(options, paper.clone(), signals);
    let out = paper.0.lock().clone();
    (status, String::from_utf8(out).unwrap())
}

#[test]
fn the_text_reports_the_story_and_ends_with_the_outcome() {
    let (status, text) = written(options(Format::Text, &[]));
    assert_eq!(status, Ok(RAN));
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("threadbare ") && lines[0].contains("seed 42"));
    assert_eq!(lines[1], "Settings: count=3 end=done loud=on pause=0ms sizes=2,4");
    assert!(lines.contains(&"main counts 2 µ"));
    assert_eq!(lines.last(), Some(&"Total: Some(3)"));
}

#[test]
fn the_object_is_all_that_json_writes() {
    let (status, text) = written(options(Format::Json, &[("end", "broken")]));
    assert_eq!(status, Ok(RAN));
    let object: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(object["lab"], "trial");
    assert_eq!(object["seed"], 42);
    assert_eq!(object["settings"]["count"], 3);
    assert_eq!(object["settings"]["pause"], "0ms");
    assert_eq!(object["result"]["total"], 3);
    assert_eq!(object["findings"][0]["weight"], "broken");
    assert_eq!(object["dropped_events"], 0);
    assert_eq!(object["stopped_by"], Value::Null);
    assert!(object["elapsed_ms"].as_f64().unwrap() > 0.0);
    assert!(object["cores"].as_u64().unwrap() > 0);
}

#[test]
fn jsonl_streams_every_event_and_then_the_object() {
    let (status, text) = written(options(Format::Jsonl, &[]));
    assert_eq!(status, Ok(RAN));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let named = |name: &str| lines.iter().filter(|line| line["event"] == name).count();
    assert_eq!([named("thread.start"), named("trial.count"), named("thread.end")], [1, 3, 1]);
    let count = lines.iter().find(|line| line["event"] == "trial.count");
    let count = count.unwrap();
    assert_eq!(count["lane"], "main");
    assert_eq!(count["n"], 1);
    assert_eq!(count["sentence"], "counts 1 µ");
    assert!(count["t_ns"].is_u64());
    assert_eq!(count["lane_id"], 0);
    assert_eq!(lines.last().unwrap()["result"]["total"], 3);
}

#[test]
fn under_check_an_anomaly_is_a_status_of_its_own() {
    let check =
        |end| written(RunOptions { check: true, ..options(Format::Text, &[("end", end)]) }).0;
    assert_eq!(check("broken"), Ok(ANOMALY));
    assert_eq!(check("done"), Ok(RAN));
}

#[test]
fn a_part_that_could_not_be_run_is_status_1_also_beside_an_anomaly_under_check() {
    for check in [false, true] {
        let (status, text) =
            written(RunOptions { check, ..options(Format::Json, &[("end", "missing")]) });
        let failure = status.unwrap_err();
        assert_eq!(failure.status(), UNFINISHED);
        assert_eq!(
            failure.to_string(),
            "threadbare: could not run everything: run trial: one part: no room (and 1 more could not be run)"
        );
        let object: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            object["not_run"],
            serde_json::json!([
                { "what": "one part", "why": "no room" },
                { "what": "another", "why": "no room" },
            ])
        );
        assert_eq!(object["stopped_by"], Value::Null);
    }
    let (_, whole) = written(options(Format::Json, &[]));
    let whole: Value = serde_json::from_str(&whole).unwrap();
    assert_eq!(whole["not_run"], serde_json::json!([]));
}

#[test]
fn what_could_not_be_run_is_the_first_finding_of_the_text_and_of_the_screen() {
    let (_, text) = written(options(Format::Text, &[("end", "missing")]));
    let first = text.lines().find(|line| line.starts_with("Finding"));
    let expected = "one part could not be run: no room.";
    assert_eq!(first, Some(&*format!("Finding (caution): {expected}")));
    let run = options(Format::Text, &[("end", "missing")]);
    let run = run.entry.open(run.settings).unwrap();
    let scene = run.scene(crate::lab::Detail::Full, &crate::lab::ViewOptions::default());
    assert_eq!(scene.findings[0].text, expected);
}

#[test]
fn what_was_measured_is_reported_when_the_time_is_over() {
    let (status, text) = written(RunOptions {
        timeout: Duration::from_millis(1),
        ..options(Format::Json, &[("end", "never")])
    });
    let failure = status.unwrap_err();
    assert_eq!(failure.status(), UNFINISHED);
    assert_eq!(
        failure.to_string(),
        "threadbare: stopped: run trial: not done after 1ms; see --timeout"
    );
    let object: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(object["stopped_by"], "timeout");
    assert!(object["result"]["total"].is_u64(), "the audit comes after the join");
}

/// Printed again, a recorded run has the same lines and the same object, however it ended.
#[test]
fn a_recorded_run_is_printed_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for (format, end, timeout) in [
        (Format::Text, "broken", Duration::MAX),
        (Format::Json, "done", Duration::MAX),
        (Format::Jsonl, "done", Duration::MAX),
        (Format::Json, "never", Duration::from_millis(1)),
    ] {
        let record = folder.path().join(format!("{end} {format:?}"));
        let live = RunOptions {
            record: Some(record.clone()),
            timeout,
            ..options(format, &[("end", end)])
        };
        let (_, live) = written(live);
        let mut file = io::BufReader::new(std::fs::File::open(record).unwrap());
        let recording = Entry::read(ENTRIES, &mut file).unwrap();
        let recorded = RunOptions {
            settings: recording.settings.clone(),
            recording: Some(recording),
            ..options(format, &[])
        };
        let (status, recorded) = written(recorded);
        assert_eq!(status.unwrap(), RAN, "{end}: it was read to its end");
        assert_eq!(recorded, live);
    }
}

#[test]
fn a_signal_ends_the_run_in_order() {
    let options = options(Format::Text, &[("end", "never")]);
    let (status, out) = written_until(options, &Signals::already(15));
    let failure = status.unwrap_err();
    assert_eq!(failure.status(), 143);
    assert_eq!(failure.to_string(), "threadbare: stopped: run trial: SIGTERM");
    assert!(out.contains("Total: Some("));
}

#[test]
fn a_lab_that_cannot_start_reports_why() {
    let (status, _) = written(options(Format::Text, &[("end", "refuse")]));
    assert_eq!(
        status.unwrap_err().to_string(),
        "threadbare: cannot start: trial: it was set to refuse"
    );
}

#[test]
fn a_trace_is_written_beside_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.json");
    let (status, _) =
        written(RunOptions { trace: Some(path.clone()), ..options(Format::Text, &[]) });
    assert_eq!(status, Ok(RAN));
    let trace: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(trace["otherData"]["seed"], 42);
    let events = trace["traceEvents"].as_array().unwrap();
    assert!(events.iter().any(|event| event["args"]["name"] == "main"));
}

#[test]
fn a_trace_that_cannot_be_written_is_reported_before_anything_runs() {
    let (status, text) = written(RunOptions {
        trace: Some("/no/such/folder/trace.json".into()),
        ..options(Format::Text, &[])
    });
    let failure = status.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "threadbare: cannot write: --trace /no/such/folder/trace.json: no such file or directory"
    );
    assert_eq!((failure.status(), text.as_str()), (2, ""));
}

#[test]
fn nothing_above_ascii_is_written_if_so_asked() {
    for format in [Format::Text, Format::Json, Format::Jsonl] {
        let (status, text) = written(RunOptions { ascii: true, ..options(format, &[]) });
        assert_eq!(status, Ok(RAN));
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn a_flood_reaches_the_text_as_counted_gaps() {
    let (status, text) = written(options(Format::Text, &[("count", "100000")]));
    assert_eq!(status, Ok(RAN));
    assert!(text.contains("sentences are left out here"));
    assert!(text.lines().count() < 5_000, "{}", text.lines().count());
    assert!(text.ends_with("Total: Some(100000)\n"));
}

/// A reader that takes a little and then goes away.
struct Leaving(usize);

impl Write for Leaving {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.0 -= 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    for writes in 0..3 {
        let options = options(Format::Jsonl, &[("count", "1000000"), ("end", "never")]);
        let status = drive(options, Leaving(writes), &Signals::default());
        assert_eq!(status.unwrap_err().status(), 141);
    }
}

#[test]
fn each_figure_of_an_event_is_its_own() {
    let event = |at, id, lane, what: &LaneEvent, in_story| {
        let mut lines = output::LineBuffer::new(Format::Jsonl);
        lines.add(&Record {
            at,
            id: LaneId(id),
            lane,
            what: Recorded::Lane(what),
            sentence: Some("waits"),
            in_story,
        });
        let lines = lines.take_ready();
        assert_eq!(lines.len(), 1);
        serde_json::from_str::<Value>(&lines[0]).unwrap()
    };
    let waiting = LaneEvent::Waiting { resource: ResourceId(4), holder: Some(LaneId(2)) };
    assert_eq!(
        event(1_234_567_890_123, 7, "add-1", &waiting, true),
        serde_json::json!({
            "t_ns": 1_234_567_890_123_u64, "lane": "add-1", "lane_id": 7, "sentence": "waits",
            "event": "lock.want", "resource": 4, "holder": 2,
        })
    );
    let slept = LaneEvent::Sleeping { pause: crate::kit::event::Pause::Pace, for_ns: 1_500 };
    assert_eq!(
        event(5, 0, "", &slept, false),
        serde_json::json!({
            "t_ns": 5, "lane": "", "lane_id": 0, "sentence": "waits",
            "event": "thread.sleep", "pause": "pace", "for_ns": 1_500,
        })
    );
}

#[test]
fn the_time_of_a_run_lies_between_its_last_event_and_the_callers_own_measure() {
    let began = std::time::Instant::now();
    let (status, text) = written(options(Format::Jsonl, &[("count", "20"), ("pause", "1ms")]));
    let whole_ms = began.elapsed().as_secs_f64() * 1e3;
    assert_eq!(status, Ok(RAN));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events = lines.iter().filter_map(|line| line["t_ns"].as_f64());
    let last_ms = events.fold(0.0, f64::max) / 1e6;
    let elapsed_ms = lines.last().unwrap()["elapsed_ms"].as_f64().unwrap();
    assert!(last_ms >= 20.0, "twenty pauses of 1 ms: {last_ms}");
    assert!(
        (last_ms..=whole_ms).contains(&elapsed_ms),
        "{last_ms} ms, {elapsed_ms} ms, {whole_ms} ms"
    );
}

/// A reader that takes nothing at all.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_recording_is_whole_also_if_nobody_reads_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let options =
        RunOptions { record: Some(record.clone()), ..options(Format::Jsonl, &[("end", "never")]) };
    let status = drive(options, Closed, &Signals::default());
    assert!(status.is_err(), "{status:?}");
    let text = std::fs::read_to_string(record).unwrap();
    assert!(text.lines().last().unwrap().contains("elapsed_ns"), "{text}");
}

#[test]
fn the_time_that_stopping_takes_is_no_time_of_the_run() {
    let RunOptions { entry, settings, .. } = options(Format::Json, &[("end", "never")]);
    let mut run = ScriptedRun {
        run: entry.open(settings).unwrap(),
        now: 12_000_000,
        stopping: 30_000_000,
        dropped: 0,
        timeline: Timeline::new(),
    };
    let signals = Signals::already(15);
    let limits = Limits { signals: &signals, deadline: None };
    let mut out = Output::open(Paper::default(), Format::Json, false, limits).unwrap();
    let tapped = Tapped { lines: LineBuffer::new(Format::Json), record: None };
    let followed = follow(&mut run, &mut out, tapped, &limits, None);
    let (cut, elapsed_ms) = (followed.cut, followed.summary.elapsed_ms);
    assert_eq!((cut, elapsed_ms, run.now), (Some(EarlyStop::Signal(15)), 12.0, 42_000_000));
}
