//! Watching does not create the races that it is to show.
//!
//! From 3.10 on CPython switches threads at function calls, at jumps back and in some calls of C
//! only. So the two scripts here lose nothing, although they have no lock; a function of ours in
//! the wrong place would be one more place to switch at, and they would.

use crate::figures::written;
use crate::{interpreters, watched};

/// Two threads each, that switch as often as CPython can be made to.
const START: &str = "\
import sys, threading
sys.setswitchinterval(1e-6)
def both(job):
    threads = [threading.Thread(target=job) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
";
const COUNTER: &str = "
counter = 0
def add():
    global counter
    for _ in range(300_000):
        counter += 1
both(add)
print(600_000 - counter)
";
const CHECK_THEN_POP: &str = "
things = []
failed = []
def exchange():
    for number in range(100_000):
        things.append(number)
        try:
            if things: things.pop(0)
            if things: things.pop(0)
        except IndexError:
            failed.append(number)
both(exchange)
print(len(failed))
";

#[test]
fn watching_creates_no_race_that_the_interpreter_does_not_have() {
    let mut tried = 0;
    for python in interpreters() {
        for job in [COUNTER, CHECK_THEN_POP] {
            let (_folder, script) = written(&format!("{START}{job}"));
            let result = watched(&python, &script, &[]);
            let version = result["interpreter"]["version"].as_str().unwrap();
            // A free-threaded one has the races by itself, and so have those before 3.10.
            let minor: u32 = version.split('.').nth(1).unwrap().parse().unwrap();
            if minor < 10 || result["interpreter"]["gil"] == false {
                continue;
            }
            tried += 1;
            assert_eq!(result["stdout"], "0\n", "{}: {job}", python.display());
            assert_eq!(result["exit"]["code"], 0, "{result}");
        }
    }
    println!("{tried} runs");
}
