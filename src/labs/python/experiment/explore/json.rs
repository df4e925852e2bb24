//! What was found as JSON. Fields may be added, never renamed: it is the same object that a search
//! of a built-in program has, with the script and its interpreter beside it.

use serde_json::{Value, json};

use super::story::{Failed, Story, StoryLine, Waiter};
use super::{Execution, FailureKind, NOT_CONTROLLED, Search};
use crate::lab::Script;
use crate::scene::units;

pub fn search(search: &Search<'_>) -> Value {
    let report = &search.report;
    let kinds: serde_json::Map<_, _> =
        report.kinds.iter().map(|(kind, n)| (kind.id().to_owned(), (*n).into())).collect();
    let shortest = search.shortest.as_ref().map(|found| {
        let mut shortest = json!({
            "code": found.code,
            "switches": found.preemptions,
            "kind": found.kind.id(),
            "repeats": found.repeats,
        });
        add_story(&mut shortest, &found.story);
        shortest
    });
    let mut json = heading(search.script, &search.version);
    let more = json!({
        "search": search.name(),
        "seed": search.seed(),
        "schedules": report.schedules,
        // States are not compared: a script's are not known.
        "states": null,
        "complete": report.is_complete(),
        "incomplete": report.incomplete.iter().map(|why| why.id()).collect::<Vec<_>>(),
        "cut_off": report.cut_off,
        "failures": report.failures,
        "kinds": kinds,
        "shortest": shortest,
        "first_failure_ms": report.first_failure.map(units::in_ms),
        "shortening": report.shortening,
        "elapsed_ms": units::in_ms(search.elapsed),
        "not_controlled": NOT_CONTROLLED,
    });
    merge(&mut json, more);
    json
}

pub fn replay(
    script: &Script,
    version: &str,
    code: &str,
    story: &Story,
    execution: &Execution,
    kind: Option<FailureKind>,
) -> Value {
    let mut json = heading(script, version);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let more = json!({
        "code": code,
        "failed": kind.is_some(),
        "kind": kind.map(FailureKind::id),
        "switches": execution.preemptions(),
        "stdout": text(&execution.stdout.kept),
        "stderr": text(&execution.stderr.kept),
    });
    merge(&mut json, more);
    add_story(&mut json, story);
    json
}

fn heading(script: &Script, version: &str) -> Value {
    let args = script.arguments.iter().map(|one| one.to_string_lossy());
    json!({
        "program": script.path.to_string_lossy(),
        "args": args.collect::<Vec<_>>(),
        "interpreter": { "version": version, "implementation": "cpython" },
        "time": "virtual",
    })
}

fn merge(json: &mut Value, more: Value) {
    if let (Value::Object(all), Value::Object(more)) = (json, more) {
        all.extend(more);
    }
}

fn add_story(json: &mut Value, story: &Story) {
    let waiter = |one: &Waiter| json!({ "thread": one.thread, "wants": one.wants, "held_by": one.held_by, "file": one.file, "line": one.line });
    let deadlock =
        (!story.waiters.is_empty()).then(|| story.waiters.iter().map(waiter).collect::<Vec<_>>());
    json["level"] = story.level.id().into();
    json["end"] = json!(story.end);
    json["raised"] = story.raised.iter().map(raised).collect();
    json["deadlock"] = json!(deadlock);
    json["steps"] = story.lines.iter().map(step).collect();
}

fn raised(one: &Failed) -> Value {
    let Failed { thread, error, text, file, line } = one;
    json!({ "thread": thread, "error": error, "text": text, "file": file, "line": line })
}

fn step(line: &StoryLine) -> Value {
    let values = line.values.iter().map(|(name, value)| (name.to_string(), json!(value)));
    json!({
        "thread": line.thread,
        "op": line.source,
        "effect": line.effect,
        "values": values.collect::<serde_json::Map<_, _>>(),
        "file": line.file,
        "line": line.line,
        "preempts": line.preempts,
    })
}
