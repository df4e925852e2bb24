//! The tree of interleavings, unfolded along one way, and beside it as many levels deep as a screen
//! can show at once.
//!
//! ```text
//! start                20, 18 fail
//! ├─ adder[1]          10, 9 fail      on the path: its children are listed
//! │  ├─ adder[1]        4, 3 fail      on the path
//! │  └─ adder[2]        6, 6 fail …    folded
//! └─ adder[2]          10, 9 fail …    folded
//! ```
//!
//! So there are about as many lines as the path has choices, however large the tree is: of a small
//! one all. Must not know how it is drawn; the drawing leaves out the deepest levels that have no
//! room.

use super::super::facts::{NodeEnd, TreeRow};
use super::search_task::coverage;
use crate::kit::explore::{Branch, Leaf as End, ScheduleStep, Tree};

/// Lines that are unfolded beside the path at most.
const LINES: usize = 40;

/// The states along `path` with their other ways on, each with what lies behind it, and the levels
/// below those that have room. Ends early where the search has not been: then the last state known
/// has no further lines. Nothing without a root.
pub fn unfold(tree: &Tree, path: &[ScheduleStep]) -> Vec<TreeRow> {
    let rows = |levels| {
        let mut nodes = Vec::new();
        if let Some(root) = tree.root() {
            nodes.push(node(root, 0, None, true));
            descend(tree, root, (path, levels), 1, &mut nodes);
        }
        nodes
    };
    let mut nodes = rows(1);
    for levels in 2.. {
        let more = rows(levels);
        if more.len() == nodes.len() || more.len() > LINES {
            break;
        }
        nodes = more;
    }
    nodes
}

/// Lists what lies below a state: along the path to its end, and `levels` deep elsewhere. Beyond
/// [`LINES`] it need not be all.
fn descend(
    tree: &Tree,
    branch: &Branch,
    (path, levels): (&[ScheduleStep], u16),
    depth: u16,
    nodes: &mut Vec<TreeRow>,
) {
    let mut choices = branch.choices.clone();
    choices.sort_unstable_by_key(|(choice, _)| *choice);
    for (choice, key) in choices {
        let Some(next) = tree.branch(key) else {
            continue;
        };
        let on_path = path.first() == Some(&choice);
        let open = on_path || levels > 1 && nodes.len() <= LINES;
        let mut child = node(next, depth, Some(choice), on_path);
        child.folded = !next.choices.is_empty() && !open;
        nodes.push(child);
        if open {
            let below = if on_path { (&path[1..], levels) } else { (&[][..], levels - 1) };
            descend(tree, next, below, depth.saturating_add(1), nodes);
        }
    }
}

fn node(branch: &Branch, depth: u16, choice: Option<ScheduleStep>, on_path: bool) -> TreeRow {
    TreeRow {
        depth,
        thread: choice.map(ScheduleStep::thread),
        drain: choice.is_some_and(|choice| !choice.is_step()),
        coverage: coverage(branch.total, branch.failed, branch.complete),
        end: branch.end.map(|end| match end {
            End::Held => NodeEnd::Held,
            End::Failed(kind) => NodeEnd::Failed(kind.to_owned()),
            End::CutOff => NodeEnd::CutOff,
        }),
        ways: branch.ways,
        folded: false,
        on_path,
    }
}
