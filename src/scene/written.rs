//! A scene as text: what tests compare. Every line and span that it has, tones and weights
//! included; what is plain has no tone written behind it.

use std::fmt::Write as _;

use super::{
    Bar, Bars, Body, Boxes, Card, Cell, Code, Gantt, GanttTask, Graph, Height, Label, Line,
    OverviewItem, Panel, PoolPicture, PoolTask, Scene, Schedule, SlotMark, Span, Structure, Tone,
    Tree,
};

pub(crate) fn written(scene: &Scene) -> String {
    let mut out = scene.title.to_string();
    out += if scene.calm { " (calm)\n" } else { "\n" };
    for badge in &scene.badges {
        let _ = writeln!(out, "badge {}", span(badge));
    }
    for row in &scene.rows {
        let _ = match row.height {
            Height::Lines(lines) => writeln!(out, "row of {lines}"),
            Height::Fill { min, weight } => writeln!(out, "row from {min}, weight {weight}"),
            Height::Content => writeln!(out, "row of its content"),
        };
        for panel in &row.panels {
            put(&mut out, panel);
        }
    }
    for finding in &scene.findings {
        let _ = writeln!(out, "{}: {}", finding.weight.word(), finding.text);
    }
    out
}

fn put(out: &mut String, panel: &Panel) {
    let _ = writeln!(out, "  panel [{}] [{}] weight {}", panel.title, panel.note, panel.weight);
    for text in body(&panel.body) {
        let _ = writeln!(out, "    {}", text.trim_end());
    }
}

fn body(body: &Body) -> Vec<String> {
    match body {
        Body::Lines(lines) | Body::Tail(lines) => lines.iter().map(line).collect(),
        Body::Prose(text) => vec![text.clone()],
        Body::Grid(grid) => grid.cells.iter().map(cell).collect(),
        Body::Boxes(of) => boxes(of),
        Body::Bars(of) => bars(of),
        Body::Code(code) => listings(code),
        Body::Table(table) => {
            let head = table.head.iter().map(Label::as_str).collect::<Vec<_>>().join(" | ");
            let rows = table.rows.iter().map(|row| spans(row));
            let head = format!("{head}; figures from {}", table.figures_from);
            std::iter::once(head).chain(rows).collect()
        }
        Body::Structure(of) => structure(of),
        Body::Gantt(of) => gantt(of),
        Body::Graph(of) => graph(of),
        Body::Tree(of) => tree(of),
        Body::Schedule(of) => schedule(of),
        Body::Pool(of) => pool(of),
        Body::Overview(of) => of.groups.iter().map(group).collect(),
        Body::Cards(of) => of.cards.iter().flat_map(card).collect(),
        other => vec![format!("{other:?}")],
    }
}

fn cell(cell: &Cell) -> String {
    let share = cell.share.map(|share| format!(" {share:.2}"));
    let text = format!("({}) {}: {}", cell.activity.word(), cell.name, cell.text);
    text + &share.unwrap_or_default()
}

fn boxes(of: &Boxes) -> Vec<String> {
    let slots = of.slots.iter().map(|slot| match slot.mark {
        SlotMark::None => format!("[{:?} {} {}]", slot.tone, slot.text, slot.label),
        mark => format!("[{mark:?} {} {}]", slot.text, slot.label),
    });
    let arrows = of.arrows.iter().map(|arrow| {
        let text: String = arrow.text.iter().map(span).collect();
        arrow.slot.map_or(text.clone(), |slot| format!("^{slot} {text}"))
    });
    let figures = of.figures.iter().map(|it| format!("{} {}<{:?}>", it.name, it.value, it.tone));
    let rest = format!("{}; {} more", of.caption, of.more);
    std::iter::once(slots.collect()).chain(arrows).chain(figures).chain([rest]).collect()
}

fn bars(of: &Bars) -> Vec<String> {
    let parts = of.parts.iter().map(|part| format!("{} {:?}", part.name, part.tone));
    let head = parts.collect::<Vec<_>>().join(", ");
    let each = of.bars.iter().map(|bar| {
        let (values, note) = (&bar.values, span(&bar.note));
        let (label, figure, how) = (&bar.label, &bar.figure, bar.activity.word());
        let group = if bar.apart { "apart " } else { "" };
        format!("{group}({how}) {label}: {values:?} {figure}; {note}{}", sure(bar))
    });
    std::iter::once(format!("{head}; {:?}", of.scale)).chain(along(of)).chain(each).collect()
}

/// What the bars are measured against: rule, ticks, and what a whisker stands for.
fn along(bars: &Bars) -> Option<String> {
    let ticks: Vec<_> =
        bars.ticks.iter().map(|tick| format!("{}={}", tick.text, tick.at)).collect();
    let rule = bars.rule.as_ref().map(|rule| format!("rule {} at {}; ", rule.text, rule.at));
    let whisker = &bars.whisker;
    (rule.is_some() || !ticks.is_empty() || !whisker.is_empty()).then(|| {
        let along =
            format!("{}ticks {}; whisker {whisker}", rule.unwrap_or_default(), ticks.join(" "));
        if bars.result.is_empty() { along } else { format!("{along}; result {}", bars.result) }
    })
}

