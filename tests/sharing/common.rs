//! Tests that several processes play: each part is this very program, running the same
//! test alone, with the same shared memory attached.

use std::any::type_name_of_val;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use threadbare::kit::limit::Limit;
use threadbare::kit::shared::{Event, Layout, Region};
use threadbare::kit::stop::Stop;

const PART: &str = "THREADBARE_TEST_PART";
/// Events at the beginning of each region, for the parts to agree by.
const CUES: usize = 4;

/// The program whose workers are tested.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_threadbare"))
}

/// Long enough for the slowest machine; reached only when something hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn soon() -> Limit {
    Limit::within(PATIENCE)
}

/// A wait that is to run into its limit.
pub(crate) const SHORT: Duration = Duration::from_millis(30);

pub(crate) fn short() -> Limit {
    Limit::within(SHORT)
}

/// Waits until `condition` holds.
#[track_caller]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        Stop::new().sleep(Duration::from_millis(1));
    }
}

/// The shared memory of a test, seen by one of its parts.
pub(crate) struct Stage {
    test: String,
    region: Region,
}

impl Stage {
    /// Where the tools of the test are laid out.
    pub(crate) fn layout(&self) -> Layout {
        self.split().1
    }

    /// Tells the others that this point is reached.
    pub(crate) fn give(&self, cue: usize) {
        self.split().0[cue].set();
    }

    /// Waits until somebody has come to that point.
    #[track_caller]
    pub(crate) fn await_cue(&self, cue: usize) {
        self.split().0[cue].wait(&soon()).unwrap();
    }

    fn split(&self) -> ([Event; CUES], Layout) {
        let mut layout = self.region.layout();
        (std::array::from_fn(|_| Event::new(&mut layout)), layout)
    }

    /// Starts another process that plays `part`.
    pub(crate) fn start(&self, part: &str) -> Player {
        let file = self.region.file().as_raw_fd();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &self.test, "--nocapture", "--test-threads=1"])
            .env(PART, format!("{}/{file}/{part}", std::process::id()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Player { part: part.to_owned(), child }
    }

    /// Starts `count` processes that play the parts `part/0`, `part/1` ...
    pub(crate) fn start_all(&self, part: &str, count: usize) -> Vec<Player> {
        let parts = (0..count).map(|at| self.start(&format!("{part}/{at}")));
        parts.collect()
    }
}

/// Plays a test: `lead` in the first process, `part` in those that it starts.
/// The region has room for `cells`, beside the cues.
pub(crate) fn play(cells: usize, lead: impl FnOnce(&Stage), part: impl FnOnce(&Stage, &str)) {
    // `sharing::locks::name_of_the_test::{{closure}}`
    let path = type_name_of_val(&lead);
    let test = path.split_once("::").unwrap().1.rsplit_once("::").unwrap().0;
    let test = test.to_owned();
    let Ok(role) = std::env::var(PART) else {
        let region = Region::create(CUES * Event::CELLS + cells).unwrap();
        return lead(&Stage { test, region });
    };
    let [pid, file, name] = role.splitn(3, '/').collect::<Vec<_>>()[..] else { panic!("{role}") };
    let file =
        File::options().read(true).write(true).open(format!("/proc/{pid}/fd/{file}")).unwrap();
    let region = Region::attach(file.into()).unwrap();
    part(&Stage { test, region }, name);
}

/// Another process that plays a part. Killed when it is dropped.
pub(crate) struct Player {
    part: String,
    child: Child,
}

impl Player {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops it where it is, until it is killed.
    pub(crate) fn suspend(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
        let stat = format!("/proc/{}/stat", self.pid());
        until("it is stopped", || {
            let stat = std::fs::read_to_string(&stat).unwrap();
            stat.rsplit_once(") ").unwrap().1.starts_with('T')
        });
    }

    /// Kills it, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has played its part, and makes sure that it played it well.
    #[track_caller]
    pub(crate) fn end(mut self) {
        let mut status = None;
        until(&format!("the end of {}", self.part), || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(status.unwrap().success(), "{}: {status:?}", self.part);
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for all of them.
#[track_caller]
pub(crate) fn end_all(players: Vec<Player>) {
    players.into_iter().for_each(Player::end);
}
