//! How a process ended, as a value that travels in a frame and reads as a text.

use std::fmt;

use crate::kit::event::Ending;
use crate::kit::wire::pack;

/// How a process ended, in the words of `wait(2)`. Its text is part of errors and findings:
/// "exited with code 3", "was killed by SIGKILL".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// It called `exit` with this code, 0 to 255.
    Exited(i32),
    /// This signal killed it.
    Signalled(i32),
    /// The system did not report it: children are reaped unseen where `SIGCHLD` is ignored, as
    /// the process that started this program may have asked for, and a fork server that is gone
    /// reports nothing.
    Unknown,
}

impl Death {
    /// From what `wait` reports: an exit code, or a signal. Neither is reported for a process
    /// that was not reaped by the asker.
    pub(crate) fn of(code: Option<i32>, signal: Option<i32>) -> Self {
        match (code, signal) {
            (Some(code), _) => Self::Exited(code),
            (None, Some(signal)) => Self::Signalled(signal),
            (None, None) => Self::Unknown,
        }
    }

    /// As a shell reports it: the exit code, or 128 and the signal's number. `None` if it is
    /// unknown.
    pub fn code(self) -> Option<i32> {
        match self {
            Self::Exited(code) => Some(code),
            Self::Signalled(signal) => Some(128 + signal),
            Self::Unknown => None,
        }
    }

    /// As the payload of a frame: one byte for the kind, and a little-endian number.
    pub(crate) fn to_bytes(self) -> [u8; 5] {
        let (kind, number) = match self {
            Self::Exited(code) => (0, code),
            Self::Signalled(signal) => (1, signal),
            Self::Unknown => (2, 0),
        };
        let [a, b, c, d] = number.to_le_bytes();
        [kind, a, b, c, d]
    }

    /// Reads what [`Death::to_bytes`] wrote from the front of `bytes`. `None` if it is no
    /// death.
    pub(crate) fn take(bytes: &mut &[u8]) -> Option<Self> {
        let [kind, number @ ..] = pack::take::<5>(bytes)?;
        let number = i32::from_le_bytes(number);
        match kind {
            0 => Some(Self::Exited(number)),
            1 => Some(Self::Signalled(number)),
            2 => Some(Self::Unknown),
            _ => None,
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exited with code {code}"),
            Self::Signalled(signal) => match signal_hook::low_level::signal_name(*signal) {
                Some(name) => write!(f, "was killed by {name}"),
                None => write!(f, "was killed by signal {signal}"),
            },
            Self::Unknown => f.write_str("ended in an unknown way"),
        }
    }
}

impl From<Death> for Ending {
    fn from(death: Death) -> Self {
        match death {
            Death::Exited(code) => Self::Exited { code },
            Death::Signalled(signal) => Self::Killed { signal },
            Death::Unknown => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_travels() {
        for death in [Death::Exited(0), Death::Exited(-1), Death::Signalled(9), Death::Unknown] {
            assert_eq!(Death::take(&mut &death.to_bytes()[..]), Some(death));
        }
        assert_eq!(Death::take(&mut &[9; 5][..]), None);
        assert_eq!(Death::take(&mut &[0; 4][..]), None);
    }
}
