//! What each tool between threads emits in a whole iteration: the plan, the picture inside at
//! a standstill and at the end, the audit, and which costs were measured.

use super::super::experiment::tool::{Figure, Snapshot};
use super::*;
use crate::kit::recorder::recorder;
use crate::lab::SessionHandle;

/// All facts of a run of one tool, to its end.
fn facts(tool: &str, misuse: &str) -> Vec<Fact> {
    let set = [("tool", tool), ("misuse", misuse), ("workers", "5"), ("ops", "4")];
    let (recorder, mut reader) = recorder();
    let lab = SessionHandle::<Sync>::start(settings(&set), recorder).unwrap();
    let began = std::time::Instant::now();
    let mut facts = Vec::new();
    while facts.last() != Some(&Fact::Done) {
        assert!(began.elapsed() < Duration::from_secs(30), "{facts:#?}");
        reader.wait(Duration::from_millis(20));
        reader.drain(10_000, |event| {
            if let What::Fact(fact) = event.what {
                facts.push(fact);
            }
        });
    }
    drop(lab);
    facts
}

fn picture(snapshot: &Snapshot) -> String {
    let figures = snapshot.figures.iter();
    let figures = figures.map(|(name, figure)| match figure {
        Figure::Value(value) => format!("{name} = {value}"),
        figure => format!("{name} = {figure:?}"),
    });
    let slots = snapshot.slots.iter();
    let slots = slots.map(|(text, label)| format!("[{text} {label}]"));
    let mut line = snapshot.waiting.clone();
    line.sort_unstable();
    format!(
        "{} | waiting: {} | {}",
        figures.collect::<Vec<_>>().join(", "),
        line.join(" "),
        slots.collect::<Vec<_>>().join(" ")
    )
}

/// The facts as text; of the pictures only those before a standstill and before the end.
fn story(facts: &[Fact]) -> String {
    let mut lines = Vec::new();
    let mut snapshot = String::new();
    for fact in facts {
        match fact {
            Fact::Snapshot(new) => snapshot = picture(new),
            Fact::Started { tool, misuse } => lines.push(format!("plays {tool} {misuse:?}")),
            Fact::Stuck(Standstill { text, circle }) => {
                lines.push(format!("  stuck, circle {circle}: {text}"));
            }
            Fact::Outcome { tool, misuse, outcome } => {
                let experiment::tool::Outcome { operations, expected, got, .. } = outcome;
                if (*tool, *misuse) == ("condition", None) {
                    // Whose items came last is another matter each time.
                    let (figures, slots) = snapshot.rsplit_once(" | ").unwrap();
                    let slots = slots.replace(|letter: char| letter.is_ascii_digit(), "N");
                    snapshot = format!("{figures} | {slots}");
                }
                lines.push(format!("  {snapshot}"));
                lines.push(format!("  played {tool} {misuse:?} {operations}: {expected} | {got}"));
                // The codes change with each change of a program's source.
                let code = outcome.code.as_deref().unwrap_or("no code");
                let finding = format!("{:?}", outcome.finding).replace(code, "CODE");
                lines.push(format!("  {finding} {:?} {:?}", outcome.cycle, outcome.proof));
                if misuse.is_some() {
                    lines.push(format!("  order: {}", outcome.order.join(" ")));
                }
            }
            Fact::Costs { tool, costs } => {
                lines.push(format!("costs of {tool}"));
                for cost in costs {
                    assert!(cost.samples.iter().all(|ns| *ns > 0.0 && ns.is_finite()));
                    let several = if cost.contended { "several" } else { "alone" };
                    lines.push(format!(
                        "  {}, {several}: {} samples",
                        cost.label,
                        cost.samples.len()
                    ));
                }
            }
            other => lines.push(format!("{other:?}")),
        }
    }
    lines.join("\n")
}

#[test]
fn the_lock_whole() {
    let facts = facts("lock", "all");
    insta::assert_snapshot!("run_lock", story(&facts));
    let correct = facts.iter().find_map(|fact| match fact {
        Fact::Outcome { misuse: None, outcome, .. } => Some(outcome),
        _ => None,
    });
    let outcome = correct.unwrap();
    let counts = [&outcome.waits_ns, &outcome.holds_ns].map(Vec::len);
    assert_eq!((outcome.order.len(), counts), (20, [20, 20]));
}

#[test]
fn the_rlock_whole() {
    insta::assert_snapshot!("run_rlock", story(&facts("rlock", "all")));
}

#[test]
fn the_condition_whole() {
    insta::assert_snapshot!("run_condition", story(&facts("condition", "all")));
}

#[test]
fn the_semaphore_whole() {
    insta::assert_snapshot!("run_semaphore", story(&facts("semaphore", "all")));
}

#[test]
fn the_event_whole() {
    insta::assert_snapshot!("run_event", story(&facts("event", "all")));
}

#[test]
fn the_barrier_whole() {
    insta::assert_snapshot!("run_barrier", story(&facts("barrier", "all")));
}

#[test]
fn the_queue_whole() {
    insta::assert_snapshot!("run_queue", story(&facts("queue", "all")));
}

#[test]
fn what_was_asked_for_runs_and_no_more() {
    let runs = |tool, misuse| {
        let facts = facts(tool, misuse).into_iter();
        let runs = facts.filter_map(|fact| match fact {
            Fact::Started { tool, misuse } => Some(format!("{tool} {}", misuse.unwrap_or("right"))),
            Fact::Progress { done, of } => Some(format!("{done}/{of}")),
            Fact::Failed { what, why } => Some(format!("{what}: {why}")),
            _ => None,
        });
        runs.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(runs("event", "off"), "0/2, event right, 1/2");
    assert_eq!(runs("event", "no-wait"), "0/2, event no-wait, 1/2");
    let text = runs("process-value", "unlocked");
    // Without a program to start: reported under the name of what was not run.
    let parts = [
        "0/2, process-value unlocked, process-value, unlocked: ",
        ", 1/2, the cost of process-value: ",
    ];
    assert!(text.starts_with(parts[0]) && text.contains(parts[1]), "{text}");
}
