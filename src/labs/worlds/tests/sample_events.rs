//! A made-up comparison on two cores: for tests and documentation pictures only. The
//! times are of the size that a real machine has; speed-ups and verdicts are computed
//! from them by the lab's own code.

use crate::kit::event::{LaneEvent, LaneId, LaneKind, Stamped, What};

use super::super::experiment::cost::{Cost, Placement};
use super::super::facts::{Drift, Fact, Isolation};
use super::super::state::{Amount, Runtime, Strategy, Work};

/// The facts at equal distances, after the start of the driver.
pub fn events() -> Vec<Stamped<Fact>> {
    let started =
        LaneEvent::Started { name: "main".into(), kind: LaneKind::Thread { os_tid: 4700 } };
    let mut events = vec![Stamped { at: 0, lane: LaneId(0), what: What::Lane(started) }];
    for (at, fact) in facts().into_iter().enumerate() {
        let at = (at as u64 + 1) * 10_000_000;
        events.push(Stamped { at, lane: LaneId(0), what: What::Fact(fact) });
    }
    events
}

fn facts() -> Vec<Fact> {
    let mut facts = vec![Fact::Drift(Drift {
        thread_sees: 100,
        process_sees: 0,
        shared_memory_sees: 100,
        child_copy: 100,
        adder_sees: Some(100),
        child_sees_shared: Some(100),
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
    for cost in Cost::all() {
        let typical = match cost {
            Cost::ThreadStartUs => 18.0,
            Cost::ProcessStartUs => 720.0,
            Cost::RoundTripUs(_, Placement::OneCore) => 9.0,
            Cost::RoundTripUs(_, Placement::TwoCores) => 41.0,
            Cost::RoundTripUs(_, Placement::Anywhere) => 14.0,
            Cost::ThreadMemoryKib => 12.0,
            Cost::ProcessMemoryKib => 2100.0,
            Cost::ProcessPrivateKib => 640.0,
        };
        let samples = [0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.2];
        let samples = samples.into_iter().map(|factor| typical * factor).collect();
        facts.push(Fact::Cost { cost, samples });
    }
    facts.push(Fact::Python { version: "CPython 3.11.7".into(), gil: true });
    facts.extend(runs());
    facts.extend(
        [0, 0, 1, 0, 0]
            .into_iter()
            .enumerate()
            .map(|(question, answer)| Fact::Answered { question, answer }),
    );
    facts.push(Fact::Done);
    facts
}

/// Nine rounds, each a little different, so that intervals are not points.
fn runs() -> Vec<Fact> {
    let amount = |work, runtime, rounds, requests| Fact::TaskAmount {
        work,
        runtime,
        amount: Amount { rounds, requests },
    };
    let mut facts = vec![
        Fact::Began { n: 4 },
        amount(Work::Cpu, Runtime::Rust, 9_600_000, 0),
        amount(Work::Io, Runtime::Rust, 0, 10),
        amount(Work::Cpu, Runtime::Python, 310_000, 0),
        amount(Work::Io, Runtime::Python, 0, 10),
    ];
    let cpu = [160, 82, 165, 88, 161, 158, 99];
    let io = [165, 42, 44, 48, 168, 43, 51];
    for round in 0..9 {
        for (work, times) in [(Work::Cpu, cpu), (Work::Io, io)] {
            let all = Strategy::OURS.into_iter().chain(Strategy::PYTHON).zip(times);
            for (at, (strategy, ms)) in all.enumerate() {
                let percent = 99 + (at as u64 + round) % 3;
                facts.push(Fact::Timed {
                    round: usize::try_from(round).unwrap_or_default(),
                    work,
                    strategy,
                    n: 4,
                    ns: ms * 10_000 * percent,
                    switches: None,
                });
            }
        }
    }
    facts
}
