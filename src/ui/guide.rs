//! The line of the guided path: the question at the left, what to do for it at the right.
//!
//! ```text
//!  Q4  Two threads change one list: what does the lock do?   ▸ P predict   ▸ try l take the lock away
//!  Q4  One list: what does the lock do?                                      ▸ P predict   ▸ l lock off
//! ```

use std::cmp::Reverse;

use super::canvas::Canvas;
use super::chrome::key_cap;
use super::glyph;
use super::hits::Hit;
use super::text;
use super::theme::Charset;
use crate::scene::{Guide, GuideHint, Tone, Weight};

/// How the right side is written, from the longest to the shortest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// With the verdict on the prediction.
    Whole,
    /// With the verbs before the keys.
    Verbs,
    Long,
    Short,
    /// The last hint alone: the experiment.
    Last,
}

const FORMS: [Form; 5] = [Form::Whole, Form::Verbs, Form::Long, Form::Short, Form::Last];
/// Between two hints, and at least between question and hints.
const GAP: &str = "   ";
/// Before a hint: [`glyph::CHOSEN`] and a blank.
const MARK: &str = "▸ ";

/// A part of the right side: its text, and the key that a click on it presses.
struct HintPart<'g> {
    text: &'g str,
    tone: Tone,
    press: &'g str,
}

