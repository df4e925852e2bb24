//! What is measured, by clocks that are made up.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::kit::child::WorkerFn;

/// A clock that advances by `by` ns with each reading.
fn ticking(by: u64) -> impl Fn() -> u64 + Sync {
    let now = AtomicU64::new(1_000);
    move || now.fetch_add(by, Ordering::SeqCst)
}

fn rounded(samples: &[f64]) -> Vec<String> {
    samples.iter().map(|us| format!("{us:.3}")).collect()
}

#[test]
fn a_sample_of_round_trips_is_what_each_of_them_takes() {
    let stop = Stop::new();
    // 40 trips in 100 us.
    let now = ticking(100_000);
    let sampler = Sampler { now: &now, stop: &stop };
    let expected = vec!["2.500".to_owned(); SAMPLES];
    assert_eq!(rounded(&sampler.trips(|| Ok(())).unwrap()), expected);
    // With real partners: their time is the same, as the clock has it.
    assert_eq!(rounded(&channel(&sampler, None).unwrap()), expected);
    let (theirs_in, there) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    let (back, theirs_out) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    let (mut there, mut back) = (fs::File::from(there), fs::File::from(back));
    let ends = [&theirs_in, &theirs_out].map(path_of);
    std::thread::scope(|scope| {
        let partner = scope.spawn(|| EchoBytes::run(ends));
        let samples = there_and_back(&mut there, &mut back, &sampler);
        drop(there);
        partner.join().unwrap().unwrap();
        assert_eq!(rounded(&samples.unwrap()), expected);
    });
}

#[test]
fn every_trip_counts_and_no_other() {
    let stop = Stop::new();
    let (now, trips) = (AtomicU64::new(0), AtomicU64::new(0));
    let clock = || now.load(Ordering::SeqCst);
    let sampler = Sampler { now: &clock, stop: &stop };
    let samples = sampler.trips(|| {
        trips.fetch_add(1, Ordering::SeqCst);
        now.fetch_add(3_000, Ordering::SeqCst);
        Ok(())
    });
    assert_eq!(rounded(&samples.unwrap()), vec!["3.000"; SAMPLES]);
    assert_eq!(trips.into_inner(), SAMPLES as u64 * 40);
}

#[test]
fn starts_are_measured_in_turns_and_each_under_its_own_name() {
    let stop = Stop::new();
    let (now, order) = (AtomicU64::new(0), RefCell::new(String::new()));
    let clock = || now.load(Ordering::SeqCst);
    let sampler = Sampler { now: &clock, stop: &stop };
    let step = |name: char, ns| {
        order.borrow_mut().push(name);
        now.fetch_add(ns, Ordering::SeqCst);
        Ok(())
    };
    let (thread, process) = (|| step('t', 20_000), || step('p', 900_000));
    let [threads, processes] = sampler.in_turns([&thread, &process]).unwrap();
    assert_eq!(rounded(&threads), vec!["20.000"; SAMPLES]);
    assert_eq!(rounded(&processes), vec!["900.000"; SAMPLES]);
    assert!(order.borrow().starts_with("tppttppt"));
}

#[test]
fn a_stop_ends_the_samples() {
    let stop = Stop::new();
    stop.request();
    let now = ticking(1);
    let sampler = Sampler { now: &now, stop: &stop };
    assert!(sampler.trips(|| Ok(())).is_err());
    assert!(memory(Cost::ThreadMemoryKib, Path::new("none"), &stop, &memory_kib).is_err());
}

#[test]
fn memory_is_shared_out_among_the_crowd_and_summed_over_its_lines() {
    assert_eq!(format!("{}", each_of(64, 1_000.0, 2_280.0)), "20");
    assert_eq!(format!("{}", each_of(64, 1_000.0, 900.0)), "0");
    let rollup = "00400000-7ffc ---p 00000000 00:00 0 [rollup]\n\
                  Rss:                2048 kB\n\
                  Pss:                 900 kB\n\
                  Private_Clean:       100 kB\n\
                  Private_Dirty:        24 kB\n";
    assert_eq!(
        [sum_of(rollup, "Rss:"), sum_of(rollup, "Private_")].map(|kib| kib.to_string()),
        ["2048", "124"]
    );
}

