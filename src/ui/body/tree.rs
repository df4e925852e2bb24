//! A tree, one node per line, with guides that show which node is a child of which. Used for the
//! search of interleavings, where the path to the chosen node is marked.
//!
//! ```text
//!   ● start 20, 18 fail                  on the path
//! ▸ ├─ ● adder[1] 10, 9 fail             the chosen node
//!   │  └─ adder[2] 4, 4 fail …           folded: it has children that are not shown
//!   └─ adder[2] 10, 9 fail …
//! ```

use crate::scene::{Tone, Tree, TreeNode};
use crate::ui::canvas::Canvas;
use crate::ui::glyph::CHOSEN;

/// Deeper nodes are not indented further: their text would leave the canvas.
const DEEPEST: u16 = 24;

/// Draws the part of the tree around the chosen node, or from the root. Nodes come in the order
/// of a walk with their depths, so no structure has to be followed. Where not all have room, the
/// levels that are furthest from the path are folded.
pub fn draw(canvas: &mut Canvas<'_>, tree: &Tree) {
    let height = usize::from(canvas.height);
    let selected = tree.selected.filter(|at| *at < tree.nodes.len());
    let distances = distances(&tree.nodes, selected);
    let furthest = furthest(&distances, height);
    let shown: Vec<_> = (0..tree.nodes.len()).filter(|at| distances[*at] <= furthest).collect();
    let line = selected.and_then(|at| shown.binary_search(&at).ok()).unwrap_or(0);
    let first = first_line(shown.len(), line, height);
    for (y, &at) in (0..canvas.height).zip(&shown[first..]) {
        let node = &tree.nodes[at];
        let below = tree.nodes.get(at + 1).is_some_and(|next| next.depth > node.depth);
        let folded = node.folded || below && distances[at + 1] > furthest;
        canvas.row_zone(y, at);
        let chosen = selected == Some(at);
        let mut x = 0;
        if tree.selected.is_some() {
            let style = canvas.tone(Tone::Accent);
            canvas.glyph(0, y, if chosen { CHOSEN } else { ' ' }, style);
            x = 2;
        }
        x = guides(canvas, x, y, &tree.nodes, at);
        if node.on_path {
            let style = canvas.tone(Tone::Accent);
            x = canvas.put(x, y, "● ", style);
        }
        x = canvas.spans(x, y, canvas.width.saturating_sub(x), &node.text.0);
        if folded {
            let dim = canvas.tone(Tone::Dim);
            canvas.put(x.saturating_add(1), y, "…", dim);
        }
        if chosen {
            let style = canvas.theme.selected;
            canvas.tint(0, y, canvas.width, style);
        }
    }
}

/// Draws `│  ├─ ` before a node; returns the column where its text begins. Each level costs a
/// look ahead, so the cost of a line is bounded by the depth and by what fits on a screen.
fn guides(canvas: &mut Canvas<'_>, x: u16, y: u16, nodes: &[TreeNode], at: usize) -> u16 {
    let style = canvas.theme.frame;
    let depth = nodes[at].depth.min(DEEPEST);
    let mut x = x;
    for level in 1..=depth {
        let more = continues(nodes, at, level);
        let guide = match (level == depth, more) {
            (true, true) => "├─ ",
            (true, false) => "└─ ",
            (false, true) => "│  ",
            (false, false) => "   ",
        };
        x = canvas.put(x, y, guide, style);
    }
    x
}

/// Whether another node follows at this level before the tree goes above it: then the guide goes
/// on.
fn continues(nodes: &[TreeNode], at: usize, level: u16) -> bool {
    // A screen is no taller than this: what lies further down is not visible anyway, however
    // large the tree is.
    nodes[at + 1..]
        .iter()
        .take(500)
        .map(|node| node.depth)
        .find(|depth| *depth <= level)
        .is_some_and(|depth| depth == level)
}

/// How many levels each node is below the path, to which the chosen node and those above it belong
/// as well; a tree without one is a path to its root alone.
fn distances(nodes: &[TreeNode], chosen: Option<usize>) -> Vec<u16> {
    let mut on_path: Vec<_> = nodes.iter().map(|node| node.on_path).collect();
    let mut above = u16::MAX;
    for at in (0..chosen.map_or(0, |chosen| chosen + 1)).rev() {
        if nodes[at].depth < above {
            (on_path[at], above) = (true, nodes[at].depth);
        }
    }
    // Of the node that was met last on each level.
    let mut levels: Vec<u16> = Vec::new();
    let distance = |(node, on_path): (&TreeNode, bool)| {
        levels.truncate(node.depth.into());
        let above = levels.last().filter(|_| !on_path);
        let distance = above.map_or(0, |above| above.saturating_add(1));
        levels.resize(usize::from(node.depth) + 1, distance);
        distance
    };
    nodes.iter().zip(on_path).map(distance).collect()
}

/// The greatest distance whose nodes have room with all that are nearer; at least 1, so that the
/// next choices show.
fn furthest(distances: &[u16], height: usize) -> u16 {
    let fits = |most: &u16| distances.iter().filter(|one| *one <= most).count() <= height;
    let deepest = distances.iter().copied().max().unwrap_or(0);
    (2..=deepest).take_while(fits).last().unwrap_or(1)
}

/// The first line to show: the chosen node is in the middle, if there are enough lines on both
/// sides; else the tree begins or ends at the edge.
fn first_line(lines: usize, chosen: usize, height: usize) -> usize {
    let last = lines.saturating_sub(height);
    chosen.saturating_sub(height / 2).min(last)
}
