//! How a process ended.

use std::fmt;

use crate::kit::event::Ending;
use crate::kit::wire::pack;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    Exited(i32),
    Signalled(i32),
    /// The system did not report it: children are not waited for where the process that started this
    /// program ignores `SIGCHLD`, and a fork server that is gone reports nothing.
    Unknown,
}

impl Death {
    pub(crate) fn of(code: Option<i32>, signal: Option<i32>) -> Self {
        match (code, signal) {
            (Some(code), _) => Self::Exited(code),
            (None, Some(signal)) => Self::Signalled(signal),
            (None, None) => Self::Unknown,
        }
    }

    /// As a shell reports it: the exit code, or 128 and the signal's number.
    pub fn code(self) -> Option<i32> {
        match self {
            Self::Exited(code) => Some(code),
            Self::Signalled(signal) => Some(128 + signal),
            Self::Unknown => None,
        }
    }

    pub(crate) fn to_bytes(self) -> [u8; 5] {
        let (kind, number) = match self {
            Self::Exited(code) => (0, code),
            Self::Signalled(signal) => (1, signal),
            Self::Unknown => (2, 0),
        };
        let [a, b, c, d] = number.to_le_bytes();
        [kind, a, b, c, d]
    }

    /// `None` if the bytes do not encode a death.
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
            Self::Unknown => f.write_str("ended, nobody knows how"),
        }
    }
}

impl From<Death> for Ending {
    fn from(death: Death) -> Self {
        match death {
            Death::Exited(code) => Self::Exited { code },
            Death::Signalled(signal) => Self::Killed { signal },
            Death::Unknown => Self::Stopped,
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
