//! The baton: which thread may run, passed on as fast as the machine can.
//!
//! Passing it is the cost of a switch in every search, so there are two ways to wait, and
//! which one is better is found out by trying. On a quiet machine a thread that waits spins
//! for a while before it parks: threads on cores of their own pass the baton in a fraction of a
//! microsecond. Where there are fewer cores than threads, or others need them, spinning
//! only burns time: then all threads are pinned to one core, where waking a parked thread
//! is ten times faster than across cores.
//!
//! ```text
//!           FAILED_SPINS waits in a row that spun in vain
//! unpinned ───────────────────────────────────────────────▶ all pinned to one core
//!  (spins)  ◀───────────────────────────────────────────────      (parks at once)
//!                        PINNED_WAITS waits later
//! ```
//!
//! With more threads than cores they are pinned from the start, and stay so. So are they where
//! several explorations run at once, each on a core of its own.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::kit::placement::{self, core_count};

/// Checks before parking: some 30 us, of the order of what waking a parked thread costs. Spinning
/// for as long as the alternative costs is at most twice as expensive as the better choice,
/// whichever that is: the rule of the ski rental (Karlin and others, "Empirical studies of
/// competitive spinning", SOSP 1991).
const SPINS: u32 = 1_000;
/// After this number of waits in a row that spun without success, all threads are pinned to one
/// core. A few, because a single miss says only that one step took long.
const FAILED_SPINS: u32 = 4;
/// After this number of waits on one core, threads run on cores of their own again, in case
/// the machine is quiet by now. Large, as each try costs up to [`FAILED_SPINS`] slow waits.
const PINNED_WAITS: u32 = 20_000;

/// The value of `holder` before the baton is first passed. Shifted right, it is the number of no
/// thread, so every waiter keeps waiting.
const NO_THREAD: usize = usize::MAX;

/// Passed between threads that are numbered from 0. It knows nothing of programs: only who
/// may run, and a small number that is handed over with it.
#[derive(Debug)]
pub struct Baton {
    /// The thread that has it, times four, and a directive of two bits. In one atomic, so that a
    /// waiting thread gets both with one load.
    ///
    /// ```text
    /// │ number of the thread │ directive │
    ///         bits 2 and up      bits 0 and 1
    /// ```
    holder: AtomicUsize,
    /// Whether it will never be passed again. Only set, never cleared, so a waiter needs no lock to
    /// trust it.
    over: AtomicBool,
    /// Handles for waking, by number. Set once, before the baton is first passed; until then a
    /// thread that waits could not be woken.
    threads: OnceLock<Vec<Thread>>,
    caller: Thread,
    /// CPU (plus 1) that all threads are pinned to, or 0 if unpinned. On a loaded machine a
    /// hand-over on one core costs about a tenth of waking a thread on another.
    pinned: AtomicUsize,
    /// While unpinned, waits in a row that spun without success; while pinned, waits since then.
    waits: AtomicU32,
    /// More threads than cores, or one core given: pinned from the start, and for good, since a
    /// thread that spins would take the core from the holder.
    crowded: bool,
}

impl Baton {
    /// A baton that no thread has yet, for `threads` threads, numbered from 0. The calling thread
    /// is the one that [`Baton::sleep`]s and that the end wakes.
    /// With a `core`, they are pinned to it for good.
    pub fn new(threads: usize, core: Option<usize>) -> Self {
        let crowded = core.is_some() || threads > core_count();
        Self {
            holder: AtomicUsize::new(NO_THREAD),
            over: AtomicBool::new(false),
            threads: OnceLock::new(),
            caller: thread::current(),
            pinned: AtomicUsize::new(match core {
                Some(core) => core + 1,
                None if crowded => this_core(),
                None => 0,
            }),
            waits: AtomicU32::new(0),
            crowded,
        }
    }

    /// Names the threads, before the baton is first passed. A second call has no effect.
    pub fn set_threads(&self, threads: Vec<Thread>) {
        let _ = self.threads.set(threads);
    }

    /// Gives the baton to `thread`, with a `directive` below 4. Called by the holder, or by the
    /// caller of the exploration before there is one. All that the caller has written before is
    /// seen by the next holder.
    pub fn pass(&self, thread: usize, directive: usize) {
        // Release: publishes everything that the holder has done to the next one.
        self.holder.store(thread << 2 | directive, Ordering::Release);
        if let Some(thread) = self.threads.get().and_then(|all| all.get(thread)) {
            // A thread that spins gets a token that it does not need; `wait` loops, so its
            // next park returning at once does no harm.
            thread.unpark();
        }
    }

