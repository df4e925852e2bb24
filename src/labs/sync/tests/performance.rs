//! Plays made for these tests: circles, standstills, panics and orders to stop.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::kit::event_flag::Event;
use crate::kit::lock::Lock;
use crate::kit::monitor::Refusal;
use crate::kit::recorder::recorder;
use crate::kit::step::{Mode, StepController};
use crate::kit::stop::Stop;
use crate::labs::sync::cast::{Held, Part, Role};
use crate::labs::sync::performance::{Played, Watch};
use crate::labs::sync::tool::Stage;

fn perform(roles: Vec<Role>, held: Vec<Held>, stop: &Stop) -> std::io::Result<Played> {
    let (recorder, _intake) = recorder();
    let lane = recorder.lane("director");
    let stage = Stage {
        workers: roles.len(),
        ops: 1,
        controller: StepController::new(stop.clone(), Mode::Full),
        recorder: &recorder,
        lane: &lane,
        program: Path::new("threadbare"),
        live: false,
    };
    let watch = Watch {
        look: Box::new(|_| tool::Inside::default()),
        held,
        right: false,
    };
    stage.perform(roles, &watch)
}

fn role(
    name: &str,
    gate: &Arc<Event>,
    act: impl FnOnce(&Part, &Event) -> Result<(), Refusal> + Send + 'static,
) -> Role {
    let gate = Arc::clone(gate);
    Role::new(name, move |part| act(part, &gate))
}

fn wait(part: &Part, gate: &Event) -> Result<(), Refusal> {
    part.take("the gate", || gate.wait())
}

#[test]
fn whoever_waits_for_nobody_is_named_with_what_is_waited_for() {
    let gate = Arc::new(Event::new("gate"));
    let roles = ["one", "other"].map(|name| role(name, &gate, wait));
    let played = perform(roles.into(), Vec::new(), &Stop::new()).unwrap();
    assert_eq!(
        played.stuck.as_deref(),
        Some("nobody moved for 300ms: one, other wait for the gate")
    );
    assert_eq!((played.cycle, played.order.len()), (None, 0));
}

#[test]
fn a_circle_of_three_is_told_from_the_first_who_waits() {
    let locks = Arc::new([Lock::new("a"), Lock::new("b"), Lock::new("c")]);
    let names = ["a", "b", "c"];
    let meet = Arc::new(crate::kit::barrier::Barrier::new("meet", 3));
    let roles = (0..3).map(|at| {
        let (locks, meet) = (Arc::clone(&locks), Arc::clone(&meet));
        Role::new(format!("t{at}"), move |part| {
            let _own = part.take(names[at], || locks[at].lock())?;
            part.wait("the others", || meet.wait())?;
            let next = (at + 1) % 3;
            part.take(names[next], || locks[next].lock()).map(drop)
        })
    });
    let held = (0..3).map(|at| {
        let locks = Arc::clone(&locks);
        Held {
            name: names[at],
            holder: Box::new(move || locks[at].holder()),
        }
    });
    let played = perform(roles.collect(), held.collect(), &Stop::new()).unwrap();
    assert_eq!(
        played.cycle.as_deref(),
        Some("t0 holds a and waits for b; t1 holds b and waits for c; t2 holds c and waits for a")
    );
}

#[test]
fn a_panic_ends_the_play_and_is_its_error() {
    let gate = Arc::new(Event::new("gate"));
    let roles = vec![
        role("waits", &gate, wait),
        role("panics", &gate, |_, _| panic!("on purpose")),
    ];
    let error = perform(roles, Vec::new(), &Stop::new()).unwrap_err();
    assert_eq!(error.to_string(), "on purpose");
}

#[test]
fn a_play_that_is_called_off_has_no_outcome() {
    let (gate, stop) = (Arc::new(Event::new("gate")), Stop::new());
    let order = stop.clone();
    let roles = vec![
        role("waits", &gate, wait),
        role("orders", &gate, move |_, _| {
            order.request();
            Ok(())
        }),
    ];
    let error = perform(roles, Vec::new(), &stop).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::Interrupted);
}

#[test]
fn waits_and_hands_are_counted_for_those_who_got_through() {
    let gate = Arc::new(Event::new("gate"));
    let roles = vec![
        role("comes", &gate, wait),
        role("opens", &gate, |_, gate| {
            gate.set();
            Ok(())
        }),
    ];
    let played = perform(roles, Vec::new(), &Stop::new()).unwrap();
    assert_eq!(
        (played.order, played.waits_ns.len()),
        (vec!["comes".to_owned()], 1)
    );
    assert_eq!(played.stuck, None);
}
