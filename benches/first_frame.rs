//! From start to picture, and what a picture costs once it is there: the real program
//! on a real terminal, beside whatever monitors this machine has.

#![allow(clippy::pedantic, clippy::unwrap_used, missing_debug_implementations)]

mod common;
#[path = "../tests/terminal/driver.rs"]
#[expect(dead_code, reason = "the tests ask for more than this")]
mod driver;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{Goals, Rival, Spread};
use driver::{Setup, Tty};
use threadbare::kit::proc_stat::resident_kib;
use threadbare::scene::units::to_f64;

const SIZE: (u16, u16) = (120, 40);
const ROUNDS: usize = 20;
/// How long costs are added up, after the picture has settled.
const SPELL: Duration = Duration::from_secs(30);
const SETTLE: Duration = Duration::from_secs(3);
/// The thread that waits once for each frame that was drawn, also for one that changed nothing.
const WRITER: &str = "terminal-out";
/// The threads that belong to the screen rather than to a lab.
const SCREEN: [&str; 5] = ["threadbare", "screen", "signals", "terminal-in", "terminal-out"];

/// A program and a text of its first whole picture.
struct Monitor {
    name: String,
    command: Vec<String>,
    shows: &'static str,
}

fn main() {
    let ours = Monitor {
        name: format!("threadbare {}", env!("CARGO_PKG_VERSION")),
        command: vec![fresh_copy()],
        shows: "quit",
    };
    let mut all = vec![
        Monitor {
            name: "floor: one line by /bin/echo".to_owned(),
            command: vec!["/bin/echo".to_owned(), "quit".to_owned()],
            shows: "quit",
        },
        ours,
    ];
    all.extend(installed("htop", "F10"));
    all.extend(installed("btop", "menu"));
    all.extend(installed("btm", "CPU"));
    let mut goals = Goals::new("first_frame");
    let mut rivals: Vec<Rival<'_>> =
        all.iter().map(|monitor| Rival::new(&monitor.name, || first_picture(monitor))).collect();
    let times = common::table("from start to the first whole picture", ROUNDS, 1, &mut rivals);
    if let Some(at) = rivals.iter().position(|rival| rival.name.contains("btop")) {
        goals.add("first picture, against btop", times[1].to(&times[at]), 1.0);
    }
    drop(rivals);
    println!("\ncosts of a picture at {}x{}", SIZE.0, SIZE.1);
    for monitor in all.iter().skip(2) {
        let tty = open(monitor);
        report(&monitor.name, &tty);
    }
    let mut tty = open(&all[1]);
    let live = report("threadbare, dashboard, live", &tty);
    goals.add_one("dashboard live: CPU of the screen (%)", live.screen, 1.5);
    tty.send(" ");
    tty.until_text(". later");
    let frozen = report("threadbare, dashboard, frozen", &tty);
    goals.add_one("dashboard frozen: CPU of the screen (%)", frozen.screen, 0.05);
    goals.add_one("dashboard frozen: bytes/s", frozen.bytes, 0.0);
    tty.send(" 2");
    tty.until_text("back");
    let lab = report("threadbare, one lab, live", &tty);
    goals.add_one("one lab live: CPU of the screen (%)", lab.screen, 1.2);
    goals.add_one("one lab live: kB/s", lab.bytes / 1e3, 12.0);
    goals.add("from a key to the picture that it changes (ms)", answers(&mut tty), 20.0);
    goals.print();
}

/// The program in a file that was just written, as after an installation. Run from the file that
/// the linker made, it took up to three times the processor time for the same frames on a machine
/// short of memory.
fn fresh_copy() -> String {
    let copy = concat!(env!("CARGO_TARGET_TMPDIR"), "/threadbare-first-frame");
    // A new file, not the old one with other bytes in it.
    drop(std::fs::remove_file(copy));
    std::fs::copy(driver::program(), copy).expect("the folder is the bench's own");
    copy.to_owned()
}

