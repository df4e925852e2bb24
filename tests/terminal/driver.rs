//! A terminal for the real program: a pseudo-terminal with an emulator behind it.
//!
//! The program is the leader of a session of its own with the terminal in front. What
//! it writes goes through an emulator; every wait is for a condition, has a deadline
//! and shows the last screen when it fails.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{Termios, tcgetattr};
use vt100::{MouseProtocolMode, Parser, Screen};

/// Long enough for a machine that does something else meanwhile.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// What the program writes to switch to its own screen, and back.
pub(crate) const ENTER: &[u8] = b"\x1b[?1049h";
pub(crate) const LEAVE: &[u8] = b"\x1b[?1049l";

/// How to start it.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) size: (u16, u16),
    /// The program and its arguments.
    pub(crate) command: Vec<String>,
    pub(crate) env: Vec<(&'static str, &'static str)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            size: (100, 30),
            command: vec![program()],
            env: vec![("TERM", "xterm-256color"), ("LANG", "C.UTF-8")],
        }
    }
}

/// The program under test.
pub(crate) fn program() -> String {
    env!("CARGO_BIN_EXE_threadbare").to_owned()
}

impl Setup {
    pub(crate) fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.command.extend(args.iter().map(ToString::to_string));
        self
    }

    /// Runs a shell script instead; the program is its `$0`.
    pub(crate) fn script(mut self, script: &str) -> Self {
        self.command = ["sh", "-c", script, &program()].map(str::to_owned).into();
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: &'static str) -> Self {
        self.env.push((name, value));
        self
    }

    pub(crate) fn start(self) -> Tty {
        Tty::start(&self)
    }
}

/// The terminal's side.
pub(crate) struct Tty {
    pub(crate) pid: Pid,
    shared: Arc<Shared>,
    input: Option<Box<dyn Write + Send>>,
    master: Option<Box<dyn MasterPty + Send>>,
    /// The program's side, for its settings.
    device: File,
    /// Settings of the terminal before the program started.
    pub(crate) before: Termios,
    exit: Receiver<ExitStatus>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Default)]
pub(crate) struct Seen {
    parser: Parser,
    pub(crate) bytes: Vec<u8>,
    /// The terminal does not read, as if its user had gone to sleep.
    stalled: bool,
    closing: bool,
}

impl Seen {
    pub(crate) fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    pub(crate) fn text(&self) -> String {
        self.screen().contents()
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// How often these bytes were written.
    pub(crate) fn count(&self, bytes: &[u8]) -> usize {
        self.bytes.windows(bytes.len()).filter(|w| *w == bytes).count()
    }
}

/// Sizes that the emulator stands; smaller ones are the program's problem alone.
fn emulated((columns, rows): (u16, u16)) -> (NonZeroU16, NonZeroU16) {
    let at_least = |n: u16| NonZeroU16::new(n.max(2)).unwrap();
    (at_least(rows), at_least(columns))
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, ..PtySize::default() }
}

impl Tty {
    pub(crate) fn start(setup: &Setup) -> Self {
        let pair = native_pty_system().openpty(pty_size(setup.size)).unwrap();
        let mut command = CommandBuilder::new(&setup.command[0]);
        command.args(&setup.command[1..]);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        // What is achieved in a test is no achievement of the user.
        command.env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"));
        for (name, value) in &setup.env {
            command.env(name, value);
        }
        let device = File::open(pair.master.tty_name().unwrap()).unwrap();
        let before = tcgetattr(&device).unwrap();
        let shared = Arc::new(Shared::default());
        let (rows, columns) = emulated(setup.size);
        shared.seen.lock().unwrap().parser = Parser::new(rows, columns, 0);
        let source = pair.master.try_clone_reader().unwrap();
        let reader = read(source, Arc::clone(&shared));
        let child = pair.slave.spawn_command(command).unwrap();
        let pid = Pid::from_raw(child.process_id().unwrap().cast_signed()).unwrap();
        Self {
            pid,
            shared,
            input: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            device,
            before,
            exit: wait_for(child),
            reader: Some(reader),
        }
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.seen.lock().unwrap()
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.input.as_mut().unwrap().write_all(bytes.as_ref()).unwrap();
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        let (emulated_rows, emulated_columns) = emulated((columns, rows));
        self.seen().parser.set_size(emulated_rows, emulated_columns);
        let master = self.master.as_ref().unwrap();
        master.resize(pty_size((columns, rows))).unwrap();
    }

