//! The stage with real threads: steps made, undone, searched, left.

mod described;
mod each;
mod figures;
mod learning;
mod markers;
mod sample_events;
mod schedule;
mod searches;
mod values;
mod whole;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::super::Steps;
use super::super::facts::Fact;
use super::super::settings::{LOCK, N, SizeChoice, StepsCommand};
use super::super::state::State;
use crate::kit::event::{LaneEvent, What};
use crate::kit::explore::ScheduleStep;
use crate::kit::recorder::{EventReader, recorder};
use crate::lab::{Command, Detail, Lab, SessionHandle, Settings};
use crate::programs;
use crate::scene::{Body, written};

const PATIENCE: Duration = Duration::from_secs(30);

/// A lab as the screen runs it, commanded and looked at by a test.
struct TestRun {
    lab: SessionHandle<Steps>,
    reader: EventReader<Fact>,
    state: State,
}

/// One step of a thread.
fn step(thread: usize) -> StepsCommand {
    StepsCommand::Step(ScheduleStep::Thread(thread.try_into().unwrap()))
}

impl TestRun {
    fn of(program: &str) -> Self {
        Self::keeping(program, None)
    }

    fn keeping(program: &str, data: Option<PathBuf>) -> Self {
        let mut settings = Settings::defaults(&Steps::INFO, 1, PathBuf::new(), true);
        settings.data = data;
        settings.set(&Steps::INFO, "program", program).unwrap();
        let (recorder, reader) = recorder();
        let state = Steps::state(&settings);
        let lab = SessionHandle::start(settings, recorder).unwrap();
        let mut lab = Self { lab, reader, state };
        lab.until("the threads are paused", |state| !state.snapshot.threads.is_empty());
        lab
    }

    fn press(&mut self, command: StepsCommand) {
        self.lab.command(Command::Do(command));
    }

    fn until(&mut self, what: &str, met: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !met(&self.state) {
            assert!(Instant::now() < deadline, "never: {what}: {:?}", self.state);
            self.reader.wait(Duration::from_millis(50));
            let state = &mut self.state;
            self.reader.drain(1000, |event| Steps::apply(state, &event));
        }
    }

    /// Lets these threads go one after the other, and waits for it.
    fn steps(&mut self, threads: &[usize]) {
        let before = self.state.snapshot.rows.len();
        for thread in threads {
            self.press(step(*thread));
        }
        let after = before + threads.len();
        self.until("all steps are taken", |state| state.snapshot.rows.len() == after);
    }

    fn kind(&self) -> Option<&str> {
        self.state.snapshot.end.as_ref()?.kind.as_deref()
    }
}

#[test]
fn a_lost_update_is_made_explained_and_undone() {
    let mut lab = TestRun::of("counter");
    assert_eq!(lab.state.snapshot.threads[0].next, "load count");
    assert_eq!(lab.state.snapshot.threads[0].would_return, "0");
    lab.steps(&[0, 1, 1, 1, 0, 0]);
    lab.until("the run has ended", |state| state.snapshot.end.is_some());
    assert_eq!(lab.kind(), Some("lost_update"));
    let end = lab.state.snapshot.end.clone().unwrap();
    assert_eq!(end.conflict, [0, 3, 5]);
    assert!(end.why.unwrap().contains("wrote 1 over it"));
    assert_eq!(lab.state.best, Some((1, 6)));

    lab.press(StepsCommand::Undo);
    lab.until("the last step is undone", |state| {
        state.snapshot.end.is_none() && state.snapshot.rows.len() == 5
    });
    assert_eq!((lab.state.trace.len(), lab.state.length()), (6, 6));
    lab.press(StepsCommand::Seek(0));
    lab.until("it is at the start", |state| state.snapshot.rows.is_empty());
    assert_eq!(lab.state.trace.len(), 6, "what was undone still shows");
    lab.press(StepsCommand::Seek(6));
    lab.until("it is at the end again", |state| state.snapshot.end.is_some());
    assert_eq!(lab.kind(), Some("lost_update"));
}

