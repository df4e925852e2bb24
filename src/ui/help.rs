//! All keys by groups, in as many columns as it takes to see them without scrolling. One of them
//! is chosen, and a click on one runs it.
//!
//! ```text
//! ╭ Keys ─────────────────────────────────────────╮
//! │ / what is searched for                        │
//! │ Screens                 Time                  │
//! │   1 ... 9  dashboard    ,   back in time      │   a group is never divided;
//! │ ▸ tab      next pane    .   forward again     │   the fewest columns that show all
//! ╰───────────────────────────────────────────────╯
//! ```

use std::ops::Range;

use super::canvas::Canvas;
use super::chrome;
use super::frame;
use super::glyph::CHOSEN;
use super::hits::Hit;
use super::text;
use super::theme::Charset;
use super::window::{self, Drawn};
use crate::scene::{HelpGroup, KeyHint, Tone};

const GAP: u16 = 4;
/// Columns before each key, for the mark of the chosen one.
const MARK: u16 = 2;
/// Columns of the help narrower than this would be harder to read than scrolling is:
/// descriptions would be wrapped after every few words.
const NARROWEST: u16 = 34;

/// How the groups are divided among columns. A group is never divided: its title stands above
/// all of its keys.
struct HelpLayout {
    /// Columns of the keys, with the mark before the chosen one.
    keys: u16,
    /// Columns of the screen for a whole column of the help, with the keys and without the gap.
    column: u16,
    groups: Vec<Range<usize>>,
    lines: u16,
}

/// Draws the window with all groups, the search above them, scrolled so that the chosen key is
/// visible. The text is laid out for the size of the view each time, as everything here.
pub fn draw(
    view: &mut Canvas<'_>,
    groups: &[HelpGroup],
    selected: usize,
    search: Option<&str>,
) -> Drawn {
    let ascii = view.theme.charset() == Charset::Ascii;
    let above = u16::from(search.is_some()) * 2;
    let height = view.height.saturating_sub(2 + above);
    let plan = plan(groups, view.width.saturating_sub(4), height, ascii);
    let count = u16::try_from(plan.groups.len()).unwrap_or(1).max(1);
    let wide = (plan.column + GAP).saturating_mul(count).saturating_sub(GAP).max(NARROWEST);
    let mut window = window::window(view, wide, plan.lines + above);
    let border = window::border(&window);
    let mut inside = frame::draw(&mut window, &window::title(&"Keys".into()), border);
    if let Some(search) = search {
        let [accent, strong] = [Tone::Accent, Tone::Strong].map(|tone| inside.tone(tone));
        let x = inside.put(0, 0, "/ ", accent);
        let x = inside.put(x, 0, search, strong);
        inside.glyph(x, 0, '▏', accent);
    }
    let (width, height) = (inside.width, inside.height.saturating_sub(above));
    let mut list = inside.part(0, above, width, height);
    let limit = plan.lines.saturating_sub(list.height);
    let line = line_of(groups, &plan, selected);
    let scroll = line.saturating_sub(list.height / 2).min(limit);
    let mut tall = list.scrolled(plan.lines, scroll);
    let mut first = 0;
    for (i, range) in (0u16..).zip(&plan.groups) {
        let x = (plan.column + GAP).saturating_mul(i);
        let mut part = tall.part(x, 0, plan.column, plan.lines);
        let groups = &groups[range.clone()];
        column(&mut part, groups, plan.keys, [first, selected], ascii);
        first += groups.iter().map(|group| group.keys.len()).sum::<usize>();
    }
    if limit > 0 {
        frame::scrollbar(&mut window, border, scroll, limit);
    }
    Drawn { limit, cursor: None }
}

fn line_of(groups: &[HelpGroup], plan: &HelpLayout, selected: usize) -> u16 {
    let mut number = 0;
    for range in &plan.groups {
        let mut line = 0usize;
        for group in &groups[range.clone()] {
            line += 1;
            for hint in &group.keys {
                if number == selected {
                    return u16::try_from(line).unwrap_or(u16::MAX);
                }
                number += 1;
                line += label(hint, plan.keys, plan.column).len();
            }
            line += 1;
        }
    }
    0
}

