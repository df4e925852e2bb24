//! The memory that processes share: what was read and written, and what was lost.

use serde_json::{Value, json};

use crate::figures::{named, written};
use crate::shared::with_each_method;
use crate::{python, run};

/// Both processes have read before either of them writes, so one of two updates is lost.
const SCRIPT: &str = "\
import ctypes, multiprocessing as mp, sys, threading
class Point(ctypes.Structure): _fields_ = [('x', ctypes.c_int), ('y', ctypes.c_double)]
def work(count, safe, cells, at, point, mine, others):
    n = count.value
    mine.set()
    others.wait()
    count.value = n + 1
    for _ in range(20):
        with safe.get_lock(): safe.value += 1
        with safe: safe.value += 1
    cells[at] += 1
    point.y = 0.5
def main():
    context = mp.get_context(sys.argv[1])
    count = context.Value('i', 5)
    safe = context.Value('q')
    cells = context.Array('i', 3)
    point = context.Value(Point)
    text = context.Array('c', 8)
    local = context.Value('d', 0.25, lock=threading.Lock())
    raw = context.Value('i', lock=False)
    gates = [context.Event(), context.Event()]
    children = []
    for at in (0, 1):
        args = (count, safe, cells, at, point, gates[at], gates[1 - at])
        children.append(context.Process(target=work, args=args))
    for child in children: child.start()
    for child in children: child.join()
    try: count.value = 'no number'
    except TypeError: pass
    try: cells[7]
    except IndexError: pass
    cells[-1] = 7
    point.x = 3
    text.value = b'text'
    local.value += 1
    raw.value += 1
    print(count.value, safe.value, cells[:], point.x, point.y, text.value, local.value)
if __name__ == '__main__': main()
";

#[test]
fn accesses_of_shared_memory_are_counted_in_all_processes_and_a_lost_update_is_found() {
    with_each_method(SCRIPT, |result, about| {
        assert_eq!(result["stdout"], "6 80 [1, 1, 7] 3 0.5 b'text' 1.25\n", "{about}");
        let values = &result["values"];
        let figures = |name: &str| {
            let value = named(values, name);
            ["reads", "writes", "lost_updates", "threads"].map(|key| value[key].as_u64())
        };
        for (name, expected) in [
            ("count", [3, 2, 1, 3]),
            ("safe", [81, 80, 0, 3]),
            ("cells", [3, 3, 0, 3]),
            ("point", [2, 3, 0, 3]),
            ("text", [1, 1, 0, 1]),
            ("local", [2, 1, 0, 1]),
        ] {
            assert_eq!(figures(name), expected.map(Some), "{about} {name}: {values}");
        }
        assert_eq!(values.as_array().unwrap().len(), 6, "{about}: {values}");
        let cells = |name: &str| -> Vec<(Value, Value)> {
            let cells = named(values, name)["cells"].as_array().unwrap().iter();
            cells.map(|cell| (cell["name"].clone(), cell["value"].clone())).collect()
        };
        assert_eq!(cells("count"), [(json!("count"), json!(6))], "{about}");
        let array = [("cells[0]", 1), ("cells[1]", 1), ("cells[2]", 7)];
        let array = array.map(|(name, value)| (json!(name), json!(value)));
        assert_eq!(cells("cells"), array, "{about}");
        let point = [(json!("point.x"), json!(3)), (json!("point.y"), json!(0.5))];
        assert_eq!(cells("point"), point, "{about}");
        assert_eq!(cells("local"), [(json!("local"), json!(1.25))], "{about}");
        assert_eq!(cells("text"), [], "{about}");
        // A lock is acquired as often as without us.
        let acquires = |name| named(&result["locks"], name)["acquires"].as_u64();
        // One that is passed straight on has no variable.
        assert_eq!((acquires("count"), acquires("Lock:20")), (Some(6), Some(3)), "{about}");
    });
}

#[test]
fn a_lost_update_of_shared_memory_is_a_finding() {
    let (_folder, path) = written(SCRIPT);
    let run = run(&python(), &path, &["fork"]);
    let findings = run["findings"].as_array().unwrap();
    let has = |finding: &&Value| finding["text"].as_str().unwrap().contains("writes to count");
    let finding = findings.iter().find(has);
    assert_eq!(finding.map(|one| &one["weight"]), Some(&json!("broken")), "{findings:?}");
}