fn sure(bar: &Bar) -> String {
    let spread = bar.spread.map(|(low, high)| format!("; {low} to {high}"));
    let tone = bar.tone.map(|tone| format!("; {tone:?}"));
    spread.unwrap_or_default() + &tone.unwrap_or_default()
}

fn listings(code: &Code) -> Vec<String> {
    let mut out = Vec::new();
    for listing in &code.listings {
        out.push(format!("{}; {}", listing.language.name(), listing.note));
        out.extend(listing.lines.iter().map(|line| {
            let at: Vec<_> = line.at.iter().map(span).collect();
            let skipped = if line.skipped { " skipped" } else { "" };
            format!("{}  <{}>{skipped}", line.text, at.join(" "))
        }));
    }
    out
}

fn structure(of: &Structure) -> Vec<String> {
    let places = of.places.iter();
    let places = places.map(|it| format!("[{}<{:?}>] {}", it.content, it.tone, it.name));
    let lines = of.lines.iter();
    let lines = lines.map(|line| format!("{} <- {}", line.name, line.waiting.join(", ")));
    let figures = of.figures.iter().map(|(name, value)| format!("{name} {value}"));
    let remarks = of.remarks.iter().map(span);
    let order = (!of.order.is_empty()).then(|| format!("order {}", of.order.join(", ")));
    places.chain(lines).chain(remarks).chain(figures).chain(order).collect()
}

fn gantt(of: &Gantt) -> Vec<String> {
    let head = format!("{} to {}, now {}", of.from, of.to, of.now);
    let rows = of.rows.iter().map(|row| {
        let tasks = row.tasks.iter().map(|task| {
            let how = if task.rests { "rests" } else { "works" };
            let GanttTask { from, to, name, note, tone, .. } = task;
            format!("[{from} {to} {how} {name} {note} {tone:?}]")
        });
        format!("{} {}", row.name, tasks.collect::<String>())
    });
    std::iter::once(head).chain(rows).collect()
}

fn graph(of: &Graph) -> Vec<String> {
    let name = |at: usize| &of.nodes[at].name;
    let nodes = of.nodes.iter().map(|node| format!("{:?} {}", node.kind, node.name));
    let edges = of.edges.iter().map(|edge| {
        let (from, to, kind) = (name(edge.from), name(edge.to), edge.kind);
        format!("{from} {kind:?} {to}, cycle {}, {}", edge.cycle, edge.label)
    });
    nodes.chain(edges).collect()
}

fn tree(of: &Tree) -> Vec<String> {
    let nodes = of.nodes.iter().enumerate().map(|(at, node)| {
        let here = if of.selected == Some(at) { ">" } else { " " };
        let path = if node.on_path { "*" } else { " " };
        let fold = if node.folded { "+" } else { " " };
        format!("{here}{path}{fold}{} {}", node.depth, line(&node.text))
    });
    nodes.collect()
}

fn group((name, items): &(String, Vec<OverviewItem>)) -> String {
    let items = items.iter().map(|item| {
        let [before, after] = if item.is_here { ["[", "]"] } else { [" ", " "] };
        format!("{before}{} {}{after}", item.sign, item.name)
    });
    format!("{name}: {}", items.collect::<String>())
}

fn schedule(of: &Schedule) -> Vec<String> {
    let threads = of.threads.iter();
    let threads = threads.map(|it| {
        let (state, next) = (span(&it.state), span(&it.next));
        format!("{} {}<{:?}>: {state}, next {next}", it.key, it.name, it.tone)
    });
    let steps = of.steps.iter().enumerate().map(|(at, step)| {
        let undone = if at < of.taken { "" } else { " undone" };
        let conflict = if step.conflict { " !" } else { "" };
        format!("  {} of {}{conflict}{undone}: {}", at + 1, step.thread, span(&step.text))
    });
    threads.chain(steps).collect()
}

fn pool(of: &PoolPicture) -> Vec<String> {
    // A letter for each task, the target's in brackets.
    let task = |task: &PoolTask| match (&task.fate.word()[..1], task.is_target) {
        (letter, true) => format!("[{letter}]"),
        (letter, false) => letter.to_owned(),
    };
    let tasks = of.tasks.iter().map(task).collect::<String>();
    let workers = of.workers.iter().map(|worker| {
        let states = worker.state.forms().collect::<Vec<_>>();
        let target = if worker.is_target { " <-" } else { "" };
        format!("({}) {}: {}{target}", worker.activity.word(), worker.name, states.join(" or "))
    });
    std::iter::once(tasks).chain(workers).chain([of.verdict.clone()]).collect()
}

fn card(of: &Card) -> Vec<String> {
    let parts = of.listings.iter().flatten().chain(&of.parts).map(|part| {
        let room = if part.longest > 0 { format!(" ({})", part.longest) } else { String::new() };
        format!("  {}{room} {}", part.label, span(&part.text))
    });
    std::iter::once(format!("{} {}", of.title, span(&of.mark))).chain(parts).collect()
}

fn line(line: &Line) -> String {
    line.0.iter().map(span).collect()
}

fn spans(all: &[Span]) -> String {
    all.iter().map(span).collect::<Vec<_>>().join(" | ")
}

fn span(span: &Span) -> String {
    match span.tone {
        Tone::Plain => span.text.to_string(),
        tone if span.text.is_empty() => format!("<{tone:?}>"),
        tone => format!("{}<{tone:?}>", span.text),
    }
}
