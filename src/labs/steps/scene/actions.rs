//! What the user can do right now, each under its key.

use super::super::experiment::levels::{self, Goal};
use super::super::experiment::setup::Setup;
use super::super::settings::StepsCommand;
use super::super::state::State;
use crate::kit::explore::{Memory, ScheduleStep};
use crate::lab::{Action, ActionKind, Key, WithText, thread_key};
use crate::programs::Case;

/// The actions that are possible in this state, the most likely first: the footer drops
/// the last ones where it is narrow. None without a live screen.
pub fn actions(state: &State) -> Vec<Action<StepsCommand>> {
    if !state.live {
        return Vec::new();
    }
    let mut groups = [
        prediction(state).into_iter().collect(),
        steps(state),
        trace(state),
        search(state),
        version(state),
        next(state).into_iter().collect(),
        codes(state),
        learning(state),
    ];
    // What the level asks for comes first.
    let first = match state.done(state.setup.program.id).goal() {
        Goal::Predict => 0,
        Goal::Break => 1,
        Goal::Prove => 3,
        Goal::Nothing => 5,
    };
    groups[..=first].rotate_right(1);
    groups.into_iter().flatten().collect()
}

/// The next level with something left to do. After the last one the key is free, and leads out of
/// the lab.
fn next(state: &State) -> Option<Action<StepsCommand>> {
    let program = levels::next(state.setup.program, |id| state.done(id))?;
    let next = Action::press(Key::Char('n'), "next level", StepsCommand::Program(program));
    Some(next.about("the next level with something left to do"))
}

/// A key for each thread, one to finish an operation, and one for store buffers. With
/// several buffers in use a menu asks which of them is to drain.
fn steps(state: &State) -> Vec<Action<StepsCommand>> {
    let threads = &state.snapshot.threads;
    // All nine, always: a key whose step cannot be taken is refused with a reason.
    // Without an action of the lab, the app would take a digit as the key of another tab.
    let mut all: Vec<_> = (0_u8..)
        .map_while(|thread| Some((thread, thread_key(thread.into())?)))
        .map(|(thread, key)| {
            let at = usize::from(thread);
            // An empty label keeps the key out of the footer.
            let can_go = state.snapshot.end.is_none() && state.ready().any(|it| it == at);
            let label = if can_go { &*threads[at].name } else { "" };
            Action::press(Key::Char(key), label, StepsCommand::Step(ScheduleStep::Thread(thread)))
        })
        .collect();
    all.push(same_thread(state));
    if let Some(Ok(thread)) = state.current().map(u8::try_from) {
        let finish = Action::press(Key::Char('f'), "finish", StepsCommand::Finish(thread));
        all.push(finish.about("all steps that the thread's operation still has"));
    }
    // Only under TSO are there stores in buffers; each drains by a step of its own.
    let buffers: Vec<_> = (0_u8..)
        .zip(threads)
        .filter(|(_, thread_view)| !thread_view.buffered.is_empty())
        .map(|(thread, thread_view)| {
            let drain = StepsCommand::Step(ScheduleStep::Drain(thread));
            (drain, thread_view.name.clone())
        })
        .collect();
    let about = "the oldest store of a store buffer reaches the memory";
    match &buffers[..] {
        [] => {}
        [(drain, _)] => {
            all.push(Action::press(Key::Char('d'), "drain", drain.clone()).about(about));
        }
        _ => {
            let title = "Whose oldest store reaches the memory?";
            all.push(Action::choose(Key::Char('d'), "drain", title, buffers).about(about));
        }
    }
    all
}

/// One more step without a preemption; at the end from the start. So the key that stops the
/// picture elsewhere is not free here, where nothing moves by itself.
fn same_thread(state: &State) -> Action<StepsCommand> {
    let thread = state.current().or_else(|| state.ready().next());
    let command = match thread.map(u8::try_from) {
        Some(Ok(thread)) if state.snapshot.end.is_none() => {
            StepsCommand::Step(ScheduleStep::Thread(thread))
        }
        _ => StepsCommand::Seek(0),
    };
    Action::press(Key::Space, "", command)
}

/// The keys that change the program's version, as far as it has others: `l` the repair, the arrows
/// its size, `m` the memory model.
fn version(state: &State) -> Vec<Action<StepsCommand>> {
    let Setup { program, case } = state.setup;
    let mut all = Vec::new();
    let mut add = |key, label: &str, case, about| {
        all.push(Action::press(key, label, StepsCommand::Version(case)).about(about));
    };
    let repaired = Case { repaired: !case.repaired, ..case };
    add(Key::Char('l'), program.repair.key, repaired, "the program with its repair, or without");
    if let Some(size) = program.size {
        if case.n < size.most {
            add(Key::Right, "larger n", Case { n: case.n + 1, ..case }, "a larger program");
        }
        if case.n > size.least {
            add(Key::Left, "smaller n", Case { n: case.n - 1, ..case }, "a smaller program");
        }
    }
    if program.has_memory_choice() {
        let memory = if case.memory == Memory::Sc { Memory::Tso } else { Memory::Sc };
        let about = "the memory model: sequentially consistent, or with store buffers (TSO)";
        add(Key::Char('m'), "memory", Case { memory, ..case }, about);
    }
    all
}

