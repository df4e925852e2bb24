//! An item of a queue that is never marked as done.
//!
//! `join` waits until the number of unfinished items is 0. A send adds 1 to it and `task_done`
//! takes 1 away; to receive an item changes nothing. So one `task_done` too few is a wait for ever.

use std::sync::Arc;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect_ok};
use crate::kit::explore::{Memory, Plan};
use crate::kit::monitor::Refusal;
use crate::kit::queue::Queue;

pub static PROGRAM: StepProgram = StepProgram {
    id: "nodone",
    title: "The item that is never done",
    question: "A producer sends two items, waits until all are marked as done, and closes the queue. \
               The consumer forgets to mark the first one. Does the producer go on?",
    guesses: &["yes, the queue is empty", "no, it waits for ever"],
    right: 1,
    invariant: "The producer learns that all is done.",
    hint: "It fails in every order.",
    lesson: "An empty queue says that all is taken, not that all is done. `join` waits for one \
            `task_done` for each item.",
    size: None,
    repair: Repair::fix("every item is marked as done"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("no_done.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def producer():
    for item in (1, 2):
        queue.put(item)
    queue.join()
    queue.shutdown()

def consumer():
    while True:
        item = queue.get()  # ends the thread when it is shut down
        if item != 1:       # all, when repaired
            queue.task_done()
";

// [code]
fn producer(queue: &Queue) -> StepResult {
    for item in [1, 2] {
        expect_ok(queue.send(item))?; //= 3
    }
    queue.join()?; //= 4
    queue.close(); //= 5
    Ok(())
}

fn consumer(queue: &Queue, forgets: bool) -> StepResult {
    loop {
        let item = match queue.receive() {
            //= 9
            Err(Refusal::Closed) => return Ok(()),
            item => expect_ok(item)?,
        };
        if item != 1 || !forgets {
            expect_ok(queue.task_done())?; //= 11
        }
    }
}
// [end]

fn instantiate(case: Case) -> Plan {
    let queue = Arc::new(Queue::bounded("queue", 2));
    let (one, two) = (queue.clone(), queue);
    Plan::new()
        .thread("producer", move || producer(&one))
        .thread("consumer", move || consumer(&two, !case.repaired))
}
