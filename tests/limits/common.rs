//! The program under limits: its own user, its own folder for temporary files, and a check
//! that nothing is left of it afterwards.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getuid, kill_process};
use serde_json::Value;
use threadbare::kit::stop::Stop;

/// Long enough for the slowest machine; reached only when something hangs.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Names the processes of one run, which they inherit from each other.
const MARK: &str = "THREADBARE_LIMITS_TEST";

/// A limit of the system, as `prlimit` takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Processes and threads of the user.
    Processes(u64),
    /// The greatest number of a descriptor, plus one.
    Descriptors(u64),
    /// Bytes of a file.
    FileSize(u64),
}

impl Limit {
    fn option(self) -> String {
        match self {
            Self::Processes(n) => format!("--nproc={n}"),
            Self::Descriptors(n) => format!("--nofile={n}"),
            Self::FileSize(n) => format!("--fsize={n}"),
        }
    }

    /// Whether it means anything to this user: the superuser may have any number of
    /// processes, and others than the superuser cannot become a user without any.
    pub(crate) fn applies(self) -> bool {
        !matches!(self, Self::Processes(_)) || getuid().is_root()
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) what: String,
    pub(crate) output: Output,
}

impl Ended {
    pub(crate) fn status(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub(crate) fn stderr(&self) -> &str {
        std::str::from_utf8(&self.output.stderr).unwrap()
    }

    /// The object of `--format json`, if it was written.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.output.stdout).ok()
    }
}

/// Runs the program with these arguments under `limit`, to its end, and sees that nothing
/// of it is left.
#[track_caller]
pub(crate) fn run_under(limit: Limit, args: &[&str], stdout: Stdio) -> Ended {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let number = RUNS.fetch_add(1, Ordering::Relaxed);
    let mark = format!("{}-{number}", std::process::id());
    // Of its own, because the system counts processes by user; below what a container maps.
    let user = 20_000 + (std::process::id() * 64 + number) % 40_000;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let mut command = Command::new("prlimit");
    command
        .arg(limit.option())
        .arg(program())
        .args(args)
        .env(MARK, &mark)
        .env("TMPDIR", folder.path())
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped());
    if getuid().is_root() {
        command.uid(user).gid(user);
    }
    let what = format!("{limit:?}: threadbare {}", args.join(" "));
    let child = command.spawn().unwrap();
    let group = child.id();
    let output = within(&what, group, move || child.wait_with_output().unwrap());
    let ended = Ended { what, output };
    let (what, error) = (&ended.what, ended.stderr());
    assert_eq!(processes(&mark), Vec::<u32>::new(), "{what} left: {error}");
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(files.is_empty(), "{what} left files: {files:?}");
    let printed = String::from_utf8_lossy(&ended.output.stdout);
    assert!(![&printed, error].iter().any(|text| text.contains("(os error")), "{what}: {error}");
    if getuid().is_root() {
        assert_eq!(shared_memory(user), Vec::<PathBuf>::new(), "{what}");
    }
    ended
}

/// Does `wait` on a thread of its own; kills `pid` and fails if it takes too long.
#[track_caller]
fn within<T: Send + 'static>(what: &str, pid: u32, wait: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = std::sync::mpsc::channel();
    let waiter = std::thread::Builder::new();
    let waiter = waiter.spawn(move || sender.send(wait())).unwrap();
    let got = receiver.recv_timeout(TIMEOUT);
    if got.is_err() {
        let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        let _ = kill_process(pid, Signal::KILL);
    }
    let _ = waiter.join();
    got.unwrap_or_else(|_| panic!("{what} has not ended after {TIMEOUT:?}"))
}

/// The processes with this mark, once those that are just ending have had time to.
fn processes(mark: &str) -> Vec<u32> {
    let wanted = format!("{MARK}={mark}");
    let marked = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes())
    };
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let all = fs::read_dir("/proc").unwrap();
        let all = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let left: Vec<u32> = all.filter(marked).collect();
        if left.is_empty() || Instant::now() > deadline {
            return left;
        }
        Stop::new().sleep(Duration::from_millis(5));
    }
}

fn shared_memory(user: u32) -> Vec<PathBuf> {
    let all = fs::read_dir("/dev/shm").into_iter().flatten().flatten();
    all.filter(|entry| entry.metadata().is_ok_and(|file| file.uid() == user))
        .map(|entry| entry.path())
        .collect()
}

/// The program, where other users can start it.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let built = Path::new(env!("CARGO_BIN_EXE_threadbare"));
        let open = |path: &Path| {
            fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o001 != 0)
        };
        if built.ancestors().all(open) {
            return built.to_owned();
        }
        // It stays until the system clears its folder: no test knows that it is the last.
        let folder = std::env::temp_dir().join("threadbare-limits-test");
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let copy = folder.join("threadbare");
        let fresh = folder.join(format!("threadbare-{}", std::process::id()));
        fs::copy(built, &fresh).unwrap();
        fs::rename(&fresh, &copy).unwrap();
        copy
    })
}
