//! A queue that no thread closes.
//!
//! Both consumers receive until they are refused. A queue refuses to give only if it is closed and
//! empty; an open one that is empty makes them wait, here for ever and in every order.

use std::sync::Arc;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect_ok};
use crate::kit::explore::{Memory, Plan};
use crate::kit::monitor::Refusal;
use crate::kit::queue::Queue;

pub static PROGRAM: StepProgram = StepProgram {
    id: "noclose",
    title: "The queue that no thread closes",
    question: "A producer sends two items and ends. Two consumers receive until the queue is closed. \
               Do they end?",
    guesses: &["yes, there are no more items", "no, they wait for ever"],
    right: 1,
    invariant: "Both consumers end.",
    hint: "It fails in every order.",
    lesson: "An empty queue may fill again, so a thread that receives waits. That nothing more comes \
            has to be said: close it, or drop the last sender.",
    size: None,
    repair: Repair::fix("the producer closes the queue"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("no_close.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def producer():
    queue.put(1)
    queue.put(2)
    queue.shutdown()        # only when repaired

def consumer():
    while True:
        queue.get()         # ends the thread when it is shut down
";

// [code]
fn producer(queue: &Queue, closes: bool) -> StepResult {
    expect_ok(queue.send(1))?; //= 2
    expect_ok(queue.send(2))?; //= 3
    if closes {
        queue.close(); //= 4
    }
    Ok(())
}

fn consumer(queue: &Queue) -> StepResult {
    loop {
        match queue.receive() {
            //= 8
            Err(Refusal::Closed) => return Ok(()),
            item => expect_ok(item)?,
        };
    }
}
// [end]

fn instantiate(case: Case) -> Plan {
    let queue = Arc::new(Queue::bounded("queue", 2));
    let (one, two, three) = (queue.clone(), queue.clone(), queue);
    Plan::new()
        .thread("producer", move || producer(&one, case.repaired))
        .thread("consumer-1", move || consumer(&two))
        .thread("consumer-2", move || consumer(&three))
}
