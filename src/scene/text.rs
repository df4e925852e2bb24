//! Words with a meaning attached: tones instead of colours, findings instead of numbers.
//!
//! A tone is what something means, a colour is how a theme shows that. So a theme without
//! colour loses nothing, and a test can ask for the meaning.
//!
//! ```text
//! Line     Span "holding " Plain │ Span "lock" Good
//! Finding  Broken, "**3 values** were lost"  ──▶  3 values (Strong) │ were lost (Plain)
//! ```

use std::fmt;
use std::ops::Range;

use crate::printable::{Printable, escape};

/// What a piece of text means. Themes decide how that looks, also without colour; nothing is
/// shown by tone alone, so a reader who sees none loses nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    #[default]
    Plain,
    /// Of less importance now: what was, what is idle, what explains.
    Dim,
    /// What the eye should find first.
    Strong,
    /// As it should be: correct, done, holding what a lane waited for.
    Good,
    /// At work: a lane that runs, a lock that was just acquired.
    Active,
    /// Waiting for another thread or process. Distinct from broken: a wait is no fault.
    Waiting,
    /// Worth a look: unusual, or a limit that a reader should know. No fault.
    Caution,
    /// Wrong: lost, duplicated, dead.
    Broken,
    /// Something to press, or selected: what belongs to the user and not to the run.
    Accent,
    /// One of a series whose members must look different. Wraps around at the size of the
    /// palette.
    Series(u8),
}

impl Tone {
    /// The own colour of a thread, by its number among the threads of a run from 0. Its name
    /// has this tone wherever it stands: in a title, a timeline, a marker in the code, a cell.
    pub fn of_thread(number: usize) -> Self {
        Self::Series(u8::try_from(number % usize::from(u8::MAX)).unwrap_or_default())
    }
}

/// A run of text in one tone. The text is [`Printable`]: whatever came from outside was escaped
/// when it entered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub text: Printable,
    pub tone: Tone,
}

