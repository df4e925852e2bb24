//! The values and arrays that the script's processes share: what was read and written, and which
//! updates were lost.
//!
//! ```text
//!   add-1   reads 5 ─────────────── writes 6      lost: 6 stands where 7 should
//!   add-2            reads 5, writes 6
//! ```
//!
//! Each access was recorded while the value was locked, so their order is that of what happened. A
//! thread that writes a cell after it has read it goes on from what it has read: whatever others
//! have written in between is in the cell no more. So each content has a depth, the number of
//! updates that are in it, and what is missing from all writes is lost. A write without a read
//! before goes on from what is there, and so does one for which the lock was held from the read
//! on: nothing comes between those.
//!
//! A slice counts as an access, and takes part in no lost update.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::facts::{CellReport, Number, ValueKind, ValueReport};
use super::names::Names;
use crate::kit::event::ResourceId;
use crate::kit::python::Content;
use crate::printable::Printable;

/// Values that are kept at most, cells of each, and threads of each of these.
const MOST: usize = 1024;
/// Cells that are reported of each value.
const REPORTED: usize = 64;

/// One value or array.
#[derive(Debug, Default)]
pub struct Value {
    resource: ResourceId,
    name: Printable,
    kind: ValueKind,
    place: Printable,
    /// The names of its fields, if it is a structure.
    fields: Vec<Printable>,
    reads: u64,
    writes: u64,
    threads: HashSet<u64>,
    cells: BTreeMap<u64, Cell>,
}

#[derive(Debug, Default)]
struct Cell {
    content: Content,
    reads: u64,
    writes: u64,
    /// How many of these writes are in the content.
    depth: u64,
    /// The depth at the last read of each thread that has not written the cell since.
    seen: HashMap<u64, u64>,
}

impl Cell {
    fn lost_updates(&self) -> u64 {
        self.writes - self.depth
    }
}

/// All of them by the numbers of their definitions, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Values {
    all: BTreeMap<u64, Value>,
    /// A value has the name of its lock, so it has one among values only.
    pub names: Names,
}

impl Values {
    pub fn define(&mut self, number: u64, value: Value) {
        if self.all.len() < MOST {
            self.all.insert(number, value);
        }
    }

    pub fn contains(&self, number: u64) -> bool {
        self.all.contains_key(&number)
    }

    /// A thread has read or written a cell, or several at once. The value's resource, if it is
    /// known.
    pub fn accessed(
        &mut self,
        thread: u64,
        number: u64,
        written: bool,
        cell: (Option<u64>, Content),
    ) -> Option<ResourceId> {
        let value = self.all.get_mut(&number)?;
        value.accessed(thread, written, cell);
        Some(value.resource)
    }

    /// The figures of the first `most` values.
    pub fn reports(&self, most: usize) -> Vec<ValueReport> {
        self.all.values().take(most).map(Value::report).collect()
    }
}

impl Value {
    pub fn new(
        resource: ResourceId,
        kind: ValueKind,
        name: Printable,
        place: Printable,
        fields: Vec<Printable>,
    ) -> Self {
        Self { resource, name, kind, place, fields, ..Self::default() }
    }

    fn accessed(&mut self, thread: u64, written: bool, (cell, content): (Option<u64>, Content)) {
        *(if written { &mut self.writes } else { &mut self.reads }) += 1;
        if self.threads.len() < MOST {
            self.threads.insert(thread);
        }
        let Some(position) = cell else {
            if written {
                // Which of them it was is not known.
                self.cells.values_mut().for_each(|cell| cell.content = Content::Unknown);
            }
            return;
        };
        if self.cells.len() >= MOST && !self.cells.contains_key(&position) {
            return;
        }
        let cell = self.cells.entry(position).or_default();
        cell.content = content;
        if written {
            cell.depth = cell.seen.remove(&thread).unwrap_or(cell.depth) + 1;
            cell.writes += 1;
        } else {
            cell.reads += 1;
            if cell.seen.len() < MOST || cell.seen.contains_key(&thread) {
                cell.seen.insert(thread, cell.depth);
            }
        }
    }

    fn lost_updates(&self) -> u64 {
        self.cells.values().map(Cell::lost_updates).sum()
    }

