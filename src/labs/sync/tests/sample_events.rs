//! Made-up runs: for tests and documentation pictures only. A correct use, a lost update,
//! a deadlock, costs, and a bounded buffer with its inside.

use super::super::experiment::tool::{Cost, Figure, Outcome, Snapshot};
use super::super::facts::Fact;
use crate::kit::event::{LaneEvent, LaneId, LaneKind, Stamped, What};

pub fn events() -> Vec<Stamped<Fact>> {
    let started =
        LaneEvent::Started { name: "main".into(), kind: LaneKind::Thread { os_tid: 4800 } };
    let started = What::Lane(started);
    let all = std::iter::once(started).chain(facts().into_iter().map(What::Fact));
    all.enumerate()
        .map(|(at, what)| Stamped { at: at as u64 * 10_000_000, lane: LaneId(0), what })
        .collect()
}

fn facts() -> Vec<Fact> {
    let mut facts = run("lock", None, counted(400, None));
    let lost = "3 of 400 additions were lost: adder-1 wrote what it had read without the lock";
    facts.extend(run("lock", Some("skip"), counted(397, Some(lost))));
    facts.extend(run("lock", Some("order"), deadlocked()));
    facts.push(costs("lock", &[("Lock", 24.0), ("std Mutex", 9.0)]));
    facts.push(costs("rlock", &[("RLock", 71.0)]));
    facts.push(costs("condition", &[("Condition", 60.0)]));
    facts.extend(run("condition", None, bounded_buffer_outcome()));
    facts.push(Fact::Snapshot(bounded_buffer()));
    facts.push(Fact::Done);
    facts
}

fn run(tool: &'static str, misuse: Option<&'static str>, outcome: Outcome) -> Vec<Fact> {
    vec![Fact::Started { tool, misuse }, Fact::Outcome { tool, misuse, outcome }]
}

fn counted(got: u64, finding: Option<&str>) -> Outcome {
    Outcome {
        operations: 400,
        expected: "400".to_owned(),
        got: got.to_string(),
        finding: finding.map(str::to_owned),
        order: ["adder-2", "adder-3", "adder-3", "adder-4"].map(str::to_owned).into(),
        waits_ns: vec![900, 1_200, 4_000, 61_000],
        holds_ns: vec![200, 240],
        ..Outcome::default()
    }
}

fn deadlocked() -> Outcome {
    let cycle = "A holds L1 and waits for L2; B holds L2 and waits for L1";
    Outcome {
        operations: 2,
        expected: "2".to_owned(),
        got: "0".to_owned(),
        finding: Some(format!("deadlock: {cycle}")),
        order: ["A", "B"].map(str::to_owned).into(),
        waits_ns: vec![800, 1_100],
        holds_ns: Vec::new(),
        cycle: Some(cycle.to_owned()),
        ..Outcome::default()
    }
}

fn bounded_buffer_outcome() -> Outcome {
    Outcome {
        operations: 200,
        expected: "200 taken, 0 in vain".to_owned(),
        got: "200 taken, 0 in vain".to_owned(),
        order: ["producer-1", "producer-1", "consumer-1", "consumer-2"].map(str::to_owned).into(),
        waits_ns: vec![400, 2_100, 9_000, 33_000],
        holds_ns: vec![300, 500],
        ..Outcome::default()
    }
}

fn bounded_buffer() -> Snapshot {
    let mut snapshot = Snapshot::default()
        .figure("lock", Figure::Holder(Some("consumer-2".to_owned())))
        .figure("an item", Figure::Queue(vec!["consumer-1".to_owned()]))
        .figure("room", Figure::Queue(Vec::new()))
        .value("items", 1)
        .waiting(vec!["producer-1".to_owned()]);
    snapshot.slots =
        [("7", "out"), ("6", "in")].map(|(text, label)| (text.to_owned(), label.to_owned())).into();
    snapshot
}

fn costs(tool: &'static str, figures: &[(&str, f64)]) -> Fact {
    let cost = |label: &str, contended, ns: f64| Cost {
        label: label.to_owned(),
        contended,
        samples: vec![ns * 0.9, ns, ns * 1.3],
    };
    let both = |(label, ns): &(&str, f64)| [cost(label, false, *ns), cost(label, true, ns * 2.5)];
    Fact::Costs { tool, costs: figures.iter().flat_map(both).collect() }
}
