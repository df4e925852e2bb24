//! A short text with hand-chosen shorter forms: what is written where room is short, instead
//! of a text that is cut off.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use smol_str::SmolStr;

/// A title, the name of a bar, the head of a column: `threads under the GIL`, and `thr+GIL`
/// where that does not fit. The drawing takes the longest form that fits; text, JSON and all
/// that derefs to `str` take the longest one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    longest: SmolStr,
    /// From longer to shorter. Each must be understood without the ones before: a reader sees only
    /// one.
    shorter: Vec<SmolStr>,
}

/// What Python calls threads and processes that nobody named, and what to write where that does not
/// fit: the number at the end tells them apart, and would be the first to be cut.
const ABBREVIATIONS: [(&str, &str); 5] = [
    ("ThreadPoolExecutor-", "pool"),
    ("ForkServerPoolWorker-", "worker"),
    ("SpawnPoolWorker-", "worker"),
    ("ForkPoolWorker-", "worker"),
    ("MainThread", "main"),
];

/// A text in which names that Python gives are shorter.
pub fn abbreviated(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for (long, short) in ABBREVIATIONS {
        if text.contains(long) {
            text = text.replace(long, short).into();
        }
    }
    text
}

impl Label {
    /// The name of a thread or process.
    pub fn name(name: &str) -> Self {
        Self::new(name).or(abbreviated(name))
    }

    /// A label without shorter forms; [`Label::or`] adds them. Where it does not fit it is cut.
    pub fn new(longest: impl Into<SmolStr>) -> Self {
        Self { longest: longest.into(), shorter: Vec::new() }
    }

    /// Adds a form that is shorter than those before. That it is shorter is up to the caller.
    #[must_use]
    pub fn or(mut self, shorter: impl Into<SmolStr>) -> Self {
        self.shorter.push(shorter.into());
        self
    }

    pub fn as_str(&self) -> &str {
        &self.longest
    }

    /// The forms, the longest first: the order in which a drawing tries them.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.longest).chain(&self.shorter).map(SmolStr::as_str)
    }

    pub fn shortest(&self) -> &str {
        self.shorter.last().unwrap_or(&self.longest)
    }

    /// The longest form that takes at most `columns`, as `width` measures it; the shortest one
    /// if none does. The drawing measures, since only it knows how wide a character is.
    pub fn fit(&self, columns: u16, width: impl Fn(&str) -> u16) -> &str {
        self.forms().find(|form| width(form) <= columns).unwrap_or(self.shortest())
    }
}

impl Deref for Label {
    type Target = str;

    fn deref(&self) -> &str {
        &self.longest
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.longest)
    }
}

impl From<&str> for Label {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<&String> for Label {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

impl From<String> for Label {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// From all its forms, the longest first: for labels that are constants.
impl From<&[&str]> for Label {
    fn from(forms: &[&str]) -> Self {
        let mut forms = forms.iter().map(SmolStr::new);
        Self { longest: forms.next().unwrap_or_default(), shorter: forms.collect() }
    }
}

impl PartialEq<str> for Label {
    fn eq(&self, other: &str) -> bool {
        self.longest == other
    }
}

impl PartialEq<&str> for Label {
    fn eq(&self, other: &&str) -> bool {
        self.longest == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_python_gives_has_a_shorter_form_with_its_number() {
        let forms = |name| Label::name(name).forms().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(forms("ThreadPoolExecutor-0_13"), ["ThreadPoolExecutor-0_13", "pool0_13"]);
        assert_eq!(forms("ForkServerPoolWorker-2")[1], "worker2");
        assert_eq!(forms("add-1")[1], "add-1");
        assert_eq!(abbreviated("MainThread ◀ SpawnPoolWorker-3"), "main ◀ worker3");
    }

    #[test]
    fn the_longest_form_that_fits_is_taken_and_the_shortest_where_none_does() {
        let label = Label::new("threads under the GIL").or("threads+GIL").or("thr+GIL");
        let fit = |columns| label.fit(columns, |form| u16::try_from(form.len()).unwrap());
        assert_eq!(fit(21), "threads under the GIL");
        assert_eq!((fit(20), fit(11)), ("threads+GIL", "threads+GIL"));
        assert_eq!((fit(10), fit(0)), ("thr+GIL", "thr+GIL"));
        assert_eq!(
            (label.to_string(), &label == "threads under the GIL"),
            (label.as_str().into(), true)
        );
    }
}