    fn report(&self) -> ValueReport {
        let cells = self.cells.iter().take(REPORTED);
        let report = |(position, cell): (&u64, &Cell)| CellReport {
            name: self.name_of(*position),
            value: match cell.content {
                Content::Unknown => None,
                Content::Integer(number) => Some(Number::Integer(number)),
                Content::Float(bits) => Some(Number::Float(f64::from_bits(bits))),
            },
            reads: cell.reads,
            writes: cell.writes,
            lost_updates: cell.lost_updates(),
        };
        ValueReport {
            name: self.name.clone(),
            kind: self.kind,
            place: self.place.clone(),
            reads: self.reads,
            writes: self.writes,
            lost_updates: self.lost_updates(),
            threads: self.threads.len() as u64,
            cells: cells.map(report).collect(),
        }
    }

    fn name_of(&self, position: u64) -> Printable {
        let field = usize::try_from(position).ok().and_then(|at| self.fields.get(at));
        match (self.kind, field) {
            (ValueKind::Array, _) => format!("{}[{position}]", self.name).into(),
            (ValueKind::Value, Some(field)) => format!("{}.{field}", self.name).into(),
            (ValueKind::Value, None) => self.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: bool = false;
    const WRITE: bool = true;

    fn value(kind: ValueKind, fields: &[&str]) -> Value {
        let fields = fields.iter().map(|field| Printable::from(*field)).collect();
        Value::new(ResourceId(0), kind, "v".into(), "x.py:1".into(), fields)
    }

    #[test]
    fn an_update_is_lost_if_another_thread_wrote_between_its_read_and_its_write() {
        let mut value = value(ValueKind::Value, &[]);
        let lost = |value: &mut Value, accesses: &[(u64, bool, i64)]| {
            let before = value.lost_updates();
            for (thread, written, content) in accesses {
                value.accessed(*thread, *written, (Some(0), Content::Integer(*content)));
            }
            value.lost_updates() - before
        };
        let apart = [(1, READ, 0), (1, WRITE, 1), (2, READ, 1), (2, WRITE, 2)];
        assert_eq!(lost(&mut value, &apart), 0);
        let crossed = [(1, READ, 2), (2, READ, 2), (2, WRITE, 3), (1, WRITE, 3)];
        assert_eq!(lost(&mut value, &crossed), 1);
        // One late write takes all that came in between with it, until somebody who has seen that
        // writes over it in turn.
        let late = [(1, READ, 3), (2, READ, 3), (2, WRITE, 4), (2, READ, 4), (2, WRITE, 5)];
        assert_eq!(lost(&mut value, &late), 0);
        assert_eq!(lost(&mut value, &[(2, READ, 5), (1, WRITE, 4)]), 2);
        value.accessed(2, WRITE, (Some(0), Content::Integer(6)));
        assert_eq!(value.lost_updates(), 2);
        // It looked again, or did not look at all.
        let again = [(1, READ, 3), (2, WRITE, 9), (1, READ, 9), (1, WRITE, 4)];
        assert_eq!(lost(&mut value, &again), 0);
        assert_eq!(lost(&mut value, &[(2, WRITE, 5), (1, WRITE, 6), (1, WRITE, 7)]), 0);
        let report = value.report();
        assert_eq!((report.reads, report.writes, report.threads), (10, 13, 2));
        let cell = &report.cells[0];
        assert_eq!((cell.name.as_ref(), cell.value), ("v", Some(Number::Integer(7))));
    }

    #[test]
    fn cells_are_apart_and_what_a_slice_has_changed_is_not_known() {
        let mut array = value(ValueKind::Array, &[]);
        let half = Content::Float(0.5_f64.to_bits());
        array.accessed(1, READ, (Some(3), half));
        array.accessed(2, WRITE, (Some(1), Content::Integer(2)));
        array.accessed(1, WRITE, (Some(3), half));
        let cells = |value: &Value| {
            let cells = value.report().cells.into_iter();
            cells.map(|cell| (cell.name.to_string(), cell.value)).collect::<Vec<_>>()
        };
        let both = [
            ("v[1]".to_owned(), Some(Number::Integer(2))),
            ("v[3]".to_owned(), Some(Number::Float(0.5))),
        ];
        assert_eq!((cells(&array), array.lost_updates()), (both.into(), 0));
        array.accessed(1, READ, (None, Content::Unknown));
        array.accessed(1, WRITE, (None, Content::Unknown));
        assert_eq!(cells(&array), [("v[1]".to_owned(), None), ("v[3]".to_owned(), None)]);
        assert_eq!((array.reads, array.writes), (2, 3));
        let mut point = value(ValueKind::Value, &["x", "y"]);
        point.accessed(1, WRITE, (Some(1), half));
        assert_eq!(cells(&point), [("v.y".to_owned(), Some(Number::Float(0.5)))]);
    }
}
