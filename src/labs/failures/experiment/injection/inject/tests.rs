//! What is read from the tasks of a pool under a fault, with tasks in the states that the test
//! sets.

mod moments;

use super::*;
use crate::kit::future::Times;
use Status::{Cancelled, Failed, Finished, Pending, Running};

fn probe(status: Status) -> TaskProbe {
    let times = Times { queued: Instant::now(), started: None, ended: None, worker: None };
    Box::new(move || TaskState { status, error: None, times: times.clone() })
}

#[test]
fn each_task_is_counted_once_and_one_that_the_pool_refused_as_failed() {
    let (program, stop) = (Path::new("/bin/true"), Stop::new());
    let pool = ProcessPool::builder(program, 1).build().unwrap();
    let region = Region::create(SharedData::CELLS).unwrap();
    let shared = SharedData::new(&mut region.layout());
    let injector = Injector {
        program,
        workers: 1,
        tasks: 16,
        stop: &stop,
        observer: Arc::new(|_, _| unreachable!()),
        report: &|_| (),
    };
    let others =
        [Finished, Failed, Pending, Finished, Running, Cancelled, Finished, Pending, Failed];
    let injected = Instant::now();
    let mut injection = Injection {
        injector: &injector,
        pool: &pool,
        shared: &shared,
        fault: Fault::find("kill").unwrap(),
        policy: Policy::FailAll,
        others: others.map(probe).into(),
        target: probe(Failed),
        injected: Some((injected, 7)),
        noticed: Some(injected + Duration::from_micros(1_500)),
        resumed: false,
        attempt: None,
        ended: 0,
        waiting_since: Some(injected),
        gave_up: false,
        last_report: None,
    };
    let outcome = injection.result();
    // 16 were to be submitted, 10 were.
    let ledger = (outcome.completed, outcome.failed, outcome.lost);
    assert_eq!(ledger, (3, 4 + 6, 3));
    assert_eq!(outcome.noticed_ms, Some(1.5));
    assert_eq!(outcome.waited_ms, None, "nobody has given up yet");
    injection.gave_up = true;
    injection.noticed = None;
    let (before, outcome) = (injected.elapsed(), injection.result());
    let waited = outcome.waited_ms.unwrap();
    assert!((units::in_ms(before)..=units::in_ms(injected.elapsed())).contains(&waited));
    assert_eq!(outcome.noticed_ms, None);
}
