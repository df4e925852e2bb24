//! The run in the user's hand.

use super::super::facts::StepperSnapshot;
use super::*;

/// The thread of this name.
pub fn who(name: &str) -> WorkerId {
    let (role, number) = name.split_once('-').unwrap();
    let number = number.parse().unwrap();
    if role == "add" { WorkerId::adder(number) } else { WorkerId::remover(number) }
}

impl Run {
    fn press(&mut self, command: ListCommand) {
        self.lab.as_mut().unwrap().command(Command::Do(command));
    }

    /// Holds all threads, and waits until each stands before a step.
    fn hold(&mut self) {
        self.press(ListCommand::Pause);
        self.until_announced();
    }

    fn until_announced(&mut self) {
        self.until("all are held", |state| {
            let announced =
                |stepped: &StepperSnapshot| stepped.threads.iter().all(|one| one.next.is_some());
            state.stepped.as_deref().is_some_and(announced)
        });
    }

    /// Lets a thread take steps until its next one begins so.
    fn step_to(&mut self, name: &str, wanted: &str) {
        while !next(&self.state, name).starts_with(wanted) {
            let before = next(&self.state, name);
            self.press(ListCommand::Step(who(name)));
            self.until("its next step", |state| {
                let next = next(state, name);
                !next.is_empty() && next != before
            });
        }
    }

    /// Lets a thread go on to the end of its operation.
    fn finish(&mut self, name: &str) {
        let before = done(&self.state, name);
        self.step_on(name);
        self.until("it has done it", |state| done(state, name) > before);
    }

    fn step_on(&mut self, name: &str) {
        self.press(ListCommand::Step(who(name)));
        self.press(ListCommand::Finish);
    }

    /// A round of two operations each, the first done under the lock: all sleep after it,
    /// so that they stand before the second one when they are held.
    fn in_the_middle(adders: &str) -> Self {
        let set = [("adders", adders), ("ops", "2"), ("lock", "on"), ("pause", "60s")];
        let mut run = Self::start(&set, true);
        run.until("each has done one", |state| {
            let all = usize::from(state.settings.adders + state.settings.removers);
            let one = |who: &WorkerId| done(state, &who.to_string()) == 1;
            state.threads.len() == all && state.threads.keys().all(one)
        });
        run
    }
}

/// The step before which a thread stands.
fn next(state: &State, name: &str) -> String {
    let stepped = state.stepped.as_deref();
    let threads = stepped.map(|stepped| stepped.threads.as_slice()).unwrap_or_default();
    let of = threads.iter().find(|one| one.who.to_string() == name);
    of.and_then(|one| one.next.clone()).unwrap_or_default()
}

/// The operations of the round that a thread has done.
fn done(state: &State, name: &str) -> u64 {
    let mut threads = state.threads.iter();
    let thread = threads.find(|(who, _)| who.to_string() == name);
    thread.map_or(0, |(_, thread)| thread.counts.done + thread.counts.empty)
}

#[test]
fn a_lost_update_is_made_by_hand() {
    let mut run = Run::in_the_middle("2");
    run.set("lock", "off");
    run.hold();
    run.finish("remove-1");
    for name in ["add-1", "add-2"] {
        run.step_to(name, "store slot");
    }
    run.finish("add-2");
    run.finish("add-1");
    let state = run.until("the audit", |state| state.last_anomaly.is_some());
    let counts = state.last_anomaly.as_deref().unwrap().audit.counts;
    assert_eq!((counts.added, counts.lost, counts.duplicated), (4, 1, 0));
    run.press(ListCommand::Pause);
    run.until("they go on", |state| state.stepped.is_none());
    run.stop();
}

#[test]
fn who_is_kept_out_by_the_lock_says_by_whom() {
    let mut run = Run::in_the_middle("1");
    run.hold();
    run.step_to("remove-1", "load length");
    run.step_to("add-1", "acquire");
    let blocked = |stepped: &StepperSnapshot| {
        let mut threads = stepped.threads.iter();
        threads.any(|one| one.blocked_by == Some(WorkerId::remover(1)) && !one.ready)
    };
    run.until("the adder is kept out", |state| state.stepped.as_deref().is_some_and(blocked));
    let actions = SharedListLab::actions(&run.state);
    let offered = |key| actions.iter().any(|action| action.key == Key::Char(key));
    // The key of the one that is kept out is not in the footer, and is answered.
    let shown = actions.iter().find(|action| action.key == Key::Char('1')).unwrap();
    assert!(offered('2') && shown.label.is_empty(), "{actions:?}");
    run.press(ListCommand::Step(WorkerId::adder(1)));
    let text = "add-1 must wait: remove-1 holds the lock";
    run.until("it is told that it must wait", |state| {
        state.consequence.as_ref().is_some_and(|sentence| &*sentence.text == text)
    });
    run.set("lock", "off");
    run.until("the lock is off", |state| !state.settings.lock);
    assert!(run.state.stepped.is_some(), "a dial does not let them go");
    // Dropped while held, with the lock in hand.
    run.stop();
}

#[test]
fn who_was_kept_out_is_forgotten_when_another_operation_is_finished() {
    let mut run = Run::in_the_middle("1");
    run.hold();
    run.step_to("remove-1", "load length");
    let said = |state: &State, text: &str| {
        state.consequence.as_ref().is_some_and(|sentence| &*sentence.text == text)
    };
    run.press(ListCommand::Step(WorkerId::adder(1)));
    run.until("it is told that it must wait", |state| {
        said(state, "add-1 must wait: remove-1 holds the lock")
    });
    run.press(ListCommand::Finish);
    // Which of its steps is told last depends on when the driver looks between them.
    run.until("what the other did", |state| {
        state.consequence.as_ref().is_some_and(|said| said.text.starts_with("remove-1 did: "))
    });
    run.stop();
}

#[test]
fn a_run_at_full_speed_is_paused_in_the_middle_of_an_operation_and_resumed() {
    let set = [("ops", "1000"), ("lock", "off"), ("pause", "0ms")];
    let mut run = Run::start(&set, true);
    run.until("it runs", |state| state.run().is_some());
    for _ in 0..3 {
        run.hold();
        let rounds = run.state.run().map(|run| run.rounds);
        run.press(ListCommand::Pause);
        run.until("it goes on", |state| {
            state.stepped.is_none() && state.run().map(|run| run.rounds) > rounds
        });
    }
    // Rounds in which it was held are in the sum, and in no meter.
    run.until("a meter that began again", |state| {
        let rounds = state.run().map_or(0, |run| run.rounds);
        state.meter.as_ref().is_some_and(|meter| meter.rounds < rounds)
    });
    assert_eq!(run.stop(), 3, "the main thread and its two");
}

#[test]
fn a_thread_that_comes_back_is_stepped_in_the_place_of_the_one_that_left() {
    let mut run = Run::in_the_middle("2");
    run.hold();
    for (key, value) in [("adders", "1"), ("ops", "1"), ("pause", "50ms")] {
        run.set(key, value);
    }
    run.finish("add-1");
    run.finish("add-2");
    run.step_on("remove-1");
    run.until("the second has left", |state| state.threads[&WorkerId::adder(2)].gone.is_some());
    run.set("adders", "2");
    run.until_announced();
    run.finish("add-1");
    run.step_on("remove-1");
    run.until("it stands before a step", |state| !next(state, "add-2").is_empty());
    let before = next(&run.state, "add-2");
    run.press(ListCommand::Step(WorkerId::adder(2)));
    run.until("it has taken the step", |state| {
        let next = next(state, "add-2");
        !next.is_empty() && next != before
    });
    run.stop();
}
