//! A scene in its place: title and badges in the border, rows of panels, and what it
//! all means at the end.
//!
//! Room is found in this order: the first finding, the panels in the order in which
//! they stand, the other findings. What does not fit can be scrolled to.
//!
//! Must not know: where on the screen it stands, what other panes there are.

use super::body;
use super::frame::{self, Dress, Title};
use super::glyph;
use super::share::{self, Wish};
use super::sheet::Sheet;
use super::text::{self, Piece};
use crate::scene::{Finding, Height, Pane, Panel, Row, Scene, Tone};

/// Panels narrower than this stand under each other instead.
const NARROW: u16 = 24;
/// Nothing that one could scroll through is taller.
const TALLEST: u16 = 2000;
/// Where everything has to be scrolled anyway, what grows gets this many lines.
const COMFORT: u16 = 12;

/// Panels beside each other, with their columns.
struct Strip<'s> {
    places: Vec<Place<'s>>,
    wish: Wish,
    /// Lines of content without which something important is missing.
    least: u16,
}

struct Place<'s> {
    x: u16,
    width: u16,
    panel: &'s Panel,
}

/// How the lines of a pane are used.
struct Plan {
    heights: Vec<u16>,
    /// Lines of findings that always show, at the bottom.
    pinned: u16,
    /// All lines of what scrolls.
    tall: u16,
}

/// Lines that a scene would like, its frame counted and one line of findings.
pub(super) fn want(scene: &Scene, width: u16) -> u16 {
    let strips = strips(scene, width.saturating_sub(4));
    let rows = strips.iter().map(|strip| strip.wish.want);
    rows.fold(3, u16::saturating_add)
}

/// Draws it over the whole sheet; tells how far it can be scrolled.
/// One that is `alone` scrolls rather than squeeze its panels.
pub(super) fn draw(sheet: &mut Sheet<'_>, pane: &Pane, dress: Dress, alone: bool) -> u16 {
    let scene = &pane.scene;
    let title = Title {
        text: &scene.title,
        badges: &scene.badges,
        focused: pane.focused,
    };
    let mut inner = frame::draw(sheet, &title, dress);
    let findings = findings(&scene.findings, inner.width);
    let strips = strips(scene, inner.width);
    let first = scene.findings.first().map_or(0, |_| findings.first);
    let plan = plan(&strips, first, findings.total(), inner.height, alone);
    let room = inner.height.saturating_sub(plan.pinned);
    let limit = plan.tall.saturating_sub(room);
    let scroll = pane.scroll.min(limit);
    {
        let mut window = inner.part(0, 0, inner.width, room);
        let mut content = window.scrolled(plan.tall.max(room), scroll);
        let mut y = 0u16;
        for (strip, &height) in strips.iter().zip(&plan.heights) {
            panels(&mut content, y, height, strip);
            y = y.saturating_add(height);
        }
        if limit > 0 && findings.total() > plan.pinned {
            let mut rest = content.part(0, y, content.width, content.height);
            findings.draw(&mut rest);
        }
    }
    let mut bottom = inner.part(0, room, inner.width, plan.pinned);
    findings.draw(&mut bottom);
    if limit > 0 {
        frame::scrollbar(sheet, dress, scroll, limit);
    }
    limit
}

fn plan(strips: &[Strip<'_>], first: u16, findings: u16, height: u16, alone: bool) -> Plan {
    let wishes: Vec<_> = strips.iter().map(|strip| strip.wish).collect();
    let sum = |line: fn(&Wish) -> u16| wishes.iter().map(line).fold(0, u16::saturating_add);
    let spare = height.saturating_sub(sum(|wish| wish.want));
    let pinned = if spare >= findings {
        findings
    } else {
        // As far as only air gives way: the first in full, others up to a share of the
        // height. One line in any case.
        let squeezed = height.saturating_sub(sum(|wish| wish.least));
        let fair = findings.min(first.max(height / 5));
        spare.max(fair.min(squeezed)).max(1).min(height)
    };
    let room = height - pinned;
    let mut heights = share::by_order(&wishes, room);
    let mut tall = heights.iter().copied().fold(0, u16::saturating_add);
    if tall > room && alone {
        heights = wishes.iter().copied().map(comfortable).collect();
        tall = heights.iter().copied().fold(0, u16::saturating_add);
    }
    // What is not pinned is found further down.
    if findings > pinned {
        tall = tall.saturating_add(findings);
    }
    Plan {
        heights,
        pinned,
        tall,
    }
}

/// Where one scrolls anyway: without air, but what grows gets enough to be read.
fn comfortable(wish: Wish) -> u16 {
    const FRAME: u16 = 2;
    if wish.most <= wish.least.saturating_add(FRAME) {
        wish.least
    } else {
        wish.most.min(COMFORT).max(wish.least)
    }
}

fn strips(scene: &Scene, width: u16) -> Vec<Strip<'_>> {
    let mut strips = Vec::with_capacity(scene.rows.len());
    for row in &scene.rows {
        let count = u16::try_from(row.panels.len()).unwrap_or(u16::MAX);
        if count > 1 && width / count < NARROW {
            strips.extend(row.panels.iter().map(|panel| {
                let place = Place { x: 0, width, panel };
                strip(row, vec![place])
            }));
        } else {
            strips.push(strip(row, beside(&row.panels, width)));
        }
    }
    strips
}

