//! What is read from a struck pool's tasks, with tasks that stand as the test says.

use super::*;
use crate::kit::future::Times;
use Status::{Cancelled, Failed, Finished, Pending, Running};

fn stands(status: Status) -> ViewOptions {
    let times = Times {
        queued: Instant::now(),
        started: None,
        ended: None,
        worker: None,
    };
    Box::new(move || Seen {
        status,
        error: None,
        times: times.clone(),
    })
}

#[test]
fn each_task_is_counted_once_and_one_that_the_pool_refused_as_failed() {
    let (program, stop) = (Path::new("/bin/true"), Stop::new());
    let pool = ProcessPool::builder(program, 1).build().unwrap();
    let region = Region::create(Common::CELLS).unwrap();
    let common = Common::new(region.layout());
    let desk = Desk {
        program,
        workers: 1,
        tasks: 16,
        stop: &stop,
        observer: Arc::new(|_, _| unreachable!()),
        told: &|_| (),
    };
    let others = [
        Finished, Failed, Pending, Finished, Running, Cancelled, Finished, Pending, Failed,
    ];
    let fell = Instant::now();
    let mut strike = Strike {
        desk: &desk,
        pool: &pool,
        common: &common,
        blow: Blow::find("kill").unwrap(),
        policy: Policy::Break,
        others: others.map(stands).into(),
        victim: stands(Failed),
        fell: Some((fell, 7)),
        noticed: Some(fell + Duration::from_micros(1_500)),
        let_go: false,
        attempt: None,
        ended: 0,
        waits: Some(fell),
        gave_up: false,
        told: None,
    };
    let struck = strike.result();
    // 16 were to be submitted, 10 were.
    let ledger = (struck.completed, struck.failed, struck.lost);
    assert_eq!(ledger, (3, 4 + 6, 3));
    assert_eq!(struck.noticed_ms, Some(1.5));
    assert_eq!(struck.waited_ms, None, "nobody has given up yet");
    strike.gave_up = true;
    strike.noticed = None;
    let (before, struck) = (fell.elapsed(), strike.result());
    let waited = struck.waited_ms.unwrap();
    assert!((units::in_ms(before)..=units::in_ms(fell.elapsed())).contains(&waited));
    assert_eq!(struck.noticed_ms, None);
}
