//! The lanes as a trace in Chrome's JSON format, which Perfetto and `chrome://tracing`
//! open: a track per thread and process, a slice per interval, an arrow from each release
//! to the acquisition that it allowed, marks as instants, tasks as slices of their own.
//!
//! Must not know what the lanes are about, nor where the trace goes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::kit::event::{LaneId, LaneKind};
use crate::printable::{self, Printable};
use crate::scene::Activity;
use crate::timeline::{Interval, LaneHistory, Timeline};

/// The metadata of a trace.
#[derive(Debug)]
pub struct About {
    /// The name of this program's own track group.
    pub title: Printable,
    /// Of this program.
    pub pid: u32,
    /// Anything worth keeping with it: seed, settings.
    pub notes: Value,
}

/// A track of the trace: process and thread by the numbers of the system where they
/// are not taken.
type Track = (u32, u32);

/// Beyond any number that a system gives.
const OWN_NUMBERS: u32 = 1 << 30;

/// Writes everything that the scope kept until `now`, in ns since the run began.
///
/// # Errors
/// If it cannot be written.
pub fn write(out: impl Write, about: &About, timeline: &Timeline, now: u64) -> io::Result<()> {
    let histories = timeline.histories(now);
    let tracks = tracks(&histories, about.pid);
    let coarse = histories.iter().any(|lane| lane.coarse);
    let mut list = List { out, begun: false };
    list.out.write_all(b"{\"traceEvents\":[\n")?;
    list.put(&meta("process_name", (about.pid, about.pid), &json!({ "name": about.title })))?;
    for lane in &histories {
        let track = tracks[&lane.id];
        name(&mut list, lane, track, about.pid)?;
        for interval in &lane.intervals {
            list.put(&slice(timeline, interval, track))?;
        }
        for mark in &lane.marks {
            list.put(&json!({
                "ph": "i", "s": "t", "name": mark.sign.to_string(), "cat": "mark",
                "ts": micros(mark.at), "pid": track.0, "tid": track.1,
            }))?;
        }
    }
    arrows(&mut list, timeline, &tracks)?;
    tasks(&mut list, timeline, &tracks, about.pid, now)?;
    let mut notes = about.notes.clone();
    if let Value::Object(notes) = &mut notes {
        notes.insert("short_slices_merged".to_owned(), coarse.into());
    }
    let end = json!({ "displayTimeUnit": "ns", "otherData": notes }).to_string();
    writeln!(list.out, "\n],{}", printable::json(&end[1..]))?;
    list.out.flush()
}

fn tracks(histories: &[LaneHistory<'_>], own: u32) -> BTreeMap<LaneId, Track> {
    let mut taken = BTreeSet::new();
    let mut track = |lane: &LaneHistory<'_>| {
        let wanted = match lane.kind {
            LaneKind::Thread { os_tid } => (own, os_tid),
            LaneKind::Process { pid } => (pid, pid),
        };
        let free = taken.insert(wanted);
        let track = if free { wanted } else { (wanted.0, OWN_NUMBERS + lane.id.0 % OWN_NUMBERS) };
        (lane.id, track)
    };
    histories.iter().map(&mut track).collect()
}

fn name(
    list: &mut List<impl Write>,
    lane: &LaneHistory<'_>,
    track: Track,
    own: u32,
) -> io::Result<()> {
    if track.0 != own {
        list.put(&meta("process_name", track, &json!({ "name": lane.name })))?;
    }
    list.put(&meta("thread_name", track, &json!({ "name": lane.name })))?;
    let order = json!({ "sort_index": lane.id.0 });
    list.put(&meta("thread_sort_index", track, &order))
}

fn meta(what: &str, track: Track, args: &Value) -> Value {
    json!({ "ph": "M", "name": what, "pid": track.0, "tid": track.1, "args": args })
}

fn slice(timeline: &Timeline, interval: &Interval, track: Track) -> Value {
    let word = interval.activity.word();
    let name = match (interval.activity, interval.resource) {
        (Activity::Waiting, Some(resource)) => {
            format!("waiting for {}", timeline.resource(resource))
        }
        (Activity::Holding, Some(resource)) => format!("holding {}", timeline.resource(resource)),
        _ => word.to_owned(),
    };
    json!({
        "ph": "X", "name": name, "cat": word, "ts": micros(interval.from),
        "dur": micros(interval.to - interval.from), "pid": track.0, "tid": track.1,
    })
}

/// From within the slice that a release ends to the one that the acquisition begins.
fn arrows(
    list: &mut List<impl Write>,
    timeline: &Timeline,
    tracks: &BTreeMap<LaneId, Track>,
) -> io::Result<()> {
    for (id, handoff) in timeline.handoffs().enumerate() {
        let (Some(from), Some(to)) = (tracks.get(&handoff.from), tracks.get(&handoff.to)) else {
            continue;
        };
        let name = format!("hand-over of {}", timeline.resource(handoff.resource));
        list.put(&json!({
            "ph": "s", "id": id, "name": name, "cat": "hand-over",
            "ts": micros(handoff.released.saturating_sub(1)), "pid": from.0, "tid": from.1,
        }))?;
        list.put(&json!({
            "ph": "f", "bp": "e", "id": id, "name": name, "cat": "hand-over",
            "ts": micros(handoff.acquired), "pid": to.0, "tid": to.1,
        }))?;
    }
    Ok(())
}

/// Tasks cross the slices of their lanes, so they have tracks of their own.
fn tasks(
    list: &mut List<impl Write>,
    timeline: &Timeline,
    tracks: &BTreeMap<LaneId, Track>,
    own: u32,
    now: u64,
) -> io::Result<()> {
    for (id, task) in timeline.tasks() {
        let ended = task.ended.unwrap_or(now);
        let begun = task.started.unwrap_or(ended);
        let worker = task.worker.and_then(|lane| tracks.get(&lane));
        let (pid, tid) = worker.copied().unwrap_or((own, own));
        let parts = [
            ("queued", task.queued.map(|queued| (queued, begun))),
            ("run", task.started.map(|started| (started, ended))),
        ];
        for (part, span) in parts {
            let Some((from, to)) = span.filter(|(from, to)| from <= to) else {
                continue;
            };
            let name = format!("{} {part}", task.label);
            for (ph, at) in [("b", from), ("e", to)] {
                list.put(&json!({
                    "ph": ph, "id": id, "name": name, "cat": "task",
                    "ts": micros(at), "pid": pid, "tid": tid,
                    "args": { "state": task.activity().word() },
                }))?;
            }
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "exact to a nanosecond for 104 days")]
fn micros(ns: u64) -> f64 {
    ns as f64 / 1e3
}

/// Events with commas between.
struct List<W> {
    out: W,
    begun: bool,
}

impl<W: Write> List<W> {
    fn put(&mut self, event: &Value) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            self.out.write_all(b",\n")?;
        }
        let event = event.to_string();
        self.out.write_all(printable::json(&event).as_bytes())
    }
}

#[cfg(test)]
mod tests;
