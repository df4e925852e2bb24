//! A schedule as a story: which thread ran which of the script's lines, and what came of it.
//!
//! ```text
//!   steps of the trace               lines of the story
//!   adder-1  read counter   line 7   adder-1  7  counter = counter + 1   reads counter
//!   adder-2  read counter   line 7   adder-2  7  counter = counter + 1   reads, writes counter
//!   adder-2  write counter  line 7
//!   adder-1  write counter  line 7   adder-1  7  counter = counter + 1   writes counter
//! ```
//!
//! Steps of one thread in one line, without another thread between them, are one line of the
//! story: a reader thinks in lines, and a line that was interrupted stands there twice.

mod end;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::super::level::Level;
use super::super::names::Names;
use super::super::places::real;
use super::changes::Changes;
use super::level;
use crate::kit::python::control::{
    Execution, FailureKind, Operation, Step, ToolUse, Trace, TraceNames,
};
use crate::printable::Printable;

pub use end::{Failed, Waiter};

/// Effects of a line that are named.
const EFFECTS: usize = 4;
/// Characters of a source line, and of a line of output.
const SOURCE: usize = 100;

/// One line of the script, run by one thread without a break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryLine {
    pub thread: Printable,
    /// The name of the file, without its folders.
    pub file: Printable,
    /// 0 if the thread was in no line of the script's.
    pub line: u32,
    /// Both for a reader: the number alone in the script's main file, and empty if there is none.
    pub place: Printable,
    pub source: Printable,
    pub effect: Printable,
    /// What it has made of variables, by their names.
    pub values: Vec<(Printable, Printable)>,
    /// The thread before it could have gone on, and had to give way.
    pub preempts: bool,
    times: usize,
}

impl StoryLine {
    /// Whether there is anything to see: a line of the script, or what a thread did besides. That
    /// of a function which the library has written has neither.
    fn is_shown(&self) -> bool {
        let is_written = self.line > 0 && !self.file.starts_with('<');
        is_written || self.preempts || !self.effect.is_empty() || !self.values.is_empty()
    }
}

/// A line while steps are added to it.
struct Line<'a> {
    number: u16,
    at: At<'a>,
    effects: Vec<String>,
    story: StoryLine,
}

/// Line and file; `None` for none of the script's.
type At<'a> = Option<(u32, &'a str)>;

impl Line<'_> {
    /// Whether what this thread does there is still a part of it.
    fn goes_on(&self, thread: u16, at: At<'_>) -> bool {
        self.number == thread && self.at == at
    }

    fn add(&mut self, effect: String) {
        if !self.effects.contains(&effect) {
            self.effects.push(effect);
        }
    }

    fn finish(self) -> StoryLine {
        let Self { mut effects, mut story, .. } = self;
        if effects.len() > EFFECTS {
            effects.truncate(EFFECTS);
            effects.push("...".to_owned());
        }
        let mut effect = effects.join(", ");
        if story.times > 1 {
            effect = format!("{effect}, {} times", story.times);
        }
        story.effect = Printable::foreign(&effect);
        story
    }
}

#[derive(Clone, Debug)]
pub struct Story {
    pub lines: Vec<StoryLine>,
    /// How it ended, as a clause.
    pub end: Printable,
    /// The exceptions that ended threads, in the order of time.
    pub raised: Vec<Failed>,
    /// Of a deadlock: first those that wait for each other in a cycle.
    pub waiters: Vec<Waiter>,
    /// How many of those are the cycle.
    pub cycle: usize,
    pub level: Level,
    pub sleeps: bool,
}

impl Story {
    /// Of a script with this main file. `first` is the schedule whose output this one's is compared
    /// with.
    pub fn new(
        execution: &Execution,
        script: &Path,
        kind: Option<FailureKind>,
        first: Option<&Execution>,
    ) -> Self {
        let steps = &execution.trace.steps;
        let mut writer = Writer::new(&execution.trace.names, script);
        let lines = writer.lines(&execution.trace);
        let (waiters, cycle) = writer.waiters(&execution.trace.blocked);
        Self {
            end: writer.end(execution, kind, first),
            raised: execution.trace.raised.iter().map(|one| writer.failed(one)).collect(),
            lines,
            waiters,
            cycle,
            level: level(execution),
            sleeps: steps.iter().any(|step| step.operation == Operation::Sleep),
        }
    }
}

fn is_of_lock(step: &Step) -> bool {
    matches!(step.operation, Operation::Acquire | Operation::Try | Operation::Release)
}

/// The names of threads, with their numbers where a script calls several by one name.
fn distinct_names(threads: &HashMap<u16, String>) -> HashMap<u16, Printable> {
    let shown = threads.iter().map(|(number, name)| (*number, Printable::within(name, 60)));
    let mut shown: HashMap<_, _> = shown.collect();
    let mut times = HashMap::new();
    for name in shown.values() {
        *times.entry(name.clone()).or_insert(0) += 1;
    }
    for (number, name) in &mut shown {
        if times[name] > 1 {
            *name = format!("{name} #{number}").into();
        }
    }
    shown
}

/// Gives numbers their names.
pub struct Writer<'a> {
    definitions: &'a TraceNames,
    /// Each name stands for one thread alone.
    threads: HashMap<u16, Printable>,
    pub locks: HashMap<u32, Printable>,
    names: Names,
    /// The script's main file, and whether another name is one of it.
    script: PathBuf,
    is_script: HashMap<&'a str, bool>,
}

