//! The baton: which thread may run, handed over as fast as the machine can.
//!
//! On a quiet machine a thread that waits looks for the baton for a while before it goes
//! to sleep: threads on cores of their own pass it in a fraction of a microsecond.
//! Where there are fewer cores than threads, or others need them, that only burns
//! time: then all threads stay on one core, where a sleeper is woken ten times
//! sooner than across cores. Which of the two it is is found out by trying.
//!
//! Must not know what the baton allows.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

/// Looks before going to sleep: some 30 us.
const LOOKS: u32 = 1_000;
/// After this number of waits in a row that spun without success, all threads are pinned to
/// one core.
const IN_VAIN: u32 = 4;
/// After this number of waits on one core, they run on cores of their own again.
const TOGETHER: u32 = 20_000;

const NO_THREAD: usize = usize::MAX;

/// Passed between threads that are numbered from 0.
#[derive(Debug)]
pub struct Baton {
    /// Who has it, times four, and an order of two bits.
    choice: AtomicUsize,
    over: AtomicBool,
    threads: OnceLock<Vec<Thread>>,
    caller: Thread,
    /// The core that all share, plus one; 0 while each may run where it likes.
    together: AtomicUsize,
    /// Waits that looked in vain; together, waits since then.
    waits: AtomicU32,
    crowded: bool,
}

impl Baton {
    /// No thread has it yet. The calling thread is the one that [`Baton::sleep`]s.
    pub fn new(threads: usize) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let crowded = threads > cores;
        Self {
            choice: AtomicUsize::new(NO_THREAD),
            over: AtomicBool::new(false),
            threads: OnceLock::new(),
            caller: thread::current(),
            together: AtomicUsize::new(if crowded { this_core() } else { 0 }),
            waits: AtomicU32::new(0),
            crowded,
        }
    }

    /// Names the threads, before the baton is first passed.
    pub fn set_threads(&self, threads: Vec<Thread>) {
        let _ = self.threads.set(threads);
    }

    pub fn pass(&self, thread: usize, directive: usize) {
        self.choice.store(thread << 2 | directive, Ordering::Release);
        if let Some(thread) = self.threads.get().and_then(|all| all.get(thread)) {
            thread.unpark();
        }
    }

    /// Wakes everyone for good.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
        let threads = self.threads.get();
        threads.into_iter().flatten().for_each(Thread::unpark);
        self.caller.unpark();
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Who has it.
    pub fn holder(&self) -> usize {
        self.choice.load(Ordering::Relaxed) >> 2
    }

    /// The caller's sleep: until the end, or for so long.
    pub fn sleep(&self, limit: Duration) {
        if !self.is_over() {
            thread::park_timeout(limit);
        }
    }

    /// Waits for the baton and gives the order that comes with it; `None` at the end.
    /// `place` is where the calling thread is pinned.
    pub fn wait(&self, me: usize, place: &mut CpuPlace) -> Option<usize> {
        let together = self.together.load(Ordering::Relaxed);
        place.move_to(together);
        let mut looks = if together == 0 { LOOKS } else { 0 };
        loop {
            let choice = self.choice.load(Ordering::Acquire);
            if choice >> 2 == me {
                self.learn(together, looks == 0);
                return Some(choice & 3);
            }
            if self.is_over() {
                return None;
            }
            if looks > 0 {
                looks -= 1;
                std::hint::spin_loop();
            } else {
                thread::park();
            }
        }
    }

    /// Only the holder of the baton is here.
    fn learn(&self, together: usize, slept: bool) {
        if self.crowded {
            return;
        }
        let waits = self.waits.load(Ordering::Relaxed);
        let (limit, then) = if together == 0 { (IN_VAIN, this_core()) } else { (TOGETHER, 0) };
        if together == 0 && !slept {
            if waits > 0 {
                self.waits.store(0, Ordering::Relaxed);
            }
        } else if waits + 1 < limit {
            self.waits.store(waits + 1, Ordering::Relaxed);
        } else {
            self.waits.store(0, Ordering::Relaxed);
            self.together.store(then, Ordering::Relaxed);
        }
    }
}

/// The core that a thread is pinned to, plus one; 0 if it is not pinned.
#[derive(Debug, Default)]
pub struct CpuPlace(usize);

#[cfg(target_os = "linux")]
impl CpuPlace {
    /// Where it cannot be done, the search is slower.
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
impl CpuPlace {
    fn move_to(&mut self, _: usize) {}
}

/// The core on which the caller runs, plus one; 0 if the system does not report it.
fn this_core() -> usize {
    #[cfg(target_os = "linux")]
    return rustix::thread::sched_getcpu() + 1;
    #[cfg(not(target_os = "linux"))]
    return 0;
}
