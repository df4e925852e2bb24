//! A thread that waits is shown as waiting, and for what.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::figures::{named, written};
use crate::shared::METHODS;
use crate::{clean, interpreters, output, watched};

/// Each of its waits lasts until its time is up, so it is a wait however busy the machine is.
const SCRIPT: &str = "\
import multiprocessing as mp, queue, sys
from multiprocessing import connection
def work(begun, end):
    mp.parent_process().join(0.01)
    begun.send(1)
    end.recv()
def main():
    context = mp.get_context(sys.argv[1])
    reader, begun = context.Pipe(False)
    here, there = context.Pipe()
    orders = context.Queue()
    child = context.Process(target=work, args=(begun, there), name='child')
    child.start()
    reader.recv()
    print(here.poll(0.01), child.join(0.01))
    print(connection.wait([child.sentinel], 0.01))
    print(connection.wait((one for one in (here, child.sentinel)), timeout=0.01))
    try: orders.get(timeout=0.01)
    except queue.Empty: print('empty')
    # None of these waits.
    there.send(1)
    print(here.poll(), here.poll(60), connection.wait([here, child.sentinel], 60) == [here])
    try: connection.wait(7, 60)
    except TypeError as error: print(error)
    here.send(1)
    child.join()
if __name__ == '__main__': main()
";

/// What a lane has waited for, in the order of the waits.
fn waits(python: &Path, script: &Path, method: &str, lane: &str) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadbare"));
    command.args(["run", "--format", "jsonl", "--timeout", "2m", "--set"]);
    command.arg(format!("python={}", python.display())).arg(script).arg(method);
    clean(&mut command);
    let output = output(&mut command);
    let lines = String::from_utf8(output.stdout).unwrap();
    let (mut names, mut found, mut of) = (HashMap::new(), Vec::new(), None);
    for event in lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        match event["event"].as_str() {
            Some("resource") => {
                let name = event["name"].as_str().unwrap().to_owned();
                names.insert(event["resource"].to_string(), name);
            }
            Some("thread.start") if event["name"] == lane => of = Some(event["lane"].clone()),
            Some("lock.want") if of.as_ref() == Some(&event["lane"]) => {
                found.push(names[&event["resource"].to_string()].clone());
            }
            _ => {}
        }
    }
    found
}

#[test]
fn a_wait_for_connections_and_processes_names_what_it_is_for() {
    let (_folder, path) = written(SCRIPT);
    for python in interpreters() {
        for method in METHODS {
            let about = format!("{} {method}", python.display());
            let mut main = waits(&python, &path, method, "MainThread");
            // These two end with the child, which may be sooner.
            main.retain(|name| name != "begun->reader");
            main.truncate(6);
            let several = "the first of several objects";
            let pipe = "there->here";
            let end = "the end of child";
            assert_eq!(main, [pipe, end, end, pipe, several, "orders"], "{about}");
            let child = waits(&python, &path, method, "child");
            assert_eq!(child[0], "the end of MainThread", "{about}");
        }
        let result = watched(&python, &path, &["fork"]);
        let text = "\
False None
[]
[]
empty
True True True
'int' object is not iterable
";
        assert_eq!(result["stdout"], text, "{}", python.display());
        let pipe = named(&result["queues"], "there->here");
        assert_eq!((&pipe["get_waits"], &pipe["gets"]), (&2.into(), &0.into()), "{pipe}");
    }
}

#[test]
fn a_process_that_is_not_watched_is_not_all_other_threads() {
    let (_folder, path) = written("import subprocess; subprocess.run(['sleep', '0.05'])\n");
    for python in interpreters() {
        let main = waits(&python, &path, "", "MainThread");
        assert_eq!(main, ["the end of a process"], "{}", python.display());
    }
}
