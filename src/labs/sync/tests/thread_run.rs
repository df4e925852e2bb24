//! Runs made for these tests: circles, standstills, panics and stop requests.

use std::path::Path;
use std::sync::Arc;

use super::super::experiment::participants::{HeldResource, Participant, ThreadSpec};
use super::super::experiment::thread_run::{Monitor, ThreadResults, standstill_after};
use super::super::experiment::tool::RunContext;
use super::*;
use crate::kit::event_flag::Event;
use crate::kit::lock::Lock;
use crate::kit::monitor::Refusal;
use crate::kit::recorder::recorder;
use crate::kit::step::{Mode, StepController};
use crate::kit::stop::Stop;

fn run_threads(
    specs: Vec<ThreadSpec>,
    resources: Vec<HeldResource>,
    stop: &Stop,
) -> std::io::Result<ThreadResults> {
    let (recorder, _intake) = recorder();
    let lane = recorder.lane("main");
    let context = RunContext {
        workers: specs.len(),
        ops: 1,
        controller: StepController::new(stop.clone(), Mode::Full),
        recorder: &recorder,
        lane: &lane,
        program: Path::new("threadbare"),
        live: false,
        poll: &|| {},
    };
    let monitor = Monitor {
        snapshot: Box::new(|_| experiment::tool::Snapshot::default()),
        resources,
        must_finish: false,
    };
    context.run_threads(specs, &monitor)
}

fn spec(
    name: &str,
    gate: &Arc<Event>,
    body: impl FnOnce(&Participant, &Event) -> Result<(), Refusal> + Send + 'static,
) -> ThreadSpec {
    let gate = Arc::clone(gate);
    ThreadSpec::new(name, move |thread| body(thread, &gate))
}

fn wait(thread: &Participant, gate: &Event) -> Result<(), Refusal> {
    thread.take("the gate", || gate.wait())
}

#[test]
fn a_standstill_names_who_waits_and_what_for() {
    let gate = Arc::new(Event::new("gate"));
    let specs = ["one", "other"].map(|name| spec(name, &gate, wait));
    let results = run_threads(specs.into(), Vec::new(), &Stop::new()).unwrap();
    assert_eq!(
        results.stuck.as_deref(),
        Some("no thread made progress for 300ms: one, other wait for the gate")
    );
    assert_eq!((results.cycle, results.order.len()), (None, 0));
}

#[test]
fn a_standstill_lasts_longer_at_a_pace_and_where_the_run_must_finish() {
    let limits = |must_finish| {
        [0, 25].map(|pace| standstill_after(must_finish, Duration::from_millis(pace)))
    };
    assert_eq!(limits(false), [300, 400].map(Duration::from_millis));
    assert_eq!(limits(true), [20_000, 20_100].map(Duration::from_millis));
}

#[test]
fn a_cycle_of_three_begins_at_the_first_thread_that_waits() {
    let locks = Arc::new([Lock::new("a"), Lock::new("b"), Lock::new("c")]);
    let names = ["a", "b", "c"];
    let meet = Arc::new(crate::kit::barrier::Barrier::new("meet", 3));
    let specs = (0..3).map(|at| {
        let (locks, meet) = (Arc::clone(&locks), Arc::clone(&meet));
        ThreadSpec::new(format!("t{at}"), move |thread| {
            let _own = thread.take(names[at], || locks[at].lock())?;
            thread.wait("the others", || meet.wait())?;
            let next = (at + 1) % 3;
            thread.take(names[next], || locks[next].lock()).map(drop)
        })
    });
    let resources = (0..3).map(|at| {
        let locks = Arc::clone(&locks);
        HeldResource { name: names[at], holder: Box::new(move || locks[at].holder()) }
    });
    let results = run_threads(specs.collect(), resources.collect(), &Stop::new()).unwrap();
    assert_eq!(
        results.cycle.as_deref(),
        Some("t0 holds a and waits for b; t1 holds b and waits for c; t2 holds c and waits for a")
    );
}

#[test]
fn a_panic_ends_the_run_and_is_its_error() {
    let gate = Arc::new(Event::new("gate"));
    let specs =
        vec![spec("waits", &gate, wait), spec("panics", &gate, |_, _| panic!("on purpose"))];
    let error = run_threads(specs, Vec::new(), &Stop::new()).unwrap_err();
    assert_eq!(error.to_string(), "on purpose");
}

#[test]
fn a_run_that_is_stopped_has_no_outcome() {
    let (gate, stop) = (Arc::new(Event::new("gate")), Stop::new());
    let order = stop.clone();
    let specs = vec![
        spec("waits", &gate, wait),
        spec("orders", &gate, move |_, _| {
            order.request();
            Ok(())
        }),
    ];
    let error = run_threads(specs, Vec::new(), &stop).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::Interrupted);
}

#[test]
fn waits_and_acquisitions_are_counted_for_those_that_succeeded() {
    let gate = Arc::new(Event::new("gate"));
    let specs = vec![
        spec("comes", &gate, wait),
        spec("opens", &gate, |_, gate| {
            gate.set();
            Ok(())
        }),
    ];
    let results = run_threads(specs, Vec::new(), &Stop::new()).unwrap();
    assert_eq!((results.order, results.waits_ns.len()), (vec!["comes".to_owned()], 1));
    assert_eq!(results.stuck, None);
}