/// The fewest columns that show everything, or, if none do, those that leave the least to
/// scroll. Four at most: more would be too narrow on any screen.
fn plan(groups: &[HelpGroup], width: u16, height: u16, ascii: bool) -> HelpLayout {
    let all = || groups.iter().flat_map(|group| &group.keys);
    let cap = |hint: &KeyHint| text::width(chrome::key_cap(&hint.key, ascii));
    let keys = MARK + all().map(cap).max().unwrap_or(0).min(width / 3);
    let labels = all().map(|hint| text::width(&hint.label).saturating_add(keys + 2));
    let titles = groups.iter().map(|group| text::width(&group.title));
    let natural = labels.chain(titles).max().unwrap_or(0);
    let mut best: Option<HelpLayout> = None;
    for count in 1..=4u16 {
        let column = natural.min(width.saturating_add(GAP) / count - GAP.min(width / count));
        // One column is always tried, however narrow it is.
        if count > 1 && column < natural.min(NARROWEST) {
            break;
        }
        let sizes: Vec<usize> = groups.iter().map(|group| lines(group, keys, column)).collect();
        let split = split(&sizes, usize::from(count));
        let tall = split.iter().map(|range| sizes[range.clone()].iter().sum::<usize>());
        // The last group of a column needs no blank line after it.
        let tall = tall.max().unwrap_or(0).saturating_sub(1);
        let lines = u16::try_from(tall).unwrap_or(u16::MAX);
        if best.as_ref().is_none_or(|best| lines < best.lines) {
            best = Some(HelpLayout { keys, column, groups: split, lines });
        }
        if lines <= height {
            break;
        }
    }
    best.unwrap_or(HelpLayout { keys, column: 0, groups: Vec::new(), lines: 0 })
}

/// Lines of a group, with its title and the blank line after it. Descriptions are wrapped, so this
/// depends on the width of the column; that of the keys is the same in all.
fn lines(group: &HelpGroup, keys: u16, column: u16) -> usize {
    let labels = group.keys.iter().map(|hint| label(hint, keys, column).len());
    labels.sum::<usize>() + 2
}

fn label(hint: &KeyHint, keys: u16, column: u16) -> Vec<Vec<text::Piece<'_, Tone>>> {
    let room = column.saturating_sub(keys + 2);
    text::wrap(&[(hint.label.as_str(), Tone::Plain)], room)
}

/// Draws a column of groups, given the number of its first key and that of the chosen one, which
/// are counted over all columns.
fn column(
    canvas: &mut Canvas<'_>,
    groups: &[HelpGroup],
    keys: u16,
    [first, selected]: [usize; 2],
    ascii: bool,
) {
    let (strong, accent) = (canvas.tone(Tone::Strong), canvas.tone(Tone::Accent));
    let (mut y, mut number) = (0u16, first);
    for group in groups {
        canvas.fit(0, y, canvas.width, &group.title, strong);
        y = y.saturating_add(1);
        for hint in &group.keys {
            let cap = chrome::key_cap(&hint.key, ascii);
            canvas.fit(MARK, y, keys.saturating_sub(MARK), cap, accent);
            let label = label(hint, keys, canvas.width);
            let rows = u16::try_from(label.len()).unwrap_or(1);
            for (row, line) in (y..).zip(&label) {
                canvas.pieces(keys + 2, row, line);
            }
            if number == selected {
                canvas.glyph(0, y, CHOSEN, accent);
                let style = canvas.theme.selected;
                (y..y.saturating_add(rows)).for_each(|y| canvas.tint(0, y, canvas.width, style));
            }
            canvas.zone(0, y, canvas.width, rows, Hit::Item(number));
            y = y.saturating_add(rows);
            number += 1;
        }
        y = y.saturating_add(1);
    }
}

/// Breaks groups, given by their numbers of lines, into at most `count` columns of about the
/// same height. The order stays. Tries the ideal height first and raises it until the groups
/// fit: with this few groups that is fast enough.
fn split(sizes: &[usize], count: usize) -> Vec<Range<usize>> {
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