    /// Waits until what was seen is as wanted.
    pub(crate) fn until(&self, what: &str, wanted: impl Fn(&Seen) -> bool) {
        let deadline = Instant::now() + TIMEOUT;
        let mut seen = self.seen();
        while !wanted(&seen) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "not in time: {what}; the screen:\n{}\nlast bytes: {}",
                seen.text(),
                tail(&seen.bytes)
            );
            // Some conditions change without a byte.
            let short = left.min(Duration::from_millis(20));
            seen = self.shared.changed.wait_timeout(seen, short).unwrap().0;
        }
    }

    pub(crate) fn until_text(&self, text: &str) {
        self.until(text, |seen| seen.has(text));
    }

    /// Waits until the first frame is there.
    pub(crate) fn until_open(&self) {
        self.until("the first frame", |seen| seen.screen().alternate_screen() && seen.has("quit"));
    }

    pub(crate) fn stall(&self, stalled: bool) {
        self.seen().stalled = stalled;
        self.shared.changed.notify_all();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // One that is gone already needs no signal.
        let _ = kill_process(self.pid, signal);
    }

    /// Waits for the end of the program.
    pub(crate) fn exit(&self) -> ExitStatus {
        let status = self.exit.recv_timeout(TIMEOUT);
        status.unwrap_or_else(|_| panic!("did not end; the screen:\n{}", self.seen().text()))
    }

    /// Does something again and again until the program has ended. For what the program may take
    /// as one, however often it is done.
    pub(crate) fn exit_while(&self, mut again: impl FnMut()) -> ExitStatus {
        let deadline = Instant::now() + TIMEOUT;
        while Instant::now() < deadline {
            again();
            if let Ok(status) = self.exit.recv_timeout(Duration::from_millis(20)) {
                return status;
            }
        }
        self.exit()
    }

    /// Waits until everything written so far has been seen: until a mark that is sent through the
    /// same pseudoterminal has come back.
    pub(crate) fn settle(&self) {
        let mark = b"\x1b]0;seen\x07";
        let before = self.seen().count(mark);
        let name = self.master.as_ref().unwrap().tty_name().unwrap();
        File::options().write(true).open(name).unwrap().write_all(mark).unwrap();
        self.until("the end of what was written", |seen| seen.count(mark) > before);
    }

    pub(crate) fn settings(&self) -> Termios {
        tcgetattr(&self.device).unwrap()
    }

    /// Waits until no process of the program's session is left.
    pub(crate) fn until_alone(&self) {
        self.until("all other processes to end", |_| self.session().is_empty());
    }

    /// All processes of the program's session.
    fn session(&self) -> Vec<Pid> {
        let session = self.pid.as_raw_nonzero().to_string();
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let stats = processes
            .filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok());
        // After the name, which may hold anything: state, parent, group, session.
        let members = stats.filter(|stat| {
            let fields = stat.rsplit(") ").next().unwrap_or_default();
            fields.split(' ').nth(3) == Some(&session)
        });
        let pids = members.filter_map(|stat| Pid::from_raw(stat.split(' ').next()?.parse().ok()?));
        pids.collect()
    }

    /// The terminal is as it was found, was left as often as it was entered, and
    /// no process is left behind.
    pub(crate) fn assert_restored(&self) {
        self.until_alone();
        self.settle();
        assert_same(&self.before, &self.settings());
        let seen = self.seen();
        let context = || format!("last bytes: {}", tail(&seen.bytes));
        assert_eq!(seen.count(ENTER), seen.count(LEAVE), "{}", context());
        assert!(!seen.screen().alternate_screen(), "{}", context());
        assert!(!seen.screen().hide_cursor(), "{}", context());
        assert!(!seen.screen().bracketed_paste(), "{}", context());
        assert_eq!(seen.screen().mouse_protocol_mode(), MouseProtocolMode::None);
    }

    /// The terminal vanishes, as when its window is closed.
    pub(crate) fn hang_up(&mut self) {
        self.seen().closing = true;
        self.shared.changed.notify_all();
        // The reader only looks up when there is something to read.
        let name = self.master.as_ref().unwrap().tty_name().unwrap();
        let _ = File::options().write(true).open(name).unwrap().write_all(b" ");
        let _ = self.reader.take().unwrap().join();
        self.input = None;
        self.master = None;
    }

    /// Waits until the program's writing thread is stuck because no process reads.
    pub(crate) fn until_stuck(&self) {
        let pid = self.pid.as_raw_nonzero();
        let write = if cfg!(target_arch = "aarch64") { "64 " } else { "1 " };
        self.until("a stuck writer", |_| {
            let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else {
                return false;
            };
            threads.flatten().any(|thread| {
                let file =
                    |name| std::fs::read_to_string(thread.path().join(name)).unwrap_or_default();
                file("comm").trim() == "terminal-out" && file("syscall").starts_with(write)
            })
        });
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        // Nothing is left behind by a test that failed.
        for pid in self.session() {
            let _ = kill_process(pid, Signal::KILL);
        }
        {
            let mut seen =
                self.shared.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            seen.closing = true;
            seen.stalled = false;
        }
        self.shared.changed.notify_all();
    }
}

/// Field by field, so that a difference is named.
pub(crate) fn assert_same(before: &Termios, after: &Termios) {
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}

/// The last bytes, readable.
fn tail(bytes: &[u8]) -> String {
    let from = bytes.len().saturating_sub(400);
    bytes[from..].escape_ascii().to_string()
}

fn read(mut source: Box<dyn Read + Send>, shared: Arc<Shared>) -> JoinHandle<()> {
    thread::Builder::new()
        .spawn(move || {
            let mut buffer = vec![0; 65536];
            loop {
                {
                    let mut seen = shared.seen.lock().unwrap();
                    while seen.stalled && !seen.closing {
                        seen = shared.changed.wait(seen).unwrap();
                    }
                    if seen.closing {
                        return;
                    }
                }
                let Ok(count) = source.read(&mut buffer) else {
                    return;
                };
                if count == 0 {
                    return;
                }
                let mut seen = shared.seen.lock().unwrap();
                seen.parser.process(&buffer[..count]);
                seen.bytes.extend_from_slice(&buffer[..count]);
                shared.changed.notify_all();
            }
        })
        .unwrap()
}

fn wait_for(mut child: Box<dyn Child + Send + Sync>) -> Receiver<ExitStatus> {
    let (sender, receiver) = bounded(1);
    thread::Builder::new()
        .spawn(move || {
            let status = child.wait().unwrap();
            let _ = sender.send(status);
        })
        .unwrap();
    receiver
}
