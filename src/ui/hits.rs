//! What a click means, place by place, and how far things can be scrolled: what a drawing
//! reports to the program that shows it. The drawing knows nothing of the mouse; the program
//! knows nothing of layout.
//!
//! ```text
//! draw ──▶ Hits: areas in drawing order, each with what it means
//! click at (x, y) ──▶ the last area that contains it ──▶ Tab, Key, Row, ... ──▶ the program
//! ```

use ratatui::layout::Rect;

/// What a click on a place means, in the words of the screen: positions of what was drawn
/// there. What is done about it, the program decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hit {
    Tab(usize),
    Pane(usize),
    /// A key hint, with the name of the key that it would press: a click does what the key
    /// does.
    Key(String),
    /// A part of a lab's picture that stands for one of its keys: only a click in the present of
    /// a run presses it.
    LabKey(String),
    /// The timeline of a pane. A click there chooses the pane, and dragging moves the timeline.
    Lanes {
        pane: usize,
        per_column: u64,
    },
    /// A panel of the pane that has the whole screen, by its number
    /// ([`Scene::titled`](crate::scene::Scene::titled)).
    Panel(usize),
    /// A row of such a panel, by its position among all rows, also of those that are scrolled away.
    Row {
        panel: usize,
        row: usize,
    },
    /// A moment of the run, in ns, on the line that shows where the view is.
    Moment(u64),
    Item(usize),
    /// The window that lies over the view. A click there does nothing, so that a near miss of
    /// an item does not close it.
    Overlay,
    /// The view beside that window: a click there closes it.
    Beside,
}

/// Where a panel was drawn. All zero for one that was not, as on a screen that is too small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PanelPlace {
    /// Its first line and the one after its last, in the lines that the pane scrolls.
    pub top: u16,
    pub bottom: u16,
    /// Lines that it can be scrolled down in itself.
    pub limit: u16,
    /// Columns and rows of what is inside its frame.
    pub inside: (u16, u16),
}

/// What the last drawing put where. Kept until the next frame, so that a click is understood by
/// the picture that was clicked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Areas in the order in which they were drawn; later ones lie on top. In the coordinates
    /// of the screen.
    pub(crate) zones: Vec<(Rect, Hit)>,
    /// Lines that each pane can be scrolled down, in the order of the panes; none if the screen
    /// was too small to draw any.
    pub(crate) pane_limits: Vec<u16>,
    /// The panels of a pane that has the whole screen, by their numbers, and the lines of it
    /// that are visible at once.
    pub(crate) panels: Vec<PanelPlace>,
    pub(crate) room: u16,
    /// Code with more than one listing is in view.
    pub(crate) listings: bool,
    pub(crate) overlay_limit: u16,
    pub(crate) cursor: Option<(u16, u16)>,
}

impl Hits {
    /// What lies on top at a column and row of the screen; `None` where a click means nothing.
    /// A linear search from the end: there are a few dozen zones.
    pub fn at(&self, x: u16, y: u16) -> Option<&Hit> {
        self.under(x, y).next()
    }

    /// The pane at a column and row, whatever lies in it; `None` under an overlay, which takes
    /// the wheel.
    pub fn pane_at(&self, x: u16, y: u16) -> Option<usize> {
        self.in_view(x, y).find_map(|hit| match hit {
            Hit::Pane(pane) | Hit::Lanes { pane, .. } => Some(*pane),
            _ => None,
        })
    }

    /// Lines that a pane can be scrolled down; 0 if it is shown completely, or if there is no
    /// such pane.
    pub fn pane_limit(&self, pane: usize) -> u16 {
        self.pane_limits.get(pane).copied().unwrap_or(0)
    }

    /// The panel at a column and row, by its number; `None` between panels and under an overlay.
    pub fn panel_at(&self, x: u16, y: u16) -> Option<usize> {
        self.in_view(x, y).find_map(|hit| match hit {
            Hit::Panel(panel) | Hit::Row { panel, .. } => Some(*panel),
            _ => None,
        })
    }

    pub fn panel(&self, number: usize) -> PanelPlace {
        self.panels.get(number).copied().unwrap_or_default()
    }

    /// How much time a column of the lanes that are in view stands for, in ns.
    pub fn lanes(&self) -> Option<u64> {
        self.zones.iter().find_map(|(_, hit)| match hit {
            Hit::Lanes { per_column, .. } => Some(*per_column),
            _ => None,
        })
    }

    /// Whether code with more than one listing is in view.
    pub fn has_listings(&self) -> bool {
        self.listings
    }

    /// Lines of a pane with the whole screen that are visible at once.
    pub fn room(&self) -> u16 {
        self.room
    }

    /// Lines that the help or the lesson can be scrolled down; 0 without an overlay, and for
    /// one that is shown completely.
    pub fn overlay_limit(&self) -> u16 {
        self.overlay_limit
    }

    pub fn cursor(&self) -> Option<(u16, u16)> {
        self.cursor
    }

    /// What lies at a place from the top down, as far as the view shows: nothing of it counts below
    /// a window that lies over it.
    fn in_view(&self, x: u16, y: u16) -> impl Iterator<Item = &Hit> {
        self.under(x, y).take_while(|hit| !matches!(hit, Hit::Overlay | Hit::Beside))
    }

    fn under(&self, x: u16, y: u16) -> impl Iterator<Item = &Hit> {
        self.zones
            .iter()
            .rev()
            .filter(move |(area, _)| area.contains((x, y).into()))
            .map(|(_, hit)| hit)
    }
}