#[test]
fn a_deadlock_is_reached_its_cycle_known_and_undone() {
    let mut lab = TestRun::of("opposite");
    lab.steps(&[0, 1]);
    lab.until("no thread can go on", |state| state.snapshot.end.is_some());
    assert_eq!(lab.kind(), Some("deadlock"));
    let cycle = &lab.state.snapshot.end.as_ref().unwrap().cycle;
    let waits: Vec<_> = cycle.iter().map(|(thread, _)| *thread).collect();
    assert_eq!(waits, [0, 1]);
    assert_ne!(cycle[0].1, cycle[1].1);
    lab.press(StepsCommand::Undo);
    lab.until("the deadlock is undone", |state| state.snapshot.end.is_none());
    assert_eq!(lab.state.ready().collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_search_counts_and_its_failure_is_replayed() {
    let mut lab = TestRun::of("list");
    lab.press(StepsCommand::Search);
    lab.until("the search is over", |state| state.searched.is_some());
    let searched = lab.state.searched.clone().unwrap();
    let n = lab.state.setup.case.n;
    let (total, held) = if n == 2 { (924, 6) } else { (20, 2) };
    assert_eq!((searched.coverage.total, searched.coverage.complete), (total, true));
    assert_eq!(searched.coverage.failed, total - held);
    assert_eq!(searched.repaired.unwrap().total, held);
    assert_eq!(searched.repaired.unwrap().failed, 0);
    lab.until("the tree is drawn", |state| !state.tree.is_empty());
    lab.press(StepsCommand::ReplayBest);
    lab.until("it has been replayed", |state| state.snapshot.end.is_some());
    let (snapshot, best) = (&lab.state.snapshot, lab.state.best);
    let found = (snapshot.switches, snapshot.rows.len());
    assert_eq!((Some(found), best), (searched.simplest, None), "not by hand");
    lab.until("the tree is open along it", |state| {
        state.tree.iter().filter(|node| node.on_path).count() == state.snapshot.rows.len() + 1
    });
}

#[test]
fn questions_are_answered_by_a_schedule_or_by_no() {
    let mut lab = TestRun::of("counter");
    let ask = |text: &str| Command::Do(StepsCommand::Query(text.to_owned()));
    lab.lab.command(ask("end count == 1"));
    lab.until("an answer", |state| state.reply.is_some());
    assert!(lab.state.reply.as_ref().unwrap().shown);
    lab.until("it is in the schedule", |state| state.snapshot.end.is_some());
    lab.lab.command(ask("end count == 3"));
    lab.until("no", |state| state.reply.as_ref().is_some_and(|it| !it.shown));
    let answer = &lab.state.reply.as_ref().unwrap().answer;
    assert_eq!(answer, "no, in all 20");
    lab.lab.command(ask("end cuont == 3"));
    lab.until("why not, and that it is over", |state| {
        state.refused.is_some() && state.searching.is_none()
    });
}

#[test]
fn a_code_is_pasted_and_a_wrong_one_refused() {
    let mut lab = TestRun::of("counter");
    lab.steps(&[0, 1, 1]);
    let code = lab.state.snapshot.code.clone();
    let paste = |text: &str| Command::Do(StepsCommand::Paste(text.to_owned()));
    lab.lab.command(paste("nothing"));
    lab.until("it is refused", |state| state.refused.is_some());
    lab.press(StepsCommand::Program(programs::find("tickets").unwrap()));
    lab.until("another program is on", |state| {
        state.setup.program.id == "tickets" && !state.snapshot.threads.is_empty()
    });
    lab.lab.command(paste(&code));
    lab.until("it is run to its end", |state| {
        state.setup.program.id == "counter" && state.snapshot.end.is_some()
    });
    let threads = lab.state.snapshot.rows.iter().map(|row| row.thread);
    assert_eq!(threads.collect::<Vec<_>>(), [0, 1, 1, 1, 0, 0]);
}

#[test]
fn leaving_in_the_middle_ends_every_thread() {
    let settings = Settings::defaults(&Steps::INFO, 1, PathBuf::new(), true);
    for round in 0..200 {
        let (recorder, mut reader) = recorder();
        let mut lab = SessionHandle::<Steps>::start(settings.clone(), recorder).unwrap();
        let commands = [step(0), step(1), StepsCommand::Search, StepsCommand::Undo];
        for command in commands.into_iter().take(round % 5) {
            lab.command(Command::Do(command));
        }
        // Joins all that it started, and so does each stage and each exploration.
        drop(lab);
        let mut ended = false;
        reader.drain(usize::MAX, |event| {
            ended |= matches!(event.what, What::Lane(LaneEvent::Ended(_)));
        });
        assert!(ended, "round {round}");
    }
}

/// The sample run as a live screen shows it.
fn sample_state() -> State {
    let settings = Settings::defaults(&Steps::INFO, 1, PathBuf::new(), true);
    let mut state = Steps::state(&settings);
    for event in sample_events::events() {
        Steps::apply(&mut state, &event);
    }
    state
}

#[test]
fn the_scene_of_a_lost_update() {
    for (name, detail) in [("full", Detail::Full), ("compact", Detail::Compact)] {
        insta::assert_snapshot!(
            name,
            written(&crate::lab::trial::scene_of::<Steps>(&sample_state(), detail))
        );
    }
}

#[test]
fn the_story_of_a_lost_update() {
    let settings = Settings::defaults(&Steps::INFO, 1, PathBuf::new(), true);
    let mut state = Steps::state(&settings);
    let mut described = Vec::new();
    for event in sample_events::events() {
        described.extend(Steps::describe(&state, &event).map(|sentence| sentence.text));
        Steps::apply(&mut state, &event);
    }
    insta::assert_snapshot!("story", described.join("\n"));
}

#[test]
fn every_moment_makes_a_scene() {
    let mut lab = TestRun::of("philosophers");
    for detail in [Detail::Compact, Detail::Full] {
        assert!(!crate::lab::trial::scene_of::<Steps>(&lab.state, detail).rows.is_empty());
    }
    lab.press(StepsCommand::Search);
    lab.until("the search is over", |state| state.searched.is_some());
    lab.press(StepsCommand::ReplayBest);
    lab.until("they starve", |state| state.snapshot.end.is_some());
    let scene = crate::lab::trial::scene_of::<Steps>(&lab.state, Detail::Full);
    let drawn = scene.rows.iter().flat_map(|row| &row.panels);
    let titles: Vec<_> = drawn.map(|panel| panel.title.as_str()).collect();
    assert!(titles.contains(&"Deadlock"), "{titles:?}");
    let mut findings = scene.findings.iter();
    assert!(findings.any(|finding| finding.text.starts_with("Deadlock: ")));
}

#[test]
fn a_search_that_is_stopped_leaves_the_run_as_it_was() {
    let mut lab = TestRun::of("list");
    lab.lab.command(Command::set(N, SizeChoice::Of(5)));
    lab.until("the larger one is on", |state| {
        state.setup.case.n == 5 && !state.snapshot.threads.is_empty()
    });
    lab.press(StepsCommand::Search);
    lab.until("the search is under way", |state| state.searching.is_some());
    lab.press(StepsCommand::StopSearch);
    lab.until("it is stopped", |state| state.searching.is_none());
    assert_eq!(lab.state.searched, None);
    lab.steps(&[0, 1]);
}

#[test]
fn what_was_undone_can_be_done_again() {
    let mut lab = TestRun::of("counter");
    lab.steps(&[1, 0]);
    let rows = lab.state.snapshot.rows.clone();
    lab.press(StepsCommand::Undo);
    lab.until("one is undone", |state| state.snapshot.undone == [0]);
    lab.press(StepsCommand::Undo);
    lab.until("both are", |state| state.snapshot.undone == [1, 0]);
    lab.press(StepsCommand::Redo);
    lab.press(StepsCommand::Redo);
    lab.until("both are done again", |state| state.snapshot.rows == rows);
    lab.press(StepsCommand::Redo);
    lab.until("there is no more", |state| state.snapshot.refused);
}

#[test]
fn a_buffered_store_reaches_the_memory_when_it_is_drained() {
    let mut lab = TestRun::of("store");
    lab.steps(&[0]);
    assert_eq!(lab.state.snapshot.things[0].value, "0");
    assert_eq!(lab.state.snapshot.threads[0].buffered, ["x = 1"]);
    lab.press(StepsCommand::Step(ScheduleStep::Drain(0)));
    lab.until("it is there", |state| {
        state.snapshot.things[0].value == "1" && state.snapshot.threads[0].buffered.is_empty()
    });
    assert!(lab.state.snapshot.rows[1].drain);
}
