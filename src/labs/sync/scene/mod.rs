//! How the tools look. Arrangement only: state in, scene out.

pub mod code;
pub mod inside;
pub mod stepper_view;

use super::experiment::replay::LINGER;
use super::experiment::tool::{Misuse, Tool, World};
use super::experiment::tools;
use super::result;
use super::settings::TOOL;
use super::state::{Record, State};
use crate::lab::Detail;
use crate::scene::{
    Body, Height, Label, Line, Panel, Press, Progress, Scene, Span, Structure, Table, Tone, line,
    line_count, units,
};

pub fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Tools for sharing");
    if let Some(tool) = state.current {
        badges(state, tool, &mut scene);
    }
    match detail {
        Detail::Compact => compact(state, &mut scene),
        Detail::Full => full(state, &mut scene),
    }
    scene
}

/// The tool last, as the others give way to it where the border is narrow. What a misuse is called
/// in more words stands below.
fn badges(state: &State, tool: &Tool, scene: &mut Scene) {
    let misuse = current_misuse(state);
    if state.live {
        // The number of threads of a replay is that of its program.
        if misuse.is_none_or(|misuse| misuse.program.is_none()) {
            scene.badge(units::plural(state.workers as u64, "worker"), Tone::Dim);
        }
        let pace = match state.pace_ns {
            0 => "full speed".to_owned(),
            ns => format!("pace {}", units::whole_nanos(ns)),
        };
        scene.badge(pace, Tone::Dim);
    }
    let world = match tool.world() {
        World::Threads => "threads",
        World::Processes => "processes",
    };
    scene.badge(world, Tone::Dim);
    match misuse {
        None => scene.badge("correct use", Tone::Good),
        Some(misuse) => scene.badge(format!("misuse: {}", misuse.name), Tone::Broken),
    };
    scene.badge(tool.python, Tone::Strong);
}

fn current_misuse(state: &State) -> Option<&'static Misuse> {
    state.current?.misuse_named(state.misuse?)
}

fn compact(state: &State, scene: &mut Scene) {
    scene.lines(current_use(state));
    scene.row(Height::Lines(6), vec![Panel::bare(inside(state))]);
    scene.lines(latest(state).into());
}

/// The inside of the tool beside its code, what came of the last run, and the tools. On top
/// stand the uses, and what there is to see, or what the misuse does.
fn full(state: &State, scene: &mut Scene) {
    if !state.live {
        let (done, of) = state.progress;
        let progress = Body::Progress(Progress {
            done: done as u64,
            of: Some(of as u64),
            label: "runs".to_owned(),
        });
        scene.row(Height::Lines(1), vec![Panel::bare(progress)]);
    }
    let sees = state.current.map_or("", |tool| tool.sees);
    let sees = current_misuse(state).map_or(sees, |misuse| misuse.explanation);
    // While threads are stepped, all of them are in view on a small screen, too: they need the
    // lines.
    let is_stepped = state.stepped.is_some();
    if !is_stepped {
        let world = state.current.map_or(World::Threads, Tool::world);
        scene.stand_in(title_of(world), strip(state));
    }
    scene.lines(vec![uses(state), line([(sees, Tone::Dim)])]);
    let inside = Panel::titled(inside_title(state), inside(state)).weight(5);
    let code = code::panel(state).weight(6);
    let min = if is_stepped { STEPPED } else { HERO };
    scene.row(Height::Fill { min, weight: 3 }, vec![inside, code]);
    if let Some(stepped) = &state.stepped {
        let height = Height::Lines(line_count(stepped.threads.len() + 1));
        scene.row(height, vec![stepper_view::panel(stepped)]);
    }
    scene.lines(latest(state).into());
    scene.row(Height::Lines(1), vec![Panel::bare(Body::Structure(acquisitions(state)))]);
    let group = |world, short| {
        let table = Body::Table(list(state, world));
        let title = Label::new(title_of(world)).or(short);
        Panel::titled(title, table).presses(choices(world)).at_least(LIST_WIDTH)
    };
    let threads = group(World::Threads, "threading");
    let processes = group(World::Processes, "multiprocessing");
    // All of them: they are the answer.
    scene.row(Height::Fill { min: LIST, weight: 0 }, vec![threads, processes]);
}

/// The title of the list of a world's tools.
fn title_of(world: World) -> &'static str {
    match world {
        World::Threads => "Between threads: threading",
        World::Processes => "Between processes: multiprocessing",
    }
}

/// Lines of the inside and the code: those of the longest code, but for a few.
const HERO: u16 = 9;
const STEPPED: u16 = 6;
/// Lines of the lists of tools: the longer one and its head.
const LIST: u16 = 11;
/// Columns of a list with its frame: what a tool is for is the answer, and is not cut.
const LIST_WIDTH: u16 = 48;

