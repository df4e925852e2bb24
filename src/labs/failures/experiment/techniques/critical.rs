//! A failure in the critical section: the lock is free again, but what it protects may be
//! half changed. The lock remembers that (it is poisoned): the next thread sees it, and
//! refuses or repairs.
//!
//! A transfer between two accounts panics between its two halves. A thread that does not
//! look reads a sum that is wrong; one that looks can refuse the data, or finish what was
//! begun, because the transfer has recorded what it was doing.

use std::io;
use std::sync::atomic::Ordering::Relaxed;

use super::{Technique, TechniqueContext, TechniqueOutcome, in_a_thread};
use crate::kit::lock::Lock;
use crate::kit::panics::capture;
use crate::kit::traced_atomic::TracedAtomic;

pub static TECHNIQUE: Technique = Technique {
    name: "critical",
    title: "A failure under a lock",
    promise: "What was left half changed is seen, refused, and repaired.",
    rust: "let account = lock.lock().unwrap_or_else(|poisoned| repair(poisoned))",
    python: "with lock:\n    try: transfer()\n    except: roll_back(); raise",
    run,
};

const SUM: i64 = 100;
const TRANSFER: i64 = 30;

/// Two accounts under one lock, and a record of what is under way. The lock guards all
/// three; the atomics are only there because safe Rust shares no plain variable beside
/// its lock, so relaxed order is enough.
struct Bank {
    lock: Lock,
    from: TracedAtomic,
    to: TracedAtomic,
    /// Taken from one account and not yet in the other; 0 between transfers.
    under_way: TracedAtomic,
}

impl Bank {
    fn new() -> Self {
        Self {
            lock: Lock::new("bank"),
            from: TracedAtomic::new("from", SUM),
            to: TracedAtomic::new("to", 0),
            under_way: TracedAtomic::new("under way", 0),
        }
    }

    /// Moves money; panics between the two halves. The guard is dropped by unwinding,
    /// which releases the lock and poisons it.
    fn transfer(&self) {
        let _guard = self.lock.lock();
        // Before the first change: a repair must find the record of everything that may
        // have happened.
        self.under_way.store(TRANSFER, Relaxed);
        self.from.store(self.from.load(Relaxed) - TRANSFER, Relaxed);
        assert!(!std::hint::black_box(true), "the other account is locked");
        self.to.store(self.to.load(Relaxed) + TRANSFER, Relaxed);
        self.under_way.store(0, Relaxed);
    }

    fn sum(&self) -> i64 {
        self.from.load(Relaxed) + self.to.load(Relaxed)
    }

    fn careless(&self) -> i64 {
        let _guard = self.lock.lock();
        self.sum()
    }

    fn refusing(&self) -> Option<i64> {
        let _guard = self.lock.lock();
        (!self.lock.is_poisoned()).then(|| self.sum())
    }

    /// Completes what was under way, and declares the accounts whole. Only the record of
    /// what was under way makes a repair possible: the balances alone do not show what is
    /// missing where.
    fn repairing(&self) -> i64 {
        let _guard = self.lock.lock();
        // Under the lock: otherwise two threads could both find it poisoned, and both add
        // what is missing.
        if self.lock.is_poisoned() {
            let missing = self.under_way.load(Relaxed);
            self.to.store(self.to.load(Relaxed) + missing, Relaxed);
            self.under_way.store(0, Relaxed);
            // Last, while the lock is still held: no other thread sees whole accounts as
            // poisoned or the other way round.
            self.lock.clear_poison();
        }
        self.sum()
    }
}

/// What was found after the transfer: whether it failed, was seen to have failed, and was
/// refused; what each thread read; and what one that refuses damaged accounts read after the
/// repair.
struct Found {
    failed: bool,
    seen: bool,
    careless: i64,
    refused: bool,
    repaired: i64,
    after: Option<i64>,
}

fn run(_context: &TechniqueContext<'_>) -> io::Result<TechniqueOutcome> {
    let bank = Bank::new();
    let failed = in_a_thread(|| capture(|| bank.transfer()).is_err())?;
    // After the thread was joined, so the panic is over.
    let seen = bank.lock.is_poisoned();
    let found = in_a_thread(|| {
        let (careless, refused) = (bank.careless(), bank.refusing().is_none());
        let repaired = bank.repairing();
        let after = bank.refusing();
        Found { failed, seen, careless, refused, repaired, after }
    })?;
    Ok(found.outcome())
}

impl Found {
    fn outcome(&self) -> TechniqueOutcome {
        let Self { failed, seen, careless, refused, repaired, after } = *self;
        let word = |yes| if yes { "yes" } else { "no" };
        TechniqueOutcome {
            worked: failed && seen && refused && repaired == SUM && after == Some(SUM),
            evidence: format!(
                "seen: {}; refused: {}; repaired: the accounts hold {repaired} of {SUM} again, and the lock is good for the next",
                word(seen),
                word(refused)
            ),
            without: format!(
                "a thread that does not check finds {careless} of {SUM} in the accounts"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_worked_if_the_damage_was_seen_refused_and_repaired_for_the_next() {
        let all = || Found {
            failed: true,
            seen: true,
            careless: 70,
            refused: true,
            repaired: SUM,
            after: Some(SUM),
        };
        assert!(all().outcome().worked);
        for found in [
            Found { failed: false, ..all() },
            Found { seen: false, ..all() },
            Found { refused: false, ..all() },
            Found { repaired: SUM - TRANSFER, ..all() },
            Found { after: None, ..all() },
        ] {
            assert!(!found.outcome().worked);
        }
    }
}
