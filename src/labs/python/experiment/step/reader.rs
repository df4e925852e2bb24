//! Makes steps, locks and variables of a trace: numbers become names, and what a thread does
//! between two choices becomes one step.

use std::collections::HashMap;
use std::path::Path;

use super::super::explore::changes::Changes;
use super::super::explore::story::{Story, Writer};
use super::executed::{Executed, ExecutedStep, Object, WaitsFor};
use crate::kit::python::control::{
    Blocked, Execution, FailureKind, NewValue, Operation, Step, TOOLS,
};
use crate::printable::Printable;

/// Steps that can be shown at most.
const MOST: usize = 10_000;
/// Threads at most.
const THREADS: u16 = 200;
/// Lines of output.
const OUTPUT: usize = 60;
/// Variables and locks.
const OBJECTS: usize = 200;

/// The schedule of a script with this main file, as it was run. `kind` is how it failed.
pub fn read(
    execution: &Execution,
    kind: Option<FailureKind>,
    code: &str,
    script: &Path,
) -> Executed {
    let trace = &execution.trace;
    let mut reader = Reader::new(execution, script);
    let mut all = Executed {
        threads: reader.threads(),
        code: code.into(),
        failed: kind.is_some(),
        end: Story::new(execution, script, kind, None).end,
        output: last_lines(&execution.stdout.kept),
        ..Executed::default()
    };
    for (n, step) in trace.steps.iter().enumerate() {
        let goes_on = step.leaves_no_choice();
        let same = all.steps.last().is_some_and(|last| last.thread == position(step.thread));
        if goes_on && same {
            reader.add(step, n, all.steps.last_mut());
        } else if all.steps.len() == MOST || position(step.thread) >= all.threads.len() {
            all.cut = true;
            break;
        } else {
            let mut next = reader.step(step, n);
            reader.add(step, n, Some(&mut next));
            all.steps.push(next);
        }
    }
    all.stuck = reader.stuck();
    all.stuck.retain(|step| step.thread < all.threads.len());
    all.objects = reader.objects;
    all
}

/// Makes steps of a trace.
struct Reader<'a> {
    execution: &'a Execution,
    writer: Writer<'a>,
    changes: Changes<'a>,
    objects: Vec<Object>,
    /// Positions of locks by their numbers, and of variables by the threads in which they are local
    /// and their names.
    locks: HashMap<u32, usize>,
    variables: HashMap<(Option<u16>, &'a str), usize>,
}

impl<'a> Reader<'a> {
    fn new(execution: &'a Execution, script: &Path) -> Self {
        let writer = Writer::new(&execution.trace.names, script);
        let mut reader = Self {
            execution,
            changes: Changes::new(&execution.trace),
            objects: Vec::new(),
            locks: HashMap::new(),
            variables: HashMap::new(),
            writer,
        };
        let mut locks: Vec<_> = reader.writer.locks.clone().into_iter().collect();
        locks.sort_unstable_by_key(|(number, _)| *number);
        locks.retain(|(number, _)| *number < TOOLS);
        for (number, name) in locks.into_iter().take(OBJECTS) {
            reader.locks.insert(number, reader.objects.len());
            reader.objects.push(Object { name, value: "".into(), is_lock: true, local: None });
        }
        let first = reader.values(0);
        for (object, value) in first {
            reader.objects[object].value = value;
        }
        reader
    }

    fn threads(&self) -> Vec<Printable> {
        let numbers = self.execution.trace.names.threads.keys();
        let all = numbers.copied().max().unwrap_or(1).min(THREADS);
        (1..=all).map(|number| self.writer.thread(number)).collect()
    }

    fn step(&mut self, step: &Step, before: usize) -> ExecutedStep {
        ExecutedStep {
            thread: position(step.thread),
            ready: step.ready,
            text: self.text(step),
            line: self.writer.own_line(step.place),
            waits_for: self.waits_for(step.operation, step.object),
            preempts: step.preempts(),
            natural: step.natural,
            before,
            ..ExecutedStep::default()
        }
    }

