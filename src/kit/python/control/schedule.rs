//! A schedule: where another thread is next than the one that would be by default.
//!
//! ```text
//!   thread   a: main        b: adder-1     c: adder-2
//!   a4b      at its 4th point main gives way to adder-1
//!   b2c      at its 2nd point adder-1 gives way to adder-2
//!   rest     the one that runs goes on until it cannot, then the one that was started first
//! ```
//!
//! Points are counted for each thread alone. With one count for all, leaving out a switch would
//! move all that follow, and nothing could be shortened.

use std::fmt::Write as _;

/// Switches of a schedule that is read at most.
const MOST: usize = 10_000;

/// At its scheduling point `point`, counted from 1, `thread` gives way to `next`. Both are
/// counted from 1, in the order in which they were started; 1 is the main thread. The points of
/// a thread are its own, so a switch keeps its meaning if one of another thread is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForcedSwitch {
    pub thread: u16,
    pub point: u32,
    pub next: u16,
}

/// Why a text is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSchedule {
    #[error("`{0}` is no switch, such as a12b")]
    Switch(String),
    #[error("it has more than {MOST} switches")]
    TooLong,
}

/// A schedule as text: `a12b.b3a`, threads as letters; `0` if it has no switch. It is the middle
/// of a replay code, so it has no character that a shell or a sentence would take for its own.
pub fn encode(schedule: &[ForcedSwitch]) -> String {
    let mut text = String::new();
    for (n, switch) in schedule.iter().enumerate() {
        let dot = if n == 0 { "" } else { "." };
        let (thread, next) = (letters(switch.thread), letters(switch.next));
        // Writing to a string cannot fail.
        let _ = write!(text, "{dot}{thread}{}{next}", switch.point);
    }
    if text.is_empty() { "0".to_owned() } else { text }
}

/// What [`encode`] made. A code is typed by people: the error names the part that is none.
///
/// # Errors
/// If it made no such text.
pub fn decode(text: &str) -> Result<Vec<ForcedSwitch>, BadSchedule> {
    if text == "0" {
        return Ok(Vec::new());
    }
    if text.split('.').count() > MOST {
        return Err(BadSchedule::TooLong);
    }
    let switch = |part: &str| read(part).ok_or_else(|| BadSchedule::Switch(part.to_owned()));
    text.split('.').map(switch).collect()
}

fn read(part: &str) -> Option<ForcedSwitch> {
    let digits = part.find(|c: char| c.is_ascii_digit())?;
    let after = part.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (thread, next) = (number(&part[..digits])?, number(&part[after..])?);
    let point = part[digits..after].parse().ok().filter(|point| *point > 0)?;
    Some(ForcedSwitch { thread, point, next })
}

/// a to z, then aa: the columns of a spreadsheet.
fn letters(mut number: u16) -> String {
    let mut letters = Vec::new();
    while number > 0 {
        number -= 1;
        letters.push(b'a' + (number % 26).to_le_bytes()[0]);
        number /= 26;
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}

fn number(letters: &str) -> Option<u16> {
    let digit = |byte: u8| byte.is_ascii_lowercase().then(|| u16::from(byte - b'a') + 1);
    let add = |sum: u16, byte: u8| sum.checked_mul(26)?.checked_add(digit(byte)?);
    letters.bytes().try_fold(0, add).filter(|number| *number > 0)
}
