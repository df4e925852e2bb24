//! What processes share by `multiprocessing` is one thing in the result, whatever process it was
//! used in, and however that was started.

use serde_json::{Value, json};

use crate::act::{opened, until_result};
use crate::figures::{named, written};
use crate::{DEADLINE, interpreters, python, watched};

pub const METHODS: [&str; 3] = ["fork", "spawn", "forkserver"];

/// The results of a script under every version, once with each start method as its argument.
pub fn with_each_method(text: &str, check: impl Fn(&Value, &str)) {
    let (_folder, path) = written(text);
    for python in interpreters() {
        for method in METHODS {
            let about = format!("{} {method}", python.display());
            let result = watched(&python, &path, &[method]);
            assert_eq!(result["exit"], json!({ "code": 0 }), "{about}: {result}");
            assert_eq!(result["lost_records"], 0, "{about}");
            check(&result, &about);
        }
    }
}

#[test]
fn a_lock_of_multiprocessing_is_one_lock_in_all_of_its_processes() {
    with_each_method(
        "\
import multiprocessing as mp, sys
def work(lock, again, gate, few, pipe):
    with lock:
        with again:
            again.acquire()
            again.release()
    pipe.send(1)
    # Held by the parent, which waits until this waits.
    gate.acquire()
    gate.release()
    with few: pass
def until(condition):
    while not condition(): pass
def main():
    context = mp.get_context(sys.argv[1])
    lock = context.Lock()
    again = context.RLock()
    gate = context.Semaphore(1)
    few = context.BoundedSemaphore(2)
    gate.acquire()
    ends = [context.Pipe() for _ in range(2)]
    children = [context.Process(target=work, args=(lock, again, gate, few, end[1])) for end in ends]
    for child in children: child.start()
    for end in ends: end[0].recv()
    print(lock.acquire(), lock.acquire(False), lock.acquire(timeout=0.01), lock.release())
    gate.release()
    for child in children: child.join()
    try: lock.release()
    except ValueError as error: print(error)
    queue = context.Queue()
    queue.put(1)
    queue.get()
    with context.Pool(1) as pool: print(pool.map(abs, [-1]))
if __name__ == '__main__': main()
",
        |result, about| {
            let locks = result["locks"].as_array().unwrap();
            assert_eq!(locks.len(), 4, "{about}: {locks:?}");
            for (name, kind, acquires) in [
                ("lock", "multiprocessing.lock", 3),
                ("again", "multiprocessing.rlock", 4),
                ("gate", "multiprocessing.semaphore", 3),
                ("few", "multiprocessing.semaphore", 2),
            ] {
                let lock = named(&result["locks"], name);
                let about = format!("{about}: {lock}");
                assert_eq!(
                    (&lock["kind"], &lock["acquires"]),
                    (&json!(kind), &json!(acquires)),
                    "{about}"
                );
                assert_eq!(lock["holder"], json!(null), "{about}");
                assert_eq!(lock["waiting"], json!([]), "{about}");
            }
            let lock = named(&result["locks"], "lock");
            assert_eq!(
                (&lock["place"], &lock["hold_us"]["samples"]),
                (&json!("main.py:16"), &json!(3))
            );
        },
    );
}

#[test]
fn a_wait_for_a_lock_that_another_process_holds_is_contended() {
    with_each_method(
        "\
import multiprocessing as mp, sys, time
def holds(lock, pipe):
    with lock:
        pipe.send(1)
        time.sleep(0.1)
def main():
    context = mp.get_context(sys.argv[1])
    lock = context.Lock()
    here, there = context.Pipe()
    child = context.Process(target=holds, args=(lock, there))
    child.start()
    here.recv()
    lock.acquire()
    lock.release()
    child.join()
if __name__ == '__main__': main()
",
        |result, about| {
            let lock = named(&result["locks"], "lock");
            let about = format!("{about}: {lock}");
            // It may be so late that the lock is free again.
            let contended = lock["contended"].as_u64().unwrap();
            assert!(contended <= 1, "{about}");
            assert_eq!((&lock["acquires"], &lock["hold_us"]["samples"]), (&json!(2), &json!(2)));
            assert!(lock["hold_us"]["max"].as_f64().unwrap() >= 95_000.0, "{about}");
        },
    );
}