/// Shares the width by weight.
fn beside(panels: &[Panel], width: u16) -> Vec<Place<'_>> {
    let total: u64 = panels.iter().map(|panel| u64::from(panel.weight)).sum();
    let total = total.max(1);
    let edge = |weights: u64| u16::try_from(u64::from(width) * weights / total).unwrap_or(width);
    let mut before = 0;
    panels
        .iter()
        .enumerate()
        .map(|(i, panel)| {
            let x = edge(before);
            before += u64::from(panel.weight);
            let end = edge(before);
            // Without frames, a gap keeps neighbours apart.
            let gap = u16::from(panel.title.is_empty() && i + 1 < panels.len()) * 2;
            Place {
                x,
                width: end.saturating_sub(x + gap),
                panel,
            }
        })
        .collect()
}

fn strip<'s>(row: &Row, places: Vec<Place<'s>>) -> Strip<'s> {
    let needs = places.iter().map(|place| {
        let framed = !place.panel.title.is_empty();
        let width = place.width.saturating_sub(if framed { 4 } else { 0 });
        let need = body::need(&place.panel.body, width);
        (need, u16::from(framed))
    });
    let (mut content, mut least, mut most, mut framed) = (0, 0, 0, 0);
    for (need, frame) in needs {
        content = content.max(need.least);
        least = least.max(need.least.saturating_add(frame));
        most = most.max(need.most.saturating_add(frame * 2));
        framed = framed.max(frame * 2);
    }
    let wish = match row.height {
        Height::Lines(lines) => {
            let want = lines.saturating_add(framed).min(TALLEST);
            let least = least.min(want);
            Wish {
                least,
                want,
                most: want,
                weight: 0,
            }
        }
        Height::Fill { min, weight } => {
            let want = min.saturating_add(framed).min(TALLEST);
            let (least, most) = (least.min(want), most.max(want));
            Wish {
                least,
                want,
                most,
                weight,
            }
        }
    };
    Strip {
        places,
        wish,
        least: content,
    }
}

fn panels(sheet: &mut Sheet<'_>, y: u16, height: u16, strip: &Strip<'_>) {
    for place in &strip.places {
        let mut part = sheet.part(place.x, y, place.width, height);
        let panel = place.panel;
        if panel.title.is_empty() {
            body::draw(&mut part, &panel.body);
            continue;
        }
        let dress = match height {
            0 | 1 => Dress::Bare,
            _ if height < strip.least.saturating_add(2) => Dress::Ruled,
            2 | 3 => Dress::Ruled,
            _ => Dress::Framed,
        };
        let note = [(panel.note.as_str(), Tone::Dim).into()];
        let title = Title {
            text: &panel.title,
            badges: if panel.note.is_empty() { &[] } else { &note },
            focused: false,
        };
        let mut inner = frame::draw(&mut part, &title, dress);
        body::draw(&mut inner, &panel.body);
    }
}

/// Findings as wrapped lines.
struct Findings<'s> {
    lines: Vec<(Option<char>, Vec<Piece<'s, Tone>>)>,
    tones: Vec<Tone>,
    /// Lines of the first.
    first: u16,
}

fn findings(findings: &[Finding], width: u16) -> Findings<'_> {
    let mut all = Findings {
        lines: Vec::new(),
        tones: Vec::new(),
        first: 0,
    };
    for finding in findings {
        let pieces = [(finding.text.as_str(), Tone::Plain)];
        let lines = text::wrap(&pieces, width.saturating_sub(2));
        if all.first == 0 {
            all.first = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        }
        for (i, line) in lines.into_iter().enumerate() {
            let sign = (i == 0).then(|| glyph::weight(finding.weight));
            all.lines.push((sign, line));
            all.tones.push(finding.weight.tone());
        }
    }
    all
}

impl Findings<'_> {
    fn total(&self) -> u16 {
        u16::try_from(self.lines.len()).unwrap_or(u16::MAX)
    }

    /// Draws as many lines as the sheet has; tells if there are more.
    fn draw(&self, sheet: &mut Sheet<'_>) {
        for (y, ((sign, line), tone)) in (0..sheet.height).zip(self.lines.iter().zip(&self.tones)) {
            if let Some(sign) = sign {
                let style = sheet.tone(*tone);
                sheet.glyph(0, y, *sign, style);
            }
            sheet.pieces(2, y, line);
        }
        let hidden = self.total().saturating_sub(sheet.height);
        if hidden > 0 && sheet.height > 0 {
            let style = sheet.tone(Tone::Dim);
            let more = format!(" … +{hidden}");
            sheet.right(sheet.width, sheet.height - 1, &more, style);
        }
    }
}
