//! The lanes as a trace in Chrome's JSON format ("Trace Event Format"), which Perfetto and
//! `chrome://tracing` open:
//!
//! - a thread or process is a track, named by metadata events (`M`),
//! - an interval is a slice (`X`),
//! - a mark is an instant (`i`),
//! - a hand-over of a lock is an arrow from the release to the acquisition that it allowed
//!   (`s`, `f`),
//! - a task is a pair of slices, queued and running, on tracks of their own (`b`, `e`).
//!
//! Times are in microseconds, as the format wants them, with a fraction for the nanoseconds.
//! Events are written one by one: a trace of millions of them needs little more memory than its
//! timeline.
//!
//! ```text
//! pid 4711 threadbare      worker 1   │ waiting for lock │ holding lock │        X, X
//!                                                                      ╲         s ─▶ f
//!                          worker 2   │ waiting for lock               │ holding lock │
//! pid 4713 worker_1        worker_1   │ running                 ·                │    i
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::kit::event::{LaneId, LaneKind};
use crate::printable::{self, Printable};
use crate::scene::{Activity, units};
use crate::timeline::{Interval, LaneHistory, Timeline};

#[derive(Debug)]
pub struct About {
    /// The name of this program's own group of tracks.
    pub title: Printable,
    pub pid: u32,
    /// An object that is kept with the trace (`otherData`): version, seed, settings. With them
    /// the run can be made again.
    pub notes: Value,
}

/// A track of the trace, as process and thread. Where they are free, these are the system's own
/// numbers, so that a trace can be compared with other tools.
type Track = (u32, u32);

/// Thread numbers from here on are ours. They lie beyond any that Linux gives (its limit is
/// 2^22), so they cannot be taken for real ones.
const OWN_NUMBERS: u32 = 1 << 30;

/// Writes everything that the timeline kept until `now`, in ns since the run began.
///
/// # Errors
/// Those of `out`.
pub fn write(out: impl Write, about: &About, timeline: &Timeline, now: u64) -> io::Result<()> {
    let histories = timeline.histories(now);
    let tracks = tracks(&histories, about.pid);
    // A lane with too many intervals has merged its short ones; a reader of the trace should
    // know.
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
    // Without its first brace, the object continues the one that was begun above.
    writeln!(list.out, "\n],{}", printable::json(&end[1..]))?;
    list.out.flush()
}

/// Gives each lane a track. A number that is taken (the system may give a thread's number again
/// after it has ended) is replaced by one of our own.
fn tracks(histories: &[LaneHistory<'_>], own: u32) -> BTreeMap<LaneId, Track> {
    let mut taken = BTreeSet::new();
    let mut track = |lane: &LaneHistory<'_>| {
        // A worker process is one track of its own process; all threads are tracks of this
        // program.
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

/// Metadata of a lane's track: its name, and its place in the order of the lanes. A lane that
/// is a process of its own names that as well.
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

/// An interval as a slice, named after the resource where it waits for one or holds it. Its
/// category is the state, by which viewers can filter.
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

/// Arrows from each release to the acquisition that it allowed. One begins a nanosecond before
/// the release, because it has to begin inside the slice that the release ends.
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

/// Tasks as slices of their own. They cross the slices of their lanes, so they are asynchronous
/// events, which viewers put on tracks of their own.
fn tasks(
    list: &mut List<impl Write>,
    timeline: &Timeline,
    tracks: &BTreeMap<LaneId, Track>,
    own: u32,
    now: u64,
) -> io::Result<()> {
    for (id, task) in timeline.tasks() {
        // A task that has not started or ended lasts until the end of the trace.
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

fn micros(ns: u64) -> f64 {
    units::to_f64(ns) / 1e3
}

/// A JSON array that is written element by element, so that the whole is never in memory as text.
/// Its opening bracket is written by its user, and so is its end.
struct List<W> {
    out: W,
    /// Whether the next element needs a comma before it.
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
