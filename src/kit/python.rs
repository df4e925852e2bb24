//! A real CPython beside us, for measuring the peer instead of quoting it.
//!
//! A script runs in a process group of its own, and a few lines in front of it watch
//! our end of its standard input: when we are gone, however that came about, it and
//! everything it forked ends. Must not know what the script measures.

use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::job;
use super::stop::Stop;

const WATCH: &str = include_str!("../../assets/python/watch.py");
/// How long a wait for output goes on before it looks at the stop flag.
const GLANCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};
/// Characters of an error message that are worth repeating.
const LAST_WORDS: usize = 200;

/// An interpreter that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    program: PathBuf,
}

impl Python {
    /// The first `python3` on the path.
    pub fn find() -> Option<Self> {
        let path = std::env::var_os("PATH")?;
        let program = std::env::split_paths(&path)
            .map(|folder| folder.join("python3"))
            .find(|file| file.is_file())?;
        Some(Self { program })
    }

    /// Runs `script` with `arguments` and gives each line of its output to `line`.
    ///
    /// # Errors
    /// One sentence: it could not be started, ended with an error (its last words), did
    /// not end within `limit`, or was told to stop. Whatever it started is gone then.
    pub fn run(
        &self,
        script: &str,
        arguments: &[String],
        limit: Duration,
        stop: &Stop,
        mut line: impl FnMut(&str),
    ) -> Result<(), String> {
        let deadline = Instant::now() + limit;
        let mut group = Group::start(self, script, arguments)
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        let stdout = group.child.stdout.take().ok_or("it has no output")?;
        let mut stdout = BufReader::new(stdout);
        let mut text = String::new();
        while wait_for_output(&stdout, deadline, stop)? {
            text.clear();
            match stdout.read_line(&mut text) {
                Ok(0) => break,
                Ok(_) => line(text.trim_end()),
                Err(error) => return Err(error.to_string()),
            }
        }
        group.finish()
    }
}

/// Whether there is something to read, end-of-file included; an error when the time is
/// up or a stop was requested.
fn wait_for_output(
    stdout: &BufReader<ChildStdout>,
    deadline: Instant,
    stop: &Stop,
) -> Result<bool, String> {
    loop {
        if stop.requested() {
            return Err("told to stop".to_owned());
        }
        if Instant::now() >= deadline {
            return Err("it did not end in time".to_owned());
        }
        if !stdout.buffer().is_empty() {
            return Ok(true);
        }
        let mut ready = [PollFd::new(stdout.get_ref(), PollFlags::IN)];
        match poll(&mut ready, Some(&GLANCE)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(true),
            Err(error) => return Err(io::Error::from(error).to_string()),
        }
    }
}

/// The interpreter and whatever it forks. Dropping it kills and reaps them.
#[derive(Debug)]
struct Group {
    child: Child,
}

impl Group {
    fn start(python: &Python, script: &str, arguments: &[String]) -> io::Result<Self> {
        let mut command = Command::new(&python.program);
        command
            // Without user site or warnings: neither belongs to what is measured.
            .args(["-s", "-W", "ignore", "-c"])
            .arg(format!("{WATCH}\n{script}"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let child = job::start(&mut command)?;
        Ok(Self { child })
    }

    /// Waits for the end, which output has announced.
    fn finish(&mut self) -> Result<(), String> {
        let mut last_words = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            let _ = stderr.take(1 << 16).read_to_string(&mut last_words);
        }
        // Its standard input must stay open until it has ended by itself.
        let input = self.child.stdin.take();
        let status = self.child.wait().map_err(|error| error.to_string())?;
        drop(input);
        if status.success() {
            return Ok(());
        }
        let last = last_words
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("no message");
        let last: String = last.chars().take(LAST_WORDS).collect();
        Err(format!("it ended with {status}: {last}"))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
            && !matches!(self.child.try_wait(), Ok(Some(_)))
        {
            let _ = kill_process_group(group, Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// Nothing to test where there is no Python; the machine that checks changes has one.
    fn run(
        script: &str,
        limit: Duration,
        stop: &Stop,
    ) -> Option<(Result<(), String>, Vec<String>)> {
        let mut lines = Vec::new();
        let arguments = ["one".to_owned()];
        let result = Python::find()?.run(script, &arguments, limit, stop, |line| {
            lines.push(line.to_owned());
        });
        Some((result, lines))
    }

    #[test]
    fn lines_arrive_in_order() {
        let Some((result, lines)) = run("print(sys.argv[1]); print('two')", PATIENCE, &Stop::new())
        else {
            return;
        };
        assert_eq!(
            (result, lines),
            (Ok(()), vec!["one".to_owned(), "two".to_owned()])
        );
    }

    #[test]
    fn an_error_is_its_last_words() {
        let Some((result, _)) = run("raise ValueError('no such thing')", PATIENCE, &Stop::new())
        else {
            return;
        };
        assert_eq!(
            result.unwrap_err(),
            "it ended with exit status: 1: ValueError: no such thing"
        );
    }

    #[test]
    fn a_script_that_does_not_end_is_ended_with_all_it_forked() {
        let script = "print(os.fork() or os.getpid(), flush=True)\nimport time; time.sleep(3600)";
        let Some((result, lines)) = run(script, Duration::from_secs(2), &Stop::new()) else {
            return;
        };
        assert_eq!(result.unwrap_err(), "it did not end in time");
        // Killed with its group; a zombie that its new parent has not reaped yet counts as gone.
        for pid in lines {
            let gone = || {
                std::fs::read_to_string(format!("/proc/{pid}/stat"))
                    .map_or(true, |stat| stat.contains(") Z"))
            };
            let deadline = Instant::now() + PATIENCE;
            while !gone() {
                assert!(Instant::now() < deadline, "process {pid} is still there");
                std::thread::yield_now();
            }
        }
    }

    #[test]
    fn a_stop_request_ends_it() {
        let stop = Stop::new();
        stop.request();
        let Some((result, _)) = run("import time; time.sleep(3600)", PATIENCE, &stop) else {
            return;
        };
        assert_eq!(result.unwrap_err(), "told to stop");
    }
}
