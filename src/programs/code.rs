//! Replay codes: `list1-k7qa-ab3-x7` is the program `list` of size 1, a version, the
//! schedule, and check digits. A `+` behind the size is the repaired version of the
//! program, a `~` the memory of x86.
//!
//! The version is a hash of the program's code and of the case, so that a schedule is
//! never replayed on a program that it was not made for. Texts about the program and comments
//! are no part of it: a better hint does not make the codes of a course worthless. The check
//! digits are for people who type a code from a slide: see [`check_digits`]. This module does
//! not run it.

use super::all::find;
use super::program::{Case, StepProgram};
use crate::kit::explore::code::{self, BadSchedule};
use crate::kit::explore::{Key, Memory, Refused, ScheduleStep, Trace};

/// Goes up when the explorer takes other steps for the same code: all codes are then refused as
/// made for another version, and none is replayed wrongly.
const ENGINE: u64 = 1;
/// Crockford's base 32: digits and lower-case letters without i, l, o and u, so that none is taken
/// for another one when a code is read out or typed from a slide. Five bits a character.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What a code stands for: everything that decides what a run does. Its schedule was only read, not
/// run; that it fits the program is found out by replaying it.
#[derive(Clone, Debug)]
pub struct Replayed {
    pub program: &'static StepProgram,
    pub case: Case,
    pub schedule: Vec<ScheduleStep>,
}

