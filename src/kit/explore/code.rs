//! Schedules as text: a letter for each thread, and how many steps it takes in a row. `ab3`
//! is one step of the first thread and three of the second. A capital is the memory taking
//! one store out of that thread's buffer.
//!
//! What follows without a further switch is left out: when a schedule is used up, `go_on`
//! chooses the steps: of the same thread for as long as it can continue, then of the first
//! that can. So the code of a failure is short enough to be typed or put into a bug report, and
//! stays valid when steps are added behind its last switch.
//!
//! Of two threads with three steps each, none of which ever waits:
//!
//! ```text
//! whole schedule   code   because
//! a a a b b b      0      nothing but what is implied
//! b b b a a a      b      b goes on by itself, and then only a is left
//! a b b b a a      ab     one switch away from a thread that could have continued
//! a b a a b b      aba    the a before the first switch stays, since a code is read from the left
//! ```

use std::iter::Peekable;
use std::str::Chars;

use super::config::STEP_BOUND;
use super::schedule::ScheduleStep;
use super::scheduler::go_on;
use super::trace::Trace;

/// The text of a schedule that leaves everything to what is implied. An empty text would not be
/// seen between the dashes of a replay code.
const NOTHING: &str = "0";

/// Why a text is no schedule. `at` counts characters from 0, messages from 1. A text that passes
/// may still not fit the program: that is [`Refused`](super::Refused).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSchedule {
    /// A character that is neither a letter nor a number behind one.
    #[error("character {}: `{found}` is neither a thread's letter nor a count", .at + 1)]
    Character { at: usize, found: char },
    /// More steps than a run may take, [`STEP_BOUND`].
    #[error("character {}: more than the {STEP_BOUND} steps that a run may take", .at + 1)]
    TooLong { at: usize },
}

/// The text of a schedule; `0` for an empty one. Threads are below
/// [`MOST_THREADS`](super::MOST_THREADS), so each has a letter. Equal steps in a row become one
/// letter and their number, so a text is as long as the schedule has switches, not as it has steps.
pub fn encode(schedule: &[ScheduleStep]) -> String {
    if schedule.is_empty() {
        return NOTHING.to_owned();
    }
    let mut text = String::new();
    for same in schedule.chunk_by(|one, next| one == next) {
        text.push(letter(same[0]));
        if same.len() > 1 {
            text.push_str(&same.len().to_string());
        }
    }
    text
}

/// The schedule of a text. Whether the program can take it is found out by running it.
///
/// # Errors
/// If it is none, and where.
pub fn decode(text: &str) -> Result<Vec<ScheduleStep>, BadSchedule> {
    if text == NOTHING {
        return Ok(Vec::new());
    }
    let mut schedule = Vec::new();
    let mut rest = text.chars().peekable();
    let mut at = 0;
    while let Some(found) = rest.next() {
        let choice = choice(found).ok_or(BadSchedule::Character { at, found })?;
        // Checked before the steps are stored: `a999999999` must not allocate.
        let room = STEP_BOUND - schedule.len();
        let (count, digits) = count(&mut rest, room).ok_or(BadSchedule::TooLong { at })?;
        schedule.extend(std::iter::repeat_n(choice, count));
        at += 1 + digits;
    }
    Ok(schedule)
}

/// The part of a trace's schedule that is not implied: up to its last step that `go_on` would not
/// have chosen. Replaying it leads to the same run, as long as the program is the same.
pub fn essential(trace: &Trace) -> Vec<ScheduleStep> {
    let mut schedule: Vec<ScheduleStep> = trace.steps().iter().map(|step| step.choice).collect();
    let mut implied = Vec::with_capacity(schedule.len());
    let mut last = None;
    trace.walk(|step, model| {
        if let Some(&choice) = schedule.get(step) {
            implied.push(go_on(model.ready(), last) == Some(choice));
            if choice.is_step() {
                last = Some(choice);
            }
        }
    });
    // Implied steps before the last other one stay: the code is read from the left.
    let needed = implied.iter().rposition(|implied| !implied);
    schedule.truncate(needed.map_or(0, |last| last + 1));
    schedule
}

/// The letter of a step: the small one of its thread, or the capital for a drain. [`choice`] is its
/// inverse.
fn letter(choice: ScheduleStep) -> char {
    match choice {
        ScheduleStep::Thread(thread) => char::from(b'a' + thread),
        ScheduleStep::Drain(thread) => char::from(b'A' + thread),
    }
}

/// The step of a letter; `None` for any other character. Whether the program has such a thread is
/// not known here.
fn choice(letter: char) -> Option<ScheduleStep> {
    // The match below has made sure that the difference is one of 26.
    let number = |first| u8::try_from(u32::from(letter) - u32::from(first)).ok();
    match letter {
        'a'..='z' => number('a').map(ScheduleStep::Thread),
        'A'..='Z' => number('A').map(ScheduleStep::Drain),
        _ => None,
    }
}

/// The count that follows, and of how many digits; one if there is none. `None` if it is
/// more than `most`.
fn count(rest: &mut Peekable<Chars<'_>>, most: usize) -> Option<(usize, usize)> {
    let (mut count, mut digits) = (0usize, 0);
    while let Some(digit) = rest.peek().and_then(|it| it.to_digit(10)) {
        rest.next();
        digits += 1;
        count = count.checked_mul(10)?.checked_add(digit as usize)?;
    }
    let count = if digits == 0 { 1 } else { count };
    (count <= most).then_some((count, digits))
}
