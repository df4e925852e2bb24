//! The framed window in the middle of the view that help, lesson and menu are drawn in.

use super::canvas::Canvas;
use super::frame::{Border, Title};
use super::hits::Hit;
use crate::scene::Label;

/// What the program has to know of an overlay that was drawn: how far it can be scrolled, and where
/// its cursor is. The default is one that neither scrolls nor has a cursor.
#[derive(Debug, Default)]
pub struct Drawn {
    pub limit: u16,
    /// Where the cursor is to be placed on the screen, for a prompt; `None` for everything else.
    pub cursor: Option<(u16, u16)>,
}

/// A canvas in the middle with `columns` and `lines` inside its frame, or as many as fit. It is
/// empty, and clicks on it mean nothing yet.
pub fn window<'s>(view: &'s mut Canvas<'_>, columns: u16, lines: u16) -> Canvas<'s> {
    let width = columns.saturating_add(4).min(view.width);
    let height = lines.saturating_add(2).min(view.height);
    let (x, y) = ((view.width - width) / 2, (view.height - height) / 2);
    let mut window = view.part(x, y, width, height);
    window.clear();
    window.zone(0, 0, width, height, Hit::Overlay);
    window
}

pub fn title(text: &Label) -> Title<'_> {
    Title { text, badges: &[], note: None, focused: true }
}

pub fn border(window: &Canvas<'_>) -> Border {
    match window.height {
        // A frame needs two lines and should have at least two inside.
        0 | 1 => Border::Bare,
        2 | 3 => Border::Ruled,
        _ => Border::Framed,
    }
}
