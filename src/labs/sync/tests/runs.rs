//! What each tool between threads emits in a whole iteration: the plan, the picture inside at
//! a standstill and at the end, the audit, and which costs were measured.

use super::super::experiment::tool::Snapshot;
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

/// Another thread comes first each time: `guest-3` is `guest-N`.
fn unnumbered(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            digit if digit.is_ascii_digit() && out.ends_with('-') => out.push('N'),
            other => out.push(other),
        }
    }
    out
}

fn picture(snapshot: &Snapshot) -> String {
    let figures = snapshot.figures.iter();
    let figures = figures.map(|(name, value)| format!("{name} = {value}"));
    let slots = snapshot.slots.iter();
    let slots = slots.map(|(text, label)| format!("[{text} {label}]"));
    let mut line = snapshot.waiting.clone();
    line.sort_unstable();
    format!(
        "{} | waiting: {} | {}",
        figures.collect::<Vec<_>>().join(", "),
        unnumbered(&line.join(" ")),
        slots.collect::<Vec<_>>().join(" ")
    )
}

/// The facts as text; of the pictures only those before a standstill and before the end.
/// `random` stands for what differs from run to run.
fn story(facts: &[Fact], random: &[&str]) -> String {
    let mut lines = Vec::new();
    let mut snapshot = String::new();
    let (mut current_misuse, mut is_random) = (None, false);
    for fact in facts {
        match fact {
            Fact::Snapshot(new) if current_misuse == Some("one-condition") => {
                snapshot = unnumbered(&picture(new));
            }
            Fact::Snapshot(new) => snapshot = picture(new),
            Fact::Started { tool, misuse } => {
                (current_misuse, is_random) =
                    (*misuse, misuse.is_some_and(|name| random.contains(&name)));
                lines.push(format!("plays {tool} {misuse:?}"));
            }
            Fact::Stuck { text, circle } => {
                let is_plain = current_misuse == Some("plain-lock");
                let text = if is_plain { unnumbered(text) } else { text.clone() };
                let text = if matches!(current_misuse, Some("no-release" | "one-condition")) {
                    unnumbered(&text)
                } else {
                    text
                };
                if !is_plain {
                    lines.push(format!("  {snapshot}"));
                }
                lines.push(format!("  stuck, circle {circle}: {text}"));
            }
            Fact::Outcome { tool, misuse, outcome } => {
                let experiment::tool::Outcome { operations, expected, got, finding, cycle, .. } =
                    outcome;
                let mut finding = format!("{finding:?} {cycle:?}");
                let (mut got, mut snapshot) = (got.clone(), snapshot.clone());
                if (*tool, *misuse) == ("condition", None) {
                    // Whose items came last is another matter each time.
                    let (figures, slots) = snapshot.rsplit_once(" | ").unwrap();
                    let slots = slots.replace(|letter: char| letter.is_ascii_digit(), "N");
                    snapshot = format!("{figures} | {slots}");
                }
                if is_random {
                    let (all, correct): (u64, u64) =
                        (expected.parse().unwrap(), got.parse().unwrap());
                    assert!(correct < all, "{got}");
                    finding =
                        finding.replace(&format!("\"{} of {all}", all - correct), "\"LOST of ALL");
                    snapshot = snapshot.replace(&format!(" = {correct} "), " = GOT ");
                    got = "GOT".to_owned();
                }
                if matches!(current_misuse, Some("plain-lock" | "no-release" | "one-condition")) {
                    finding = unnumbered(&finding);
                }
                let counts = [outcome.order.len(), outcome.waits_ns.len(), outcome.holds_ns.len()];
                let counts = if misuse.is_none() { format!("{counts:?}") } else { String::new() };
                lines.push(format!("  {snapshot}"));
                lines.push(format!(
                    "  played {tool} {misuse:?} {operations}: {expected} | {got} {counts}"
                ));
                lines.push(format!("  {finding}"));
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
    insta::assert_snapshot!("run_lock", story(&facts, &["skip", "two-locks"]));
}

#[test]
fn the_rlock_whole() {
    insta::assert_snapshot!("run_rlock", story(&facts("rlock", "all"), &[]));
}

#[test]
fn the_condition_whole() {
    insta::assert_snapshot!("run_condition", story(&facts("condition", "all"), &[]));
}

#[test]
fn the_semaphore_whole() {
    insta::assert_snapshot!("run_semaphore", story(&facts("semaphore", "all"), &[]));
}

#[test]
fn the_event_whole() {
    let facts = ["off", "no-wait"].map(|misuse| facts("event", misuse)).concat();
    insta::assert_snapshot!("run_event", story(&facts, &[]));
}

#[test]
fn the_barrier_whole() {
    insta::assert_snapshot!("run_barrier", story(&facts("barrier", "all"), &["skip"]));
}

#[test]
fn the_queue_whole() {
    insta::assert_snapshot!("run_queue", story(&facts("queue", "all"), &[]));
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

/// How many came before the pulse is another number each time.
#[test]
fn a_thread_that_comes_after_the_pulse_waits_for_ever() {
    let facts = facts("event", "pulse");
    let stuck = facts.iter().position(|fact| matches!(fact, Fact::Stuck { circle: false, .. }));
    let snapshots = facts[..stuck.unwrap()].iter().rev();
    let mut snapshots = snapshots.filter_map(|fact| match fact {
        Fact::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    });
    let snapshot = snapshots.next().unwrap();
    let outcome = facts.iter().find_map(|fact| match fact {
        Fact::Outcome { outcome, .. } => Some(outcome),
        _ => None,
    });
    let experiment::tool::Outcome { expected, got, finding, .. } = outcome.unwrap();
    let found: usize = got.parse().unwrap();
    assert!(expected == "5" && found < 5, "{expected} {got}");
    assert_eq!(snapshot.waiting.len(), 5 - found, "{snapshot:?}");
    let figures = ["not set", "42", got].map(str::to_owned);
    let values = snapshot.figures.iter().map(|(_, value)| value.clone());
    assert_eq!(values.collect::<Vec<_>>(), figures);
    let why =
        "reader-1 came after the pulse; standstill: no thread made progress for 300ms: reader-1";
    let finding = finding.as_ref().unwrap();
    assert!(finding.starts_with(why), "{finding}");
    assert!(finding.ends_with(" for ready; no thread is left to help"), "{finding}");
}
