//! A scene in its place: title and badges in the border, rows of panels, and what it all means
//! at the end.
//!
//! ```text
//!   ╭ title ─────────── badges ╮   frame
//!   │ ╭ panel ──╮ ╭ panel ──╮  │   a row of the scene; its panels share the width by weight
//!   │ ╰─────────╯ ╰─────────╯  │
//!   │ ╭ panel ──────────────╮  ▐   another row; the rows scroll if they do not fit
//!   │ ╰─────────────────────╯  │
//!   │ ✗ finding                │   pinned: always visible, in lines that are kept for them
//!   ╰──────────────────────────╯
//! ```
//!
//! The lines of the findings are kept whether there are findings or not, so that no panel moves
//! when they come and go. What does not fit can be scrolled to. One of the panels, or the
//! findings, may have the keyboard; zoomed, it has the whole pane.

use super::body;
use super::canvas::Canvas;
use super::captions::Captions;
use super::frame::{self, Border, Title};
use super::hits::PanelPlace;
use super::layout::{self, HeightRequest};
use super::panel::{self, InPane};
use super::rows::{RowLayout, row_layouts};
use crate::scene::{Body, Pane, Scene};

/// Where the pane has to be scrolled anyway, a panel that can grow (a story, a tree) gets this
/// many lines: enough to follow it, few enough that the next panel is near.
const READABLE_HEIGHT: u16 = 12;

struct PaneLayout {
    heights: Vec<u16>,
    /// Lines of findings that are always visible, at the bottom. What it all means is never
    /// scrolled out of sight.
    pinned: u16,
    /// Lines of all that scrolls. More than the room for it means that the pane can be
    /// scrolled.
    tall: u16,
}

/// The lines that a scene needs, and those that it wants, in a pane of the dashboard, with its
/// border and its caption. By these the dashboard divides its height.
pub fn request(scene: &Scene, width: u16) -> [u16; 2] {
    let row_layouts = row_layouts(scene, width.saturating_sub(Border::Framed.columns()));
    let sum = |line: fn(&HeightRequest) -> u16, around: u16| {
        row_layouts.iter().map(|row| line(&row.request)).fold(around, u16::saturating_add)
    };
    // One line of border and one of the caption are enough.
    [sum(|request| request.least, 2), sum(|request| request.want, 4)]
}

/// What the program has to know of a pane that was drawn.
#[derive(Debug, Default)]
pub struct DrawnPane {
    /// Lines that it can be scrolled down; 0 if all of it is in view.
    pub limit: u16,
    /// Lines of it that are visible at once, without the findings.
    pub room: u16,
    /// Where its panels are, by their numbers, the findings last: what the keys for scrolling need.
    pub panels: Vec<PanelPlace>,
    /// Code with more than one listing is in view.
    pub listings: bool,
}

/// Draws a scene over the whole canvas. A pane that is `alone` scrolls before it squeezes its
/// panels, which can have the keyboard; on the dashboard panels are squeezed first.
pub fn draw(canvas: &mut Canvas<'_>, pane: &Pane, border: Border, alone: bool) -> DrawnPane {
    let scene = &pane.scene;
    let focused = pane.focused && pane.panel.is_none();
    let title = Title { text: &scene.title, badges: &scene.badges, note: None, focused };
    let mut inner = frame::draw(canvas, &title, border);
    let count = scene.titled().count();
    if let Some(number) = pane.panel.filter(|number| pane.zoomed && *number <= count) {
        let mut panels = vec![PanelPlace::default(); count + 1];
        panels[number] = zoomed(&mut inner, InPane { pane, number });
        let listings = scene.titled().nth(number).is_some_and(|panel| panel.body.has_listings());
        return DrawnPane { panels, listings, ..DrawnPane::default() };
    }
    let below = InPane { pane, number: count };
    // They are under a rule where they have the keyboard.
    let border_of_findings = if below.focused() { Border::Ruled } else { Border::Bare };
    let width = inner.width.saturating_sub(border_of_findings.columns());
    let findings = Captions::new(&scene.findings, width);
    let mut row_layouts = row_layouts(scene, inner.width);
    hide_stand_ins(&mut row_layouts, findings.total(), inner.height);
    let mut plan = plan(&row_layouts, findings.total(), inner.height, alone);
    if below.focused() {
        plan.pinned = plan.pinned.max((findings.total() + 1).min(inner.height / 2));
    }
    // What is not pinned is found further down.
    if findings.total() > plan.pinned {
        plan.tall = plan.tall.saturating_add(findings.total());
    }
    let room = inner.height.saturating_sub(plan.pinned);
    // From here on everything is drawn as if there were room, and clipped by the canvas.
    let limit = plan.tall.saturating_sub(room);
    let scroll = pane.scroll.min(limit);
    let mut places = Vec::with_capacity(count + 1);
    let mut listings = false;
    {
        let mut window = inner.part(0, 0, inner.width, room);
        let mut content = window.scrolled(plan.tall.max(room), scroll);
        let mut y = 0u16;
        for (row_layout, &height) in row_layouts.iter().zip(&plan.heights) {
            let in_view = y < scroll.saturating_add(room) && y.saturating_add(height) > scroll;
            let mut bodies = row_layout.panels().map(|panel| &panel.body);
            listings |= in_view && bodies.any(Body::has_listings);
            panels(&mut content, y, height, row_layout, alone.then_some(pane), &mut places);
            y = y.saturating_add(height);
        }
        // Findings that are not pinned stand at the end of what scrolls, the pinned ones among
        // them.
        if limit > 0 && findings.total() > plan.pinned {
            let mut rest = content.part(0, y, content.width, content.height);
            findings.draw(&mut rest, 0);
        }
    }
    // Drawn after the rows and outside of what scrolls.
    let mut bottom = inner.part(0, room, inner.width, plan.pinned);
    places.push(panel::pinned(&mut bottom, &findings, alone.then_some(below)));
    if limit > 0 {
        frame::scrollbar(canvas, border, scroll, limit);
    }
    if !alone {
        // On the dashboard panels have no frames of their own.
        let mut foot = frame::foot(canvas, &title, border);
        for (row_layout, &height) in row_layouts.iter().zip(&plan.heights) {
            row_layout.panels().for_each(|panel| body::foot(&mut foot, &panel.body, height));
        }
    }
    DrawnPane { limit, room, panels: places, listings }
}

