//! How much of the cores is used by others than this program and its processes.
//!
//! Two readings of the kernel's counters, one before and one after a measurement, give what
//! all processes together used of the cores that this program may use; its own part, that of
//! its children included, is taken off. That is what spoils a measurement. The load average
//! is no use for it: it looks back over a minute and counts the threads of this program that
//! wait for a core.
//!
//! The sources are `/proc/stat` (time of each core) and `/proc/PID/stat` (time of a process
//! and of its ended children), both in clock ticks; see `proc(5)`.
//!
//! ```text
//! before ─────────────────────────────── after       wall time between them, 200 ms at least
//!   │ busy: all that the allowed cores worked   ████████████████░░░░
//!   │ own: this program and its processes       ██████████
//!   └ the rest, in cores                                  ██████       others_cores
//! ```

use std::fmt;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::clock::monotonic_ns;

/// Less than this part of one core spoils nothing, and is within the error of the counters.
const NOTICED: f64 = 0.2;
/// The kernel counts in ticks of some 10 ms: what is shorter than this has too few of them
/// to say anything.
const SHORTEST_NS: u64 = 200_000_000;

/// What the counters say at one moment. Only the difference of two readings has a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// On the monotonic clock.
    pub at_ns: u64,
    /// Cores that this program may use.
    pub cores: usize,
    /// What everything used of those cores since the system started, in the kernel's ticks.
    pub busy: u64,
    /// What this program and its processes used so far, in ticks, also on other cores.
    pub own: u64,
    pub ticks_per_second: u64,
}

/// What others used between two readings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// In cores: 0.5 is half of one core all the time. At most `cores`.
    pub others_cores: f64,
    /// Cores that this program may use.
    pub cores: usize,
}

impl Reading {
    /// Reads the counters; `None` where the system has none. Reads some files for each
    /// process and thread of this program, so it is no part of what is measured.
    pub fn now() -> Option<Self> {
        Self::of(Path::new("/proc"), std::process::id(), allowed())
    }

    /// The same of other files, for tests.
    fn of(proc: &Path, pid: u32, allowed: impl Fn(usize) -> bool) -> Option<Self> {
        let (cores, busy) = busy(&fs::read_to_string(proc.join("stat")).ok()?, allowed);
        Some(Self {
            at_ns: monotonic_ns(),
            cores,
            busy,
            own: tree_ticks(proc, pid)?,
            ticks_per_second: ticks_per_second(),
        })
    }
}

impl Load {
    /// What others have used since this reading; `None` where the counters are missing, too.
    pub fn since(before: Option<Reading>) -> Option<Self> {
        Self::between(&before?, &Reading::now()?)
    }

    /// What others used between two readings; `None` if they are too close to each other, or if the
    /// counters have no unit.
    pub fn between(before: &Reading, after: &Reading) -> Option<Self> {
        let ns = after.at_ns.saturating_sub(before.at_ns);
        let all = after.busy.saturating_sub(before.busy);
        let own = after.own.saturating_sub(before.own);
        let seconds = std::time::Duration::from_nanos(ns).as_secs_f64();
        let others = f64::from(u32::try_from(all.saturating_sub(own)).ok()?);
        let ticks = f64::from(u32::try_from(after.ticks_per_second).ok()?);
        let most = f64::from(u32::try_from(after.cores).ok()?);
        (ns >= SHORTEST_NS && ticks > 0.0).then(|| Self {
            // The kernel adds some time late, to a tick after it was used: hence the limit.
            others_cores: (others / ticks / seconds).min(most),
            cores: after.cores,
        })
    }

    /// Whether it is enough to spoil a measurement: a fifth of a core, all the time.
    pub fn disturbs(&self) -> bool {
        self.others_cores >= NOTICED
    }
}

/// `something else used about 1.4 of 2 cores`.
impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (others, cores) = (self.others_cores, self.cores);
        let plural = if cores == 1 { "core" } else { "cores" };
        write!(f, "something else used about {others:.1} of {cores} {plural}")
    }
}

/// The number of cores that may be used, and the ticks that were spent on them: all but
/// idling and waiting for disks.
fn busy(stat: &str, allowed: impl Fn(usize) -> bool) -> (usize, u64) {
    let mut all = (0, 0);
    for line in stat.lines() {
        let mut words = line.split_whitespace();
        // The line `cpu` without a number is the sum of all.
        let number = words.next().and_then(|name| name.strip_prefix("cpu")?.parse().ok());
        if number.is_some_and(&allowed) {
            let ticks: Vec<u64> = words.filter_map(|word| word.parse().ok()).collect();
            // user nice system idle iowait irq softirq steal; guests are part of user.
            let working = [0, 1, 2, 5, 6, 7].map(|at| ticks.get(at).copied().unwrap_or(0));
            all = (all.0 + 1, all.1 + working.iter().sum::<u64>());
        }
    }
    all
}

/// Ticks of a process, of its children that have ended, and of all that live below it.
fn tree_ticks(proc: &Path, pid: u32) -> Option<u64> {
    let folder = proc.join(pid.to_string());
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // The name may contain blanks and brackets; the state follows it.
    let (_, fields) = stat.rsplit_once(')')?;
    // Fields 14 to 17: user and system time, own and of ended children that were waited
    // for.
    let own = fields.split_whitespace().skip(11).take(4);
    let mut ticks: u64 = own.filter_map(|word| word.parse::<u64>().ok()).sum();
    for thread in fs::read_dir(folder.join("task")).into_iter().flatten().flatten() {
        let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
        // One that has ended meanwhile counts with its parent's ended children next time.
        ticks += children.filter_map(|child| tree_ticks(proc, child)).sum::<u64>();
    }
    Some(ticks)
}

