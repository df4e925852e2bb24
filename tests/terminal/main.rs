//! The real program on a real terminal: what no test backend can show. Modes of the
//! terminal before and after, exit statuses, signals, job control, terminals that
//! stall or vanish, floods of input.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod asks;
mod driver;
mod endings;
mod floods;
mod jobs;
mod looks;
mod notices;
mod plain;
mod replay;
mod scripts;
mod starts;
mod steps;
