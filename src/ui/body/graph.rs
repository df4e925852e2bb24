//! Who holds what and who waits for it (the wait-for graph), as lines that can be read aloud:
//!
//! ```text
//!   ✗ deadlock: add-1 ◀─holds─ ...     a cycle comes first and is named
//!   add-1 ◀─holds─ lock ◀─waits─ remove-1 (3 µs)
//! ```
//!
//! Text instead of a drawing of arrows: it stays readable with any number of lanes, at any
//! width, and with a screen reader.
//!
//! ```text
//! edges of the graph     remove-1 ─WaitsFor─▶ lock ─HeldBy─▶ add-1
//! as it is read          add-1 ◀─holds─ lock ◀─waits─ remove-1
//! ```
//!
//! The direction is turned, since "add-1 holds the lock" is how people say it; the arrows still
//! point the way the graph has them.

use crate::scene::{Edge, EdgeKind, Graph, NodeKind, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::text;

type Spans<'g> = Vec<(&'g str, Tone)>;

const HOLDS: &str = " ◀─holds─ ";
const WAITS: &str = " ◀─waits─ ";

pub fn height(graph: &Graph, width: u16) -> usize {
    sentences(graph, width).iter().map(|sentence| text::wrap(sentence, width).len()).sum()
}

/// Draws the sentences that fit, wrapped to the width. If some do not fit, the last line counts
/// their resources.
pub fn draw(canvas: &mut Canvas<'_>, graph: &Graph) {
    let sentences = sentences(graph, canvas.width);
    let mut y = 0;
    for (at, sentence) in sentences.iter().enumerate() {
        for line in text::wrap(sentence, canvas.width) {
            let left = sentences.len() - at;
            if y + 1 >= canvas.height && left > 1 {
                super::more(canvas, canvas.height, left, "resources");
                return;
            }
            canvas.pieces(0, y, &line);
            y += 1;
        }
    }
}

/// A cycle, if there is one, then a sentence for each resource that is held or waited for. With
/// neither, a sentence that says so.
fn sentences(graph: &Graph, width: u16) -> Vec<Spans<'_>> {
    let mut all: Vec<_> = match cycle(graph) {
        // A chain that is broken anywhere cannot be read.
        Some(chain) if text::wrap(&chain, width).len() > 1 => links(graph),
        chain => chain.into_iter().collect(),
    };
    for (at, node) in graph.nodes.iter().enumerate() {
        if node.kind == NodeKind::Resource {
            all.extend(resource(graph, at));
        }
    }
    if all.is_empty() {
        all.push(vec![("nothing is held or waited for", Tone::Dim)]);
    }
    all
}

/// The whole cycle as one chain that ends where it began. Edges point from who waits to what it
/// waits for and from a resource to its holder; the chain is read against them. `None` without a
/// deadlock.
fn cycle(graph: &Graph) -> Option<Spans<'_>> {
    let start = graph.edges.iter().find(|edge| edge.cycle)?;
    let mut sentence = vec![("✗ deadlock: ", Tone::Broken)];
    // Read against the arrows: a lane, what it holds, who waits for that, ...
    let into = |node: usize| graph.edges.iter().find(|edge| edge.cycle && edge.to == node);
    let (mut at, mut last) = (start.to, None);
    // A cycle has no more edges than the graph, so this ends whatever the edges are.
    for _ in 0..=graph.edges.len() {
        sentence.push((name(graph, at), Tone::Broken));
        if let Some(edge) = last {
            label(&mut sentence, edge);
        }
        let Some(edge) = into(at) else { break };
        sentence.push((arrow(edge), Tone::Dim));
        at = edge.from;
        if at == start.to {
            sentence.push((name(graph, at), Tone::Broken));
            label(&mut sentence, edge);
            break;
        }
        last = Some(edge);
    }
    Some(sentence)
}