/// Why a text is no code. Each is one clause, which the command line prints after the code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// It is not made of four parts with `-` between them.
    #[error("not of the form PROGRAM-VERSION-SCHEDULE-CHECK, as in list1-k7qa-ab3-x7")]
    Shape,
    /// The check digits do not fit the rest, so at least one character is wrong.
    #[error("mistyped: the last two characters do not fit the rest")]
    Mistyped,
    #[error("there is no program `{0}`")]
    UnknownProgram(String),
    /// The program has no such size, or has one size only and the code names one.
    #[error("{program} has no size {n}")]
    Size { program: &'static str, n: String },
    /// The marks behind the size name no version of the program: `~` is only for a program with a
    /// choice of memory.
    #[error("{program} has no version `{what}`")]
    Version { program: &'static str, what: String },
    /// The program is not the one that the code was made for: its source or the explorer has
    /// changed, and the same schedule could mean other steps.
    #[error("made for another version of {program}: that was {found}, here it is {now}")]
    OtherVersion { program: &'static str, found: String, now: String },
    #[error("schedule, {0}")]
    Schedule(BadSchedule),
    /// The program cannot take the schedule's steps: a thread is blocked, or has ended.
    #[error("{0}")]
    Unplayable(Refused),
    /// A code of one program was given where another one had been named, as by `explore list
    /// --replay`.
    #[error("it is a code of {program}, not of {asked}")]
    OtherProgram { asked: String, program: &'static str },
}

/// The code of a run. Steps that follow from the others are left out, so it is short enough to
/// be read out.
pub fn encode(program: &StepProgram, case: Case, trace: &Trace) -> String {
    let schedule = code::encode(&code::essential(trace));
    let text = format!("{}-{}-{schedule}", name(program, case), version(program, case));
    let check = check_digits(&text);
    format!("{text}-{check}")
}

/// Reads a code. The check digits come first, so that a mistyped character is reported as such and
/// not as an unknown program.
///
/// # Errors
/// Why it is none, or none of this build's programs.
pub fn decode(text: &str) -> Result<Replayed, BadCode> {
    let text = text.trim();
    let parts: Vec<&str> = text.split('-').collect();
    let [name, found, schedule, check] = parts[..] else {
        return Err(BadCode::Shape);
    };
    if check_digits(&text[..text.len() - check.len() - 1]) != check {
        return Err(BadCode::Mistyped);
    }
    let (program, case) = read_name(name)?;
    let now = version(program, case);
    if found != now {
        return Err(BadCode::OtherVersion { program: program.id, found: found.to_owned(), now });
    }
    let schedule = code::decode(schedule).map_err(BadCode::Schedule)?;
    Ok(Replayed { program, case, schedule })
}

fn name(program: &StepProgram, case: Case) -> String {
    let mut name = program.id.to_owned();
    if program.size.is_some() {
        name.push_str(&case.n.to_string());
    }
    if case.repaired {
        name.push('+');
    }
    if program.has_memory_choice() && case.memory == Memory::Tso {
        name.push('~');
    }
    name
}

fn read_name(name: &str) -> Result<(&'static StepProgram, Case), BadCode> {
    let letters = name.find(|found: char| !found.is_ascii_lowercase()).unwrap_or(name.len());
    let (id, rest) = name.split_at(letters);
    let program = find(id).ok_or_else(|| BadCode::UnknownProgram(id.to_owned()))?;
    let end = rest.find(|found: char| !found.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, marks) = rest.split_at(end);
    let n = match (program.size, digits) {
        (None, "") => Some(0),
        (Some(size), digits) => {
            let n = digits.parse().ok();
            n.filter(|n| (size.least..=size.most).contains(n))
        }
        _ => None,
    };
    let n = n.ok_or_else(|| BadCode::Size { program: program.id, n: digits.to_owned() })?;
    let (repaired, memory) = match marks {
        "" => (false, Memory::Sc),
        "+" => (true, Memory::Sc),
        "~" if program.has_memory_choice() => (false, Memory::Tso),
        "+~" if program.has_memory_choice() => (true, Memory::Tso),
        _ => {
            return Err(BadCode::Version { program: program.id, what: marks.to_owned() });
        }
    };
    Ok((program, Case { n, repaired, memory }))
}

/// Four characters that depend on the program's code and on the case: 20 bits of a hash. Two
/// versions of a program are taken for one another about once in a million.
fn version(program: &StepProgram, case: Case) -> String {
    let mut key = Key::default();
    key.take(ENGINE);
    key.take_text(&name(program, case));
    // Each up to its comment, which may be a mark.
    let code = |(_, line): (u32, &'static str)| line.split("//").next().map(str::trim);
    let lines = program.source.body().filter_map(code).filter(|line| !line.is_empty());
    lines.for_each(|line| key.take_text(line));
    let hash = key.short();
    (0..4).map(|place| digit(hash >> (5 * place))).collect()
}

/// The largest prime that two digits of 32 have room for.
const MODULUS: u64 = 1021;

/// Two characters for a text, as the remainder of a polynomial by a prime: a single wrong
/// character, or two neighbours exchanged, always gives others; anything else gives the
/// same once in 1021 times.
pub fn check_digits(text: &str) -> String {
    // Bytes are smaller than the prime, so two different ones never count the same; the
    // factor makes their places count.
    let remainder = |sum: u64, byte: u8| (sum * 257 + u64::from(byte)) % MODULUS;
    let sum = text.bytes().fold(1, remainder);
    [sum >> 5, sum].map(digit).into_iter().collect()
}

/// The lowest five bits as a character of [`ALPHABET`]; the others are ignored.
fn digit(bits: u64) -> char {
    char::from(ALPHABET[usize::from(bits.to_le_bytes()[0]) % ALPHABET.len()])
}

#[cfg(test)]
mod tests {
    use super::super::listing::Source;
    use super::*;

    #[test]
    fn a_version_follows_from_the_steps_and_from_no_text_about_them() {
        let program = find("counter").unwrap();
        let of = |rust: String| {
            let source = Source { rust: rust.leak(), ..program.source };
            version(&StepProgram { source, ..*program }, program.usual())
        };
        let rust = program.source.rust;
        let now = of(rust.to_owned());
        assert_eq!(version(program, program.usual()), now);
        assert_eq!(of(rust.replace("//! ", "//! Perhaps: ")), now);
        assert_eq!(of(rust.replace("hint: \"", "hint: \"Really: ")), now);
        assert_eq!(of(rust.replace(" //=", "\n        //=")), now);
        assert_ne!(of(rust.replace("Relaxed)", "SeqCst)")), now);
        assert_ne!(of(rust.replace("\"adder\"", "\"first\"")), now);
    }

    /// What the steps depend on stands where the version sees it.
    #[test]
    fn before_its_code_a_program_has_texts_and_types_alone() {
        for program in super::super::ALL {
            let before = program.source.rust.lines().take_while(|line| line.trim() != "// [code]");
            let items = before.filter(|line| {
                ["const ", "fn ", "impl "].iter().any(|item| line.starts_with(item))
            });
            let items: Vec<_> = items.collect();
            assert_eq!(items, ["const PYTHON: &str = \""], "{}", program.id);
        }
    }
}
