//! What the processes of a run write becomes the events of their lanes, in order, each
//! about its own lane, at its own moment.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

use super::super::experiment::control_block::ControlBlock;
use super::super::experiment::forwarder::Forwarder;
use super::figures::{run_processes, work};
use super::*;
use crate::kit::clock::monotonic_ns;
use crate::kit::event::{Ending, LaneEvent, ResourceKind, Stream};
use crate::kit::recorder::{EventReader, Recorder, recorder};
use crate::kit::shared::{Lock, Region};

fn forwarder(recorder: &Recorder<Fact>, kind: ResourceKind) -> Forwarder {
    let lane = recorder.lane("main");
    Forwarder::new(&context(recorder, &lane, false), "a tool", kind)
}

/// The events of the lanes 1 and 2, the driver thread's being 0; their moments never go back.
fn forwarded(reader: &mut EventReader<Fact>, from: u64) -> Vec<String> {
    let (mut runs, mut all, mut last) = (Vec::new(), Vec::new(), from);
    let mut take = |event: Stamped<Fact>| {
        let What::Lane(what) = event.what else { return };
        let lane = event.lane.0;
        let text = match what {
            LaneEvent::Waiting { holder, .. } => {
                format!("{lane} waits for {:?}", holder.map(|lane| lane.0))
            }
            LaneEvent::Acquired { depth, .. } => format!("{lane} got it, depth {depth}"),
            LaneEvent::Released { depth, .. } => format!("{lane} gave it back, depth {depth}"),
            LaneEvent::GaveUp { why, .. } => format!("{lane} gave up: {why}"),
            LaneEvent::Said { text, .. } => format!("{lane} said {text}"),
            LaneEvent::Ended(ending) => format!("{lane} ended: {ending:?}"),
            LaneEvent::Running => format!("{lane} runs"),
            _ => return,
        };
        if text.ends_with("runs") {
            // From the lane itself, not by the forwarder: at any time before what it reported.
            runs.push(text);
            return;
        }
        assert!(event.at >= last, "{text} at {} after {last}", event.at);
        last = event.at;
        all.push(text);
    };
    while reader.drain(1_000, &mut take) > 0 {}
    runs.sort_unstable();
    runs.append(&mut all);
    runs
}

/// The first gets the lock while the second wants it; the second keeps it. Gives the
/// board and the thread ids.
fn hand_over() -> (ControlBlock, [u32; 2]) {
    let (lock_region, step) = (Region::create(Lock::CELLS).unwrap(), AtomicU32::new(0));
    let ids = [AtomicU32::new(0), AtomicU32::new(0)];
    let until = |number| {
        let began = std::time::Instant::now();
        while step.load(SeqCst) < number {
            assert!(began.elapsed() < Duration::from_secs(30), "step {number}");
            std::thread::yield_now();
        }
    };
    let (_, control) = run_processes(|process, region| {
        let lock = Lock::new(&mut lock_region.layout());
        let index = process.args.index;
        let tid = rustix::thread::gettid().as_raw_nonzero().get();
        ids[index].store(u32::try_from(tid).unwrap(), SeqCst);
        if index == 0 {
            let held = process.lock(&lock).unwrap();
            step.store(1, SeqCst);
            let control = ControlBlock::new(&mut region.layout());
            let began = std::time::Instant::now();
            while control.waiting() != [1] {
                assert!(began.elapsed() < Duration::from_secs(30), "no process waits");
            }
            work(Duration::from_millis(2));
            drop(held);
        } else {
            until(1);
            // It keeps the lock.
            std::mem::forget(process.lock(&lock).unwrap());
            // In vain for something else.
            let refused = process.take(|| Err::<(), _>("refused"));
            assert!(refused.unwrap_err().to_string().ends_with(": refused"));
            process.take(|| Ok::<_, &str>(())).unwrap();
        }
    });
    (control, ids.map(AtomicU32::into_inner))
}

#[test]
fn a_lock_goes_from_lane_to_lane_and_ends_with_the_run() {
    let (recorder, mut reader) = recorder();
    let from = recorder.clock().now();
    let mut forwarder = forwarder(&recorder, ResourceKind::Lock);
    let (control, ids) = hand_over();
    let sinks =
        [("one", ids[0]), ("other", ids[1])].map(|(name, id)| forwarder.lane(name)("worker 0", id));
    assert_eq!(ids.map(|id| forwarder.index(id)), [Some(0), Some(1)]);
    assert_eq!(forwarder.index(0), None);
    forwarder.forward(&control);
    let moves = [
        "1 runs",
        "2 runs",
        "1 got it, depth 1",
        "2 waits for Some(1)",
        "1 gave it back, depth 0",
        "2 got it, depth 1",
        "2 waits for None",
        "2 gave up: waited in vain",
        "2 waits for None",
        "2 got it, depth 1",
    ];
    assert_eq!(forwarded(&mut reader, from), moves);
    let text = "a line".into();
    sinks[0].emit(LaneEvent::Said { stream: Stream::Stdout, text });
    // The pool's own events are no part of the run.
    sinks[0].emit(LaneEvent::Idle);
    sinks[0].emit_reliable(LaneEvent::Ended(Ending::Exited { code: 7 }));
    forwarder.forward(&control);
    assert_eq!(forwarded(&mut reader, from), ["1 said a line", "1 ended: Exited { code: 7 }"]);
    forwarder.release_all();
    assert_eq!(forwarded(&mut reader, from), ["2 gave it back, depth 0"]);
    sinks[1].emit_reliable(LaneEvent::Ended(Ending::Killed { signal: 9 }));
    forwarder.forward(&control);
    assert_eq!(forwarded(&mut reader, from), ["2 ended: Killed { signal: 9 }"]);
    forwarder.release_all();
    assert_eq!(forwarded(&mut reader, from), [""; 0], "once");
}