/// The keys of time are always the schedule's here, also at its ends: nothing else in this lab has
/// a course of its own. `u` and `,` go back a step, `U` and `.` forward.
fn trace(state: &State) -> Vec<Action<StepsCommand>> {
    let (at, length) = (state.snapshot.rows.len(), state.length());
    let (back, on) = (at > 0, at < length);
    let mut all = Vec::new();
    if back {
        let undo = Action::press(Key::Char('u'), "undo", StepsCommand::Undo);
        all.push(undo.about("take the last step back"));
        // As in other labs, but of this run alone: the level stays.
        all.push(Action::press(Key::Char('r'), "", StepsCommand::Seek(0)));
    }
    if on {
        let redo = Action::press(Key::Char('U'), "redo", StepsCommand::Redo);
        all.push(redo.about("take a step again that was taken back"));
    }
    let to = |key, label, step| Action::press(key, label, StepsCommand::Seek(step));
    all.push(to(Key::Char(','), "", at.saturating_sub(1)));
    all.push(to(Key::Char('.'), "", (at + 1).min(length)));
    all.push(to(Key::Home, if back { "start" } else { "" }, 0));
    all.push(to(Key::End, if on { "end" } else { "" }, length));
    all
}

fn codes(state: &State) -> Vec<Action<StepsCommand>> {
    let mut all = Vec::new();
    if !state.snapshot.rows.is_empty() {
        let copy = ActionKind::Copy(state.snapshot.code.clone());
        let copy = Action::new(Key::Char('c'), "copy code", copy);
        all.push(copy.about("copy the code that repeats this schedule"));
    }
    let paste = ActionKind::Ask {
        label: "code".into(),
        hint: "as in list1-k7qa-ab3-x7".into(),
        command: WithText::new(StepsCommand::Paste),
    };
    let paste = Action::new(Key::Char('p'), "paste code", paste);
    all.push(paste.about("go to the schedule that a code stands for"));
    all
}

const SEARCH: &str = "search all interleavings for those that fail";

/// The search and what follows from it: its simplest failure, and queries. While one is
/// under way, only its end is offered.
fn search(state: &State) -> Vec<Action<StepsCommand>> {
    if state.searching.is_some() {
        let stop = Action::press(Key::Esc, "stop search", StepsCommand::StopSearch);
        return vec![stop.about("end the search, without a result")];
    }
    if !state.is_open() {
        let first = format!("Predict first: {}", state.setup.program.question);
        let search = Action::choose(Key::Char('a'), "search", first, guesses(state));
        return vec![search.about(SEARCH)];
    }
    let search = Action::press(Key::Char('a'), "search", StepsCommand::Search);
    let mut all = vec![search.about(SEARCH)];
    let searched = state.searched.as_ref();
    if searched.is_some_and(|searched| searched.simplest.is_some()) {
        let best = Action::press(Key::Char('b'), "best", StepsCommand::ReplayBest);
        all.push(best.about("go to the simplest schedule that fails, as the search has found it"));
    }
    let names: Vec<_> = state.snapshot.things.iter().map(|it| &*it.name).collect();
    // An example with the names of this program: a query is about its things and threads.
    let example = names.first().map_or_else(String::new, |name| {
        format!("end {name} == 0, or ever ...; things: {}", names[..names.len().min(5)].join(", "))
    });
    let query = ActionKind::Ask {
        label: "query: reachable?".into(),
        hint: example.into(),
        command: WithText::new(StepsCommand::Query),
    };
    let query = Action::new(Key::Char('y'), "query", query);
    all.push(query.about("search for an interleaving after which something holds"));
    all
}

/// The question what will happen, once for each program: a prediction that is made after
/// the answer is worth nothing.
fn prediction(state: &State) -> Option<Action<StepsCommand>> {
    let title = state.setup.program.question;
    let about = "predict the answer, before a search gives it";
    let choose = || Action::choose(Key::Char('w'), "predict", title, guesses(state)).about(about);
    state.guess.is_none().then(choose)
}

fn guesses(state: &State) -> impl Iterator<Item = (StepsCommand, String)> {
    let guesses = state.setup.program.guesses.iter().enumerate();
    guesses.map(|(at, guess)| (StepsCommand::Guess(at), (*guess).to_owned()))
}

/// A hint, once for each program, and the map of the levels, from which any of them can be chosen.
fn learning(state: &State) -> Vec<Action<StepsCommand>> {
    let mut all = Vec::new();
    if !state.hinted {
        let hint = Action::press(Key::Char('h'), "hint", StepsCommand::Hint);
        all.push(hint.about("where to look"));
    }
    let items = levels::by_topic().flat_map(|(topic, programs)| {
        programs.iter().enumerate().map(move |(at, it)| {
            // The topic stands at its first level.
            let topic = if at == 0 { topic } else { "" };
            let (level, stars) = (levels::number(it), state.done(it.id).sign());
            let text = format!("{topic:<16}  {level:>2}  {stars}  {}", it.title);
            (StepsCommand::Program(it), text)
        })
    });
    let levels = Action::choose(Key::Char('O'), "levels", "The levels by topic", items);
    all.push(levels.about("all levels, to choose one"));
    all
}