impl<'a> Writer<'a> {
    pub fn new(definitions: &'a TraceNames, script: &Path) -> Self {
        let mut names = Names::default();
        // In the order in which they were made, so that a line's second one is numbered.
        let mut all: Vec<_> = definitions.locks.iter().collect();
        all.sort_unstable_by_key(|(number, _)| **number);
        let own = all.into_iter().filter(|(_, lock)| lock.kind != "library");
        let locks = own.map(|(number, lock)| {
            let variable = lock.variable.as_deref();
            (*number, names.name(variable, &lock.file, lock.line, &lock.kind))
        });
        let locks = locks.collect();
        Self {
            definitions,
            threads: distinct_names(&definitions.threads),
            locks,
            names,
            script: real(script),
            is_script: HashMap::new(),
        }
    }

    pub fn thread(&self, number: u16) -> Printable {
        self.threads.get(&number).cloned().unwrap_or_else(|| "?".into())
    }

    fn at(&self, place: u32) -> At<'a> {
        self.definitions.places.get(&place).map(|(line, file)| (*line, file.as_str()))
    }

    /// File, line and source text of a place.
    pub fn place(&mut self, place: u32) -> (Printable, u32, Printable) {
        self.source(self.at(place))
    }

    fn source(&mut self, at: At<'_>) -> (Printable, u32, Printable) {
        let Some((line, file)) = at else {
            return ("".into(), 0, "".into());
        };
        let source = self.names.line(file, line).map_or("", str::trim);
        let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
        (Printable::foreign(&name), line, Printable::within(source, SOURCE))
    }

    /// The line of a place in the script's main file; 0 for one in another file.
    pub fn own_line(&mut self, place: u32) -> u32 {
        match self.at(place) {
            Some((line, file)) if self.is_own(file) => line,
            _ => 0,
        }
    }

    /// A line by its number, with its file if that is not the script's main file; where a thread is
    /// in no line of the script's, that.
    pub fn line_name(&mut self, place: u32) -> String {
        match self.at(place) {
            None => "in the library".to_owned(),
            Some((line, file)) if self.is_own(file) => format!("line {line}"),
            at => self.place_name(at),
        }
    }

    fn place_name(&mut self, at: At<'a>) -> String {
        let Some((line, file)) = at else { return String::new() };
        if self.is_own(file) {
            return line.to_string();
        }
        let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
        format!("{name}:{line}")
    }

    fn is_own(&mut self, file: &'a str) -> bool {
        let script = &self.script;
        *self.is_script.entry(file).or_insert_with(|| real(Path::new(file)) == *script)
    }

    fn lines(&mut self, trace: &'a Trace) -> Vec<StoryLine> {
        let mut changes = Changes::new(trace);
        let mut lines: Vec<Line<'_>> = Vec::new();
        self.add_tool_uses(&mut lines, changes.tool_uses_before());
        for (n, step) in trace.steps.iter().enumerate() {
            let at = self.at(step.place);
            let line = match lines.last_mut() {
                // What the library does with its own locks belongs to the line before it.
                Some(last) if at.is_none() && last.number == step.thread && is_of_lock(step) => {
                    last
                }
                _ => self.line_at(&mut lines, step.thread, at, step.preempts()),
            };
            if let Some(effect) = self.effect(step) {
                line.story.times += usize::from(line.effects.first() == Some(&effect));
                line.add(effect);
            }
            for (name, value) in changes.values(n, step) {
                line.story.values.retain(|(known, _)| *known != name);
                line.story.values.push((name, value));
            }
            self.add_tool_uses(&mut lines, changes.tool_uses(n));
        }
        let lines = lines.into_iter().map(Line::finish);
        lines.filter(StoryLine::is_shown).collect()
    }

    fn add_tool_uses(&mut self, lines: &mut Vec<Line<'a>>, all: &'a [ToolUse]) {
        for one in all {
            let at = Some((one.line, one.file.as_str()));
            let line = self.line_at(lines, one.thread, at, false);
            self.tool_use(one).into_iter().for_each(|effect| line.add(effect));
        }
    }

    /// The last line if a thread still is there, else a new one.
    fn line_at<'l>(
        &mut self,
        lines: &'l mut Vec<Line<'a>>,
        thread: u16,
        at: At<'a>,
        preempts: bool,
    ) -> &'l mut Line<'a> {
        let last = lines.pop_if(|last| !preempts && last.goes_on(thread, at));
        let line = last.unwrap_or_else(|| {
            let place = Printable::foreign(&self.place_name(at));
            let (file, line, source) = self.source(at);
            let story = StoryLine {
                thread: self.thread(thread),
                file,
                line,
                place,
                source,
                effect: Printable::default(),
                values: Vec::new(),
                preempts,
                times: 1,
            };
            Line { number: thread, at, effects: Vec::new(), story }
        });
        lines.push_mut(line)
    }

    /// What was done with a tool of the script's.
    pub fn tool_use(&self, one: &ToolUse) -> Option<String> {
        Some(format!("{} {}", one.text, self.locks.get(&one.tool)?))
    }

    /// What a step did, as far as that is more than its source line says.
    pub fn effect(&self, step: &Step) -> Option<String> {
        let name = || self.definitions.names.get(&step.object);
        let lock = || self.locks.get(&step.object);
        let thread = || self.thread(u16::try_from(step.object).unwrap_or_default());
        Some(match step.operation {
            Operation::Acquire | Operation::Join if step.timed_out => "its time is up".to_owned(),
            Operation::Read => format!("reads {}", name()?),
            Operation::Write => format!("writes {}", name()?),
            Operation::Acquire => format!("acquires {}", lock()?),
            Operation::Try => format!("tries {}", lock()?),
            Operation::Release => format!("releases {}", lock()?),
            Operation::Join => format!("sees the end of {}", thread()),
            Operation::Sleep => "wakes up".to_owned(),
            Operation::Start => format!("starts {}", thread()),
            Operation::Begin => "begins".to_owned(),
            Operation::Touch | Operation::Change => return None,
        })
    }
}