fn inside_title(state: &State) -> Label {
    let name = state.current.map_or("no tool", |tool| tool.python);
    Label::from(format!("Inside a {name}")).or(name)
}

/// The structure inside the tool. While a run is stuck, and after it, the cycle of those that
/// wait for each other takes the place of the waiting lines; the next run begins without it.
fn inside(state: &State) -> Body {
    let mut structure = inside::structure(&state.snapshot);
    let cycle =
        state.latest().filter(|_| !state.running).and_then(|outcome| outcome.cycle.as_ref());
    if let Some(text) = state.stuck.as_ref().map(|stuck| &stuck.text).or(cycle) {
        // A cycle is written as its links, one after the other, and shown as a line each.
        let links = text.split("; ").map(|link| Span::new(format!("✗ {link}"), Tone::Broken));
        (structure.lines, structure.remarks) = (Vec::new(), links.collect());
    }
    if state.stuck.is_some() && state.live {
        let text = format!("stopped after {} s", LINGER.as_secs());
        structure.remarks.push(Span::new(text, Tone::Dim));
    }
    Body::Structure(structure)
}

/// The tools of one world by their names in Python: what each is for, what one operation costs,
/// whether its correct use held, and how many of its misuses have failed.
fn list(state: &State, world: World) -> Table {
    let tools = tools::ALL.iter().filter(|tool| tool.world() == world);
    let widest = tools.clone().map(|tool| misuse_columns(tool)).max().unwrap_or(0);
    let rows = tools.map(|tool| {
        let (sign, tone) =
            if state.is_current(tool) { ("▸ ", Tone::Accent) } else { ("  ", Tone::Plain) };
        let record = state.records.get(tool.id);
        let name = tool.python.rsplit('.').next().unwrap_or(tool.python);
        vec![
            Span::new(format!("{sign}{name}"), tone),
            Span::new(tool.purpose, Tone::Dim),
            Span::new(cost(record), Tone::Strong),
            correct_use_cell(record),
            misuses_cell(tool, record),
            misuse_names(tool, record, widest),
        ]
    });
    let head = [
        Label::new("  tool"),
        Label::new("what for").or("for"),
        Label::new("per operation").or("cost"),
        Label::new("right use").or("right"),
        Label::new("misuses").or("wrong"),
        Label::new(format!("{:<widest$}", "  which")),
    ];
    Table { head: head.into(), rows: rows.collect(), figures_from: 2 }
}

/// What one operation costs: alone, or together if it is never used alone.
fn cost(record: Option<&Record>) -> String {
    let costs = record.map_or(&[][..], |record| record.costs.as_slice());
    let own = costs.iter().find(|cost| cost.peer.is_none());
    own.map_or_else(String::new, |cost| units::nanos(cost.statistic.median))
}

/// What a click on each line of a list does: it chooses that tool.
fn choices(world: World) -> impl Iterator<Item = Press> {
    let choice = |tool: &&Tool| Press::Set { setting: TOOL.key, value: tool.id.to_owned() };
    tools::ALL.iter().filter(move |tool| tool.world() == world).map(choice)
}

fn correct_use_cell(record: Option<&Record>) -> Span {
    match record.and_then(|record| record.correct.as_ref()) {
        None => Span::new("-", Tone::Dim),
        Some(outcome) if outcome.as_expected() => Span::new("✓", Tone::Good),
        Some(_) => Span::new("✗", Tone::Broken),
    }
}

/// The number of misuses, and how many of them have failed so far. All should: a misuse that never
/// fails here would teach that it is allowed.
fn misuses_cell(tool: &Tool, record: Option<&Record>) -> Span {
    let all = tool.misuses.len();
    let caught = tool.misuses.iter().filter(|misuse| has_failed(record, misuse)).count();
    match caught {
        0 => Span::new(format!("0/{all}"), Tone::Dim),
        _ => Span::new(format!("{caught}/{all}"), Tone::Broken),
    }
}

/// The misuses by name, those that have failed with a mark. A column of figures is left out as a
/// whole where it has no room; so it is one, and as wide in each row.
fn misuse_names(tool: &Tool, record: Option<&Record>, columns: usize) -> Span {
    let failed = |misuse: &Misuse| has_failed(record, misuse);
    let sign = |misuse| if failed(misuse) { "✗" } else { "·" };
    let names = tool.misuses.iter().map(|misuse| format!("{} {}", sign(misuse), misuse.name));
    let names = names.collect::<Vec<_>>().join("  ");
    let tone = if tool.misuses.iter().any(failed) { Tone::Broken } else { Tone::Dim };
    Span::new(format!("{names:<columns$}"), tone)
}

fn misuse_columns(tool: &Tool) -> usize {
    misuse_names(tool, None, 0).text.chars().count()
}

