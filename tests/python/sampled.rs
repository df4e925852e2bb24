//! What threads do between their events, sampled.

use crate::figures::{named, written};
use crate::{interpreters, watched};

/// Two threads that compute for a second, and three that wait meanwhile, each in another way.
const STATES: &str = "\
import os, threading, time
def compute():
    end = time.monotonic() + 1
    while time.monotonic() < end:
        for n in range(1000): n * n
lock = threading.Lock()
lock.acquire()
def take():
    with lock: pass
reads, writes = os.pipe()
names = ('one', 'two')
threads = [threading.Thread(target=compute, name=name) for name in names]
threads += [threading.Thread(target=take, name='locked')]
threads += [threading.Thread(target=time.sleep, args=(1,), name='asleep')]
threads += [threading.Thread(target=os.read, args=(reads, 1), name='reading')]
for thread in threads: thread.start()
for thread in threads[:2]: thread.join()
os.write(writes, b'x')
lock.release()
";

#[test]
fn what_each_thread_waited_for_is_distinguished() {
    let (_folder, path) = written(STATES);
    for python in interpreters() {
        let result = watched(&python, &path, &[]);
        let about = format!("{}: {}", python.display(), result["threads"]);
        let states = |name: &str| &named(&result["threads"], name)["states"];
        let share =
            |name: &str, kind: &str| states(name)[format!("{kind}_share")].as_f64().unwrap();
        for name in ["one", "two"] {
            let computes: f64 =
                ["running", "core", "gil"].map(|kind| share(name, kind)).iter().sum();
            assert!(computes > 0.9 && computes < 1.01, "{name} {about}");
            // The GIL is one for both.
            assert!(share(name, "gil") > 0.1, "{name} {about}");
            assert!(states(name)["samples"].as_u64().unwrap() >= 10, "{about}");
        }
        // The main thread waits for the end of others.
        let waits =
            [("locked", "lock"), ("asleep", "sleep"), ("reading", "io"), ("MainThread", "lock")];
        for (name, kind) in waits {
            // Of what it waits for itself. How long it waits for a core or the GIL before and
            // after that is a matter of what else the machine does.
            let others = ["lock", "sleep", "io"].into_iter().filter(|other| *other != kind);
            let others: f64 = others.map(|other| share(name, other)).sum();
            assert!(share(name, kind) > 4.0 * others, "{name} {about}");
        }
    }
}
