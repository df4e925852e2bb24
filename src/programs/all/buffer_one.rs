//! A bounded buffer with one condition for two kinds of waiters.
//!
//! The consumer that empties the buffer means to wake the producer, and wakes the other consumer:
//!
//! ```text
//! consumer-1  waits                        takes, notifies            ends
//! consumer-2  waits                                         wakes, empty: waits for ever
//! producer            fills, notifies, full: waits                              for ever
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect_ok};
use crate::kit::condition::Condition;
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "bufferone",
    title: "Bounded buffer, one condition",
    question: "A buffer for one item. Producers and consumers wait on the same condition and \
               notify one waiter after each change. Can all of them sleep for ever?",
    guesses: &["no, every change notifies", "yes"],
    right: 1,
    invariant: "All items are passed on.",
    hint: "A consumer can wake the other consumer instead of the producer.",
    lesson: "A notification that reaches the wrong kind of waiter is lost. One condition \
            for each kind, or notify all.",
    size: None,
    repair: Repair::fix("one condition for each kind of waiter"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("buffer_one.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def producer():
    with lock:
        while count == 1:
            free.wait()     # the same condition as filled,
        count = 1
        filled.notify()     # unless repaired

def consumer():
    with lock:
        while count == 0:
            filled.wait()
        count = 0
        free.notify()
";

struct Shared {
    count: TracedAtomic,
    lock: Arc<Lock>,
    filled: Condition,
    free: Condition,
    one: bool,
}

// [code]
fn producer(buffer: &Shared) -> StepResult {
    for _ in 0..2 {
        let mut guard = buffer.lock.lock()?; //= 2
        while buffer.count.load(SeqCst) == 1 {
            //= 3
            guard = expect_ok(buffer.free().wait(guard))?; //= 4
        }
        buffer.count.store(1, SeqCst); //= 5
        expect_ok(buffer.filled.notify_one())?; //= 6
        guard.unlock(); //= 2
    }
    Ok(())
}

fn consumer(buffer: &Shared) -> StepResult {
    let mut guard = buffer.lock.lock()?; //= 9
    while buffer.count.load(SeqCst) == 0 {
        //= 10
        guard = expect_ok(buffer.filled.wait(guard))?; //= 11
    }
    buffer.count.store(0, SeqCst); //= 12
    expect_ok(buffer.free().notify_one())?; //= 13
    guard.unlock(); //= 9
    Ok(())
}
// [end]

impl Shared {
    fn free(&self) -> &Condition {
        if self.one { &self.filled } else { &self.free }
    }
}

fn instantiate(case: Case) -> Plan {
    let lock = Arc::new(Lock::new("lock"));
    let buffer = Arc::new(Shared {
        count: TracedAtomic::new("count", 0),
        filled: Condition::new("filled", &lock),
        free: Condition::new("free", &lock),
        lock,
        one: !case.repaired,
    });
    let (producing, one, two) = (buffer.clone(), buffer.clone(), buffer);
    Plan::new()
        .thread("consumer-1", move || consumer(&one))
        .thread("consumer-2", move || consumer(&two))
        .thread("producer", move || producer(&producing))
}