#[test]
fn a_process_that_dies_holds_nothing_any_more() {
    for (kind, held) in
        [(ResourceKind::Lock, true), (ResourceKind::Semaphore, true), (ResourceKind::Event, false)]
    {
        for dies in [false, true] {
            let (recorder, mut reader) = recorder();
            let mut forwarder = forwarder(&recorder, kind);
            let (control, ids) = hand_over();
            let sinks = ids.map(|id| forwarder.lane("one")("worker 0", id));
            if dies {
                sinks[1].emit_reliable(LaneEvent::Ended(Ending::Killed { signal: 9 }));
            }
            forwarder.forward(&control);
            forwarded(&mut reader, 0);
            forwarder.release_all();
            let expected: &[&str] = if held && !dies { &["2 gave it back, depth 0"] } else { &[] };
            assert_eq!(forwarded(&mut reader, 0), expected, "{kind:?} {dies}");
        }
    }
}

#[test]
fn events_have_the_times_at_which_they_were_written() {
    let (recorder, mut reader) = recorder();
    let mut forwarder = forwarder(&recorder, ResourceKind::Lock);
    let (control, ids) = hand_over();
    let after = recorder.clock().now();
    let _sinks = ids.map(|id| forwarder.lane("one")("worker 0", id));
    work(Duration::from_millis(3));
    forwarder.forward(&control);
    let mut moments = Vec::new();
    reader.drain(1_000, |event| {
        if matches!(event.what, What::Lane(LaneEvent::Acquired { .. } | LaneEvent::Released { .. }))
        {
            moments.push(event.at);
        }
    });
    let [got, gave, ..] = moments[..] else { panic!("{moments:?}") };
    assert!(moments.iter().all(|at| *at <= after), "{moments:?} {after}");
    assert!(gave - got >= 2_000_000, "{moments:?}");
}

#[test]
fn a_sample_counts_what_was_done_in_the_time_it_took() {
    let (done, outside) = (AtomicU64::new(0), AtomicU64::new(0));
    let (reports, _) = run_processes(|process, _| {
        let began = monotonic_ns();
        let op = || {
            done.fetch_add(1, SeqCst);
            Ok::<_, &str>(())
        };
        process.time(op).unwrap();
        outside.fetch_max(monotonic_ns() - began, SeqCst);
    });
    let timed: Vec<_> = reports.iter().map(|reports| &reports.timed).collect();
    assert_eq!(timed.iter().map(|all| all.len()).collect::<Vec<_>>(), [5, 5]);
    let all = timed.iter().flat_map(|all| all.iter());
    assert_eq!(all.clone().map(|(done, _)| done).sum::<u64>(), done.into_inner());
    // Each lasts 4 ms at least, and all together no longer than what is around them.
    assert!(all.clone().all(|(_, ns)| *ns >= 4_000_000), "{timed:?}");
    let outside = outside.into_inner();
    for samples in timed {
        assert!(samples.iter().map(|(_, ns)| ns).sum::<u64>() <= outside, "{samples:?}");
    }
}

#[test]
fn no_process_begins_a_sample_before_all_are_there() {
    let rounds = [AtomicU64::new(0), AtomicU64::new(0)];
    run_processes(|process, _| {
        let own = process.args.index;
        if own == 0 {
            work(Duration::from_millis(5));
        }
        process
            .time_rounds(1, || {
                let sample = rounds[own].fetch_add(1, SeqCst);
                assert!(rounds[1 - own].load(SeqCst) >= sample, "too early");
                Ok::<_, &str>(())
            })
            .unwrap();
    });
    assert_eq!(rounds.map(AtomicU64::into_inner), [5, 5]);
}

#[test]
fn a_pause_lasts_as_long_as_the_pace() {
    let pace = Duration::from_millis(40);
    run_processes(|process, region| {
        let control = ControlBlock::new(&mut region.layout());
        let began = std::time::Instant::now();
        process.pause();
        if process.args.index == 0 {
            // The first sets it for itself.
            control.set_pace(pace);
            process.pause();
            assert!(began.elapsed() >= pace);
            control.set_pace(Duration::ZERO);
        }
    });
}