#[test]
fn a_deadlock_between_processes_is_found() {
    let (_folder, path) = written(
        "\
import multiprocessing as mp, sys
def work(first, second, barrier):
    with first:
        barrier.wait()
        with second: pass
def main():
    context = mp.get_context('fork')
    left = context.Lock()
    right = context.Lock()
    barrier = context.Barrier(2)
    orders = [(left, right, barrier), (right, left, barrier)]
    children = [context.Process(target=work, args=order, name='child') for order in orders]
    for child in children: child.start()
    for child in children: child.join()
if __name__ == '__main__': main()
",
    );
    let mut run = opened(&python(), &path);
    until_result(run.as_mut(), "both wait", |result| {
        let locks = result["locks"].as_array().unwrap().iter();
        let locks = locks.filter(|lock| lock["kind"] == "multiprocessing.lock");
        let waited = |lock: &&Value| lock["waiting"].as_array().is_some_and(|all| !all.is_empty());
        locks.filter(waited).count() == 2
    });
    run.stop();
    assert!(run.drain_to_end(DEADLINE));
    let result = run.result();
    let deadlock = result["deadlock"].as_array().unwrap();
    let mut wants: Vec<_> = deadlock.iter().map(|step| step["wants"].as_str().unwrap()).collect();
    wants.sort_unstable();
    assert_eq!(wants, ["left", "right"], "{deadlock:?}");
    let by = deadlock.iter().map(|step| step["held_by"].as_str().unwrap());
    assert!(by.into_iter().all(|by| by.starts_with("child")), "{deadlock:?}");
}

#[test]
fn conditions_events_and_barriers_of_multiprocessing_are_counted_across_processes() {
    with_each_method(
        "\
import multiprocessing as mp, sys
def work(lock, condition, event, barrier):
    # The parent waits already: it has released the lock.
    with condition: condition.notify()
    event.wait()
    barrier.wait()
def main():
    context = mp.get_context(sys.argv[1])
    lock = context.Lock()
    condition = context.Condition(lock)
    own = context.Condition()
    event = context.Event()
    barrier = context.Barrier(2)
    child = context.Process(target=work, args=(lock, condition, event, barrier))
    with condition:
        child.start()
        print(condition.wait(60))
    with own: print(own.wait(0.01), event.is_set())
    until_one_waits(event)
    event.set()
    barrier.wait()
    child.join()
    print(event.wait())
def until_one_waits(event):
    while not event._cond._sleeping_count.get_value(): pass
if __name__ == '__main__': main()
",
        |result, about| {
            assert_eq!(result["stdout"], "True\nFalse False\nTrue\n", "{about}");
            assert_eq!(
                result["locks"].as_array().unwrap().len(),
                5,
                "{about}: {}",
                result["locks"]
            );
            for (name, kind, acquires) in [
                // By the parent twice, since its wait ends with the lock.
                ("lock", "multiprocessing.lock", 3),
                ("condition", "multiprocessing.condition", 1),
                ("own", "multiprocessing.condition", 1),
                ("event", "multiprocessing.event", 1),
                ("barrier", "multiprocessing.barrier", 2),
            ] {
                let tool = named(&result["locks"], name);
                let counts = (&tool["kind"], &tool["acquires"]);
                assert_eq!(counts, (&json!(kind), &json!(acquires)), "{about}: {tool}");
                assert_eq!(tool["waiting"], json!([]), "{about}: {tool}");
            }
        },
    );
}

#[test]
fn a_queue_of_multiprocessing_is_one_queue_in_all_of_its_processes() {
    with_each_method(
        "\
import multiprocessing as mp, queue, sys
def work(orders, results, done, lines):
    while True:
        n = orders.get()
        if n is None: break
        results.put(n * n)
        done.get()
        done.task_done()
    for line in iter(lines.get, None): results.put(line)
def main():
    context = mp.get_context(sys.argv[1])
    orders = context.Queue(1)
    results = context.SimpleQueue()
    done = context.JoinableQueue()
    lines = context.SimpleQueue()
    children = [context.Process(target=work, args=(orders, results, done, lines)) for _ in range(2)]
    for child in children: child.start()
    for n in range(5):
        done.put(n)
        orders.put(n)
    for _ in children: orders.put(None)
    done.join()
    print(sorted(results.get() for _ in range(5)))
    for line in ('one', 'two'): lines.put(line)
    print(sorted(results.get() for _ in range(2)))
    for _ in children: lines.put(None)
    for child in children: child.join()
    sys.stderr = None
    done.put(lambda: 0)
    done.put(7)
    print(done.get())
    try: lines.put(lambda: 0)
    except Exception as error: print(error)
    try: orders.get(timeout=0.01)
    except queue.Empty: print('empty')
    with context.Pool(1) as pool: print(pool.map(abs, [-1]))
if __name__ == '__main__': main()
",
        |result, about| {
            let queues = result["queues"].as_array().unwrap();
            assert_eq!(queues.len(), 4, "{about}: {queues:?}");
            assert_eq!(result["locks"], json!([]), "{about}");
            for (name, kind, maxsize, puts, gets, dropped) in [
                ("orders", "queue", json!(1), 7, 7, 0),
                ("results", "simple", json!(null), 7, 7, 0),
                ("done", "joinable", json!(null), 7, 6, 1),
                ("lines", "simple", json!(null), 4, 4, 0),
            ] {
                let queue = named(&result["queues"], name);
                let about = format!("{about}: {queue}");
                assert_eq!(queue["kind"], format!("multiprocessing.{kind}"), "{about}");
                let figures = ["puts", "gets", "dropped", "left"].map(|key| queue[key].as_u64());
                assert_eq!(figures, [puts, gets, dropped, 0].map(Some), "{about}");
                assert_eq!(queue["maxsize"], maxsize, "{about}");
            }
            let orders = named(&result["queues"], "orders");
            // The last one ended without an item.
            assert!(orders["get_waits"].as_u64().unwrap() >= 1, "{about}: {orders}");
            assert_eq!(orders["waiting_to_get"], json!([]), "{about}: {orders}");
        },
    );
}