    fn text(&mut self, step: &Step) -> Printable {
        let text = match step.operation {
            Operation::Join if !step.timed_out => {
                let other = u16::try_from(step.object).unwrap_or_default();
                format!("joins {}", self.writer.thread(other))
            }
            _ => match self.writer.effect(step) {
                Some(text) => text,
                None => self.writer.line_name(step.place),
            },
        };
        Printable::foreign(&text)
    }

    /// Adds to a step what the trace's step `n`, which is a part of it, has done.
    fn add(&mut self, step: &Step, n: usize, to: Option<&mut ExecutedStep>) {
        let changed = self.values(n + 1);
        let Some(to) = to else { return };
        if n > to.before
            && let Some(text) = self.writer.effect(step)
        {
            to.also.push(Printable::foreign(&text));
        }
        let uses = self.changes.tool_uses(n).iter().filter_map(|one| self.writer.tool_use(one));
        to.also.extend(uses.map(|text| Printable::foreign(&text)));
        if let Some(lock) = self.locks.get(&step.object) {
            let holder = match step.operation {
                Operation::Acquire if !step.timed_out => Some(self.writer.thread(step.thread)),
                Operation::Release => Some("".into()),
                _ => None,
            };
            to.changes.extend(holder.map(|holder| (*lock, holder)));
        }
        to.changes.extend(changed);
    }

    /// The values that were written after the first `steps` steps of the trace, and before others.
    fn values(&mut self, steps: usize) -> Vec<(usize, Printable)> {
        let mut changed = Vec::new();
        for one in self.changes.written(steps) {
            let key = (one.thread, one.name.as_str());
            let at = self.variables.get(&key).copied().or_else(|| {
                let at = self.objects.len();
                (at < OBJECTS && one.thread.is_none_or(|thread| thread <= THREADS)).then(|| {
                    let name = Printable::within(&one.name, 60);
                    let local = one.thread.map(position);
                    self.objects.push(Object { name, value: "".into(), is_lock: false, local });
                    self.variables.insert(key, at);
                    at
                })
            });
            let text = match &one.now {
                NewValue::Plain(text) | NewValue::Container(text) => text,
                NewValue::Gone => "",
                NewValue::Unknown => "unknown: no room left",
            };
            changed.extend(at.map(|at| (at, Printable::within(text, 80))));
        }
        changed
    }

    fn stuck(&mut self) -> Vec<ExecutedStep> {
        let blocked = self.execution.trace.blocked.clone();
        let step = |one: &Blocked| {
            let text = match (one.operation, self.locks.get(&one.object)) {
                (Operation::Acquire, Some(lock)) => {
                    format!("acquires {}", self.objects[*lock].name)
                }
                _ => self.writer.line_name(one.place),
            };
            ExecutedStep {
                thread: position(one.thread),
                text: text.into(),
                line: self.writer.own_line(one.place),
                waits_for: self.waits_for(one.operation, one.object),
                ..ExecutedStep::default()
            }
        };
        blocked.iter().map(step).collect()
    }

    fn waits_for(&self, operation: Operation, object: u32) -> WaitsFor {
        match operation {
            Operation::Acquire => {
                self.locks.get(&object).map_or(WaitsFor::Unknown, |lock| WaitsFor::Lock(*lock))
            }
            Operation::Join => {
                WaitsFor::End(usize::try_from(object).unwrap_or_default().saturating_sub(1))
            }
            Operation::Sleep => WaitsFor::Time,
            _ => WaitsFor::Nothing,
        }
    }
}

/// Threads are counted from 1 in a trace.
fn position(thread: u16) -> usize {
    usize::from(thread).saturating_sub(1)
}

fn last_lines(bytes: &[u8]) -> Vec<Printable> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<_> = text.lines().map(|line| Printable::within(line, 300)).collect();
    lines[lines.len().saturating_sub(OUTPUT)..].to_vec()
}
