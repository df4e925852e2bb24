//! What is measured between the runs of a live screen, and by the processes of a run.

use std::cell::Cell;
use std::time::Instant;

use super::*;
use crate::kit::child::WorkerFnError;
use crate::kit::event::LaneEvent;
use crate::kit::recorder::recorder;
use crate::kit::shared::Region;
use crate::lab::SessionHandle;
use experiment::control_block::ControlBlock;
use experiment::process_context::{ProcessArgs, ProcessContext, ProcessReport};
use experiment::process_run::samples;

#[test]
fn a_quarter_of_a_second_after_a_run_is_for_costs() {
    let mut settings = settings(&[("tool", "event"), ("misuse", "off"), ("pace", "0ms")]);
    settings.live = true;
    let (recorder, mut reader) = recorder();
    let lab = SessionHandle::<Sync>::start(settings, recorder).unwrap();
    let began = Instant::now();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let (mut outcome_at, mut idle_at) = (None, None);
    while idle_at.is_none() {
        assert!(began.elapsed() < Duration::from_secs(30), "{before:?} {after:?}");
        reader.wait(Duration::from_millis(20));
        reader.drain(10_000, |event| match event.what {
            _ if idle_at.is_some() => {}
            What::Fact(Fact::Costs { tool, .. }) if outcome_at.is_none() => before.push(tool),
            What::Fact(Fact::Costs { tool, .. }) => after.push(tool),
            What::Fact(Fact::Outcome { .. }) => outcome_at = Some(event.at),
            What::Lane(LaneEvent::Idle) if event.lane == LaneId(0) && outcome_at.is_some() => {
                idle_at = Some(event.at);
            }
            _ => {}
        });
    }
    drop(lab);
    // The chosen tool first, so that the panel has something to show.
    assert_eq!(before, ["event"]);
    // A figure has five samples of 4 ms or more: six of the lock, two of each other tool, and
    // one of the barrier are more than that, so the queue has to wait for the next run.
    assert!(!after.is_empty() && !after.contains(&"queue"), "{after:?}");
    let took = Duration::from_nanos(idle_at.unwrap() - outcome_at.unwrap());
    assert!(took >= Duration::from_millis(250), "{took:?}");
}

const OPERATION: Duration = Duration::from_micros(20);

/// What each of two processes that measure together reports. Here they are threads.
fn timed(
    measure: impl Fn(&ProcessContext, &dyn Fn() -> Result<(), WorkerFnError>) + std::marker::Sync,
) -> [(Vec<(u64, u64)>, u64); 2] {
    let region = Region::create(ControlBlock::CELLS).unwrap();
    let control = ControlBlock::new(&mut region.layout());
    control.init(2);
    let process = |index| {
        let args = ProcessArgs {
            name: String::new(),
            misuse: None,
            index,
            workers: 2,
            ops: 1,
            timeout_ms: 1,
            address: String::new(),
            timed: Some(2),
        };
        let process = ProcessContext::enter_on(args, &region).unwrap();
        let count = Cell::new(0);
        measure(&process, &|| {
            count.set(count.get() + 1);
            let began = Instant::now();
            while began.elapsed() < OPERATION {}
            Ok(())
        });
        (process.into_report().timed, count.get())
    };
    std::thread::scope(|scope| {
        let both = [0, 1].map(|index| scope.spawn(move || process(index)));
        control.start_gate.set();
        both.map(|process| process.join().unwrap())
    })
}

/// The operations of each sample, which took no less than `made` of them.
fn counts(samples: &[(u64, u64)], made: u64) -> Vec<u64> {
    let least = OPERATION * u32::try_from(made).unwrap();
    assert!(samples.iter().all(|(_, ns)| Duration::from_nanos(*ns) >= least), "{samples:?}");
    samples.iter().map(|(count, _)| *count).collect()
}

#[test]
fn a_process_counts_its_operations_and_those_of_all_only_once() {
    let rounds = timed(|process, op| process.time_rounds(3, op).unwrap());
    for (samples, made) in rounds {
        assert_eq!((counts(&samples, 3), made), (vec![3; 5], 15));
    }
    let [(first, _), (second, made)] = timed(|process, op| process.time_together(7, op).unwrap());
    assert_eq!((counts(&first, 7), counts(&second, 7)), (vec![7; 5], vec![0; 5]));
    assert_eq!(made, 35);
    for (samples, made) in timed(|process, op| process.time(op).unwrap()) {
        assert_eq!(samples.len(), 5);
        assert_eq!(samples.iter().map(|(count, _)| count).sum::<u64>(), made);
        for (count, ns) in samples {
            // For 4 ms, whatever that comes to, each operation in its time.
            assert!(ns >= 4_000_000 && u128::from(count) * OPERATION.as_nanos() <= ns.into());
        }
    }
}

#[test]
fn a_sample_of_processes_is_what_all_of_them_did_at_once() {
    let report = |timed: &[(u64, u64)]| ProcessReport { timed: timed.into(), ..Default::default() };
    let (one, other) = (report(&[(10, 500), (20, 900), (5, 1)]), report(&[(30, 800), (0, 300)]));
    let samples: Vec<_> = samples(&[&one, &other]).iter().map(|ns| format!("{ns}")).collect();
    assert_eq!(samples, ["20", "45"]);
}