#[test]
fn each_direction_of_a_pipe_is_one_queue_in_both_of_its_processes_and_a_value_has_a_lock_of_its_name()
 {
    with_each_method(
        "\
import multiprocessing as mp, sys
def work(end, count, cells, raw):
    end.send(end.recv() + 1)
    end.send_bytes(b'bytes')
    with count.get_lock(): count.value += 1
    cells[0] = 7
    raw.value = 9
def main():
    context = mp.get_context(sys.argv[1])
    here, there = context.Pipe()
    count = context.Value('i', 1)
    cells = context.Array('i', [1, 2])
    raw = context.Value('i', 1, lock=False)
    child = context.Process(target=work, args=(there, count, cells, raw))
    child.start()
    here.send(1)
    print(here.recv(), here.recv_bytes(), here.poll())
    child.join()
    print(count.value, cells[:], raw.value)
    reader, writer = context.Pipe(duplex=False)
    writer.send(1)
    try: writer.send(lambda: 0)
    except Exception as error: print('not pickled')
    reader.close()
    try: writer.send(2)
    except BrokenPipeError: print('broken')
if __name__ == '__main__': main()
",
        |result, about| {
            let out = "2 b'bytes' False\n2 [7, 2] 9\nnot pickled\nbroken\n";
            assert_eq!(result["stdout"], out, "{about}");
            let pipes = result["queues"].as_array().unwrap();
            let figures = |pipe: &Value| {
                let counts = ["puts", "gets", "dropped", "left"].map(|key| pipe[key].as_u64());
                let [name, place] = ["name", "place"].map(|key| pipe[key].as_str().unwrap());
                (name.to_owned(), place.to_owned(), counts.map(Option::unwrap))
            };
            let all: Vec<_> = pipes.iter().map(figures).collect();
            let expected = [
                ("here->there", "main.py:10", [1, 1, 0, 0]),
                ("there->here", "main.py:10", [2, 2, 0, 0]),
                ("writer->reader", "main.py:20", [2, 0, 1, 1]),
            ];
            let expected = expected.map(|(name, at, counts)| (name.into(), at.into(), counts));
            assert_eq!(all, expected, "{about}: {pipes:?}");
            assert!(pipes.iter().all(|pipe| pipe["kind"] == "multiprocessing.pipe"), "{about}");
            assert_eq!(result["locks"].as_array().unwrap().len(), 2, "{about}");
            // The child's `with` and twice `value`; the parent's `value`.
            for (name, acquires) in [("count", 4), ("cells", 2)] {
                let lock = named(&result["locks"], name);
                let counts = (&lock["kind"], &lock["acquires"]);
                assert_eq!(counts, (&json!("multiprocessing.rlock"), &json!(acquires)), "{about}");
            }
        },
    );
}

#[test]
fn the_calls_of_a_managers_objects_are_counted_in_all_processes() {
    with_each_method(
        "\
import multiprocessing as mp, sys
def work(names, counts, tasks):
    names.append(1)
    counts['a'] = counts.get('a', 0) + 1
    try: names.index(7)
    except ValueError as error: print(error, flush=True)
    tasks.put(names)
def main():
    context = mp.get_context(sys.argv[1])
    with context.Manager() as manager:
        names = manager.list()
        counts = manager.dict()
        tasks = manager.Queue()
        gate = manager.Lock()
        child = context.Process(target=work, args=(names, counts, tasks))
        child.start()
        child.join()
        with gate: pass
        print(names[:], counts.copy(), len(tasks.get()), len(names))
if __name__ == '__main__': main()
",
        |result, about| {
            let stdout = result["stdout"].as_str().unwrap();
            assert!(stdout.ends_with("[1] {'a': 1} 1 1\n"), "{about}: {stdout}");
            let figures = |one: &Value| {
                let [name, kind] =
                    ["name", "kind"].map(|key| one[key].as_str().unwrap().to_owned());
                (name, kind, one["acquires"].as_u64().unwrap(), one["contended"].as_u64().unwrap())
            };
            let calls: Vec<_> = result["locks"].as_array().unwrap().iter().map(figures).collect();
            let of = |name: &str, calls| (name.into(), "multiprocessing.proxy".into(), calls, 0);
            // What comes out of the queue is another proxy of the same list.
            let expected = [of("names", 5), of("counts", 3), of("tasks", 2), of("gate", 2)];
            assert_eq!(calls, expected, "{about}: {}", result["locks"]);
            let waits = &named(&result["locks"], "names")["wait_us"];
            assert_eq!(waits["samples"], 5, "{about}: {waits}");
        },
    );
}
