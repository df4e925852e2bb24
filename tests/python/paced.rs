//! A script that is paused, and one that is slowed down.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use threadbare::lab::Run;

use crate::act::{choose, opened, until_result, until_written};
use crate::figures::{named, written};
use crate::{DEADLINE, interpreters, output, python, threadbare, wait_until};

/// A thread waits for the lock of the main thread until there is a file, while a child of the
/// group and one in a session of its own are there. Those end with their parent.
const WAITING: &str = "\
import os, subprocess, sys, threading, time
def say(name):
    # In one piece: print writes its arguments one after the other.
    os.write(1, b'%s %d .\\n' % (name, os.getpid()))
if len(sys.argv) > 1:
    say(b'child')
    while os.getppid() == int(sys.argv[1]):
        time.sleep(0.01)
    sys.exit()
lock = threading.Lock()
def wait():
    with lock:
        pass
with lock:
    thread = threading.Thread(target=wait)
    thread.start()
    for apart in (False, True):
        command = [sys.executable, __file__, str(os.getpid())]
        subprocess.Popen(command, start_new_session=apart)
    say(b'main')
    while not os.path.exists(__file__ + '.go'):
        time.sleep(0.01)
thread.join()
print('end', flush=True)
";

/// The letter of the system for what each process does that has written its number.
fn states(run: &dyn Run) -> Vec<Option<char>> {
    let stdout = run.result()["stdout"].as_str().unwrap().to_owned();
    let pids = stdout.lines().filter_map(|line| line.split(' ').nth(1));
    let state = |pid: &str| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.chars().next()
    };
    pids.map(state).collect()
}

/// Runs it until the lock is waited for and the children are watched.
fn waits(python: &Path, path: &Path) -> Box<dyn Run> {
    let mut run = opened(python, path);
    until_result(run.as_mut(), "the children", |result| {
        let written = result["stdout"].as_str().unwrap().matches(" .").count();
        let waiting = result["locks"][0]["waiting"].as_array().is_some_and(|all| !all.is_empty());
        written == 3 && waiting && result["processes"].as_array().unwrap().len() == 2
    });
    run
}

fn pause(run: &mut dyn Run) {
    choose(run, 'p', "pause");
    wait_until("all stopped", || states(run).iter().all(|state| *state == Some('T')));
    let paused = |run: &dyn Run| run.actions().iter().any(|action| &*action.label == "resume");
    wait_until("paused", || {
        run.wait(Duration::from_millis(20));
        run.drain(1000);
        paused(run)
    });
}

#[test]
fn a_pause_stops_every_process_and_is_no_wait_of_the_script() {
    for python in interpreters() {
        let (_folder, path) = written(WAITING);
        let begin = Instant::now();
        let mut run = waits(&python, &path);
        let before = begin.elapsed();
        pause(run.as_mut());
        assert_eq!(states(run.as_ref()).len(), 3, "{}", run.result());
        let has =
            |run: &dyn Run, text: &str| run.findings().iter().any(|one| one.text.contains(text));
        assert!(has(run.as_ref(), "stand still until"), "{:?}", run.findings());
        // What is to be seen in the figures: more than all else takes.
        let paused = Instant::now();
        wait_until("some time", || paused.elapsed() > 2 * before + Duration::from_millis(300));
        let paused = paused.elapsed();
        assert!(states(run.as_ref()).iter().all(|state| *state == Some('T')));
        fs::write(path.with_extension("py.go"), "").unwrap();
        choose(run.as_mut(), 'p', "resume");
        assert!(run.drain_to_end(DEADLINE));
        let (result, about) = (run.result(), python.display());
        let ms = |value: &serde_json::Value| value.as_f64().unwrap();
        let unpaused = begin.elapsed().as_secs_f64() * 1e3 - ms(&result["paused_ms"]);
        assert!(ms(&result["paused_ms"]) >= paused.as_secs_f64() * 1e3, "{about}: {result}");
        let lock = named(&result["locks"], "lock");
        for times in ["wait_us", "hold_us"] {
            // Measured to two digits.
            let longest = ms(&lock[times]["max"]) / 1e3;
            assert!(longest <= 1.02 * unpaused, "{about}: {longest} {unpaused}: {lock}");
        }
        assert!(has(run.as_ref(), "paused by hand"), "{about}: {:?}", run.findings());
        assert_eq!(
            (&result["level"], &result["exit"]["code"]),
            (&"L1".into(), &0.into()),
            "{about}"
        );
        let blamed = run.timeline().ledger().total();
        assert!(Duration::from_nanos(blamed).as_secs_f64() * 1e3 <= unpaused * 3.0, "{about}");
    }
}

#[test]
fn a_run_that_ends_while_it_is_paused_leaves_no_stopped_process() {
    let (_folder, path) = written(WAITING);
    let mut run = waits(&python(), &path);
    pause(run.as_mut());
    let pids = run.result()["stdout"].as_str().unwrap().to_owned();
    let pids: Vec<_> = pids.lines().map(|line| line.split(' ').nth(1).unwrap()).collect();
    drop(run);
    for pid in pids {
        // The one in a session of its own goes on, sees that its parent is gone, and ends.
        wait_until(pid, || {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z'))
        });
    }
}

/// It says that process 2, which is often a thread of the kernel, is one of its own.
const FALSE_NUMBER: &str = "\
import os, shutil, time
ring = next(line.split()[5] for line in open('/proc/self/maps') if '/ring.' in line)
for kind in 'definitions', 'ring':
    path = os.path.join(os.path.dirname(ring), kind)
    shutil.copy('%s.%d' % (path, os.getpid()), path + '.2')
