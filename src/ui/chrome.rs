//! What every screen has around its view: the header with tabs and badges, the notice, and the
//! footer with keys. Each takes one line, so each has to decide what to leave out when it is
//! narrow: what has the lowest rank stays longest.
//!
//! ```text
//!  threadbare  1 Dashboard  2 List  3 Factorial        4 cores   seed 42   ▶ live
//!  0:03 ├────●────┤ 0:12   12.103 s  remove-1 removed 8, the list is now empty
//!  l lock  s speed  tab next pane  ? help  q quit
//! ```

use super::canvas::Canvas;
use super::glyph;
use super::hits::Hit;
use super::text;
use super::theme::Charset;
use crate::scene::{Badge, KeyHint, Notice, PlayheadBar, Tab, Tone, Weight};

const NAME: &str = "threadbare";

/// How the tabs are written, from the widest to the narrowest: with the program's name and
/// blanks around each, without the name, with fewer blanks, with their short titles, the others
/// by their keys alone, the chosen one alone. The widest that fits is used, so the same screen
/// has the same tabs at the same width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tabs {
    Airy,
    Roomy,
    Close,
    Short,
    Keys,
    One,
}

/// Columns that the tabs leave for the badge of rank 0 (is the picture live or frozen?), with
/// the blanks before it. A constant, so that no tab moves when that badge changes.
const STATE: u16 = 12;

/// Draws tabs at the left and badges at the right. The tabs are chosen first, in the widest form
/// that leaves room for the state of the run; the badges take what is left.
pub fn header(canvas: &mut Canvas<'_>, tabs: &[Tab], badges: &[Badge]) {
    let width = canvas.width;
    let state = if badges.is_empty() { 0 } else { STATE };
    let form = [Tabs::Airy, Tabs::Roomy, Tabs::Close, Tabs::Short, Tabs::Keys]
        .into_iter()
        .find(|form| tabs_width(tabs, *form).saturating_add(state) <= width)
        .unwrap_or(Tabs::One);
    let mut x = 0;
    if form == Tabs::Airy {
        let style = canvas.tone(Tone::Strong);
        x = canvas.put(1, 0, NAME, style) + 1;
    }
    for (at, tab) in tabs.iter().enumerate() {
        x = draw_tab(canvas, x, at, tab, form);
    }
    let mut rest = canvas.part(x, 0, width.saturating_sub(x + edge(form)), 1);
    draw_badges(&mut rest, badges);
}

fn edge(form: Tabs) -> u16 {
    u16::from(!matches!(form, Tabs::Close | Tabs::Short))
}

fn title(tab: &Tab, form: Tabs) -> &str {
    if form == Tabs::Short { tab.title.shortest() } else { &tab.title }
}

fn tab_width(tab: &Tab, form: Tabs) -> u16 {
    let title = text::width(title(tab, form));
    match form {
        Tabs::Airy | Tabs::Roomy => title.saturating_add(4),
        Tabs::Close | Tabs::Short => title.saturating_add(3),
        Tabs::Keys | Tabs::One if tab.selected => title.saturating_add(4),
        Tabs::Keys => 2,
        Tabs::One => 0,
    }
}

fn tabs_width(tabs: &[Tab], form: Tabs) -> u16 {
    let name = if form == Tabs::Airy { text::width(NAME) + 2 } else { 0 };
    tabs.iter().map(|tab| tab_width(tab, form)).fold(name, u16::saturating_add)
}

fn draw_tab(canvas: &mut Canvas<'_>, x: u16, at: usize, tab: &Tab, form: Tabs) -> u16 {
    let columns = tab_width(tab, form);
    if columns == 0 {
        return x;
    }
    let end = x.saturating_add(columns).min(canvas.width);
    let key = canvas.tone(Tone::Accent);
    let label = canvas.tone(if tab.selected { Tone::Strong } else { Tone::Dim });
    let after = canvas.put(x + 1, 0, tab.key.encode_utf8(&mut [0; 4]), key);
    if tab.selected || form != Tabs::Keys {
        canvas.fit(after + 1, 0, end.saturating_sub(after + 1), title(tab, form), label);
    }
    if tab.answered {
        let style = canvas.tone(Tone::Good);
        // In a blank that is there without it, so that a tick moves no tab: between the key and the
        // title, or before a key that stands alone.
        let alone = form == Tabs::Keys && !tab.selected;
        let place = if alone { x } else { after };
        canvas.glyph(place, 0, glyph::weight(Weight::Fine), style);
    }
    if tab.selected {
        let style = canvas.theme.selected;
        if canvas.theme.has_colour() {
            canvas.tint(x, 0, end - x, style);
        } else {
            // Brackets where colour cannot mark it.
            let last = end.saturating_sub(edge(form));
            canvas.tint(x + 1, 0, last.saturating_sub(x + 1), style);
            canvas.glyph(x, 0, '[', label);
            canvas.glyph(last, 0, ']', label);
        }
    }
    canvas.zone(x, 0, columns, 1, Hit::Tab(at));
    end
}

