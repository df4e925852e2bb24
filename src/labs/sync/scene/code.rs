//! The code of the tool that runs, correct use or misuse, with the threads or processes at their
//! lines. Arrangement only.
//!
//! A misuse between threads is a program of its own, whose listing knows its lines. The other
//! code is Python by hand: `#= acquire lock` at the end of a line is the step that is taken
//! there, and a function belongs to the lanes that are called like it.
//!
//! ```text
//! ## correct                     a section of the Python file: one use of the tool
//! def adder():                   the lanes adder-1, adder-2 ...
//!     with lock:  #= acquire lock, release lock
//!         count += 1  #= load counter, store counter
//! ```

use super::super::experiment::tool::{Misuse, Tool};
use super::super::state::State;
use crate::programs::StepProgram;
use crate::scene::{Body, Code, CodeLine, Label, Language, Listing, Panel, Span, Tone};

const CORRECT: &str = "correct";

/// The panel; empty before a tool is chosen. Its title names the use, which is easily overlooked in
/// the code.
pub fn panel(state: &State) -> Panel {
    let Some(tool) = state.current else {
        return Panel::titled("Code", Body::Code(Code::default()));
    };
    let misuse = super::current_misuse(state);
    let (title, mut code) = match misuse {
        None => {
            (Label::new("Code of the correct use").or("correct use"), written(state, tool, CORRECT))
        }
        Some(misuse) => {
            let code = match misuse.program {
                Some(program) => replayed(state, program),
                None => written(state, tool, misuse.name),
            };
            (title(misuse), code)
        }
    };
    if let (Some(script), Some(python)) = (script(tool.id), code.listings.first_mut()) {
        *python = std::mem::take(python).as_script(script);
    }
    Panel::titled(title, Body::Code(code))
}

/// The script in `examples` that uses, or misuses, the tool.
fn script(tool: &str) -> Option<&'static str> {
    Some(match tool {
        "lock" => "lock_order.py",
        "condition" => "notify_before_wait.py",
        "process-value" => "value_without_lock.py",
        "process-manager" => "nested_manager.py",
        _ => return None,
    })
}

fn title(misuse: &Misuse) -> Label {
    Label::from(format!("Code of the misuse: {}", misuse.about))
        .or(format!("misuse: {}", misuse.about))
        .or(format!("misuse: {}", misuse.name))
        .or("misuse")
}

/// The program whose failure is replayed, as it runs while it is not repaired. The lines come from
/// the snapshot, so they are those of the trace.
fn replayed(state: &State, program: &StepProgram) -> Code {
    program.code(program.usual(), |is_there| {
        let lines = state.snapshot.lines.iter().enumerate();
        let here = lines.filter(|(_, (_, line))| is_there(*line));
        here.map(|(number, (name, _))| Span::new(name.as_str(), Tone::of_thread(number))).collect()
    })
}

/// The code that was written for this use. The Rust is shown for correct use alone: that of a
/// misuse lies within it.
fn written(state: &State, tool: &Tool, name: &str) -> Code {
    let python: Vec<_> = section(tool.code.python, name).collect();
    let at = |line: &Step<'_>| -> Vec<Span> {
        let here = state.positions.all().filter(|(_, lane, next)| line.is_at(lane, next));
        here.map(|(number, lane, _)| Span::new(lane, Tone::of_thread(number))).collect()
    };
    let lines = python.iter().map(|line| CodeLine {
        text: line.text.into(),
        at: at(line),
        skipped: line.text.contains("# is left out"),
    });
    let mut listings = vec![Listing::new(Language::Python, lines)];
    let rust: Vec<_> = tool.code.rust().collect();
    if name == CORRECT && !rust.is_empty() {
        let indent = |text: &str| text.len() - text.trim_start().len();
        let common = rust.iter().filter(|line| !line.text.is_empty());
        let common = common.map(|line| indent(line.text)).min().unwrap_or(0);
        let lines = rust.iter().map(|shown| {
            let line = shown.python.and_then(|number| python.get(usize::from(number) - 1));
            let text = shown.text.get(common..).unwrap_or_default().into();
            CodeLine { text, at: line.map(at).unwrap_or_default(), skipped: false }
        });
        listings.push(Listing::new(Language::Rust, lines));
    }
    Code::new(listings)
}

/// A line of written Python.
struct Step<'t> {
    text: &'t str,
    /// The function that it is in, which is called like the lanes that execute it; empty outside of
    /// any, which every lane may execute.
    function: &'t str,
    /// The steps that are taken here, separated by commas.
    steps: &'t str,
}

impl Step<'_> {
    fn is_at(&self, lane: &str, next: &str) -> bool {
        let mut steps = self.steps.split(", ").filter(|step| !step.is_empty());
        lane.starts_with(self.function) && steps.any(|step| next.starts_with(step))
    }
}

/// The lines under the heading `## name`, without their marks; none if there is no such section.
fn section<'t>(python: &'t str, name: &str) -> impl Iterator<Item = Step<'t>> {
    let mut function = "";
    let sections = python.split("## ").filter_map(|section| section.split_once('\n'));
    let lines = sections.filter(move |(heading, _)| *heading == name);
    let lines: Vec<_> = lines.flat_map(|(_, text)| text.trim_end().lines()).collect();
    lines.into_iter().map(move |line| {
        let (text, steps) = line.split_once("#=").unwrap_or((line, ""));
        if let Some(rest) = text.strip_prefix("def ") {
            function = rest.split('(').next().unwrap_or(rest);
        } else if !text.is_empty() && !text.starts_with(' ') {
            function = "";
        }
        Step { text: text.trim_end(), function, steps: steps.trim() }
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::experiment::tools;
    use super::*;

    /// Each use of each tool has code, which begins with something and fits beside a picture.
    #[test]
    fn each_use_of_each_tool_has_its_code() {
        for tool in tools::ALL {
            let written = tool.misuses.iter().filter(|misuse| misuse.program.is_none());
            let names = written.map(|misuse| misuse.name).chain([CORRECT]);
            for name in names {
                let lines: Vec<_> = section(tool.code.python, name).collect();
                let what = format!("{} {name}", tool.id);
                assert!((4..=17).contains(&lines.len()), "{what}: {} lines", lines.len());
                assert!(lines.iter().all(|line| line.text.len() <= 64), "{what}: too wide");
                assert!(lines.iter().any(|line| !line.steps.is_empty()), "{what}: no step");
            }
        }
    }

    /// The Rust of a correct use refers to lines of the Python beside it.
    #[test]
    fn the_rust_refers_to_lines_that_there_are() {
        for tool in tools::ALL {
            let python: Vec<_> = section(tool.code.python, CORRECT).collect();
            for shown in tool.code.rust() {
                let Some(number) = shown.python else { continue };
                let line = python.get(usize::from(number) - 1);
                assert!(line.is_some_and(|line| !line.steps.is_empty()), "{}: {number}", tool.id);
            }
        }
    }

    #[test]
    fn a_line_is_marked_for_the_lanes_of_its_function_alone() {
        let lines: Vec<_> =
            section("## a\nx = 1\n## b\ndef adder():\n    y  #= load y, wait\n", "b").collect();
        assert_eq!(
            lines.iter().map(|line| line.text).collect::<Vec<_>>(),
            ["def adder():", "    y"]
        );
        let at = |lane, next| lines[1].is_at(lane, next);
        assert!(at("adder-1", "load y") && at("adder[2]", "wait"));
        assert!(!at("reader-1", "load y") && !at("adder-1", "store y = 1") && !at("adder-1", ""));
    }
}