print('main', os.getpid(), '.', flush=True)
while not os.path.exists(__file__ + '.go'):
    time.sleep(0.01)
";

#[test]
fn a_number_that_a_script_has_made_up_is_no_process_of_it() {
    let (_folder, path) = written(FALSE_NUMBER);
    let mut run = opened(&python(), &path);
    until_written(run.as_mut(), " .");
    pause(run.as_mut());
    choose(run.as_mut(), 'p', "resume");
    fs::write(path.with_extension("py.go"), "").unwrap();
    assert!(run.drain_to_end(DEADLINE));
    assert_eq!(run.result()["exit"]["code"], 0, "{}", run.result());
}

/// The result of a script that runs in slow motion from its beginning.
fn slowed(python: &Path, path: &Path, delay: &str) -> serde_json::Value {
    let delay = format!("delay={delay}");
    let output = output(&mut threadbare(python, &["--set", &delay, path.to_str().unwrap()]));
    let mut all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    all["result"].take()
}

/// Interrupted in the middle of the delay after an acquisition, which only slow motion makes long.
const SLOW: &str = "\
import os, signal, threading, time, traceback
lock, cond = threading.RLock(), threading.Condition()
def interrupt():
    while not held():
        pass
    os.kill(os.getpid(), signal.SIGINT)
def held():
    return 'owner=0' not in repr(lock)
thread = threading.Thread(target=interrupt)
thread.start()
try:
    with lock:
        signal.pause()
except KeyboardInterrupt:
    print(held(), 'threadbare' in traceback.format_exc())
thread.join()
with cond:
    print(cond.wait(0.001))
begin = time.monotonic()
for _ in range(3):
    lock.acquire()
    lock.release()
print(time.monotonic() - begin >= 6 * 0.05)
";

#[test]
fn slow_motion_delays_each_record_and_no_interrupt_leaves_a_lock_behind() {
    let (_folder, path) = written(SLOW);
    for python in interpreters() {
        let result = slowed(&python, &path, "50ms");
        let about = format!("{}: {result}", python.display());
        assert_eq!(result["stdout"], "False False\nFalse\nTrue\n", "{about}");
        assert_eq!(result["stderr"], "", "{about}");
        assert_eq!(
            (&result["level"], &result["delay_ms"]),
            (&"L1".into(), &50.0.into()),
            "{about}"
        );
    }
}

/// Before its ring can have been seen to be there, on a machine that is as fast as that.
const AT_ONCE: &str = "\
import threading, time
begin = time.monotonic()
with threading.Lock(): pass
print(time.monotonic() - begin >= 0.1)
";

#[test]
fn the_delay_is_in_force_from_the_first_record_on() {
    let (_folder, path) = written(AT_ONCE);
    for python in interpreters() {
        let result = slowed(&python, &path, "50ms");
        assert_eq!(result["stdout"], "True\n", "{}", python.display());
    }
}

/// Interrupted around the moment at which it takes an item; an item that it does not get is left.
const TAKES: &str = "\
import _thread, queue, signal, threading, time
def interrupt(*_):
    raise TimeoutError
signal.signal(signal.SIGALRM, interrupt)
for make in queue.SimpleQueue, queue.Queue:
    items = make()
    items.put('item')
    got = []
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        got.append(items.get())
        while True:
            time.sleep(0.01)
    except TimeoutError:
        print(len(got) + items.qsize())
# Nothing of the script stands below the calls that the interpreter makes itself.
lock = threading.Lock()
_thread.start_new_thread(lock.acquire, ())
while not lock.locked():
    pass
";

#[test]
fn slow_motion_loses_no_item_and_delays_calls_that_no_line_of_the_script_makes() {
    let (_folder, path) = written(TAKES);
    for python in interpreters() {
        let result = slowed(&python, &path, "100ms");
        let about = format!("{}: {result}", python.display());
        assert_eq!(
            (&result["stdout"], &result["stderr"]),
            (&"1\n1\n".into(), &"".into()),
            "{about}"
        );
    }
}

/// Makes events until there is a file.
const BUSY: &str = "\
import os, threading
lock, rounds = threading.Lock(), 0
print('begin', flush=True)
while not os.path.exists(__file__ + '.go'):
    with lock:
        rounds += 1
print(rounds)
";

#[test]
fn the_delay_is_changed_while_the_script_runs() {
    use threadbare::lab::{Command, Value};
    let (_folder, path) = written(BUSY);
    let mut run = opened(&python(), &path);
    until_written(run.as_mut(), "begin");
    let delay = Duration::from_secs(1);
    run.command(Command::Set { key: "delay", value: Value::Time(delay) });
    until_result(run.as_mut(), "the delay", |result| result["delay_ms"] == 1000.0);
    let records = |run: &dyn Run| run.result()["records"].as_u64().unwrap();
    // One more may be under way, and the figures come five times a second.
    let (mut last, mut since) = (records(run.as_ref()), Instant::now());
    wait_until("slow", || {
        run.wait(Duration::from_millis(20));
        run.drain(1000);
        let now = records(run.as_ref());
        if now > last + 1 {
            (last, since) = (now, Instant::now());
        }
        since.elapsed() > Duration::from_millis(700)
    });
    run.command(Command::Set { key: "delay", value: Value::Time(Duration::ZERO) });
    let slow = records(run.as_ref());
    until_result(run.as_mut(), "fast", |result| result["records"].as_u64().unwrap() > slow + 1000);
    fs::write(path.with_extension("py.go"), "").unwrap();
    assert!(run.drain_to_end(DEADLINE));
    assert_eq!(run.result()["exit"]["code"], 0);
}