/// Draws one panel alone, or the findings, over the whole pane. The number is one past the last
/// panel for the findings.
fn zoomed(canvas: &mut Canvas<'_>, within: InPane<'_>) -> PanelPlace {
    let scene = &within.pane.scene;
    let low = canvas.height <= 4;
    if let Some(one) = scene.titled().nth(within.number) {
        let border = if low { Border::Ruled } else { Border::of(one) };
        panel::draw(canvas, one, border, Some(within))
    } else {
        let border = if low { Border::Ruled } else { Border::Framed };
        let inside = canvas.width.saturating_sub(border.columns());
        panel::findings(canvas, &Captions::new(&scene.findings, inside), border, within)
    }
}

/// Lines kept for findings in a pane of this height: one, and more where more room would only
/// make the pictures larger. A pane of a few lines has none to spare while there is no finding.
fn kept_for_findings(height: u16, findings: u16) -> u16 {
    const FEW: u16 = 4;
    if height < FEW { findings.min(1).min(height) } else { (height / 9).clamp(1, 6) }
}

/// Divides the height between the rows and the findings. What the rows cannot use goes to the
/// findings, too.
fn plan(row_layouts: &[RowLayout<'_>], findings: u16, height: u16, alone: bool) -> PaneLayout {
    let mut requests: Vec<_> = row_layouts.iter().map(|row_layout| row_layout.request).collect();
    let mut pinned = kept_for_findings(height, findings);
    if !alone {
        // On the dashboard they are a caption: all but its first line goes before a picture does.
        let least: Vec<_> = requests.iter().map(|request| request.least).collect();
        pinned = pinned.min(height.saturating_sub(sum(&least)).max(1));
    }
    let room = height - pinned;
    let mut heights = layout::by_priority(&requests, room);
    // What is too little to make a picture larger goes to the others.
    for ((request, height), row_layout) in requests.iter_mut().zip(&heights).zip(row_layouts) {
        request.most = request.most.min(height - row_layout.spare(*height)).max(request.want);
    }
    heights = layout::by_priority(&requests, room);
    let mut tall = sum(&heights);
    if tall > room && alone {
        heights = row_layouts.iter().map(readable_height).collect();
        tall = sum(&heights);
    }
    let pinned = pinned.max(height.saturating_sub(tall));
    PaneLayout { heights, pinned, tall }
}

/// Leaves out each row that stands for a panel which is in view without it.
fn hide_stand_ins(row_layouts: &mut [RowLayout<'_>], findings: u16, height: u16) {
    for at in 0..row_layouts.len() {
        let Some(title) = row_layouts[at].stands_for else { continue };
        let request = std::mem::take(&mut row_layouts[at].request);
        let PaneLayout { heights, pinned, .. } = plan(row_layouts, findings, height, true);
        let is_there = |row: &RowLayout<'_>| row.panels().any(|panel| *panel.title == *title);
        let in_view = row_layouts.iter().position(is_there);
        if in_view.is_none_or(|row| sum(&heights[..=row]) > height - pinned) {
            row_layouts[at].request = request;
        }
    }
}

fn sum(heights: &[u16]) -> u16 {
    heights.iter().copied().fold(0, u16::saturating_add)
}

/// The height of a row where the pane scrolls anyway: all that it wants, and what grows gets
/// enough to be read.
fn readable_height(row_layout: &RowLayout<'_>) -> u16 {
    let request = row_layout.request;
    // Values in boxes are as readable in a line.
    let is_line = |body: &Body| matches!(body, Body::Boxes(_));
    let are_lines = row_layout.panels().all(|panel| is_line(&panel.body));
    if are_lines || request.want >= READABLE_HEIGHT / 2 {
        // The scene knows what is enough.
        request.want
    } else {
        request.most.min(READABLE_HEIGHT).max(request.want)
    }
}

/// Draws the panels of a row, and adds where those are that can have the keyboard. The lower the
/// row, the less border they have: the content goes before its frame.
fn panels(
    canvas: &mut Canvas<'_>,
    y: u16,
    height: u16,
    row_layout: &RowLayout<'_>,
    pane: Option<&Pane>,
    places: &mut Vec<PanelPlace>,
) {
    for area in row_layout.areas(y, height) {
        let (top, bottom) = (area.y, area.y.saturating_add(area.height));
        let mut part = canvas.part(area.x, top, area.width, area.height);
        #[cfg(test)]
        super::probe::panel(&area.panel.title, part.area());
        if area.panel.title.is_empty() {
            body::draw(&mut part, &area.panel.body);
            continue;
        }
        let border = match area.height {
            0 | 1 => Border::Bare,
            _ if height < row_layout.least.saturating_add(2) => Border::Ruled,
            2 | 3 => Border::Ruled,
            _ => Border::of(area.panel),
        };
        let within = pane.map(|pane| InPane { pane, number: places.len() });
        let place = panel::draw(&mut part, area.panel, border, within);
        places.push(PanelPlace { top, bottom, ..place });
    }
}
