//! All keys by groups, in as many columns as it takes to see them without scrolling. A click on
//! a key presses it, as in the footer.

use std::ops::Range;

use super::canvas::Canvas;
use super::chrome;
use super::frame;
use super::hits::Hit;
use super::text;
use super::theme::Charset;
use super::window::{self, Drawn};
use crate::scene::{HelpGroup, KeyHint, Tone};

const GAP: u16 = 4;
/// Columns of the help narrower than this would be harder to read than scrolling is:
/// descriptions would be wrapped after every few words.
const NARROWEST: u16 = 34;

/// How the groups are divided among columns. A group is never divided: its title stands above
/// all of its keys.
struct HelpLayout {
    keys: u16,
    /// Columns of the screen for a whole column of the help, with the keys and without the gap.
    column: u16,
    groups: Vec<Range<usize>>,
    /// Lines of the longest column.
    lines: u16,
}

/// Draws the window with all groups; returns how far it can be scrolled. The text is laid out
/// for the size of the view each time, as everything here.
pub fn draw(view: &mut Canvas<'_>, groups: &[HelpGroup], scroll: u16) -> Drawn {
    let ascii = view.theme.charset() == Charset::Ascii;
    let plan = plan(groups, view.width.saturating_sub(4), view.height.saturating_sub(2), ascii);
    let count = u16::try_from(plan.groups.len()).unwrap_or(1).max(1);
    let wide = (plan.column + GAP).saturating_mul(count).saturating_sub(GAP);
    let mut window = window::window(view, wide, plan.lines);
    let border = window::border(&window);
    let mut inside = frame::draw(&mut window, &window::title(&"Keys".into()), border);
    let limit = plan.lines.saturating_sub(inside.height);
    let scroll = scroll.min(limit);
    let mut tall = inside.scrolled(plan.lines, scroll);
    for (i, range) in (0u16..).zip(&plan.groups) {
        let x = (plan.column + GAP).saturating_mul(i);
        let mut part = tall.part(x, 0, plan.column, plan.lines);
        column(&mut part, &groups[range.clone()], plan.keys, ascii);
    }
    if limit > 0 {
        frame::scrollbar(&mut window, border, scroll, limit);
    }
    Drawn { limit, cursor: None }
}

/// The fewest columns that show everything, or, if none do, those that leave the least to
/// scroll. Four at most: more would be too narrow on any screen.
fn plan(groups: &[HelpGroup], width: u16, height: u16, ascii: bool) -> HelpLayout {
    let all = || groups.iter().flat_map(|group| &group.keys);
    let cap = |hint: &KeyHint| text::width(&chrome::key_cap(&hint.key, ascii));
    let keys = all().map(cap).max().unwrap_or(0).min(width / 3);
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

/// Lines of a group, with its title and the blank line after it. Descriptions are wrapped, so
/// this depends on the width of the column.
fn lines(group: &HelpGroup, keys: u16, column: u16) -> usize {
    let labels = group.keys.iter().map(|hint| label(hint, keys, column).len());
    labels.sum::<usize>() + 2
}

fn label(hint: &KeyHint, keys: u16, column: u16) -> Vec<Vec<text::Piece<'_, Tone>>> {
    let room = column.saturating_sub(keys + 2);
    text::wrap(&[(hint.label.as_str(), Tone::Plain)], room)
}

fn column(canvas: &mut Canvas<'_>, groups: &[HelpGroup], keys: u16, ascii: bool) {
    let (strong, accent) = (canvas.tone(Tone::Strong), canvas.tone(Tone::Accent));
    let mut y = 0u16;
    for group in groups {
        canvas.fit(0, y, canvas.width, &group.title, strong);
        y = y.saturating_add(1);
        for hint in &group.keys {
            let cap = chrome::key_cap(&hint.key, ascii);
            canvas.fit(0, y, keys, &cap, accent);
            let label = label(hint, keys, canvas.width);
            let rows = u16::try_from(label.len()).unwrap_or(1);
            if !hint.press.is_empty() {
                canvas.zone(0, y, canvas.width, rows, Hit::Key(hint.press.clone()));
            }
            for line in label {
                canvas.pieces(keys + 2, y, &line);
                y = y.saturating_add(1);
            }
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