    /// Wakes all threads for good: each wait returns `None` from now on.
    pub fn end(&self) {
        // Before the unparks, with release: a thread that wakes sees it.
        self.over.store(true, Ordering::Release);
        let threads = self.threads.get();
        threads.into_iter().flatten().for_each(Thread::unpark);
        self.caller.unpark();
    }

    /// Whether [`Baton::end`] was called. Acquire, as in [`Baton::wait`]: what was written before
    /// the end is seen by a thread that finds it over.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// The thread that has it, or had it last. Relaxed: only for naming a thread that is stuck; it
    /// orders nothing.
    pub fn holder(&self) -> usize {
        self.holder.load(Ordering::Relaxed) >> 2
    }

    /// The caller's sleep: until the end, or for `limit`. May return early, so it is called in a
    /// loop that asks [`Baton::is_over`].
    pub fn sleep(&self, limit: Duration) {
        if !self.is_over() {
            thread::park_timeout(limit);
        }
    }

    /// Waits for the baton and returns the directive that comes with it; `None` at the end.
    /// `affinity` is where the calling thread is pinned.
    pub fn wait(&self, me: usize, affinity: &mut Affinity) -> Option<usize> {
        // Relaxed: a stale value costs at most a move too late. Read once, so that `learn`
        // judges the wait by what it was.
        let pinned = self.pinned.load(Ordering::Relaxed);
        affinity.move_to(pinned);
        let mut spins = if pinned == 0 { SPINS } else { 0 };
        loop {
            // Pairs with the release in `pass`.
            let holder = self.holder.load(Ordering::Acquire);
            if holder >> 2 == me {
                self.learn(pinned, spins == 0);
                return Some(holder & 3);
            }
            if self.is_over() {
                return None;
            }
            if spins > 0 {
                spins -= 1;
                // The hint that this is a spin lets a hyperthread of the same core run.
                std::hint::spin_loop();
            } else {
                // A token from `pass` or `end` that came since the load makes this return
                // at once, so no wake-up is missed.
                thread::park();
            }
        }
    }

    /// Learns from a wait that has ended: `slept` if it ended in a park. Called by the
    /// holder of the baton alone, so loads and stores need not be one operation, and the
    /// baton orders them.
    fn learn(&self, pinned: usize, slept: bool) {
        if self.crowded {
            return;
        }
        let waits = self.waits.load(Ordering::Relaxed);
        let (limit, then) =
            if pinned == 0 { (FAILED_SPINS, this_core()) } else { (PINNED_WAITS, 0) };
        if pinned == 0 && !slept {
            // Written only if it changes, to leave the cache line shared.
            if waits > 0 {
                self.waits.store(0, Ordering::Relaxed);
            }
        } else if waits + 1 < limit {
            self.waits.store(waits + 1, Ordering::Relaxed);
        } else {
            self.waits.store(0, Ordering::Relaxed);
            self.pinned.store(then, Ordering::Relaxed);
        }
    }
}

/// The core that a thread is pinned to, plus one; 0 if it is not pinned. Kept by the
/// thread, so that a wait makes a system call only when that changes.
#[derive(Debug, Default)]
pub struct Affinity(usize);

#[cfg(target_os = "linux")]
impl Affinity {
    /// Moves the calling thread to that core, or back to all of the process with 0. Errors are
    /// ignored: where it cannot be pinned, the search is slower and nothing else.
    #[inline]
    fn move_to(&mut self, core: usize) {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        if self.0 == core {
            return;
        }
        self.0 = core;
        let cores = match core.checked_sub(1) {
            Some(one) => {
                let mut cores = CpuSet::new();
                cores.set(one);
                Ok(cores)
            }
            // The first thread of the process was never pinned.
            None => sched_getaffinity(Some(rustix::process::getpid())),
        };
        let _ = cores.and_then(|cores| sched_setaffinity(None, &cores));
    }
}

#[cfg(not(target_os = "linux"))]
impl Affinity {
    fn move_to(&mut self, _: usize) {}
}

/// The core for the searching thread of this number, from 0: one of those that the process may
/// use. `None` where threads cannot be pinned.
pub fn core_of(searcher: usize) -> Option<usize> {
    placement::cores().into_iter().cycle().nth(searcher)
}

/// The core on which the calling thread runs, plus one; 0 if the system does not report it, which
/// leaves all threads unpinned.
fn this_core() -> usize {
    #[cfg(target_os = "linux")]
    return rustix::thread::sched_getcpu() + 1;
    #[cfg(not(target_os = "linux"))]
    return 0;
}