/// The cycle with a line for each resource in it, where the chain does not fit into one line: a
/// chain that is broken anywhere cannot be followed.
fn links(graph: &Graph) -> Vec<Spans<'_>> {
    let mut all = vec![vec![("✗ deadlock:", Tone::Broken)]];
    let edges = || graph.edges.iter().filter(|edge| edge.cycle);
    for held in edges().filter(|edge| edge.kind == EdgeKind::HeldBy) {
        let thing = held.from;
        let mut sentence = vec![(name(graph, held.to), Tone::Broken)];
        label(&mut sentence, held);
        sentence.extend([(HOLDS, Tone::Dim), (name(graph, thing), Tone::Strong)]);
        if let Some(waits) = edges().find(|edge| edge.to == thing) {
            sentence.extend([(WAITS, Tone::Dim), (name(graph, waits.from), Tone::Broken)]);
            label(&mut sentence, waits);
        }
        all.push(sentence);
    }
    all
}

/// Holders, resource, waiters, as one sentence. `None` if there is neither holder nor waiter, or if
/// the cycle has shown all of it.
fn resource(graph: &Graph, at: usize) -> Option<Spans<'_>> {
    let holders = || {
        let edges = graph.edges.iter();
        edges.filter(move |edge| edge.from == at && edge.kind == EdgeKind::HeldBy)
    };
    let waiters = || {
        let edges = graph.edges.iter();
        edges.filter(move |edge| edge.to == at && edge.kind == EdgeKind::WaitsFor)
    };
    if holders().chain(waiters()).all(|edge| edge.cycle) {
        return None;
    }
    let mut sentence = Vec::new();
    people(graph, &mut sentence, holders(), |edge| edge.to, Tone::Good);
    if sentence.is_empty() {
        // Waited for without a holder, as an event or a condition is.
        sentence.push(("none", Tone::Dim));
    }
    sentence.push((HOLDS, Tone::Dim));
    sentence.push((name(graph, at), Tone::Strong));
    let before = sentence.len();
    sentence.push((WAITS, Tone::Dim));
    people(graph, &mut sentence, waiters(), |edge| edge.from, Tone::Waiting);
    if sentence.len() == before + 1 {
        sentence.pop();
    }
    Some(sentence)
}

fn people<'g>(
    graph: &'g Graph,
    sentence: &mut Spans<'g>,
    edges: impl Iterator<Item = &'g Edge>,
    who: fn(&Edge) -> usize,
    tone: Tone,
) {
    for (i, edge) in edges.enumerate() {
        if i > 0 {
            sentence.push((", ", Tone::Dim));
        }
        let tone = if edge.cycle { Tone::Broken } else { tone };
        sentence.push((name(graph, who(edge)), tone));
        label(sentence, edge);
    }
}

fn label<'g>(sentence: &mut Spans<'g>, edge: &'g Edge) {
    if !edge.label.is_empty() {
        sentence.extend([" (", &edge.label, ")"].map(|text| (text, Tone::Dim)));
    }
}

fn arrow(edge: &Edge) -> &'static str {
    match edge.kind {
        EdgeKind::HeldBy => HOLDS,
        EdgeKind::WaitsFor => WAITS,
    }
}

fn name(graph: &Graph, at: usize) -> &str {
    graph.nodes.get(at).map_or("?", |node| node.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Node;

    #[test]
    fn a_deadlock_on_one_line_reports_who_holds_what_and_who_waits_for_it() {
        use {EdgeKind::*, NodeKind::*};
        let nodes = [("a", Lane), ("b", Lane), ("A", Resource), ("B", Resource)];
        let nodes = nodes.map(|(name, kind)| Node { name: name.to_owned(), kind });
        let edges = [
            (2, 0, HeldBy, ""),
            (3, 1, HeldBy, ""),
            (0, 3, WaitsFor, "3 ms"),
            (1, 2, WaitsFor, "4 ms"),
        ];
        let edges = edges.map(|(from, to, kind, label)| Edge {
            from,
            to,
            kind,
            cycle: true,
            label: label.to_owned(),
        });
        let graph = Graph { nodes: nodes.into(), edges: edges.into() };
        let reported = sentences(&graph, 120);
        let reported: Vec<String> = reported
            .iter()
            .map(|sentence| sentence.iter().map(|(text, _)| *text).collect())
            .collect();
        assert_eq!(
            reported,
            ["✗ deadlock: a ◀─holds─ A ◀─waits─ b (4 ms) ◀─holds─ B ◀─waits─ a (3 ms)"]
        );
    }
}
