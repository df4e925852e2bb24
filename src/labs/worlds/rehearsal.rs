//! A made-up comparison on two cores: for tests and documentation pictures only.

use crate::kit::event::{LaneEvent, LaneId, LaneKind, Stamped, What};

use super::state::{Cost, Drift, Fact, Isolation, Way, Work};

pub(super) fn events() -> Vec<Stamped<Fact>> {
    let started = LaneEvent::Started {
        name: "director".into(),
        kind: LaneKind::Thread { os_tid: 4700 },
    };
    let mut events = vec![Stamped {
        at: 0,
        lane: LaneId(0),
        what: What::Lane(started),
    }];
    for (at, fact) in facts().into_iter().enumerate() {
        let at = (at as u64 + 1) * 10_000_000;
        events.push(Stamped {
            at,
            lane: LaneId(0),
            what: What::Fact(fact),
        });
    }
    events
}

fn facts() -> Vec<Fact> {
    let mut facts = vec![Fact::Drift(Drift {
        thread_sees: 100,
        process_sees: 0,
        shared_memory_sees: 100,
        child_copy: 100,
        our_pid: 4700,
        child_pid: 4711,
        our_address: "0x55d0c0ffee00".to_owned(),
        child_address: "0x5581deadbe00".to_owned(),
    })];
    facts.push(Fact::Isolation(Isolation {
        process_pool_survived: true,
        threads_exit: "was killed by SIGABRT".to_owned(),
        worker_exit: "was killed by SIGABRT".to_owned(),
    }));
    let medians = [18.0, 720.0, 9.0, 14.0, 31.0, 11.0, 12.0, 2100.0, 640.0];
    for (cost, median) in Cost::ALL.into_iter().zip(medians) {
        facts.push(Fact::Cost {
            cost,
            samples: vec![median * 0.9, median, median * 1.2],
        });
    }
    facts.push(Fact::Python {
        version: "CPython 3.11.7".to_owned(),
        gil: true,
    });
    let cpu = [160, 82, 165, 88, 161, 158, 99];
    let io = [165, 42, 44, 48, 168, 43, 51];
    for (work, times) in [(Work::Cpu, cpu), (Work::Io, io)] {
        for (way, ms) in Way::OURS.into_iter().chain(Way::PYTHON).zip(times) {
            facts.push(Fact::Timed {
                work,
                way,
                n: 4,
                ns: ms * 1_000_000,
                switches: None,
            });
        }
    }
    facts.extend(
        [0, 0, 1, 0, 0]
            .into_iter()
            .enumerate()
            .map(|(question, answer)| Fact::Answered { question, answer }),
    );
    facts.push(Fact::Done);
    facts
}
