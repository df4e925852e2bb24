//! What lies over the view: lesson, menu, and a line of input; the help has a module of its
//! own. What is chosen or typed for is decided elsewhere.

use super::canvas::Canvas;
use super::frame;
use super::glyph::CHOSEN;
use super::help;
use super::hits::Hit;
use super::markdown;
use super::pane;
use super::text;
use super::window::{Drawn, border, title, window};
use crate::scene::{Label, Menu, Overlay, Tone};

/// Columns of a lesson at most. Lines of more than about 75 characters are hard to read,
/// because the eye loses the next line.
const MEASURE: u16 = 78;
/// Columns that the label of a prompt leaves for what is typed, so that a long label never hides
/// it.
const TYPED: u16 = 16;

/// Columns of a menu at most; a longer item is cut.
const WIDEST_MENU: u16 = 100;

/// Draws over `view`, the room between header and notice. The view stays visible, without its
/// colours.
pub fn draw(view: &mut Canvas<'_>, overlay: &Overlay) -> Drawn {
    view.dim_all();
    let (width, height) = (view.width, view.height);
    // Before the window, whose own zone lies on top of this one.
    view.zone(0, 0, width, height, Hit::Beside);
    match overlay {
        Overlay::Help { groups, selected, search } => {
            help::draw(view, groups, *selected, search.as_deref())
        }
        Overlay::Lesson { title, markdown, scroll } => lesson(view, title, markdown, *scroll),
        Overlay::Menu(choices) => menu(view, choices),
        Overlay::Answer(answer) => {
            let (width, height) = (view.width, view.height);
            let mut window = window(view, width, height);
            let border = border(&window);
            let drawn = pane::draw(&mut window, answer, border, true);
            // Its panels are no panels of the lab below.
            window.zone(0, 0, width, height, Hit::Overlay);
            Drawn { limit: drawn.limit, cursor: None }
        }
        Overlay::Prompt { .. } => Drawn::default(),
    }
}

/// A lesson, as long as its text if there is room, or else with a scrollbar. The caller's
/// position is kept within what there is to scroll.
fn lesson(view: &mut Canvas<'_>, name: &str, markdown: &str, scroll: u16) -> Drawn {
    let columns = MEASURE.min(view.width.saturating_sub(4));
    let lines = u16::try_from(markdown::height(markdown, columns)).unwrap_or(u16::MAX);
    let mut window = window(view, columns, lines);
    let border = border(&window);
    let mut inside = frame::draw(&mut window, &title(&name.into()), border);
    let limit = lines.saturating_sub(inside.height);
    let scroll = scroll.min(limit);
    markdown::draw(&mut inside, markdown, scroll);
    if limit > 0 {
        frame::scrollbar(&mut window, border, scroll, limit);
    }
    Drawn { limit, cursor: None }
}

/// A menu with its items, the chosen one in view, and a hint below them if there is room. Each
/// item is a zone: a click chooses and accepts it.
fn menu(view: &mut Canvas<'_>, menu: &Menu) -> Drawn {
    let items = menu.items.iter().map(|item| {
        let spans = item.0.iter().map(|span| text::width(&span.text));
        spans.fold(2, u16::saturating_add)
    });
    let wide = [text::width(&menu.title) + 4, text::width(&menu.hint)];
    let widest = view.width.saturating_sub(4).min(WIDEST_MENU);
    let columns = items.chain(wide).max().unwrap_or(0).clamp(20, widest.max(20));
    // A question that is too long for the border stands above its answers instead.
    let pieces = [(menu.title.as_str(), Tone::Strong)];
    let fits = text::width(&menu.title) + 4 <= columns;
    let asked = if fits { Vec::new() } else { text::wrap(&pieces, columns) };
    let head = u16::try_from(asked.len()).unwrap_or(0);
    let hint = u16::from(!menu.hint.is_empty()) * 2;
    let count = u16::try_from(menu.items.len()).unwrap_or(u16::MAX);
    let mut window = window(view, columns, count.saturating_add(hint + head));
    let border = border(&window);
    let name = if fits { menu.title.clone() } else { Label::default() };
    let mut whole = frame::draw(&mut window, &title(&name), border);
    // The question goes before the last choice does.
    let head = if whole.height > head + 2 { head } else { 0 };
    for (y, line) in (0..head).zip(&asked) {
        whole.pieces(0, y, line);
    }
    let (width, height) = (whole.width, whole.height - head);
    let mut inside = whole.part(0, head, width, height);
    // So does the hint.
    let hint = if inside.height > hint + 2 { hint } else { 0 };
    let shown = usize::from(inside.height - hint);
    let last = menu.items.len().saturating_sub(shown);
    // The chosen item stays in the middle while there are items on both sides.
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
        inside.label(0, inside.height - 1, inside.width, &menu.hint, dim);
    }
    let limit = u16::try_from(last).unwrap_or(u16::MAX);
    if limit > 0 {
        let scroll = u16::try_from(first).unwrap_or(limit);
        frame::scrollbar(&mut window, border, scroll, limit);
    }
    Drawn::default()
}

/// A line of input in the place of the notice: label, what was typed, and a hint while there is
/// room.
pub fn prompt(line: &mut Canvas<'_>, label: &Label, typed: &str, hint: &Label) -> Drawn {
    line.clear();
    line.zone(0, 0, line.width, 1, Hit::Overlay);
    let [accent, strong, dim] = [Tone::Accent, Tone::Strong, Tone::Dim].map(|t| line.tone(t));
    let x = line.label(1, 0, line.width.saturating_sub(TYPED), label, accent) + 1;
    let room = line.width.saturating_sub(x + 1);
    // The end of a long text is where the user types, so the beginning is cut.
    let mut tail = typed;
    while text::width(tail) > room {
        let mut chars = tail.chars();
        chars.next();
        tail = chars.as_str();
    }
    let x = line.put(x, 0, tail, strong);
    line.glyph(x, 0, '▏', accent);
    let room = line.width.saturating_sub(x + 3);
    if text::width(hint.shortest()) <= room {
        line.label(x + 3, 0, room, hint, dim);
    }
    Drawn { limit: 0, cursor: line.place(x, 0) }
}
