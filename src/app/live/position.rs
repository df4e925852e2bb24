//! How far something is scrolled.

/// Lines scrolled down, for each of the two pictures of a lab: in its pane of the dashboard,
/// and where it has the whole screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    pub compact: u16,
    pub full: u16,
    /// Of each panel in itself, by its number.
    pub panels: Vec<u16>,
}

/// A scroll position moved by `by` and kept within 0 and `limit`. `from` may lie beyond the
/// limit after the window has grown.
pub fn moved(from: u16, by: i32, limit: u16) -> u16 {
    let to = i32::from(from.min(limit)) + by;
    u16::try_from(to.clamp(0, i32::from(limit))).unwrap_or(0)
}
