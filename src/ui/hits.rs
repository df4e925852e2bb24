//! What a click means, place by place, and how far things can be scrolled: what a
//! drawing reports to the program that shows it.
//!
//! Must not know: the mouse, or what becomes of a click.

use ratatui::layout::Rect;

/// What a click on a place means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A tab, by its position in `Screen::tabs`.
    Tab(usize),
    /// A pane, by its position in the view.
    Pane(usize),
    /// A key hint: what it would press.
    Key(String),
    /// The lanes of a pane; dragging pans them.
    Lanes {
        pane: usize,
        /// Nanoseconds that one column stands for.
        per_column: u64,
    },
    /// An item of the menu.
    Item(usize),
    /// The overlay itself.
    Overlay,
    /// Beside the overlay.
    Beside,
}

/// What the last drawing put where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Later ones lie on top.
    pub(crate) zones: Vec<(Rect, Hit)>,
    pub(crate) pane_limits: Vec<u16>,
    pub(crate) overlay_limit: u16,
    pub(crate) cursor: Option<(u16, u16)>,
}

impl Hits {
    /// What lies on top at a column and row of the screen.
    pub fn at(&self, x: u16, y: u16) -> Option<&Hit> {
        self.under(x, y).next()
    }

    /// The pane at a column and row, whatever lies in it; none under an overlay.
    pub fn pane_at(&self, x: u16, y: u16) -> Option<usize> {
        self.under(x, y).take_while(|hit| !matches!(hit, Hit::Overlay | Hit::Beside)).find_map(
            |hit| match hit {
                Hit::Pane(pane) | Hit::Lanes { pane, .. } => Some(*pane),
                _ => None,
            },
        )
    }

    /// How many lines a pane can be scrolled down at most.
    pub fn pane_limit(&self, pane: usize) -> u16 {
        self.pane_limits.get(pane).copied().unwrap_or(0)
    }

    /// How many lines the help or the lesson can be scrolled down at most.
    pub fn overlay_limit(&self) -> u16 {
        self.overlay_limit
    }

    /// Where the cursor of a prompt stands.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        self.cursor
    }

    fn under(&self, x: u16, y: u16) -> impl Iterator<Item = &Hit> {
        self.zones
            .iter()
            .rev()
            .filter(move |(area, _)| area.contains((x, y).into()))
            .map(|(_, hit)| hit)
    }
}
