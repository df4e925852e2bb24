//! What was found, as sentences and a table of the script's lines.

use super::super::super::settings::SCHEDULE;
use super::super::level::Level;
use super::story::{Story, StoryLine, Waiter};
use super::{Execution, Incomplete, NOT_CONTROLLED, PYTHON, Search};
use crate::kit::python::control::LIMIT;
use crate::lab::Script;
use crate::printable::{LONGEST, Printable};
use crate::scene::units;

/// Lines of a story that are all shown; of longer ones those around its switches are.
const LINES: usize = 30;
const AROUND: usize = 3;
/// Columns of a line's number at least.
const PLACE: usize = 4;
/// Values that are shown of a line.
const VALUES: usize = 3;

pub fn search(search: &Search<'_>) -> String {
    let report = &search.report;
    let mut lines = vec![heading(search.script, &search.version), figures(search)];
    let kinds = report.kinds.iter();
    lines.extend(
        kinds.map(|(kind, n)| format!("{}: {}", kind.id().replace('_', " "), units::count(*n))),
    );
    match &search.shortest {
        Some(found) => {
            let switches = match found.preemptions {
                0 => "without a forced switch".to_owned(),
                1 => "with 1 forced switch".to_owned(),
                more => format!("with {more} forced switches"),
            };
            lines.push(format!("\nThe shortest failing schedule that was found, {switches}:"));
            lines.extend(story(&found.story));
            lines.push(String::new());
            lines.extend(honesty(&found.story, &search.version));
            if found.repeats == Some(false) {
                lines.push(
                    "It did not fail again when the same schedule was run again: the script depends \
                     on something else than the order of its threads."
                        .to_owned(),
                );
            } else {
                if found.repeats.is_none() {
                    lines.push("It was not run again: the search ended before that.".to_owned());
                }
                let replay = format!("--replay {}", found.code);
                lines.push(format!("Replay it: {}", command(search, "explore", &replay)));
                let schedule = format!("--set {}={}", SCHEDULE.key, found.code);
                lines.push(format!("Step through it: {}", command(search, "open", &schedule)));
            }
        }
        None if report.schedules == report.cut_off => {
            lines.push("Nothing was checked, so whether it can fail is not known.".to_owned());
        }
        None if report.is_complete() => {
            lines.push(
                "None fails, whatever the order of its threads, as far as that is controlled."
                    .to_owned(),
            );
        }
        None => {
            let sample = report.incomplete.contains(&Incomplete::Sampled);
            lines.push(format!(
                "No failure was found. That is {} and no proof: another schedule may fail.",
                if sample { "a sample" } else { "a part of them" }
            ));
        }
    }
    if search.shortest.is_none() && !search.question.same_output {
        lines.push(
            "A failure is an exception, a deadlock, or an exit status. --same-output also compares \
             what it prints."
                .to_owned(),
        );
    }
    lines.push(format!("Not controlled: {}.", NOT_CONTROLLED.join("; ")));
    lines.join("\n") + "\n"
}

pub fn replay(script: &Script, version: &str, shown: &Story, execution: &Execution) -> String {
    let mut lines = vec![heading(script, version)];
    lines.extend(story(shown));
    for (name, output) in [("stdout", &execution.stdout), ("stderr", &execution.stderr)] {
        let text = String::from_utf8_lossy(&output.kept);
        if !text.trim().is_empty() {
            lines.push(format!("\n{name}:"));
            lines
                .extend(text.lines().map(|line| format!("  {}", Printable::within(line, LONGEST))));
        }
    }
    lines.push(String::new());
    lines.extend(honesty(shown, version));
    lines.join("\n") + "\n"
}

fn heading(script: &Script, version: &str) -> String {
    let name = Printable::foreign(&script.path.to_string_lossy());
    let version = Printable::foreign(version);
    format!("{name}: under CPython {version}, one thread at a time in a chosen order")
}

/// What is typed to have another look at a schedule, which the option names.
fn command(search: &Search<'_>, verb: &str, option: &str) -> String {
    let quoted = |text: &str| {
        let is_plain = |c: char| c.is_alphanumeric() || "._-/=+:,".contains(c);
        if !text.is_empty() && text.chars().all(is_plain) {
            text.to_owned()
        } else {
            format!("'{}'", Printable::foreign(&text.replace('\'', "'\\''")))
        }
    };
    let Script { path, arguments } = search.script;
    let mut command = format!("threadbare {verb} {}", quoted(&path.to_string_lossy()));
    let python = search.question.settings.get(PYTHON);
    if !python.is_empty() {
        command = format!("{command} --set {}", quoted(&format!("python={python}")));
    }
    command = format!("{command} {option}");
    if !arguments.is_empty() {
        let arguments = arguments.iter().map(|one| quoted(&one.to_string_lossy()));
        command = format!("{command} -- {}", arguments.collect::<Vec<_>>().join(" "));
    }
    command
}

/// How many schedules there were and fail, and what that means.
fn figures(search: &Search<'_>) -> String {
    let report = &search.report;
    let mut sentences = vec![match (report.schedules, report.failures) {
        (1, 0) => "1 schedule, which does not fail.".to_owned(),
        (1, _) => "1 schedule, which fails.".to_owned(),
        (all, 1) => format!("{} schedules, 1 of them fails.", units::count(all)),
        (all, some) => {
            format!("{} schedules, {} of them fail.", units::count(all), units::count(some))
        }
    }];
    if report.is_complete() {
        let all = "All that can make a difference were run: one of each class of those in which \
                   operations that conflict come in the same order.";
        sentences.push(all.to_owned());
    }
    sentences.extend(left_out(search));
    sentences.push(format!("Seed {}.", search.seed()));
    sentences.join(" ")
}

