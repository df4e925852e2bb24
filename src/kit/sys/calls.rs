//! The system call that a thread waits in, as `/proc/PID/task/TID/syscall` shows it; see
//! `proc_pid_syscall(5)`.

/// What a line of that file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// It runs, or could.
    Running,
    /// It waits in the call with this number, which differs between processors, and this first
    /// argument. -1 for a wait outside of any call, which has no arguments.
    Waiting { number: i64, first: u64 },
}

impl Call {
    /// Reads such a line; `None` if it is none.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let number = match words.next()? {
            "running" => return Some(Self::Running),
            number => number.parse().ok()?,
        };
        let first = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
        Some(Self::Waiting { number, first })
    }
}

/// Whether this call waits for one of several descriptors. Its first argument is their number or a
/// list of them, and 0 if there is none.
pub fn is_poll(number: i64) -> bool {
    #[cfg(target_arch = "x86_64")]
    if matches!(number, libc::SYS_select | libc::SYS_poll) {
        return true;
    }
    matches!(number, libc::SYS_pselect6 | libc::SYS_ppoll)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_call_and_its_first_argument() {
        let waiting = |number, first| Some(Call::Waiting { number, first });
        assert_eq!(Call::parse("running\n"), Some(Call::Running));
        assert_eq!(Call::parse("202 0x600010 0x89 0x0\n"), waiting(202, 0x60_0010));
        assert_eq!(Call::parse("-1 0x7ffe 0x7f01\n"), waiting(-1, 0x7ffe));
        for line in ["", "202", "202 17", "x 0x1"] {
            assert_eq!(Call::parse(line), None, "{line}");
        }
    }
}
