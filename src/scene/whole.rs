//! All of a scene as text, tones and weights included: what tests compare.

use super::{Bar, Body, GanttTask, Label, Line, Panel, Scene, SlotMark, Span, Tone};

/// Each span that is not plain with its tone, each panel with its note and weight, each
/// row with its height; of code the lines that a thread is at.
pub(crate) fn whole(scene: &Scene) -> String {
    let mut lines = vec![format!("{}  {}", scene.title, spans(&scene.badges))];
    for row in &scene.rows {
        lines.push(format!("-- {:?}", row.height));
        for panel in &row.panels {
            lines.push(heading(panel));
            lines.extend(body(&panel.body));
        }
    }
    let findings = scene.findings.iter();
    lines.extend(findings.map(|finding| format!("{:?}: {}", finding.weight, finding.text)));
    let lines = lines.iter().map(|line| line.trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

fn heading(panel: &Panel) -> String {
    format!("== {} ({}) {}", panel.title, panel.note, panel.weight)
}

fn texts(labels: &[Label]) -> String {
    labels.iter().map(Label::as_str).collect::<Vec<_>>().join(" | ")
}

fn span(span: &Span) -> String {
    match span.tone {
        Tone::Plain => span.text.to_string(),
        tone => format!("<{tone:?} {}>", span.text),
    }
}

fn spans(all: &[Span]) -> String {
    all.iter().map(span).collect::<Vec<_>>().join(" | ")
}

fn line(line: &Line) -> String {
    line.0.iter().map(span).collect()
}

fn share(cell: &super::Cell) -> String {
    cell.share.map_or_else(String::new, |share| format!(" {share:.2}"))
}

pub fn body(body: &Body) -> Vec<String> {
    match body {
        Body::Lines(lines) | Body::Tail(lines) => lines.iter().map(line).collect(),
        Body::Table(table) => {
            let rows = table.rows.iter().map(|row| spans(row));
            let head = format!("{} (figures from {})", texts(&table.head), table.figures_from);
            std::iter::once(head).chain(rows).collect()
        }
        Body::Grid(grid) => {
            let cells = grid.cells.iter();
            let cell = |cell: &super::Cell| {
                format!("{} {:?} {:?}", cell.name, cell.activity, cell.text) + &share(cell)
            };
            cells.map(cell).collect()
        }
        Body::Boxes(boxes) => {
            let slots = boxes.slots.iter();
            let slots: Vec<_> = slots
                .map(|slot| match slot.mark {
                    SlotMark::None => format!("[{:?} {} {}]", slot.tone, slot.text, slot.label),
                    mark => format!("[{mark:?} {} {}]", slot.text, slot.label),
                })
                .collect();
            let arrows = boxes.arrows.iter().map(|arrow| {
                let text: String = arrow.text.iter().map(span).collect();
                arrow.slot.map_or(text.clone(), |slot| format!("^{slot} {text}"))
            });
            let rest = format!("{}; {} more", boxes.caption, boxes.more);
            let figure = |it: &super::Figure| format!("<{:?} {} {}>", it.tone, it.name, it.value);
            let figures = boxes.figures.iter().map(figure);
            std::iter::once(slots.join("")).chain(arrows).chain(figures).chain([rest]).collect()
        }
        Body::Bars(bars) => {
            let parts = bars.parts.iter();
            let parts = parts.map(|part| format!("{} {:?}", part.name, part.tone));
            let each = bars.bars.iter().map(|bar| {
                let note = span(&bar.note);
                let spread = bar.spread.map_or_else(String::new, |it| format!(" {it:?}"));
                let tone = bar.tone.map_or_else(String::new, |tone| format!(" {tone:?}"));
                let Bar { label, values, figure, .. } = bar;
                format!("{label} {values:?} {figure} {note}{spread}{tone}")
            });
            let rule = bars.rule.iter().map(|rule| format!("rule {} at {}", rule.text, rule.at));
            parts.chain(rule).chain(each).collect()
        }
        Body::Code(code) => {
            let each = code.listings.iter().flat_map(|listing| {
                let lines = listing.lines.iter().filter(|line| !line.at.is_empty());
                let lines = lines.map(|line| format!("{} <- {}", line.text, spans(&line.at)));
                let skipped = listing.lines.iter().filter(|line| line.skipped).count();
                let (name, all) = (listing.language.name(), listing.lines.len());
                let head = format!("{name}, {all} lines, {skipped} struck; {}", listing.note);
                std::iter::once(head).chain(lines)
            });
            each.collect()
        }
        Body::Structure(structure) => {
            let places = structure.places.iter();
            let places =
                places.map(|place| format!("[{:?} {}] {}", place.tone, place.content, place.name));
            let lines = structure.lines.iter();
            let lines = lines.map(|line| format!("{} <- {}", line.name, line.waiting.join(", ")));
            let figures = structure.figures.iter().map(|(name, value)| format!("{name} {value}"));
            let remarks = structure.remarks.iter().map(span);
            let order = structure.order.join(", ");
            let order = (!order.is_empty()).then(|| format!("order {order}"));
            places.chain(lines).chain(remarks).chain(figures).chain(order).collect()
        }
        Body::Gantt(gantt) => {
            let head = format!("{} to {}, now {}", gantt.from, gantt.to, gantt.now);
            let rows = gantt.rows.iter().map(|row| {
                let tasks = row.tasks.iter().map(|task| {
                    let how = if task.rests { "rests" } else { "works" };
                    let GanttTask { from, to, name, note, tone, .. } = task;
                    format!("[{from} {to} {how} {name} {note} {tone:?}]")
                });
                format!("{} {}", row.name, tasks.collect::<Vec<_>>().concat())
            });
            std::iter::once(head).chain(rows).collect()
        }
        other => super::in_words(other),
    }
}
