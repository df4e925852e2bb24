//! What lies over the view: help, lesson, menu, and a line of input.
//!
//! Must not know: what is chosen or typed for.

use super::chrome;
use super::frame::{self, Dress, Title};
use super::glyph::CHOSEN;
use super::hits::Hit;
use super::markdown;
use super::sheet::Sheet;
use super::text;
use super::theme::Charset;
use crate::scene::{HelpGroup, KeyHint, Menu, Overlay, Tone};

/// Lines longer than this are hard to read.
const MEASURE: u16 = 78;
/// Columns between columns of the help.
const GAP: u16 = 4;

/// What the program needs to know of it.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) limit: u16,
    pub(super) cursor: Option<(u16, u16)>,
}

/// Draws over `view`, the room between header and notice.
pub(super) fn draw(view: &mut Sheet<'_>, overlay: &Overlay) -> Drawn {
    view.wash();
    let (width, height) = (view.width, view.height);
    view.zone(0, 0, width, height, Hit::Beside);
    match overlay {
        Overlay::Help { groups, scroll } => help(view, groups, *scroll),
        Overlay::Lesson {
            title,
            markdown,
            scroll,
        } => lesson(view, title, markdown, *scroll),
        Overlay::Menu(choices) => menu(view, choices),
        Overlay::Prompt { .. } => Drawn::default(),
    }
}

/// A framed sheet of so many columns and lines inside, in the middle, or what there is room for.
fn window<'s>(view: &'s mut Sheet<'_>, columns: u16, lines: u16) -> Sheet<'s> {
    let width = columns.saturating_add(4).min(view.width);
    let height = lines.saturating_add(2).min(view.height);
    let (x, y) = ((view.width - width) / 2, (view.height - height) / 2);
    let mut window = view.part(x, y, width, height);
    window.clear();
    window.zone(0, 0, width, height, Hit::Overlay);
    window
}

fn title(text: &str) -> Title<'_> {
    Title {
        text,
        badges: &[],
        focused: true,
    }
}

fn dress(window: &Sheet<'_>) -> Dress {
    match window.height {
        0 | 1 => Dress::Bare,
        2 | 3 => Dress::Ruled,
        _ => Dress::Framed,
    }
}

fn lesson(view: &mut Sheet<'_>, name: &str, markdown: &str, scroll: u16) -> Drawn {
    let columns = MEASURE.min(view.width.saturating_sub(4));
    let lines = u16::try_from(markdown::height(markdown, columns)).unwrap_or(u16::MAX);
    let mut window = window(view, columns, lines);
    let dress = dress(&window);
    let mut inside = frame::draw(&mut window, &title(name), dress);
    let limit = lines.saturating_sub(inside.height);
    let scroll = scroll.min(limit);
    markdown::draw(&mut inside, markdown, scroll);
    if limit > 0 {
        frame::scrollbar(&mut window, dress, scroll, limit);
    }
    Drawn {
        limit,
        cursor: None,
    }
}

/// Groups one under the other, in as many columns as there is room for.
fn help(view: &mut Sheet<'_>, groups: &[HelpGroup], scroll: u16) -> Drawn {
    let ascii = view.theme.charset() == Charset::Ascii;
    let cap = |hint: &KeyHint| text::width(&chrome::key_cap(&hint.key, ascii));
    let all = || groups.iter().flat_map(|group| &group.keys);
    let keys = all().map(cap).max().unwrap_or(0).min(view.width / 3);
    let labels = all().map(|hint| text::width(&hint.label));
    let titles = groups.iter().map(|group| text::width(&group.title));
    let column = labels
        .map(|label| label.saturating_add(keys + 2))
        .chain(titles)
        .max()
        .unwrap_or(0)
        .min(view.width.saturating_sub(4));
    let room = view.width.saturating_sub(4).saturating_add(GAP);
    let most = usize::from(room / column.saturating_add(GAP)).clamp(1, 4);
    let sizes: Vec<usize> = groups.iter().map(|group| group.keys.len() + 2).collect();
    let (columns, lines) = columns(&sizes, most, usize::from(view.height.saturating_sub(2)));
    let used = u16::try_from(columns.len()).unwrap_or(1).max(1);
    let wide = used
        .saturating_mul(column.saturating_add(GAP))
        .saturating_sub(GAP);
    let lines = u16::try_from(lines.saturating_sub(1)).unwrap_or(u16::MAX);
    let mut window = window(view, wide, lines);
    let dress = dress(&window);
    let mut inside = frame::draw(&mut window, &title("Keys"), dress);
    let limit = lines.saturating_sub(inside.height);
    let scroll = scroll.min(limit);
    let mut tall = inside.scrolled(lines, scroll);
    for (i, range) in (0u16..).zip(columns) {
        let x = i.saturating_mul(column.saturating_add(GAP));
        let mut part = tall.part(x, 0, column, lines);
        help_column(&mut part, &groups[range], keys, ascii);
    }
    if limit > 0 {
        frame::scrollbar(&mut window, dress, scroll, limit);
    }
    Drawn {
        limit,
        cursor: None,
    }
}

