//! Tests that need a process to themselves: what they count or limit belongs to all
//! tests of a binary otherwise.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

const ROLE: &str = "THREADBARE_TEST_ROLE";

/// This very program, running one test alone in another role.
pub(crate) fn command(test: &str, role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    arguments(&mut command, test, role);
    command
}

/// The same, started by `starter`, which gets the program as its next argument.
pub(crate) fn through(mut starter: Command, test: &str, role: &str) -> Command {
    starter.arg(std::env::current_exe().unwrap());
    arguments(&mut starter, test, role);
    starter
}

fn arguments(command: &mut Command, test: &str, role: &str) {
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .stdin(Stdio::null());
}

/// The role that this process was given, if any.
pub(crate) fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// Runs `body` in a process of its own: `test` is the full name of the calling test.
#[track_caller]
pub(crate) fn alone(test: &str, body: impl FnOnce()) {
    if role().is_some() {
        return body();
    }
    succeed(&mut command(test, "alone"));
}

/// The same, as a user without privileges that runs nothing else: limits on the number of
/// processes do not hold for root. A test that does not run as root keeps its own user.
#[track_caller]
pub(crate) fn alone_unprivileged(test: &str, body: impl FnOnce()) {
    static USERS: AtomicU32 = AtomicU32::new(0);
    if role().is_some() {
        return body();
    }
    let mut command = command(test, "alone");
    if rustix::process::getuid().is_root() {
        let number = USERS.fetch_add(1, Ordering::Relaxed);
        let user = 1_000_000 + std::process::id() * 16 + number;
        command.uid(user).gid(user);
    }
    succeed(&mut command);
}

#[track_caller]
fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    let outputs =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}\n{}", outputs[0], outputs[1]);
}