/// The tools of the chosen one's world in a line, as the lists below may be out of sight; of the
/// other world their number.
fn strip(state: &State) -> Line {
    let world = state.current.map_or(World::Threads, Tool::world);
    let here = || tools::ALL.iter().filter(|tool| tool.world() == world);
    let others = format!(" +{}", tools::ALL.len() - here().count());
    // The names of the processes' tools have just enough room.
    let gap = if world == World::Threads { " " } else { "" };
    let mut line = line([("↑↓", Tone::Accent)]);
    if world == World::Processes {
        line = line.then(&*others, Tone::Dim);
    }
    for tool in here() {
        let name = tool.python.rsplit('.').next().unwrap_or(tool.python);
        line = if state.is_current(tool) {
            line.then(format!("{gap}▸{name}"), Tone::Strong)
        } else {
            line.then(format!("{gap} {name}"), Tone::Dim)
        };
    }
    match world {
        World::Threads => line.then(format!(" {others} processes"), Tone::Dim),
        World::Processes => line,
    }
}

/// The correct use and the misuses in a line, the one that runs marked, and those that have
/// failed before.
fn uses(state: &State) -> Line {
    let Some(tool) = state.current else {
        return Line::new();
    };
    let all = std::iter::once(None).chain(tool.misuses.iter().map(Some));
    all.fold(line([("x  ", Tone::Accent)]), |line, misuse: Option<&Misuse>| {
        let is_current = misuse.map(|misuse| misuse.name) == state.misuse;
        let name = misuse.map_or("correct use", |misuse| misuse.name);
        let correct = || state.record().is_some_and(|record| record.correct.is_some());
        let (mark, tone) = match misuse {
            None if correct() => ("✓", Tone::Good),
            Some(misuse) if has_failed(state.record(), misuse) => ("✗", Tone::Broken),
            _ => (" ", Tone::Dim),
        };
        let line = if is_current {
            line.then(format!("▸ {name} "), Tone::Strong)
        } else {
            line.then(format!("  {name} "), Tone::Dim)
        };
        line.then(mark, tone).then("  ", Tone::Plain)
    })
}

fn has_failed(record: Option<&Record>, misuse: &Misuse) -> bool {
    let outcome = record.and_then(|record| record.misuses.get(misuse.name));
    outcome.is_some_and(|outcome| outcome.finding.is_some())
}

/// Only the use that runs: on the dashboard there is no room for the others, which the
/// lab's own screen lists.
fn current_use(state: &State) -> Vec<Line> {
    let text = current_misuse(state).map_or("correct", |misuse| misuse.about);
    let shown = state.current.map(|_| line([("use  ", Tone::Dim), (text, Tone::Accent)]));
    shown.into_iter().collect()
}

/// What came of the last run: always two lines, so that nothing below them moves.
fn latest(state: &State) -> [Line; 2] {
    let Some(outcome) = state.latest() else {
        let text = if state.is_stepped() { "under way" } else { "under way for the first time" };
        return [line([(text, Tone::Dim)]), Line::new()];
    };
    let got = |tone| line([("got ", Tone::Dim), (&outcome.got, tone)]);
    if outcome.as_expected() {
        let proof = outcome.proof.as_deref().unwrap_or_default();
        return [got(Tone::Good).then(", as expected", Tone::Dim), line([(proof, Tone::Good)])];
    }
    let expected = line([("expected ", Tone::Dim), (&outcome.expected, Tone::Plain)]);
    [expected, got(Tone::Broken)]
}

/// Who got it one after the other, and how long waits and holds lasted. On the screen the pace is
/// a part of these times.
fn acquisitions(state: &State) -> Structure {
    let Some(outcome) = state.latest() else {
        return Structure::default();
    };
    let texts = [("waits", &outcome.waits_ns), ("holds", &outcome.holds_ns)];
    let figures = texts.into_iter().filter_map(|(what, times)| {
        let times = result::Times::of(times)?;
        let [p50, max] = [times.p50, times.max].map(units::whole_nanos);
        let p99 = times.p99.map(units::whole_nanos);
        let p99 = p99.map_or_else(String::new, |p99| format!(", p99 {p99}"));
        Some((what.to_owned(), format!("p50 {p50}{p99}, max {max}")))
    });
    Structure { figures: figures.collect(), order: grouped(&outcome.order), ..Structure::default() }
}

/// `adder-1 x3`, `adder-2`: several acquisitions in a row by one thread are written once.
fn grouped(order: &[String]) -> Vec<String> {
    let grouped = order.chunk_by(|one, other| one == other);
    let texts = grouped.filter_map(|run| match run {
        [] => None,
        [one] => Some(one.clone()),
        [one, ..] => Some(format!("{one} x{}", run.len())),
    });
    texts.collect()
}
