//! Tests in several processes. Each of them is this very program, which runs the same test
//! alone, in another role, with the same shared memory attached.

use std::any::type_name_of_val;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use threadbare::kit::limit::Limit;
use threadbare::kit::proc_stat;
use threadbare::kit::shared::{Event, Layout, Region};
use threadbare::kit::stop::Stop;

const ROLE: &str = "THREADBARE_TEST_ROLE";
/// Events at the beginning of each region, by which the processes wait for each other.
const POINTS: usize = 4;

/// The program whose workers are tested.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_threadbare"))
}

/// Long enough for the slowest machine; reached only when something hangs.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) fn soon() -> Limit {
    Limit::within(TIMEOUT)
}

/// A wait that is to run into its limit.
pub(crate) const SHORT: Duration = Duration::from_millis(30);

pub(crate) fn short() -> Limit {
    Limit::within(SHORT)
}

/// Waits until `condition` holds.
#[track_caller]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        Stop::new().sleep(Duration::from_millis(1));
    }
}

/// A test and its shared memory, seen by one of its processes.
pub(crate) struct SharedTest {
    /// Its name, by which the other processes run it alone.
    name: String,
    region: Region,
}

impl SharedTest {
    /// Where the tools of the test are laid out.
    pub(crate) fn layout(&self) -> Layout {
        self.split().1
    }

    /// Signals the others that this point is reached.
    pub(crate) fn signal(&self, point: usize) {
        self.split().0[point].set();
    }

    /// Waits until another process has reached that point.
    #[track_caller]
    pub(crate) fn wait_for(&self, point: usize) {
        self.split().0[point].wait(&soon()).unwrap();
    }

    fn split(&self) -> ([Event; POINTS], Layout) {
        let mut layout = self.region.layout();
        (std::array::from_fn(|_| Event::new(&mut layout)), layout)
    }

    /// Starts another process in this role.
    pub(crate) fn start(&self, role: &str) -> TestProcess {
        let file = self.region.file().as_raw_fd();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &self.name, "--nocapture", "--test-threads=1"])
            .env(ROLE, format!("{}/{file}/{role}", std::process::id()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        TestProcess { role: role.to_owned(), child }
    }

    /// Starts `count` processes in the roles `role/0`, `role/1` ...
    pub(crate) fn start_all(&self, role: &str, count: usize) -> Vec<TestProcess> {
        (0..count).map(|at| self.start(&format!("{role}/{at}"))).collect()
    }
}

/// Runs a test: `parent` in the first process, `child` in those that it starts, with the role
/// of each. The region has room for `cells`, beside the points.
pub(crate) fn in_processes(
    cells: usize,
    parent: impl FnOnce(&SharedTest),
    child: impl FnOnce(&SharedTest, &str),
) {
    // `sharing::locks::name_of_the_test::{{closure}}`
    let path = type_name_of_val(&parent);
    let name = path.split_once("::").unwrap().1.rsplit_once("::").unwrap().0;
    let name = name.to_owned();
    let Ok(given) = std::env::var(ROLE) else {
        let region = Region::create(POINTS * Event::CELLS + cells).unwrap();
        return parent(&SharedTest { name, region });
    };
    let [pid, file, role] = given.splitn(3, '/').collect::<Vec<_>>()[..] else { panic!("{given}") };
    let file =
        File::options().read(true).write(true).open(format!("/proc/{pid}/fd/{file}")).unwrap();
    let region = Region::attach(file.into()).unwrap();
    child(&SharedTest { name, region }, role);
}

/// Another process of a test. Killed when it is dropped.
pub(crate) struct TestProcess {
    role: String,
    child: Child,
}

impl TestProcess {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops it where it is, until it is killed.
    pub(crate) fn suspend(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
        until("it is stopped", || proc_stat::state_of(self.pid()).unwrap() == 'T');
    }

    /// Kills it, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended, and makes sure that its part of the test passed.
    #[track_caller]
    pub(crate) fn end(mut self) {
        let mut status = None;
        until(&format!("the end of {}", self.role), || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(status.unwrap().success(), "{}: {status:?}", self.role);
    }
}

impl Drop for TestProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for all of them.
#[track_caller]
pub(crate) fn end_all(processes: Vec<TestProcess>) {
    processes.into_iter().for_each(TestProcess::end);
}