/// Ticks of the counters a second (`sysconf(_SC_CLK_TCK)`), 100 on nearly every system.
#[cfg(target_os = "linux")]
fn ticks_per_second() -> u64 {
    rustix::param::clock_ticks_per_second()
}

#[cfg(not(target_os = "linux"))]
fn ticks_per_second() -> u64 {
    0
}

/// Whether this process may use a core. The first thread's mask, as others may be pinned.
#[cfg(target_os = "linux")]
fn allowed() -> impl Fn(usize) -> bool {
    let set = rustix::thread::sched_getaffinity(Some(rustix::process::getpid()));
    move |core| {
        set.as_ref().map_or(true, |set| core < rustix::thread::CpuSet::MAX_CPU && set.is_set(core))
    }
}

#[cfg(not(target_os = "linux"))]
fn allowed() -> impl Fn(usize) -> bool {
    |_| true
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: Reading =
        Reading { at_ns: 1_000_000_000, cores: 2, busy: 10_000, own: 400, ticks_per_second: 100 };

    /// Two seconds later.
    fn later(busy: u64, own: u64) -> Reading {
        Reading {
            at_ns: BEFORE.at_ns + 2_000_000_000,
            busy: BEFORE.busy + busy,
            own: BEFORE.own + own,
            ..BEFORE
        }
    }

    #[test]
    fn what_others_used_is_all_less_our_own_in_cores() {
        // 3.6 of 4 seconds of core time were used, 0.8 of them by this program.
        let load = Load::between(&BEFORE, &later(360, 80)).unwrap();
        assert!((load.others_cores - 1.4).abs() < 1e-9, "{load:?}");
        assert!(load.disturbs());
        assert_eq!(load.to_string(), "something else used about 1.4 of 2 cores");
    }

    #[test]
    fn our_own_work_alone_disturbs_nothing() {
        let load = Load::between(&BEFORE, &later(390, 380)).unwrap();
        assert!(!load.disturbs(), "{load:?}");
        // Rounding of the counters never makes it negative.
        let load = Load::between(&BEFORE, &later(380, 390)).unwrap();
        assert_eq!(load.others_cores.total_cmp(&0.0), std::cmp::Ordering::Equal);
    }

    #[test]
    fn others_use_no_more_than_there_is_and_a_fifth_of_a_core_is_noticed() {
        let of = |busy| Load::between(&BEFORE, &later(busy, 0)).unwrap();
        // Ticks that came late: 3 cores' worth of 2.
        assert_eq!(of(600).to_string(), "something else used about 2.0 of 2 cores");
        // 100 ticks a second for two seconds.
        let noticed = [39, 40, 41].map(|busy| of(busy).disturbs());
        assert_eq!(noticed, [false, true, true]);
    }

    #[test]
    fn readings_too_close_to_each_other_say_nothing() {
        let soon = Reading { at_ns: BEFORE.at_ns + SHORTEST_NS - 1, ..later(100, 0) };
        assert_eq!(Load::between(&BEFORE, &soon), None);
    }

    #[test]
    fn only_the_cores_that_we_may_use_count_and_idling_does_not() {
        let stat = "cpu 9 9 9 9 9 9 9 9 0 0\n\
                    cpu0 1 2 3 1000 1000 4 5 6 7 8\n\
                    cpu1 100 0 0 0 0 0 0 0 0 0\n\
                    cpu2 50 0 0 0\n\
                    intr 5 4\n";
        assert_eq!(busy(stat, |core| core != 1), (2, 21 + 50));
    }

    #[test]
    fn a_family_is_a_process_its_dead_and_all_that_live_below_it() {
        let proc = tempfile::tempdir().unwrap();
        let process = |pid: u32, ticks: &str, children: &str| {
            let task = proc.path().join(format!("{pid}/task/{pid}"));
            fs::create_dir_all(&task).unwrap();
            fs::write(task.join("children"), children).unwrap();
            let stat = format!("{pid} (a) b) S 1 2 3 4 5 6 7 8 9 10 {ticks} 20 0");
            fs::write(proc.path().join(format!("{pid}/stat")), stat).unwrap();
        };
        process(7, "1 20 300 4000", "8 10 ");
        process(8, "50000 0 0 0", "9");
        process(9, "600000 0 0 0", "");
        // 10 is gone.
        assert_eq!(tree_ticks(proc.path(), 7), Some(654_321));
        assert_eq!(tree_ticks(proc.path(), 10), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_has_the_counters_and_our_work_is_in_them() {
        use rustix::time::{ClockId, clock_gettime};
        let cpu = || std::time::Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
        let (before, began) = (Reading::now().unwrap(), cpu());
        // Time that this thread had a core, however loaded the machine is.
        while cpu() < began + std::time::Duration::from_millis(60) {}
        let after = Reading::now().unwrap();
        let own = (after.own - before.own) * 1000 / after.ticks_per_second;
        assert!(own >= 40, "{own} ms of 60");
        assert!(after.cores >= 1 && after.busy > 0);
    }
}
