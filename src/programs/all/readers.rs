//! Readers and a writer: the writer starves while readers keep coming.
//!
//! The writer goes on once it finds no reader inside, and it can look only under the lock. Each
//! reader counts itself in `passed` if it comes in while the writer waits:
//!
//! ```text
//! reader-1  in                     out, notifies
//! writer        waits: 1 inside                                              goes on at last
//! reader-2                                        in (1), out, in (2), out
//! ```
//!
//! The notification does not help by itself: the writer that wakes must get the lock again, and a
//! reader that asks for it may get it first.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use super::super::listing::Source;
use super::super::program::{Case, Repair};
use super::{StepProgram, StepResult, expect, expect_ok, release};
use crate::kit::condition::Condition;
use crate::kit::explore::{Memory, Plan};
use crate::kit::lock::Lock;
use crate::kit::step::{Switch, operation};
use crate::kit::traced_atomic::TracedAtomic;

pub static PROGRAM: StepProgram = StepProgram {
    id: "readers",
    title: "The writer that starves",
    question: "Readers may be inside together, a writer only alone. Two readers each come twice. \
               How many can go in past a writer that waits?",
    guesses: &["none", "one", "more than one"],
    right: 2,
    invariant: "At most one reader goes past a writer that waits.",
    hint: "As long as one reader is inside when the next one comes, the writer has to wait.",
    lesson: "Fair to each reader is not fair to the writer. A turnstile that the waiting \
            writer holds shut lets those inside finish, and no new reader in.",
    size: None,
    repair: Repair::fix("a turnstile that a waiting writer holds shut"),
    memories: &[Memory::Sc],
    source: Source { rust: include_str!("readers.rs"), python: PYTHON },
    instantiate,
};

const PYTHON: &str = "
def reader():
    for visit in range(2):
        with turnstile:     # only when repaired
            with lock:
                if waiting:
                    passed += 1
                readers += 1
        with lock:
            readers -= 1
            empty.notify()

def writer():
    with turnstile:         # only when repaired
        with lock:
            waiting = True
            while readers > 0:
                empty.wait()
            waiting = False
";

struct Shared {
    readers: TracedAtomic,
    waiting: TracedAtomic,
    passed: TracedAtomic,
    lock: Arc<Lock>,
    empty: Condition,
    turnstile: Lock,
    on: Switch,
}

// [code]
fn reader(room: &Shared) -> StepResult {
    for visit in 0..2 {
        operation(visit);
        let turnstile = room.turnstile.lock_if(&room.on)?; //= 3
        let guard = room.lock.lock()?; //= 4
        if room.waiting.load(SeqCst) == 1 {
            //= 5
            room.passed.fetch_add(1, SeqCst); //= 6
        }
        room.readers.fetch_add(1, SeqCst); //= 7
        guard.unlock(); //= 4
        release(turnstile); //= 3
        let guard = room.lock.lock()?; //= 8
        room.readers.fetch_add(-1, SeqCst); //= 9
        expect_ok(room.empty.notify_one())?; //= 10
        guard.unlock(); //= 8
    }
    Ok(())
}

fn writer(room: &Shared) -> StepResult {
    let turnstile = room.turnstile.lock_if(&room.on)?; //= 13
    let mut guard = room.lock.lock()?; //= 14
    room.waiting.store(1, SeqCst); //= 15
    while room.readers.load(SeqCst) > 0 {
        //= 16
        guard = expect_ok(room.empty.wait(guard))?; //= 17
    }
    room.waiting.store(0, SeqCst); //= 18
    guard.unlock(); //= 14
    release(turnstile); //= 13
    Ok(())
}
// [end]

fn instantiate(case: Case) -> Plan {
    let lock = Arc::new(Lock::new("lock"));
    let room = Arc::new(Shared {
        readers: TracedAtomic::new("readers", 0),
        waiting: TracedAtomic::new("waiting", 0),
        passed: TracedAtomic::new("passed", 0),
        empty: Condition::new("empty", &lock),
        lock,
        turnstile: Lock::new("turnstile"),
        on: Switch::new(case.repaired),
    });
    let (one, two, writing) = (room.clone(), room.clone(), room.clone());
    Plan::new()
        .thread("reader-1", move || reader(&one))
        .thread("reader-2", move || reader(&two))
        .thread("writer", move || writer(&writing))
        .at_end(move |_| {
            let passed = room.passed.peek();
            let wrong = || format!("{passed} readers went in past the waiting writer");
            expect(passed <= 1, "starvation", wrong)
        })
}