/// Draws the most important badges that fit, flush right, in the order given. They are chosen
/// by rank and then drawn by position, so that a badge does not change its place when another
/// one disappears behind it.
fn draw_badges(canvas: &mut Canvas<'_>, badges: &[Badge]) {
    let mut order: Vec<usize> = (0..badges.len()).collect();
    order.sort_by_key(|at| badges[*at].rank);
    // One column before the first, two between any.
    let mut left = canvas.width.saturating_sub(1);
    let mut shown: Vec<(usize, u16)> = Vec::with_capacity(badges.len());
    for at in order {
        let columns = text::width(badges[at].text.fit(left, text::width));
        if columns > left {
            // Better half of the most important than nothing.
            if shown.is_empty() && left > 3 {
                shown.push((at, left));
            }
            break;
        }
        shown.push((at, columns));
        left = left.saturating_sub(columns + 2);
    }
    shown.sort_unstable();
    let mut end = canvas.width;
    for (at, columns) in shown.into_iter().rev() {
        let badge = &badges[at];
        let style = canvas.tone(badge.tone);
        let start = end.saturating_sub(columns);
        canvas.label(start, 0, columns, &badge.text, style);
        end = start.saturating_sub(2);
    }
}

/// Draws the line below the view: where in its run the view is, if not at its end, and the
/// sentence after it.
pub fn notice(canvas: &mut Canvas<'_>, notice: Option<&Notice>, playhead: Option<&PlayheadBar>) {
    let x = playhead.map_or(1, |playhead| timeline(canvas, playhead) + 2);
    if let Some((last, before)) = notice.and_then(|notice| notice.text.0.split_last()) {
        let end = canvas.width.saturating_sub(1);
        let x = canvas.spans(x, 0, end.saturating_sub(x), before);
        let style = canvas.tone(last.tone);
        canvas.put(x, 0, &text::shorten(&last.text, end.saturating_sub(x)), style);
    }
}

/// Draws the time that can be moved to as a line with a mark at the moment that is shown. A
/// click on it moves there. Returns the column after it.
fn timeline(canvas: &mut Canvas<'_>, playhead: &PlayheadBar) -> u16 {
    let PlayheadBar { from, at, to, ends: [first, last] } = playhead;
    let (dim, accent) = (canvas.tone(Tone::Dim), canvas.tone(Tone::Accent));
    let start = canvas.put(1, 0, first, dim) + 1;
    let columns = (canvas.width / 4).clamp(8, 48);
    let span = u128::from(to.saturating_sub(*from)).max(1);
    let cells = u128::from(columns - 1);
    for cell in 0..columns {
        let moment = u128::from(*from) + span * u128::from(cell) / cells;
        let sign = match cell {
            0 => '├',
            _ if cell + 1 == columns => '┤',
            _ => '─',
        };
        canvas.glyph(start + cell, 0, sign, dim);
        let moment = u64::try_from(moment).unwrap_or(u64::MAX);
        canvas.zone(start + cell, 0, 1, 1, Hit::Moment(moment));
    }
    let done = u128::from(at.saturating_sub(*from)).min(span) * cells / span;
    canvas.glyph(start + u16::try_from(done).unwrap_or(0), 0, '●', accent);
    // The sentence after it needs the rest.
    canvas.label(start + columns + 1, 0, canvas.width / 5, last, dim)
}

/// Draws the most important keys that fit, in the order given. A click on one presses it. One
/// that is too long is left out without those behind it.
pub fn footer(canvas: &mut Canvas<'_>, keys: &[KeyHint]) {
    let ascii = canvas.theme.charset() == Charset::Ascii;
    let inset = u16::from(canvas.width > 30);
    // Every hint is counted with the gap after it; the last one needs none.
    let room = canvas.width.saturating_add(2).saturating_sub(inset);
    let width = |hint: &KeyHint, label: &str| {
        let key = key_cap(&hint.key, ascii);
        text::width(key).saturating_add(text::width(label)).saturating_add(3)
    };
    let all = keys.iter().map(|hint| width(hint, &hint.label)).fold(0, u16::saturating_add);
    // All are short or none is, so that the footer does not change word by word.
    let short = all > room;
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|at| keys[*at].rank);
    let mut left = room;
    let mut shown: Vec<usize> = order
        .into_iter()
        .filter(|at| {
            let columns = width(&keys[*at], form(&keys[*at], short));
            let fits = columns <= left;
            // One that is too long does not keep shorter ones of less importance away.
            left = if fits { left - columns } else { left };
            fits
        })
        .collect();
    shown.sort_unstable();
    let (accent, dim) = (canvas.tone(Tone::Accent), canvas.tone(Tone::Dim));
    let mut x = inset;
    for hint in shown.into_iter().map(|at| &keys[at]) {
        let start = x;
        x = canvas.put(x, 0, key_cap(&hint.key, ascii), accent);
        x = canvas.put(x + 1, 0, form(hint, short), dim);
        canvas.zone(start, 0, x - start, 1, Hit::Key(hint.press.clone()));
        x += 2;
    }
}

fn form(hint: &KeyHint, short: bool) -> &str {
    if short { hint.label.shortest() } else { &hint.label }
}

/// A key as it is printed on keyboards, as far as there are characters for it; in ASCII its
/// name.
pub fn key_cap(key: &str, ascii: bool) -> &str {
    match key {
        _ if ascii => key,
        "left/right" => "←→",
        "up/down" => "↑↓",
        "left" => "←",
        "right" => "→",
        "up" => "↑",
        "down" => "↓",
        "enter" => "⏎",
        _ => key,
    }
}
