//! What the user can do right now, each under its key.

use super::programs;
use super::state::State;
use crate::lab::{Action, ActionKind, Key};

pub fn actions(state: &State) -> Vec<Action> {
    if !state.live {
        return Vec::new();
    }
    let mut all = Vec::new();
    // First the prediction, then the steps.
    all.extend(prediction(state));
    all.extend(steps(state));
    all.extend(trace(state));
    all.extend(search_task(state));
    all.extend(codes(state));
    all.extend(learning(state));
    all
}

fn press(key: Key, label: impl Into<String>, id: impl Into<String>) -> Action {
    Action { key, label: label.into(), kind: ActionKind::Press(id.into()) }
}

/// The key of a thread; the first nine have one.
pub fn key_of(thread: usize) -> Option<char> {
    "123456789".chars().nth(thread)
}

fn steps(state: &State) -> Vec<Action> {
    let threads = &state.snapshot.threads;
    // All nine, always: a key that cannot do its step says so, rather than leading
    // somewhere else.
    let mut all: Vec<Action> = (0..)
        .map_while(|thread| Some((thread, key_of(thread)?)))
        .map(|(thread, key)| {
            let can_go = state.snapshot.end.is_none() && state.ready().any(|it| it == thread);
            let label = if can_go { &*threads[thread].name } else { "" };
            press(Key::Char(key), label, format!("step:{thread}"))
        })
        .collect();
    if let Some(thread) = state.current() {
        all.push(press(Key::Char('f'), "finish", format!("finish:{thread}")));
    }
    let buffers = threads.iter().enumerate();
    let buffers: Vec<(String, String)> = buffers
        .filter(|(_, thread_view)| !thread_view.buffered.is_empty())
        .map(|(thread, thread_view)| (format!("drain:{thread}"), thread_view.name.clone()))
        .collect();
    match &buffers[..] {
        [] => {}
        [(id, _)] => all.push(press(Key::Char('d'), "drain", id.clone())),
        _ => all.push(Action {
            key: Key::Char('d'),
            label: "drain".to_owned(),
            kind: ActionKind::Choose {
                title: "Whose oldest store reaches the memory?".to_owned(),
                items: buffers,
            },
        }),
    }
    all
}

fn trace(state: &State) -> Vec<Action> {
    let (at, length) = (state.snapshot.rows.len(), state.length());
    let mut all = Vec::new();
    if at > 0 {
        all.push(press(Key::Char('u'), "undo", "undo"));
        all.push(press(Key::Char(','), "", format!("seek:{}", at - 1)));
        all.push(press(Key::Home, "start", "seek:0"));
    }
    if at < length {
        all.push(press(Key::Char('U'), "redo", "redo"));
        all.push(press(Key::Char('.'), "", format!("seek:{}", at + 1)));
        all.push(press(Key::End, "end", format!("seek:{length}")));
    }
    all
}

fn codes(state: &State) -> Vec<Action> {
    let mut all = Vec::new();
    if !state.snapshot.rows.is_empty() {
        all.push(Action {
            key: Key::Char('c'),
            label: "copy code".to_owned(),
            kind: ActionKind::Copy(state.snapshot.code.clone()),
        });
    }
    all.push(Action {
        key: Key::Char('p'),
        label: "paste code".to_owned(),
        kind: ActionKind::Ask {
            id: "code".to_owned(),
            label: "code".to_owned(),
            hint: "as in list1-k7qa-ab3-x7".to_owned(),
        },
    });
    all
}

fn search_task(state: &State) -> Vec<Action> {
    if state.searching.is_some() {
        return vec![press(Key::Esc, "stop search", "stop")];
    }
    let mut all = vec![press(Key::Char('a'), "search", "search")];
    let searched = state.searched.as_ref();
    if searched.is_some_and(|searched| searched.simplest.is_some()) {
        all.push(press(Key::Char('b'), "best", "best"));
    }
    let names: Vec<_> = state.snapshot.things.iter().map(|it| &*it.name).collect();
    let example = names.first().map_or_else(String::new, |name| {
        format!("end {name} == 0, or ever ...; things: {}", names[..names.len().min(5)].join(", "))
    });
    all.push(Action {
        key: Key::Char('y'),
        label: "query".to_owned(),
        kind: ActionKind::Ask {
            id: "query".to_owned(),
            label: "query: reachable?".to_owned(),
            hint: example,
        },
    });
    all
}

fn prediction(state: &State) -> Option<Action> {
    let program = state.setup.program;
    let guesses = program.guesses.iter().enumerate();
    state.guess.is_none().then(|| Action {
        key: Key::Char('w'),
        label: "predict".to_owned(),
        kind: ActionKind::Choose {
            title: program.question.to_owned(),
            items: guesses
                .map(|(at, guess)| (format!("guess:{at}"), (*guess).to_owned()))
                .collect(),
        },
    })
}

fn learning(state: &State) -> Vec<Action> {
    let mut all = Vec::new();
    if !state.hinted {
        all.push(press(Key::Char('h'), "hint", "hint"));
    }
    let levels = (1..).zip(programs::ALL);
    all.push(Action {
        key: Key::Char('O'),
        label: "programs".to_owned(),
        kind: ActionKind::Choose {
            title: "Which program?".to_owned(),
            items: levels
                .map(|(level, it)| {
                    let stars = "*".repeat(state.done(it.id).stars().into());
                    let text = format!("{level:>2} {stars:<3} {:<13} {}", it.id, it.title);
                    (format!("program:{}", it.id), text)
                })
                .collect(),
        },
    });
    all
}
