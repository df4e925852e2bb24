//! What the steps of a schedule have made of variables, and done with conditions, queues and other
//! tools: the trace has both beside the steps, if they were asked for.

use std::collections::{HashMap, HashSet};

use crate::kit::python::control::{NewValue, Operation, Step, ToolUse, Trace, Value};
use crate::printable::Printable;

/// Characters of a value, and of its name.
const TEXT: usize = 60;

/// Reads what is beside the steps, in their order.
pub struct Changes<'a> {
    trace: &'a Trace,
    values: &'a [Value],
    tool_uses: &'a [ToolUse],
    /// By thread, which global ones have none, and name.
    known: HashMap<(Option<u16>, &'a str), &'a NewValue>,
}

impl<'a> Changes<'a> {
    pub fn new(trace: &'a Trace) -> Self {
        Self { trace, values: &trace.values, tool_uses: &trace.tool_uses, known: HashMap::new() }
    }

    /// What was done with tools before the first step, when there was only one thread.
    pub fn tool_uses_before(&mut self) -> &'a [ToolUse] {
        split_off(&mut self.tool_uses, |one| one.steps == 0)
    }

    /// What step `n` has done with tools.
    pub fn tool_uses(&mut self, n: usize) -> &'a [ToolUse] {
        split_off(&mut self.tool_uses, |one| one.steps as usize <= n + 1)
    }

    /// All values that were written up to the first `steps` steps and were not asked for yet.
    pub fn written(&mut self, steps: usize) -> &'a [Value] {
        split_off(&mut self.values, |one| one.steps as usize <= steps)
    }

    /// The names and new values of what step `n` has changed: containers, and what it has written
    /// by its name. What several threads have is named as the one that changed it calls it.
    pub fn values(&mut self, n: usize, step: &Step) -> Vec<(Printable, Printable)> {
        let mut changed = Vec::new();
        for Value { thread, name, now, .. } in self.written(n + 1) {
            let before = self.known.insert((*thread, name), now);
            let text = match now {
                NewValue::Container(text) => text,
                NewValue::Plain(text) if self.wrote(step, name) => text,
                _ => continue,
            };
            if before.is_some_and(|before| *before != NewValue::Gone) {
                changed.push((
                    *thread,
                    Printable::within(name, TEXT),
                    Printable::within(text, TEXT),
                ));
            }
        }
        changed.sort_by_key(|(thread, ..)| {
            thread.map_or(1, |thread| if thread == step.thread { 0 } else { 2 })
        });
        let mut seen = HashSet::new();
        changed.retain(|(_, _, text)| seen.insert(text.clone()));
        changed.into_iter().map(|(_, name, text)| (name, text)).collect()
    }

    fn wrote(&self, step: &Step, name: &str) -> bool {
        let written = self.trace.names.names.get(&step.object);
        step.operation == Operation::Write
            && written.is_some_and(|written| name.rsplit('.').next() == Some(written))
    }
}

/// Takes what is past from the beginning of what is ordered by time.
fn split_off<'a, T>(all: &mut &'a [T], is_past: impl Fn(&T) -> bool) -> &'a [T] {
    let (past, later) = all.split_at(all.partition_point(is_past));
    *all = later;
    past
}