fn help_column(sheet: &mut Sheet<'_>, groups: &[HelpGroup], keys: u16, ascii: bool) {
    let [strong, accent, plain] = [Tone::Strong, Tone::Accent, Tone::Plain].map(|t| sheet.tone(t));
    let mut y = 0;
    for group in groups {
        sheet.fit(0, y, sheet.width, &group.title, strong);
        y += 1;
        for hint in &group.keys {
            let cap = chrome::key_cap(&hint.key, ascii);
            sheet.fit(0, y, keys, &cap, accent);
            let room = sheet.width.saturating_sub(keys + 2);
            sheet.fit(keys + 2, y, room, &hint.label, plain);
            if !hint.press.is_empty() {
                sheet.zone(0, y, sheet.width, 1, Hit::Key(hint.press.clone()));
            }
            y += 1;
        }
        y += 1;
    }
}

/// Breaks groups into at most `most` columns in reading order, as few as keep them below
/// `height` lines; tells the height they take.
fn columns(sizes: &[usize], most: usize, height: usize) -> (Vec<std::ops::Range<usize>>, usize) {
    let mut best = (Vec::new(), usize::MAX);
    for count in 1..=most {
        let split = split(sizes, count);
        let tall = split
            .iter()
            .map(|range| sizes[range.clone()].iter().sum())
            .max();
        let tall = tall.unwrap_or(0);
        if tall < best.1 {
            best = (split, tall);
        }
        // The last group of a column needs no blank line after it.
        if best.1 <= height + 1 {
            break;
        }
    }
    best
}

/// Breaks groups into `count` columns of about the same height.
fn split(sizes: &[usize], count: usize) -> Vec<std::ops::Range<usize>> {
    let mut limit = sizes.iter().sum::<usize>().div_ceil(count.max(1));
    loop {
        let mut ranges = Vec::new();
        let (mut start, mut used) = (0, 0);
        for (at, size) in sizes.iter().enumerate() {
            if used + size > limit && at > start {
                ranges.push(start..at);
                (start, used) = (at, 0);
            }
            used += size;
        }
        if start < sizes.len() {
            ranges.push(start..sizes.len());
        }
        if ranges.len() <= count {
            return ranges;
        }
        limit += 1;
    }
}

fn menu(view: &mut Sheet<'_>, menu: &Menu) -> Drawn {
    let items = menu.items.iter().map(|item| {
        let spans = item.0.iter().map(|span| text::width(&span.text));
        spans.fold(2, u16::saturating_add)
    });
    let wide = [text::width(&menu.title) + 4, text::width(&menu.hint)];
    let columns = items.chain(wide).max().unwrap_or(0).clamp(20, 100);
    let hint = u16::from(!menu.hint.is_empty()) * 2;
    let count = u16::try_from(menu.items.len()).unwrap_or(u16::MAX);
    let mut window = window(view, columns, count.saturating_add(hint));
    let dress = dress(&window);
    let mut inside = frame::draw(&mut window, &title(&menu.title), dress);
    // The hint goes before the last choice does.
    let hint = if inside.height > hint + 2 { hint } else { 0 };
    let shown = usize::from(inside.height - hint);
    let last = menu.items.len().saturating_sub(shown);
    let first = menu.selected.saturating_sub(shown / 2).min(last);
    let accent = inside.tone(Tone::Accent);
    for (y, (at, item)) in (0u16..).zip(menu.items.iter().enumerate().skip(first).take(shown)) {
        inside.spans(2, y, inside.width.saturating_sub(2), &item.0);
        if at == menu.selected {
            inside.glyph(0, y, CHOSEN, accent);
            let style = inside.theme.selected;
            inside.tint(0, y, inside.width, style);
        }
        inside.zone(0, y, inside.width, 1, Hit::Item(at));
    }
    if hint > 0 {
        let dim = inside.tone(Tone::Dim);
        inside.fit(0, inside.height - 1, inside.width, &menu.hint, dim);
    }
    let limit = u16::try_from(last).unwrap_or(u16::MAX);
    if limit > 0 {
        let scroll = u16::try_from(first).unwrap_or(limit);
        frame::scrollbar(&mut window, dress, scroll, limit);
    }
    Drawn::default()
}

/// A line of input over the notice: label, what was typed, and a hint while there is room.
pub(super) fn prompt(line: &mut Sheet<'_>, label: &str, typed: &str, hint: &str) -> Drawn {
    line.clear();
    line.zone(0, 0, line.width, 1, Hit::Overlay);
    let [accent, strong, dim] = [Tone::Accent, Tone::Strong, Tone::Dim].map(|t| line.tone(t));
    let x = line.fit(1, 0, line.width / 3, label, accent) + 1;
    // The end of a long text is where one types.
    let room = line.width.saturating_sub(x + 1);
    let mut tail = typed;
    while text::width(tail) > room {
        let mut chars = tail.chars();
        chars.next();
        tail = chars.as_str();
    }
    let x = line.put(x, 0, tail, strong);
    line.glyph(x, 0, '▏', accent);
    let room = line.width.saturating_sub(x + 3);
    if text::width(hint) <= room {
        line.put(x + 3, 0, hint, dim);
    }
    Drawn {
        limit: 0,
        cursor: line.place(x, 0),
    }
}
