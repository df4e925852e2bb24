//! Made-up plays: for tests and documentation pictures only.

use super::state::Fact;
use super::tool::{Cost, Inside, Outcome};
use crate::kit::event::{LaneEvent, LaneId, LaneKind, Stamped, What};

pub(super) fn events() -> Vec<Stamped<Fact>> {
    let started = LaneEvent::Started {
        name: "director".into(),
        kind: LaneKind::Thread { os_tid: 4800 },
    };
    let started = What::Lane(started);
    let all = std::iter::once(started).chain(facts().into_iter().map(What::Fact));
    all.enumerate()
        .map(|(at, what)| Stamped {
            at: at as u64 * 10_000_000,
            lane: LaneId(0),
            what,
        })
        .collect()
}

fn facts() -> Vec<Fact> {
    let mut facts = vec![
        Fact::Playing {
            tool: "lock",
            wrong: None,
        },
        Fact::Played {
            tool: "lock",
            wrong: None,
            outcome: counted(400, None),
        },
        Fact::Playing {
            tool: "lock",
            wrong: Some("skip"),
        },
        Fact::Played {
            tool: "lock",
            wrong: Some("skip"),
            outcome: counted(
                397,
                Some(
                    "3 of 400 additions were lost: adder-1 wrote what it had read without the lock",
                ),
            ),
        },
    ];
    facts.push(Fact::Costs {
        tool: "lock",
        costs: vec![
            cost("Lock", false, 24.0),
            cost("Lock", true, 61.0),
            cost("std Mutex", false, 9.0),
            cost("std Mutex", true, 45.0),
        ],
    });
    facts.push(Fact::Inside(
        Inside::default()
            .figure("lock, holder", "adder-2")
            .figure("counter", 211)
            .waiting(vec!["adder-3".to_owned(), "adder-4".to_owned()]),
    ));
    facts.push(Fact::Done);
    facts
}

fn counted(got: u64, finding: Option<&str>) -> Outcome {
    Outcome {
        operations: 400,
        expected: "400".to_owned(),
        got: got.to_string(),
        finding: finding.map(str::to_owned),
        order: ["adder-2", "adder-3", "adder-4", "adder-2"]
            .map(str::to_owned)
            .into(),
        waits_ns: vec![900, 1_200, 4_000, 61_000],
        cycle: None,
    }
}

fn cost(label: &str, contended: bool, ns: f64) -> Cost {
    Cost {
        label: label.to_owned(),
        contended,
        samples: vec![ns * 0.9, ns, ns * 1.3],
    }
}