/// Draws the longest question and hints that fit beside each other. All hints in a short form
/// are better than a long question: the keys are what counts.
pub fn draw(canvas: &mut Canvas<'_>, guide: &Guide) {
    let ascii = canvas.theme.charset() == Charset::Ascii;
    let number = if guide.number > 0 { format!("Q{}", guide.number) } else { String::new() };
    let mark = u16::from(guide.answered) * 2;
    let indent = 1 + text::width(&number) + u16::from(guide.number > 0) * 2;
    let room = canvas.width.saturating_sub(indent + mark + text::width(GAP) + 1);
    let right = FORMS.map(|form| (form, parts(guide, form, ascii)));
    let pairs = guide.text.forms().flat_map(|text| {
        let columns = move |hints: &[HintPart<'_>]| text::width(text) + width(hints);
        right.iter().map(move |(form, hints)| (*form == Form::Last, columns(hints), text, hints))
    });
    let fitting = pairs.filter(|(_, columns, ..)| *columns <= room);
    let longest = fitting.min_by_key(|(last, columns, ..)| (*last, Reverse(*columns)));
    let Some((_, _, question, right)) = longest else {
        let style = canvas.tone(Tone::Strong);
        canvas.fit(1, 0, canvas.width.saturating_sub(2), guide.text.shortest(), style);
        return;
    };
    let [accent, strong, good] = [Tone::Accent, Tone::Strong, Tone::Good].map(|t| canvas.tone(t));
    canvas.put(1, 0, &number, accent);
    if guide.answered {
        canvas.glyph(indent, 0, glyph::weight(Weight::Fine), good);
    }
    canvas.put(indent + mark, 0, question, strong);
    let mut x = canvas.width.saturating_sub(width(right) + 1);
    for part in right {
        let (start, style) = (x, canvas.tone(part.tone));
        x = canvas.put(x, 0, part.text, style);
        if !part.press.is_empty() {
            canvas.zone(start, 0, x - start, 1, Hit::Key(part.press.to_owned()));
        }
    }
}

fn width(parts: &[HintPart<'_>]) -> u16 {
    parts.iter().map(|part| text::width(part.text)).fold(0, u16::saturating_add)
}

fn parts(guide: &Guide, form: Form, ascii: bool) -> Vec<HintPart<'_>> {
    let mut all = Vec::new();
    if let Some(verdict) = guide.verdict.as_ref().filter(|_| form == Form::Whole) {
        all.push(HintPart { text: &verdict.text, tone: verdict.tone, press: "" });
    }
    let last = guide.hints.len().saturating_sub(1);
    let shown = if form == Form::Last { &guide.hints[last..] } else { &guide.hints };
    for hint in shown {
        if !all.is_empty() {
            all.push(HintPart { text: GAP, tone: Tone::Plain, press: "" });
        }
        all.extend(written(hint, form, ascii));
    }
    all
}

fn written(hint: &GuideHint, form: Form, ascii: bool) -> impl Iterator<Item = HintPart<'_>> {
    let verb = match (form, hint.verb) {
        (Form::Long | Form::Short | Form::Last, _) | (_, "") => ["", ""],
        (_, verb) => [verb, " "],
    };
    let what = match form {
        Form::Short | Form::Last => hint.what.shortest(),
        _ => hint.what.as_str(),
    };
    let dim = [MARK, verb[0], verb[1]].map(|text| (text, Tone::Dim));
    let key = [(key_cap(&hint.key, ascii), Tone::Accent)];
    let plain = [" ", what].map(|text| (text, Tone::Plain));
    let all = dim.into_iter().chain(key).chain(plain).filter(|(text, _)| !text.is_empty());
    all.map(|(text, tone)| HintPart { text, tone, press: &hint.press })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Label, Screen, Span};
    use crate::ui::{ColorDepth, Theme, ThemeName, draw as draw_screen, to_buffer};

    fn theme() -> Theme {
        Theme::new(ThemeName::Dark, ColorDepth::True, Charset::Unicode)
    }

    fn guide() -> Guide {
        let hint = |verb, key: &str, what: &[&str]| GuideHint {
            verb,
            key: key.to_owned(),
            what: what.into(),
            press: key.to_owned(),
        };
        Guide {
            number: 4,
            text: Label::new("Two threads change one list: what does the lock do?")
                .or("Two threads, one list: what does the lock do?")
                .or("One list, a lock"),
            hints: vec![
                hint("", "P", &["predict"]),
                hint("try", "l", &["take the lock away", "lock off"]),
            ],
            ..Guide::default()
        }
    }

    fn row(guide: Guide, width: u16) -> String {
        let screen = Screen { guide: Some(guide), ..Screen::default() };
        let buffer = to_buffer(&screen, &theme(), width, 24);
        (0..width).map(|x| buffer[(x, 1)].symbol()).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn the_longest_forms_that_fit_are_shown_and_none_is_cut() {
        let wide = row(guide(), 120);
        assert!(wide.starts_with(" Q4  Two threads change one list: what does the lock do? "));
        assert!(wide.ends_with("▸ P predict   ▸ try l take the lock away"), "{wide}");
        let narrow = row(guide(), 80);
        assert!(narrow.starts_with(" Q4  Two threads, one list: what does the lock do? "));
        assert!(narrow.ends_with("▸ P predict   ▸ l lock off"), "{narrow}");
        let short = row(guide(), 50);
        assert!(short.starts_with(" Q4  One list, a lock ") && short.ends_with("▸ l lock off"));
        for width in 20..160 {
            assert!(!row(guide(), width).contains('…') || width < 22, "{width}");
        }
    }

    #[test]
    fn an_answered_question_has_its_tick_and_the_verdict() {
        let verdict = Some(Span::new("as you predicted", Tone::Good));
        let next = GuideHint {
            verb: "next",
            key: "n".to_owned(),
            what: "Pool".into(),
            press: "n".to_owned(),
        };
        let done = Guide { answered: true, verdict, hints: vec![next], ..guide() };
        let row = row(done, 120);
        assert!(row.starts_with(" Q4  ✓ Two threads"), "{row}");
        assert!(row.ends_with("as you predicted   ▸ next n Pool"), "{row}");
    }

    #[test]
    fn a_click_on_a_hint_presses_its_key() {
        let screen = Screen { guide: Some(guide()), ..Screen::default() };
        let backend = ratatui::backend::TestBackend::new(120, 24);
        let mut terminal = ratatui::Terminal::new(backend).unwrap();
        let mut hits = crate::ui::Hits::default();
        let theme = theme();
        terminal.draw(|frame| hits = draw_screen(frame, &screen, &theme)).unwrap();
        assert_eq!(hits.at(118, 1), Some(&Hit::Key("l".to_owned())));
        assert_ne!(hits.at(10, 1), Some(&Hit::Key("l".to_owned())));
    }
}
