//! One panel of a pane in its frame: marked where it has the keyboard, scrolled in itself where
//! its place is too low for it, and with zones for clicks.

use super::body;
use super::canvas::Canvas;
use super::captions::Captions;
use super::frame::{self, Border, Title};
use super::hits::{Hit, PanelPlace};
use crate::scene::{Body, Pane, Panel};

/// A panel's number within its pane, and the pane itself, which says what has the keyboard and
/// how far its panels are scrolled.
#[derive(Clone, Copy, Debug)]
pub struct InPane<'p> {
    pub pane: &'p Pane,
    pub number: usize,
}

impl InPane<'_> {
    pub fn focused(&self) -> bool {
        self.pane.panel == Some(self.number)
    }

    pub fn scroll(&self) -> u16 {
        self.pane.scrolls.get(self.number).copied().unwrap_or(0)
    }
}

/// Draws a panel over the whole canvas. Without `within`, as on the dashboard, it is part of a
/// picture that is chosen and scrolled as a whole.
pub fn draw(
    canvas: &mut Canvas<'_>,
    panel: &Panel,
    border: Border,
    within: Option<InPane<'_>>,
) -> PanelPlace {
    if let Some(within) = within {
        canvas.panel = Some(within.number);
        let (width, height) = (canvas.width, canvas.height);
        canvas.zone(0, 0, width, height, Hit::Panel(within.number));
    }
    let focused = within.is_some_and(|within| within.focused());
    let tabs = body::tabs(&panel.body);
    let note = Some(&panel.note).filter(|note| !note.is_empty());
    let title = Title { text: &panel.title, badges: &[], note: tabs.as_ref().or(note), focused };
    let mut content = frame::draw(canvas, &title, border);
    let inside = (content.width, content.height);
    let scrolls = within.is_some() && scrolls(&panel.body);
    let all = if scrolls { body::height(&panel.body, inside.0, inside.1) } else { 0 };
    let limit = all.saturating_sub(inside.1);
    let scroll = within.map_or(0, |within| within.scroll().min(limit));
    if scroll > 0 {
        body::draw(&mut content.scrolled(all, scroll), &panel.body);
    } else {
        // As it is it counts what does not fit.
        body::draw(&mut content, &panel.body);
    }
    body::foot(&mut frame::foot(canvas, &title, border), &panel.body, inside.1);
    if focused && limit > 0 {
        frame::scrollbar(canvas, border, scroll, limit);
    }
    PanelPlace { limit, inside, ..PanelPlace::default() }
}

/// Whether it is a list of some kind, of which more height shows more. Pictures fill any height,
/// and the story is scrolled by its sentences, since it has more of them than it gives.
fn scrolls(body: &Body) -> bool {
    matches!(
        body,
        Body::Lines(_)
            | Body::Prose(_)
            | Body::Grid(_)
            | Body::Bars(_)
            | Body::Lanes(_)
            | Body::Code(_)
            | Body::Table(_)
            | Body::Graph(_)
            | Body::Tree(_)
            | Body::Cards(_)
    )
}

/// Draws the findings at the bottom of a pane; under a rule while they have the keyboard, so that
/// it can be seen. On the dashboard, without `within`, they are a caption and nothing more.
pub fn pinned(
    canvas: &mut Canvas<'_>,
    captions: &Captions<'_>,
    within: Option<InPane<'_>>,
) -> PanelPlace {
    let Some(within) = within else {
        captions.draw(canvas, 0);
        return PanelPlace::default();
    };
    if within.focused() {
        return findings(canvas, captions, Border::Ruled, within);
    }
    let (width, height) = (canvas.width, canvas.height);
    canvas.zone(0, 0, width, height, Hit::Panel(within.number));
    let limit = captions.total().saturating_sub(height);
    captions.draw(canvas, within.scroll().min(limit));
    PanelPlace { limit, ..PanelPlace::default() }
}

/// Draws the findings as a panel that has the keyboard, scrolled as far as the pane says.
pub fn findings(
    canvas: &mut Canvas<'_>,
    captions: &Captions<'_>,
    border: Border,
    within: InPane<'_>,
) -> PanelPlace {
    let (width, height) = (canvas.width, canvas.height);
    canvas.zone(0, 0, width, height, Hit::Panel(within.number));
    let text = "Findings".into();
    let title = Title { text: &text, badges: &[], note: None, focused: true };
    let mut inside = frame::draw(canvas, &title, border);
    let limit = captions.total().saturating_sub(inside.height);
    let scroll = within.scroll().min(limit);
    captions.draw(&mut inside, scroll);
    if limit > 0 {
        frame::scrollbar(canvas, border, scroll, limit);
    }
    PanelPlace { limit, ..PanelPlace::default() }
}
