//! The tools, one file each. Adding one is a file, a `mod` line and a line in [`ALL`];
//! the names on the command line follow.

mod barrier;
mod condition;
mod event;
mod lock;
mod process_array;
mod process_barrier;
mod process_condition;
mod process_event;
mod process_lock;
mod process_manager;
mod process_pipe;
mod process_queue;
mod process_semaphore;
mod process_value;
mod queue;
mod ring;
mod rlock;
mod semaphore;

use super::jobs::ProcessTool;
use super::tool::Tool;
use crate::lab::Form;

/// All tools, in the order of the screen: threads first.
pub const ALL: &[&Tool] = &[
    &lock::LOCK,
    &rlock::RLOCK,
    &condition::CONDITION,
    &semaphore::SEMAPHORE,
    &event::EVENT,
    &barrier::BARRIER,
    &queue::QUEUE,
    &process_lock::LOCK,
    &process_condition::CONDITION,
    &process_semaphore::SEMAPHORE,
    &process_event::EVENT,
    &process_barrier::BARRIER,
    &process_queue::QUEUE,
    &process_pipe::PIPE,
    &process_manager::MANAGER,
    &process_value::VALUE,
    &process_array::ARRAY,
];

/// The worker functions of the tools between processes.
pub const PROCESS_TOOLS: &[ProcessTool] = &[
    process_lock::PROCESS,
    process_condition::PROCESS,
    process_semaphore::PROCESS,
    process_event::PROCESS,
    process_barrier::PROCESS,
    process_queue::PROCESS,
    process_pipe::PROCESS,
    process_manager::PROCESS,
    process_value::PROCESS,
    process_array::PROCESS,
];

/// The tool of that name.
pub fn named(id: &str) -> Option<&'static Tool> {
    ALL.iter().copied().find(|tool| tool.id == id)
}

/// The values of the setting `tool`, through which the keys step.
pub const NAMES: [&str; ALL.len() + 1] = {
    let mut names = ["all"; ALL.len() + 1];
    let mut at = 0;
    while at < ALL.len() {
        names[at] = ALL[at].id;
        at += 1;
    }
    names
};

/// The same, as the forms of a setting.
pub const FORMS: [Form; NAMES.len()] = forms(NAMES);

/// The values of the setting `misuse`; names that several tools have stand once.
pub const MISUSE_FORMS: [Form; misuse_names().1] = {
    let (all, count) = misuse_names();
    let mut names = ["off"; misuse_names().1];
    let mut at = 0;
    while at < count {
        names[at] = all[at];
        at += 1;
    }
    forms(names)
};

/// More misuses than there are.
const MANY: usize = 128;

const fn misuse_names() -> ([&'static str; MANY], usize) {
    let mut names = ["off"; MANY];
    names[1] = "all";
    let (mut count, mut tool) = (2, 0);
    while tool < ALL.len() {
        let mut at = 0;
        while at < ALL[tool].misuses.len() {
            let name = ALL[tool].misuses[at].name;
            if !contains(&names, count, name) {
                names[count] = name;
                count += 1;
            }
            at += 1;
        }
        tool += 1;
    }
    (names, count)
}

const fn forms<const N: usize>(names: [&'static str; N]) -> [Form; N] {
    let mut forms = [Form::Word(""); N];
    let mut at = 0;
    while at < N {
        forms[at] = Form::Word(names[at]);
        at += 1;
    }
    forms
}

const fn contains(names: &[&str], count: usize, name: &str) -> bool {
    let mut at = 0;
    while at < count {
        if same(names[at].as_bytes(), name.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}