fn installed(name: &str, shows: &'static str) -> Option<Monitor> {
    let output = Command::new(name).arg("--version").output().ok()?;
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(Monitor {
        name: version.lines().next().unwrap_or(name).to_owned(),
        command: vec![name.to_owned()],
        shows,
    })
}

fn open(monitor: &Monitor) -> Tty {
    let setup = Setup { command: monitor.command.clone(), ..Setup::default().size(SIZE.0, SIZE.1) };
    let tty = setup.start();
    tty.until_text(monitor.shows);
    tty
}

fn first_picture(monitor: &Monitor) -> Duration {
    let begun = Instant::now();
    let tty = open(monitor);
    let time = begun.elapsed();
    drop(tty);
    time
}

/// Processor time of each thread so far, by name, in ns.
fn used(tty: &Tty) -> BTreeMap<String, u64> {
    let tasks = format!("/proc/{}/task", tty.pid.as_raw_nonzero());
    let mut used = BTreeMap::new();
    for task in std::fs::read_dir(tasks).into_iter().flatten().flatten() {
        let file = |name| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
        let nanos = file("schedstat").split(' ').next().and_then(|n| n.parse::<u64>().ok());
        *used.entry(file("comm").trim().to_owned()).or_default() += nanos.unwrap_or(0);
    }
    used
}

/// How often threads of this name have waited so far.
fn waits(tty: &Tty, name: &str) -> u64 {
    let tasks = format!("/proc/{}/task", tty.pid.as_raw_nonzero());
    let mut waits = 0;
    for task in std::fs::read_dir(tasks).into_iter().flatten().flatten() {
        let file = |name| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
        let status = file("status");
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        if file("comm").trim() == name {
            waits += line.and_then(|count| count.trim().parse::<u64>().ok()).unwrap_or(0);
        }
    }
    waits
}

fn memory(tty: &Tty) -> String {
    let kib = resident_kib(tty.pid.as_raw_nonzero().get().cast_unsigned());
    kib.map_or_else(|_| String::new(), |kib| format!("{:.1} MiB", to_f64(kib) / 1024.0))
}

/// What a picture costs: percent of one core, of the screen's threads and of all, and bytes a
/// second.
struct Cost {
    screen: f64,
    all: f64,
    bytes: f64,
}

fn report(name: &str, tty: &Tty) -> Cost {
    std::thread::park_timeout(SETTLE);
    let (before, bytes, frames) = (used(tty), tty.seen().bytes.len(), waits(tty, WRITER));
    std::thread::park_timeout(SPELL);
    let after = used(tty);
    let (written, frames) = (tty.seen().bytes.len() - bytes, waits(tty, WRITER) - frames);
    let nanos = |wanted: &dyn Fn(&str) -> bool| {
        let spent = after
            .iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, nanos)| nanos.saturating_sub(before.get(name).copied().unwrap_or(0)));
        spent.sum::<u64>() as f64
    };
    let percent = 100.0 / SPELL.as_nanos() as f64;
    let of_screen = nanos(&|name| SCREEN.contains(&name));
    let cost = Cost {
        screen: of_screen * percent,
        all: nanos(&|_| true) * percent,
        bytes: written as f64 / SPELL.as_secs_f64(),
    };
    let Cost { screen, all, bytes } = cost;
    print!("  {name:<32} screen {screen:>6.2} %  all {all:>6.2} %  {bytes:>8.0} bytes/s  ");
    print!("{}", memory(tty));
    if frames > 0 {
        let each = of_screen / 1e6 / frames as f64;
        let rate = frames as f64 / SPELL.as_secs_f64();
        print!("  {rate:.1} frames a second, {each:.2} ms of the screen's CPU each");
    }
    println!();
    cost
}

/// From a key to the picture that it changes.
fn answers(tty: &mut Tty) -> Spread {
    let times = (0..50)
        .map(|_| {
            let begun = Instant::now();
            tty.send("?");
            tty.until_text("Keys");
            let time = begun.elapsed();
            tty.send("?");
            tty.until("the picture without help", |seen| !seen.has("Keys"));
            time.as_secs_f64() * 1e3
        })
        .collect();
    Spread::of(times)
}
