//! Value and Array between processes.

use std::sync::atomic::{AtomicU64, Ordering};

use threadbare::kit::shared::{Array, Barrier, Layout, Value};

use crate::common::{end_all, in_processes, soon, until};

const PROCESSES: usize = 4;
const ADDITIONS: usize = 2000;

#[test]
fn what_a_child_writes_its_parent_sees() {
    let laid_out = |mut layout: Layout| {
        let value = Value::new(&mut layout);
        (value, Array::new(&mut layout, 4))
    };
    in_processes(
        Value::CELLS + Array::cells(4),
        |test| {
            let (value, array) = laid_out(test.layout());
            value.set(i64::MIN);
            test.start("child").end();
            assert_eq!(value.get(), -1);
            assert_eq!(array.to_vec(), [0, i64::MAX, 0, -7]);
        },
        |test, _| {
            let (value, array) = laid_out(test.layout());
            assert_eq!(value.get(), i64::MIN);
            value.set(-1);
            array.set(1, i64::MAX);
            array.set(3, -7);
        },
    );
}

#[test]
fn an_array_that_another_process_used_can_be_filled_again() {
    in_processes(
        Array::cells(64),
        |test| {
            test.start("scribbles").end();
            let array = Array::new(&mut test.layout(), 64);
            assert_eq!(array.to_vec(), vec![7; 64]);
            array.fill(0);
            assert_eq!(Array::new(&mut test.layout(), 64).to_vec(), vec![0; 64]);
        },
        |test, _| {
            let array = Array::new(&mut test.layout(), 64);
            (0..64).for_each(|at| array.set(at, 7));
        },
    );
}

#[test]
fn additions_of_many_processes_under_the_lock_are_all_there() {
    in_processes(
        Value::CELLS,
        |test| {
            let value = Value::new(&mut test.layout());
            value.lock().acquire(&soon()).unwrap();
            let adders = test.start_all("adder", PROCESSES);
            // All are at their first addition, and none of them can be in it.
            until("all wait", || value.lock().waiters() as usize == PROCESSES);
            assert_eq!(value.get(), 0);
            value.lock().release().unwrap();
            end_all(adders);
            assert_eq!(Ok(value.get()), i64::try_from(ADDITIONS * PROCESSES));
        },
        |test, _| {
            let value = Value::new(&mut test.layout());
            for _ in 0..ADDITIONS {
                value.add(1, &soon()).unwrap();
            }
        },
    );
}

#[test]
fn two_additions_at_once_without_the_lock_are_one() {
    in_processes(
        Value::CELLS + Barrier::CELLS,
        |test| {
            let mut layout = test.layout();
            let value = Value::new(&mut layout);
            Barrier::new(&mut layout).init(2);
            end_all(test.start_all("adder", 2));
            assert_eq!(value.get(), 1);
        },
        |test, _| {
            let mut layout = test.layout();
            let value = Value::new(&mut layout);
            let both_have_read = Barrier::new(&mut layout);
            value.add_unlocked(1, || {
                both_have_read.wait(&soon(), || ()).unwrap();
            });
        },
    );
}

#[test]
fn a_variable_that_is_not_shared_is_not() {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    in_processes(
        0,
        |test| {
            end_all(test.start_all("adder", 2));
            assert_eq!(COUNT.load(Ordering::SeqCst), 0);
        },
        |_, _| assert_eq!(COUNT.fetch_add(1, Ordering::SeqCst), 0),
    );
}
