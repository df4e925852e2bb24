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
/// of a walk with their depths, so no structure has to be followed.
pub fn draw(canvas: &mut Canvas<'_>, tree: &Tree) {
    let height = usize::from(canvas.height);
    let selected = tree.selected.filter(|at| *at < tree.nodes.len());
    let first = first_line(tree, selected.unwrap_or(0), height);
    for (y, (at, node)) in (0..canvas.height).zip(tree.nodes.iter().enumerate().skip(first)) {
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
        if node.folded {
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

/// The first line to show: the chosen node is in the middle, if there are enough lines on both
/// sides; else the tree begins or ends at the edge.
fn first_line(tree: &Tree, chosen: usize, height: usize) -> usize {
    let last = tree.nodes.len().saturating_sub(height);
    chosen.saturating_sub(height / 2).min(last)
}
