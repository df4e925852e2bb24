//! What the audit finds and the records explain in schedules that a test forces.

use super::super::experiment::audit::{Counts, Ledger};
use super::super::experiment::history::{ThreadRecord, conflicts};
use super::super::experiment::op::{Op, Stamp, Version, WorkerId};
use super::super::experiment::shared::SharedList;
use super::nothing;
use crate::kit::stop::Stopped;

/// What the records of an adder and a remover say, and what the audit does.
fn judged(list: &SharedList, adder: &[Op], remover: &[Op]) -> (Vec<String>, Counts) {
    let mut ledger = Ledger::default();
    ledger.open(99);
    for op in adder {
        ledger.added(op.value);
    }
    for op in remover {
        ledger.appears(op.value);
    }
    let left = list.values(usize::MAX);
    for value in &left {
        ledger.appears(*value);
    }
    let audit = ledger.close(Counts {
        added: adder.len() as u64,
        removed: remover.len() as u64,
        left: left.len() as u64,
        ..Counts::default()
    });
    let records = [
        ThreadRecord { who: WorkerId::adder(1), ops: adder },
        ThreadRecord { who: WorkerId::remover(1), ops: remover },
    ];
    let found = conflicts(&records, list.stamp().by, 8, |value| ledger.lost(value));
    let texts = found.some.iter().map(ToString::to_string).collect();
    (texts, audit.counts)
}

/// The forced schedule: an append stands whole in a removal's window.
#[test]
fn an_append_in_a_removals_window_is_lost() {
    let list = SharedList::new(3);
    let a = |n| Version::of(0, n);
    let mut adder =
        vec![list.append(64, a(0), nothing).unwrap(), list.append(7, a(1), nothing).unwrap()];
    let removal = list
        .remove(Version::of(1, 0), |_, _| {
            adder.push(list.append(42, a(2), nothing).unwrap());
            Ok(())
        })
        .unwrap();
    let (texts, counts) = judged(&list, &adder, &[removal]);
    assert_eq!(list.values(9), [7]);
    assert_eq!(texts, ["add-1 and remove-1 both read length 2; add-1's 42 was overwritten"]);
    assert_eq!((counts.lost, counts.duplicated), (1, 0));
}

/// The other way round: a removal stands whole in an append's window.
#[test]
fn a_removal_in_an_appends_window_doubles_a_value() {
    let list = SharedList::new(3);
    let a = |n| Version::of(0, n);
    let mut adder =
        vec![list.append(64, a(0), nothing).unwrap(), list.append(7, a(1), nothing).unwrap()];
    let mut removals = Vec::new();
    let late = list.append(42, a(2), |_, _| {
        removals.push(list.remove(Version::of(1, 0), nothing).unwrap());
        Ok(())
    });
    adder.push(late.unwrap());
    let (texts, counts) = judged(&list, &adder, &removals);
    assert_eq!(list.values(9), [7, 7, 42]);
    assert_eq!(
        texts,
        ["remove-1 and add-1 both read length 2; remove-1's shorter list was overwritten"]
    );
    assert_eq!((counts.lost, counts.duplicated), (0, 1));
}

/// A thread that is texts to stop in its window has changed nothing.
#[test]
fn an_operation_that_is_stopped_in_its_window_leaves_the_list_alone() {
    let list = SharedList::new(2);
    list.append(5, Version::of(0, 0), nothing).unwrap();
    let stop = |_: Stamp, _: Option<i64>| Err(Stopped);
    assert_eq!(list.append(6, Version::of(0, 1), stop), Err(Stopped));
    assert_eq!(list.remove(Version::of(1, 0), stop), Err(Stopped));
    assert_eq!(list.values(9), [5]);
}