impl Span {
    /// A span of this text and tone. Text that came from outside must have become [`Printable`]
    /// before.
    pub fn new(text: impl Into<Printable>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl From<&str> for Span {
    fn from(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<String> for Span {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<Printable> for Span {
    fn from(text: Printable) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl<T: Into<Printable>> From<(T, Tone)> for Span {
    fn from((text, tone): (T, Tone)) -> Self {
        Self::new(text, tone)
    }
}

/// One line of spans, without a line end. Its text is that of its spans in a row; how
/// much of it is shown is up to the drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<Span>);

/// A line from anything that spans are made of: `line([("42", Tone::Good), (" added",
/// Tone::Plain)])`. Without a tone a text is plain.
pub fn line<S: Into<Span>>(spans: impl IntoIterator<Item = S>) -> Line {
    Line(spans.into_iter().map(Into::into).collect())
}

impl Line {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a span at the end, and returns the line: for lines that are built in a fold.
    #[must_use]
    pub fn then(mut self, text: impl Into<Printable>, tone: Tone) -> Self {
        self.0.push(Span::new(text, tone));
        self
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self(vec![text.into()])
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self(vec![text.into()])
    }
}

impl From<Printable> for Line {
    fn from(text: Printable) -> Self {
        Self(vec![text.into()])
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|span| f.write_str(&span.text))
    }
}

/// How a finding weighs. In ascending order, so that the worst of several is their maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// What the user may do next. The least weight: it never stands before what was found out.
    ToDo,
    /// What was seen or measured, neither good nor bad.
    Fact,
    /// Checked, and as it should be: only for what was really looked at.
    Fine,
    /// Worth a look; not a fault of what is studied.
    Caution,
    /// Something was lost, duplicated, or never ended.
    Broken,
}

impl Weight {
    /// The word that JSON carries: part of the command line's contract, which knows only whether
    /// something is wrong.
    pub fn word(self) -> &'static str {
        match self {
            Self::ToDo | Self::Fact | Self::Fine => "fine",
            Self::Caution => "caution",
            Self::Broken => "broken",
        }
    }

    /// The tone that a finding of this weight is shown in. Its sign says the same without
    /// colour.
    pub fn tone(self) -> Tone {
        match self {
            Self::ToDo => Tone::Accent,
            Self::Fact => Tone::Plain,
            Self::Fine => Tone::Good,
            Self::Caution => Tone::Caution,
            Self::Broken => Tone::Broken,
        }
    }
}

/// What something means, as one complete sentence. The text report and JSON carry the same sentence
/// as the screen, so a finding must be understood without a picture beside it.
///
/// `**3 values** were lost` becomes the text `3 values were lost` and the strong range `0..8`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub weight: Weight,
    pub text: Printable,
    /// The parts of the text that the eye should find first, in bytes: mostly one figure.
    strong: Vec<Range<usize>>,
    /// The same in fewer words, for a place of one line.
    short: Option<Box<Self>>,
    /// Whether it is about something else than the picture shows now. However much it weighs, it
    /// is shown after those that are about the picture.
    pub elsewhere: bool,
}

/// A finding as a lab writes it; [`Finding::from`] reads the marks of its sentence.
pub type WeightedText = (Weight, String);

/// From a sentence in which `**…**` encloses what is strong: `**3 values** were lost`. After ` || `
/// it may follow in fewer words.
impl<T: AsRef<str>> From<(Weight, T)> for Finding {
    fn from((weight, text): (Weight, T)) -> Self {
        let text = text.as_ref();
        if let Some((long, short)) = text.split_once(SHORT) {
            let short = Some(Box::new((weight, short).into()));
            return Self { short, ..(weight, long).into() };
        }
        // Each part is escaped alone, so that the ranges are those of the text that is shown.
        let push = |plain: &mut String, part: &str| {
            part.split(NO_MARK).for_each(|piece| plain.push_str(&escape(piece)));
        };
        let (mut plain, mut strong, mut rest) =
            (String::with_capacity(text.len()), Vec::new(), text);
        while let Some((before, after)) = rest.split_once(STRONG) {
            push(&mut plain, before);
            // Without a second mark, the first is a part of the text.
            let Some((inside, after)) = after.split_once(STRONG) else {
                plain.push_str(STRONG);
                rest = after;
                break;
            };
            let from = plain.len();
            push(&mut plain, inside);
            strong.push(from..plain.len());
            rest = after;
        }
        push(&mut plain, rest);
        Self { weight, text: plain.into(), strong, short: None, elsewhere: false }
    }
}

const STRONG: &str = "**";
const SHORT: &str = " || ";
/// Stands within what would be a mark. No printable text holds it.
const NO_MARK: char = '\0';

/// Text of somebody else's for the sentence of a finding: nothing in it is taken for a mark.
pub fn literal(text: &str) -> String {
    // At its beginning, too: half a mark may stand before it in the sentence.
    let after = |c: char| matches!(c, '*' | '|').then_some(NO_MARK);
    let text = text.chars().flat_map(|c| std::iter::once(c).chain(after(c)));
    std::iter::once(NO_MARK).chain(text).collect()
}

impl Finding {
    /// The same, about something else than the picture shows if so.
    #[must_use]
    pub fn elsewhere_if(self, elsewhere: bool) -> Self {
        Self { elsewhere, ..self }
    }

    /// The sentence, and the same in fewer words if it has such a form.
    pub fn forms(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.short.as_deref())
    }

    /// The sentence in parts, those that are strong with that tone. Joined again they are the text.
    pub fn parts(&self) -> Vec<(&str, Tone)> {
        let mut parts = Vec::with_capacity(self.strong.len() * 2 + 1);
        let mut from = 0;
        for strong in &self.strong {
            parts.push((&self.text[from..strong.start], Tone::Plain));
            parts.push((&self.text[strong.clone()], Tone::Strong));
            from = strong.end;
        }
        parts.push((&self.text[from..], Tone::Plain));
        parts
    }
}

/// A part of a run that was asked for and has no result, because something that it needs
/// could not be started or used: mostly a limit of the system. This says nothing about
/// what is studied, neither good nor bad, so it is a verdict of its own.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct NotRun {
    /// As the lab names the part: `process-lock`, `2 processes`.
    pub what: Printable,
    /// The cause, as the system or the kit reports it; without a full stop, as one clause.
    pub why: Printable,
}

impl NotRun {
    pub fn new(what: impl Into<Printable>, why: impl Into<Printable>) -> Self {
        Self { what: what.into(), why: why.into() }
    }

    /// Adds this one, in the place of an earlier one about the same part: a live run tries the
    /// same parts again and again, and the latest cause is the one that counts.
    pub fn note(self, all: &mut Vec<Self>) {
        // A handful of parts at most, so a search is enough.
        match all.iter_mut().find(|other| other.what == self.what) {
            Some(other) => *other = self,
            None => all.push(self),
        }
    }
}