#[test]
fn a_thread_has_its_part_of_what_all_of_them_add() {
    let looks = Cell::new(0);
    // 1,000 KiB before; each of the crowd adds 20.
    let now = || {
        looks.set(looks.get() + 1);
        Ok(1_000.0 + f64::from(looks.get() - 1) * 20.0 * f64::from(WAITING_THREADS))
    };
    assert_eq!(rounded(&[thread_memory(now).unwrap()]), rounded(&[20.0]));
    assert_eq!(looks.get(), 2);
}

/// A worker that greets and waits for the end of its socket. Another process writes it: a
/// child of another test could still hold it open if this one did, and what may be written to
/// cannot be started.
#[cfg(target_os = "linux")]
fn stub(folder: &Path) -> std::path::PathBuf {
    let hello = crate::kit::wire::encode(crate::kit::wire::Kind::Hello, &[]).unwrap();
    let hello: Vec<_> = hello.iter().map(|byte| format!("\\{byte:03o}")).collect();
    let hello = hello.concat();
    let program = folder.join("worker");
    let mut writer = std::process::Command::new("sh")
        .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
        .arg(&program)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = writer.stdin.take().unwrap();
    write!(input, "#!/bin/sh\nprintf '{hello}' >&0\nread end\n").unwrap();
    drop(input);
    assert!(writer.wait().unwrap().success());
    program
}

#[cfg(target_os = "linux")]
#[test]
fn threads_are_found_in_this_process_and_a_worker_in_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let program = stub(folder.path());
    let of = |cost| {
        let asked = RefCell::new(Vec::new());
        let kib = |pid: &str, what: &str| {
            let arguments = fs::read_to_string(format!("/proc/{pid}/cmdline"))?;
            let process = if arguments.contains("child\0worker\0") { "worker" } else { pid };
            asked.borrow_mut().push(format!("{what} of {process}"));
            Ok(0.0)
        };
        memory(cost, &program, &Stop::new(), &kib).unwrap();
        let mut asked = asked.into_inner();
        let count = asked.len() / SAMPLES;
        asked.dedup();
        (count, asked)
    };
    assert_eq!(of(Cost::ThreadMemoryKib), (2, vec!["Rss: of self".to_owned()]));
    assert_eq!(of(Cost::ProcessMemoryKib), (1, vec!["Rss: of worker".to_owned()]));
    assert_eq!(of(Cost::ProcessPrivateKib), (1, vec!["Private_ of worker".to_owned()]));
}

#[test]
fn one_core_allows_no_trip_across_two() {
    let trips = |cores| {
        CostGroup::all(cores)
            .filter_map(|one| match one {
                CostGroup::RoundTrips(Transport::Pipe, place) => Some(place),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(trips(1), [Placement::Anywhere, Placement::OneCore]);
    assert_eq!(trips(2), [Placement::Anywhere, Placement::OneCore, Placement::TwoCores]);
}

#[cfg(target_os = "linux")]
#[test]
fn the_two_run_where_the_placement_says() {
    let all = placement::cores();
    let (first, last) = (all[0], *all.last().unwrap());
    assert_eq!(cores_of(Placement::OneCore).unwrap(), Some((first, first)));
    assert_eq!(cores_of(Placement::Anywhere).unwrap(), None);
    if all.len() > 1 {
        assert_eq!(cores_of(Placement::TwoCores).unwrap(), Some((first, last)));
    }
    for here in [first, last] {
        let allowed = pinned(Some((here, first)), || {
            let set = rustix::thread::sched_getaffinity(None)?;
            let cores = (0..all.len() + last).filter(|core| set.is_set(*core));
            Ok(cores.filter_map(|core| u32::try_from(core).ok().map(f64::from)).collect())
        });
        assert_eq!(format!("{:?}", allowed.unwrap()), format!("[{here}.0]"));
    }
}
