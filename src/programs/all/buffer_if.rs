//! A bounded buffer whose waiters look only once.
//!
//! Between the notification and the waiter's getting the lock, another consumer can get it first:
//!
//! ```text
//! consumer-1  0 items: waits                                            wakes, takes: -1 items
//! producer                    1 item, notifies
//! consumer-2                                    gets the lock, takes it
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect, expect_ok};
use crate::kit::condition::Condition;
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "bufferif",
    title: "Bounded buffer with `if`",
    question: "Consumers wait `if` the buffer is empty, and take an item when they wake. Two \
               consumers, two items. Can one of them take from an empty buffer?",
    guesses: &["no, it was woken because of an item", "yes"],
    right: 1,
    invariant: "Nothing is taken from an empty buffer.",
    hint: "Between being notified and getting the lock, somebody else can get it.",
    lesson: "To be woken is a hint, not a promise. Look again: `while`, not `if`.",
    size: None,
    repair: Repair::fix("wait `while` the buffer is empty"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("buffer_if.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def producer():
    with filled:
        count += 1
        filled.notify()

def consumer():
    with filled:
        if count == 0:      # while, when repaired
            filled.wait()
        count -= 1
";

struct Shared {
    count: TracedAtomic,
    lock: Arc<Lock>,
    filled: Condition,
}

// [code]
fn producer(buffer: &Shared) -> StepResult {
    for _ in 0..2 {
        let guard = buffer.lock.lock()?; //= 2
        buffer.count.fetch_add(1, SeqCst); //= 3
        expect_ok(buffer.filled.notify_one())?; //= 4
        guard.unlock(); //= 2
    }
    Ok(())
}

fn consumer(buffer: &Shared) -> StepResult {
    let mut guard = buffer.lock.lock()?; //= 7
    if buffer.count.load(SeqCst) == 0 {
        //= 8
        guard = expect_ok(buffer.filled.wait(guard))?; //= 9
    }
    buffer.count.fetch_add(-1, SeqCst); //= 10
    guard.unlock(); //= 7
    Ok(())
}

fn consumer_repaired(buffer: &Shared) -> StepResult {
    let mut guard = buffer.lock.lock()?; //= 7
    while buffer.count.load(SeqCst) == 0 {
        //= 8
        guard = expect_ok(buffer.filled.wait(guard))?; //= 9
    }
    buffer.count.fetch_add(-1, SeqCst); //= 10
    guard.unlock(); //= 7
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let lock = Arc::new(Lock::new("lock"));
    let buffer = Arc::new(Shared {
        count: TracedAtomic::new("count", 0),
        filled: Condition::new("filled", &lock),
        lock,
    });
    let (producing, one, two) = (buffer.clone(), buffer.clone(), buffer);
    let consume = if case.repaired { consumer_repaired } else { consumer };
    Plan::new()
        .thread("consumer-1", move || consume(&one))
        .thread("consumer-2", move || consume(&two))
        .thread("producer", move || producer(&producing))
        .always(|model| {
            let count = model.find("count").and_then(|count| model.atomic(count));
            let wrong = || "an item was taken from the empty buffer".to_owned();
            expect(count >= Some(0), "empty_pop", wrong)
        })
}
