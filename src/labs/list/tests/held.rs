//! The run in the user's hand.

use super::super::held::{Ask, Held, HeldThread};
use super::*;

impl Run {
    fn press(&mut self, ask: &Ask) {
        let id = ask.id();
        self.lab.as_mut().unwrap().command(Command::Press { id });
    }

    /// Holds all threads, and waits until each stands before a step.
    fn hold(&mut self) {
        self.press(&Ask::Turn);
        self.until("all are held", |state| {
            let announced = |held: &Held| held.threads.iter().all(|one| one.next.is_some());
            state.held.as_deref().is_some_and(announced)
        });
    }

    fn next(&self, name: &str) -> String {
        let held = self.state.held.as_deref();
        let threads = held.map(|held| held.threads.as_slice()).unwrap_or_default();
        let of = threads.iter().find(|one| one.who.to_string() == name);
        of.and_then(|one| one.next.clone()).unwrap_or_default()
    }

    /// Lets a thread take steps until its next one begins so; where it waits for the
    /// others to end the round, they go on instead.
    fn step_to(&mut self, name: &str, wanted: &str) {
        while !self.next(name).starts_with(wanted) {
            let before = self.state.held.clone();
            let ready = |one: &&HeldThread| one.ready;
            let held = before.iter().flat_map(|held| held.threads.iter());
            let able: Vec<_> = held.filter(ready).map(|one| one.who.to_string()).collect();
            if let Some(who) = able.iter().find(|who| *who == name).or(able.first()) {
                self.press(&Ask::Step(who.clone()));
            }
            self.until("something moves", |state| state.held != before);
        }
    }
}

#[test]
fn a_lost_update_is_made_by_hand() {
    let set = [
        ("adders", "2"),
        ("ops", "1"),
        ("lock", "off"),
        ("pause", "1ms"),
        ("window", "none"),
    ];
    let mut run = Run::start(&set, true);
    run.until("it runs", |state| state.round > 0);
    run.hold();
    for name in ["add-1", "add-2"] {
        // Wherever it was held: now both are about to read the length, and then have.
        run.step_to(name, "load length");
    }
    run.step_to("add-1", "store slot");
    run.step_to("add-2", "store slot");
    run.press(&Ask::Finish);
    run.press(&Ask::Turn);
    run.until("they go on", |state| state.held.is_none());
    let state = run.until("the audit", |state| state.last_anomaly.is_some());
    let audited = state.last_anomaly.as_deref().unwrap();
    assert_eq!(audited.audit.counts.lost, 1, "{:?}", audited.audit.counts);
    run.stop();
}

#[test]
fn who_is_kept_out_by_the_lock_says_by_whom() {
    let set = [("ops", "1000"), ("lock", "on"), ("pause", "1ms")];
    let mut run = Run::start(&set, true);
    run.until("it runs", |state| state.round > 0);
    run.hold();
    run.step_to("remove-1", "load length");
    run.step_to("add-1", "lock");
    let blocked = |held: &Held| {
        let mut threads = held.threads.iter();
        threads.any(|one| one.blocked_by == Some(Who::remover(1)) && !one.ready)
    };
    run.until("the adder is kept out", |state| {
        state.held.as_deref().is_some_and(blocked)
    });
    let actions = SharedListLab::actions(&run.state);
    let offered = |key| actions.iter().any(|action| action.key == Key::Char(key));
    assert!(offered('2') && !offered('1'), "{actions:?}");
    run.set("lock", "off");
    run.until("the lock is off", |state| !state.dials.lock);
    assert!(run.state.held.is_some(), "a dial does not let them go");
    // Dropped while held, with the lock in hand.
    run.stop();
}

#[test]
fn a_run_at_full_speed_is_held_in_the_middle_of_an_operation_and_goes_on() {
    let set = [("ops", "1000"), ("lock", "off"), ("pause", "0ms")];
    let mut run = Run::start(&set, true);
    run.until("it runs", |state| state.run().is_some());
    for _ in 0..3 {
        run.hold();
        let rounds = run.state.run().map(|run| run.rounds);
        run.press(&Ask::Turn);
        run.until("it goes on", |state| {
            state.held.is_none() && state.run().map(|run| run.rounds) > rounds
        });
    }
    assert_eq!(run.stop(), 3, "the main thread and its two");
}
