//! The tree of interleavings, unfolded along one way and folded everywhere else.
//!
//! ```text
//! start                20, 18 fail
//! ├─ adder[1]          10, 9 fail      on the path: its children are listed
//! │  ├─ adder[1]        4, 3 fail      on the path
//! │  └─ adder[2]        6, 6 fail …    folded
//! └─ adder[2]          10, 9 fail …    folded
//! ```
//!
//! So the screen has as many lines as the path has choices, however large the tree is. Must not
//! know how it is drawn.

use super::super::facts::{NodeEnd, TreeRow};
use super::search_task::coverage;
use crate::kit::explore::{Branch, Leaf as End, ScheduleStep, Tree};

/// The states along `path` with their other ways on, each with what lies behind it. Ends early
/// where the search has not been: then the last state known has no further lines. Nothing without a
/// root.
pub fn unfold(tree: &Tree, path: &[ScheduleStep]) -> Vec<TreeRow> {
    let mut nodes = Vec::new();
    if let Some(root) = tree.root() {
        nodes.push(node(root, 0, None, true));
        descend(tree, root, path, 1, &mut nodes);
    }
    nodes
}

fn descend(
    tree: &Tree,
    branch: &Branch,
    path: &[ScheduleStep],
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
        let mut child = node(next, depth, Some(choice), on_path);
        child.folded = !next.choices.is_empty() && !on_path;
        nodes.push(child);
        if on_path {
            descend(tree, next, &path[1..], depth.saturating_add(1), nodes);
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