impl std::fmt::Display for NotRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} could not be run: {}", self.what, self.why)
    }
}

/// The text with a capital at its beginning, as a sentence has one. Nothing else changes, and an
/// empty text stays empty.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_plain_unless_it_is_given_a_tone() {
        let all = [
            Span::from("a"),
            Span::from("a".to_owned()),
            Span::from(Printable::from("a")),
            ("a", Tone::Plain).into(),
            Span::new("a", Tone::default()),
        ];
        assert!(all.iter().all(|span| *span == all[0]));
        assert_eq!(all[0].tone, Tone::Plain);
        let spans = Line::new().then("one ", Tone::Good).then("two", Tone::Dim);
        assert_eq!(spans, line([("one ", Tone::Good), ("two", Tone::Dim)]));
        assert_eq!(spans.to_string(), "one two");
        for plain in [Line::from("a"), Line::from("a".to_owned()), Line::from(Printable::from("a"))]
        {
            assert_eq!(plain, line([("a", Tone::Plain)]));
        }
    }

    #[test]
    fn a_weight_has_its_word_its_tone_and_its_place() {
        use Weight::{Broken, Caution, Fact, Fine, ToDo};
        let weights = [ToDo, Fact, Fine, Caution, Broken];
        assert_eq!(weights.map(Weight::word), ["fine", "fine", "fine", "caution", "broken"]);
        let tones = [Tone::Accent, Tone::Plain, Tone::Good, Tone::Caution, Tone::Broken];
        assert_eq!(weights.map(Weight::tone), tones);
        assert!(weights.is_sorted());
    }

    #[test]
    fn what_is_strong_in_a_finding_is_marked_and_its_text_has_no_marks() {
        let finding = |text: &str| Finding::from((Weight::Fact, text));
        let two = finding("**3 of 40** were lost, **1** is there twice");
        assert_eq!(two.text.as_str(), "3 of 40 were lost, 1 is there twice");
        let strong = |finding: &Finding| -> Vec<String> {
            let parts = finding.parts().into_iter();
            parts.filter(|part| part.1 == Tone::Strong).map(|part| part.0.to_owned()).collect()
        };
        assert_eq!(strong(&two), ["3 of 40", "1"]);
        let whole: String = two.parts().into_iter().map(|part| part.0).collect();
        assert_eq!(whole, two.text.as_str());
        assert_eq!(finding("2**3 is 8"), Finding { strong: Vec::new(), ..finding("2**3 is 8") });
        assert_eq!(finding("**3** and 2**3").text.as_str(), "3 and 2**3");
    }

    #[test]
    fn nothing_in_the_text_of_somebody_else_is_a_mark() {
        for foreign in [
            "a || b",
            "** or pow()",
            "**x**",
            "***",
            "*x*",
            "x ||",
            "|| x",
            " || ** || **",
            "\u{1b}**",
        ] {
            let shown = Printable::from(foreign);
            let alone = Finding::from((Weight::Fact, literal(foreign)));
            assert_eq!((&alone.text, alone.forms().count()), (&shown, 1));
            assert_eq!(alone.parts(), [(shown.as_str(), Tone::Plain)]);
            let within = format!("**1** failed: {} || **1** failed", literal(foreign));
            let within = Finding::from((Weight::Fact, within));
            let forms: Vec<_> = within.forms().map(|form| form.text.to_string()).collect();
            assert_eq!(forms, [format!("1 failed: {shown}"), "1 failed".to_owned()]);
            assert_eq!(within.parts()[1], ("1", Tone::Strong));
            let strong = Finding::from((Weight::Fact, format!("by **{}**.", literal(foreign))));
            assert_eq!(strong.parts()[1], (shown.as_str(), Tone::Strong));
        }
    }

    #[test]
    fn each_part_that_was_not_run_is_noted_once_with_its_latest_cause() {
        let mut all = Vec::new();
        for (what, why) in [("a", "first"), ("b", "second"), ("a", "third"), ("c", "")] {
            NotRun::new(what, why).note(&mut all);
        }
        let reported: Vec<_> = all.iter().map(NotRun::to_string).collect();
        assert_eq!(
            reported,
            ["a could not be run: third", "b could not be run: second", "c could not be run: "]
        );
    }
}
