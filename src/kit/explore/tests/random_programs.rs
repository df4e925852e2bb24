//! Random small programs are searched with the same result by any number of searching threads.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use proptest::prelude::*;

use super::super::{Broken, Config, Limits, Method, Plan, Program};
use super::parallel::{agreed, merged};
use crate::kit::lock::Lock;
use crate::kit::traced_atomic::TracedAtomic;

/// A step of a random program.
#[derive(Clone, Copy, Debug)]
enum Step {
    Load(usize),
    Store(usize, i64),
    /// Writes what the last load found, plus one.
    Increase(usize),
    Acquire(usize),
    /// Panics if the last load found this.
    Refuse(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..2_usize).prop_map(Step::Load),
        (0..2_usize, 0..3_i64).prop_map(|(word, value)| Step::Store(word, value)),
        (0..2_usize).prop_map(Step::Increase),
        (0..2_usize).prop_map(Step::Acquire),
        (2..5_i64).prop_map(Step::Refuse),
    ]
}

/// The program of these threads. Locks are released at the end of a thread; what the atomics hold
/// at the end, and on the way, decides how a run is judged.
fn program(threads: &[Vec<Step>]) -> Arc<dyn Program> {
    let threads = threads.to_vec();
    Arc::new(move || {
        let words: Arc<[TracedAtomic; 2]> =
            Arc::new([0, 1].map(|n: u32| TracedAtomic::new(("word", n), 0)));
        let locks: Arc<[Lock; 2]> = Arc::new([0, 1].map(|n: u32| Lock::new(("lock", n))));
        let plan = (0..).zip(threads.clone()).fold(Plan::new(), |plan, (n, steps)| {
            let (words, locks) = (Arc::clone(&words), Arc::clone(&locks));
            plan.thread(("thread", n), move || {
                let (mut seen, mut guards) = (0, Vec::new());
                for step in steps {
                    match step {
                        Step::Load(word) => seen = words[word].load(Relaxed),
                        Step::Store(word, value) => words[word].store(value, Relaxed),
                        Step::Increase(word) => words[word].store(seen + 1, Relaxed),
                        Step::Acquire(lock) => guards.push(locks[lock].lock()?),
                        Step::Refuse(value) => assert_ne!(seen, value),
                    }
                }
                Ok(())
            })
        });
        let memory = Arc::clone(&words);
        plan.at_end(move |_| match memory[0].peek() - memory[1].peek() {
            0 => Ok(()),
            1 => Err(Broken::new("more", "the first is larger")),
            _ => Err(Broken::new("other", "they differ")),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_are_searched_with_the_same_result(
        threads in proptest::collection::vec(proptest::collection::vec(step(), 1..4), 2..4),
        switches in proptest::option::of(0..4_u32),
    ) {
        let limits = Limits { switches, ..Limits::default() };
        let program = program(&threads);
        merged(&program, limits);
        agreed(&program, Method::SleepSets, limits, &Config::default());
    }
}
