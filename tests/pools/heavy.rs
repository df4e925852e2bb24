//! What takes a pool of its own process to see: very many workers, and a storm of signals.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use rustix::process::Signal;
use threadbare::kit::process_pool::worker_fns::{CatchSignals, Echo, Square};

use crate::alone::{command, role};
use crate::common::{kill_worker, pool, soon, until, with_each_start};

#[test]
fn a_pool_of_200_workers_sums_right_and_prints_nothing() {
    const TEST: &str = "heavy::a_pool_of_200_workers_sums_right_and_prints_nothing";
    if role().is_none() {
        let output = command(TEST, "alone").output().unwrap();
        let reported = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*reported), (Some(0), ""));
        return;
    }
    with_each_start(|start| {
        let pool = pool(200, &start);
        pool.prestart();
        pool.wait_ready(&soon()).unwrap();
        assert_eq!(pool.view().workers.len(), 200);
        let inputs: Vec<u64> = (0..1000).collect();
        let squares = pool.map::<Square>(&inputs, Some(1)).unwrap();
        let sum: u64 = squares.within(soon()).map(Result::unwrap).sum();
        assert_eq!(sum, 332_833_500);
    });
}

#[test]
fn a_storm_of_signals_tears_no_message() {
    with_each_start(|start| {
        let pool = pool(1, &start);
        pool.submit::<CatchSignals>(&()).unwrap().result(&soon()).unwrap();
        // A fork server may report it later than the worker its result.
        until("its pid is known", || pool.view().workers[0].pid != 0);
        let pid = pool.view().workers[0].pid;
        let (over, sent) = (AtomicBool::new(false), AtomicU64::new(0));
        thread::scope(|scope| {
            let storm = scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    // Whoever does not catch it dies of it.
                    assert!(kill_worker(pid, Signal::USR1));
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            });
            until("the storm blows", || sent.load(Ordering::Relaxed) > 100);
            let before = sent.load(Ordering::Relaxed);
            // Far more than a socket holds: both sides write and read many times.
            for round in 0..8u8 {
                let bytes: Vec<u8> = (0..4u32 << 20).map(|n| n.to_le_bytes()[1] ^ round).collect();
                let back = pool.submit::<Echo>(&bytes).unwrap().take(&soon());
                assert!(back.unwrap() == bytes, "round {round}");
            }
            assert!(sent.load(Ordering::Relaxed) > before);
            over.store(true, Ordering::Relaxed);
            storm.join().unwrap();
        });
        let view = pool.view();
        assert_eq!((view.workers[0].pid, view.workers[0].done), (pid, 9));
        assert!(view.gone.is_empty());
    });
}