/// Why not every schedule was run, one sentence each.
pub fn left_out(search: &Search<'_>) -> Vec<String> {
    let report = &search.report;
    let sentence = |why: &Incomplete| match why {
        Incomplete::Sampled => "They were chosen by chance: a sample, no proof.".to_owned(),
        Incomplete::FirstFailure => "The search ended at the first failure.".to_owned(),
        Incomplete::RunLimit => "The search ended at its limit.".to_owned(),
        Incomplete::StepBound if report.cut_off == 0 => {
            "Some had too many steps to be searched to their ends.".to_owned()
        }
        Incomplete::StepBound => {
            format!("{} had too many steps and were cut off.", units::count(report.cut_off))
        }
        Incomplete::Unseen => {
            let names: Vec<_> = report.unseen.iter().map(String::as_str).collect();
            format!("What depends on {} was not searched.", names.join(", "))
        }
        Incomplete::TimeLimit => format!(
            "{} did not end within {} s and were ended: perhaps they waited for something that is \
             not controlled.",
            units::count(report.cut_off),
            LIMIT.as_secs()
        ),
        Incomplete::PreemptionBound => format!(
            "Those with more than {} forced switches were left out.",
            search.question.bound.unwrap_or_default()
        ),
        Incomplete::Timed => "Sleeps and time limits ended in the order of their times alone, \
                              which real ones need not do."
            .to_owned(),
        Incomplete::Daemons => {
            "What daemon threads do until the program ends was not searched.".to_owned()
        }
        Incomplete::Processes => {
            "What the processes that it starts do meanwhile was not searched.".to_owned()
        }
        Incomplete::Threads => "It has more than 64 threads.".to_owned(),
        Incomplete::Diverged => "The same schedule led to something else: the script depends on \
                                 more than the order of its threads."
            .to_owned(),
        Incomplete::Stopped => "The search was stopped.".to_owned(),
    };
    report.incomplete.iter().map(sentence).collect()
}

/// How far the evidence goes.
fn honesty(shown: &Story, version: &str) -> Vec<String> {
    let minor = version.rsplit_once('.').map_or(version, |(minor, _)| minor);
    let minor = Printable::foreign(minor);
    let mut lines = vec![match shown.level {
        Level::Unforced => {
            "Level L2: nothing was forced. Each thread runs until it waits or ends.".to_owned()
        }
        Level::Natural => {
            format!("Level L2: forced, at places where CPython {minor} itself may switch threads.")
        }
        _ => format!(
            "Level L3: forced between two bytecodes. The language allows it, and an interpreter \
             without the GIL does it; CPython {minor} does not switch there by itself. It may \
             come to the same failure in another way."
        ),
    }];
    if shown.sleeps {
        lines.push(
            "Sleeps took no time: a sleeping thread wakes when no other can run, in the order of \
             their times."
                .to_owned(),
        );
    }
    lines
}

fn story(shown: &Story) -> Vec<String> {
    let longest = |text: fn(&StoryLine) -> &Printable| {
        shown.lines.iter().map(|line| text(line).chars().count()).max().unwrap_or_default()
    };
    let widths = (longest(|line| &line.thread), longest(|line| &line.place).max(PLACE));
    let mut lines = Vec::new();
    let mut left_out = 0;
    for (n, line) in shown.lines.iter().enumerate() {
        if !is_shown(&shown.lines, n) {
            left_out += 1;
            continue;
        }
        if left_out > 0 {
            lines.push(format!("      ... {}", units::plural(left_out, "more line")));
            left_out = 0;
        }
        lines.push(row(n, line, widths));
    }
    if shown.lines.iter().any(|line| line.preempts) {
        lines.push("At ! the thread before could have gone on, and had to give way.".to_owned());
    }
    lines.push(format!("In the end: {}.", shown.end));
    let waits = shown.waiters.iter().map(waits);
    if shown.cycle > 0 {
        let cycle: Vec<_> = waits.clone().take(shown.cycle).collect();
        lines.push(format!("The cycle: {}.", cycle.join("; ")));
    }
    lines.extend(waits.skip(shown.cycle).map(|wait| format!("{wait}.")));
    lines
}

fn waits(waiter: &Waiter) -> String {
    let Waiter { thread, wants, held_by, place, .. } = waiter;
    match held_by {
        Some(holder) => format!("{thread} ({place}) waits for {wants}, which {holder} holds"),
        None => format!("{thread} ({place}) waits for {wants}"),
    }
}

fn is_shown(lines: &[StoryLine], n: usize) -> bool {
    let near = &lines[n.saturating_sub(AROUND)..(n + AROUND).min(lines.len())];
    lines.len() <= LINES || n + AROUND >= lines.len() || near.iter().any(|line| line.preempts)
}

/// `widths` are those of threads and places.
fn row(n: usize, line: &StoryLine, widths: (usize, usize)) -> String {
    let StoryLine { thread, place, source, preempts, .. } = line;
    let (width, of_place) = widths;
    let mark = if *preempts { '!' } else { ' ' };
    let values = line.values.iter().take(VALUES).map(|(name, is)| format!("{name} is now {is}"));
    let effect = Some(line.effect.to_string()).filter(|effect| !effect.is_empty());
    let effect = effect.into_iter().chain(values).collect::<Vec<_>>().join("; ");
    let arrow = if effect.is_empty() { "" } else { "  -> " };
    format!("{:>4}{mark} {thread:<width$} {place:>of_place$}  {source}{arrow}{effect}", n + 1)
}
