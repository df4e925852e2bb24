//! A scene as text, for tests, with what the shorter [`super::whole`] leaves out: every line of
//! code, what each bar is at, trees and graphs. Tones and weights are
//! included; what is plain has no tone written behind it.

use std::fmt::Write as _;

use super::{Bar, Bars, Body, Code, Height, Label, Line, Panel, Scene, Span, Tone};

pub(crate) fn account(scene: &Scene) -> String {
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
        Body::Grid(grid) => {
            let cells = grid.cells.iter();
            cells
                .map(|cell| format!("({}) {}: {}", cell.activity.word(), cell.name, cell.text))
                .collect()
        }
        Body::Bars(bars) => {
            let parts = bars.parts.iter();
            let parts = parts.map(|part| format!("{} {:?}", part.name, part.tone));
            let head = parts.collect::<Vec<_>>().join(", ");
            let each = bars.bars.iter().map(|bar| {
                let (values, note) = (&bar.values, span(&bar.note));
                let (label, figure, how) = (&bar.label, &bar.figure, bar.activity.word());
                let group = if bar.apart { "apart " } else { "" };
                format!("{group}({how}) {label}: {values:?} {figure}; {note}{}", sure(bar))
            });
            std::iter::once(format!("{head}; {:?}", bars.scale))
                .chain(along(bars))
                .chain(each)
                .collect()
        }
        Body::Code(code) => listings(code),
        Body::Table(table) => {
            let head = texts(&table.head);
            let rows = table.rows.iter();
            let rows = rows.map(|row| row.iter().map(span).collect::<Vec<_>>().join(" | "));
            std::iter::once(format!("{head}; figures from {}", table.figures_from))
                .chain(rows)
                .collect()
        }
        Body::Graph(graph) => {
            let name = |at: usize| &graph.nodes[at].name;
            let nodes = graph.nodes.iter();
            let nodes = nodes.map(|node| format!("{:?} {}", node.kind, node.name));
            let edges = graph.edges.iter().map(|edge| {
                let (from, to, kind) = (name(edge.from), name(edge.to), edge.kind);
                format!("{from} {kind:?} {to}, cycle {}, {}", edge.cycle, edge.label)
            });
            nodes.chain(edges).collect()
        }
        Body::Tree(tree) => {
            let nodes = tree.nodes.iter().enumerate().map(|(at, node)| {
                let here = if tree.selected == Some(at) { ">" } else { " " };
                let path = if node.on_path { "*" } else { " " };
                let fold = if node.folded { "+" } else { " " };
                format!("{here}{path}{fold}{} {}", node.depth, line(&node.text))
            });
            nodes.collect()
        }
        other => super::whole::body(other),
    }
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
            let skipped = if line.skipped { " struck" } else { "" };
            format!("{}  <{}>{skipped}", line.text, at.join(" "))
        }));
    }
    out
}

fn line(line: &Line) -> String {
    line.0.iter().map(span).collect()
}

fn texts(labels: &[Label]) -> String {
    labels.iter().map(Label::as_str).collect::<Vec<_>>().join(" | ")
}

fn span(span: &Span) -> String {
    match span.tone {
        Tone::Plain => span.text.to_string(),
        tone if span.text.is_empty() => format!("<{tone:?}>"),
        tone => format!("{}<{tone:?}>", span.text),
    }
}
