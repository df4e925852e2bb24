//! The lines that threads execute, with who is at each of them now.

use crate::scene::{Code, Tone};
use crate::ui::sheet::Sheet;
use crate::ui::text;

/// Columns before the code: line number and marker.
const GUTTER: u16 = 5;

pub(super) fn draw(sheet: &mut Sheet<'_>, code: &Code) {
    let code_width = super::widest(
        code.lines.iter().map(|line| line.text.as_str()),
        sheet.width.saturating_sub(GUTTER),
    );
    // What stands at the right lines up, but rather over the end of a long line than nowhere.
    let longest = code.lines.iter().map(|line| names_width(&line.at)).max();
    let room = sheet.width.saturating_sub(GUTTER);
    let names = longest.map_or(0, |columns| if columns > 0 { columns + 4 } else { 0 });
    let code_width = code_width.min(room.saturating_sub(names).max(room / 2));
    let dim = sheet.tone(Tone::Dim);
    // Keeps the lines at which somebody is in view.
    let first = first_line(code, sheet.height);
    for (y, (number, line)) in (0..sheet.height).zip(code.lines.iter().enumerate().skip(first)) {
        sheet.right(2, y, &(number + 1).to_string(), dim);
        let style = match line.at.first() {
            Some(_) => sheet.tone(Tone::Strong),
            None if is_comment(&line.text) => dim,
            None => sheet.tone(Tone::Plain),
        };
        sheet.fit(GUTTER, y, code_width, &line.text, style);
        let Some(first) = line.at.first() else {
            continue;
        };
        let tone = sheet.tone(first.tone);
        sheet.glyph(3, y, '►', tone);
        let mut x = GUTTER + code_width + 2;
        x = sheet.put(x, y, "◀ ", tone);
        for (i, name) in line.at.iter().enumerate() {
            if i > 0 {
                x = sheet.put(x, y, ", ", dim);
            }
            let tone = sheet.tone(name.tone);
            x = sheet.fit(x, y, sheet.width.saturating_sub(x), &name.text, tone);
        }
    }
}

fn names_width(at: &[crate::scene::Span]) -> u16 {
    at.iter()
        .map(|name| text::width(&name.text) + 2)
        .fold(0u16, u16::saturating_add)
}

fn first_line(code: &Code, height: u16) -> usize {
    let height = usize::from(height);
    let last = code.lines.iter().rposition(|line| !line.at.is_empty());
    let over = code.lines.len().saturating_sub(height);
    last.map_or(0, |last| (last + 2).saturating_sub(height).min(over))
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with('#')
}
