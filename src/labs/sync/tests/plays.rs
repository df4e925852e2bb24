//! What each tool between threads tells of a whole pass: the plan, the picture inside at
//! a standstill and at the end, the audit, and which costs were measured.

use super::*;
use crate::kit::recorder::recorder;
use crate::labs::sync::tool::Inside;

/// All facts of a run of one tool, to its end.
fn facts(tool: &str, wrong: &str) -> Vec<Fact> {
    let set = [
        ("tool", tool),
        ("wrong", wrong),
        ("workers", "5"),
        ("ops", "4"),
    ];
    let (recorder, mut reader) = recorder();
    let lab = Sync::start(&settings(&set), recorder).unwrap();
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

/// Whoever comes first is another each time: `guest-3` is `guest-N`.
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

fn picture(inside: &Inside) -> String {
    let figures = inside.figures.iter();
    let figures = figures.map(|(name, value)| format!("{name} = {value}"));
    let slots = inside.slots.iter();
    let slots = slots.map(|(text, label)| format!("[{text} {label}]"));
    let mut line = inside.line.clone();
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
    let mut inside = String::new();
    let (mut of_wrong, mut is_random) = (None, false);
    for fact in facts {
        match fact {
            Fact::Inside(new) if of_wrong == Some("one-condition") => {
                inside = unnumbered(&picture(new));
            }
            Fact::Inside(new) => inside = picture(new),
            Fact::Playing { tool, wrong } => {
                (of_wrong, is_random) = (*wrong, wrong.is_some_and(|name| random.contains(&name)));
                lines.push(format!("plays {tool} {wrong:?}"));
            }
            Fact::Stuck { text, circle } => {
                let is_plain = of_wrong == Some("plain-lock");
                let text = if is_plain {
                    unnumbered(text)
                } else {
                    text.clone()
                };
                let text = if matches!(of_wrong, Some("no-release" | "one-condition")) {
                    unnumbered(&text)
                } else {
                    text
                };
                if !is_plain {
                    lines.push(format!("  {inside}"));
                }
                lines.push(format!("  stuck, circle {circle}: {text}"));
            }
            Fact::Played {
                tool,
                wrong,
                outcome,
            } => {
                let tool::Outcome {
                    operations,
                    expected,
                    got,
                    finding,
                    cycle,
                    ..
                } = outcome;
                let mut finding = format!("{finding:?} {cycle:?}");
                let (mut got, mut inside) = (got.clone(), inside.clone());
                if (*tool, *wrong) == ("condition", None) {
                    // Whose items came last is another matter each time.
                    let (figures, slots) = inside.rsplit_once(" | ").unwrap();
                    let slots = slots.replace(|letter: char| letter.is_ascii_digit(), "N");
                    inside = format!("{figures} | {slots}");
                }
                if is_random {
                    let (all, right): (u64, u64) =
                        (expected.parse().unwrap(), got.parse().unwrap());
                    assert!(right < all, "{got}");
                    finding =
                        finding.replace(&format!("\"{} of {all}", all - right), "\"LOST of ALL");
                    inside = inside.replace(&format!(" = {right} "), " = GOT ");
                    got = "GOT".to_owned();
                }
                if matches!(
                    of_wrong,
                    Some("plain-lock" | "no-release" | "one-condition")
                ) {
                    finding = unnumbered(&finding);
                }
                let counts = [
                    outcome.order.len(),
                    outcome.waits_ns.len(),
                    outcome.holds_ns.len(),
                ];
                let counts = if wrong.is_none() {
                    format!("{counts:?}")
                } else {
                    String::new()
                };
                lines.push(format!("  {inside}"));
                lines.push(format!(
                    "  played {tool} {wrong:?} {operations}: {expected} | {got} {counts}"
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
    insta::assert_snapshot!("play_lock", story(&facts, &["skip", "two-locks"]));
}

#[test]
fn the_rlock_whole() {
    insta::assert_snapshot!("play_rlock", story(&facts("rlock", "all"), &[]));
}

#[test]
fn the_condition_whole() {
    insta::assert_snapshot!("play_condition", story(&facts("condition", "all"), &[]));
}

#[test]
fn the_semaphore_whole() {
    insta::assert_snapshot!("play_semaphore", story(&facts("semaphore", "all"), &[]));
}

#[test]
fn the_event_whole() {
    let facts = ["off", "no-wait"]
        .map(|wrong| facts("event", wrong))
        .concat();
    insta::assert_snapshot!("play_event", story(&facts, &[]));
}

#[test]
fn the_barrier_whole() {
    insta::assert_snapshot!("play_barrier", story(&facts("barrier", "all"), &["skip"]));
}

#[test]
fn the_queue_whole() {
    insta::assert_snapshot!("play_queue", story(&facts("queue", "all"), &[]));
}

#[test]
fn what_was_asked_for_is_played_and_no_more() {
    let plays = |tool, wrong| {
        let facts = facts(tool, wrong).into_iter();
        let plays = facts.filter_map(|fact| match fact {
            Fact::Playing { tool, wrong } => Some(format!("{tool} {}", wrong.unwrap_or("right"))),
            Fact::Stage { done, of } => Some(format!("{done}/{of}")),
            Fact::Failed { what, why } => Some(format!("{what}: {why}")),
            _ => None,
        });
        plays.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(plays("event", "off"), "0/2, event right, 1/2");
    assert_eq!(plays("event", "no-wait"), "0/2, event no-wait, 1/2");
    let told = plays("process-value", "unlocked");
    // Without a program to start: told under the name of what was not played.
    let parts = [
        "0/2, process-value unlocked, process-value, unlocked: ",
        ", 1/2, the cost of process-value: ",
    ];
    assert!(
        told.starts_with(parts[0]) && told.contains(parts[1]),
        "{told}"
    );
}

/// How many came before the pulse is another number each time.
#[test]
fn whoever_comes_after_the_pulse_waits_for_ever() {
    let facts = facts("event", "pulse");
    let stuck = facts
        .iter()
        .position(|fact| matches!(fact, Fact::Stuck { circle: false, .. }));
    let insides = facts[..stuck.unwrap()].iter().rev();
    let mut insides = insides.filter_map(|fact| match fact {
        Fact::Inside(inside) => Some(inside),
        _ => None,
    });
    let inside = insides.next().unwrap();
    let outcome = facts.iter().find_map(|fact| match fact {
        Fact::Played { outcome, .. } => Some(outcome),
        _ => None,
    });
    let tool::Outcome {
        expected,
        got,
        finding,
        ..
    } = outcome.unwrap();
    let found: usize = got.parse().unwrap();
    assert!(expected == "5" && found < 5, "{expected} {got}");
    assert_eq!(inside.line.len(), 5 - found, "{inside:?}");
    let figures = ["not set", "42", got].map(str::to_owned);
    let values = inside.figures.iter().map(|(_, value)| value.clone());
    assert_eq!(values.collect::<Vec<_>>(), figures);
    let why = "reader-1 came after the pulse; standstill: nobody moved for 300ms: reader-1";
    let finding = finding.as_ref().unwrap();
    assert!(finding.starts_with(why), "{finding}");
    assert!(
        finding.ends_with(" for ready; nobody is left to help"),
        "{finding}"
    );
}
