//! A lab with a rule over two of its settings, for tests of those who ask for labs.

use std::convert::Infallible;

use super::{Info, Interrupt, Lab, Session, Setting, SettingConflict, Settings};
use crate::kit::event::Stamped;

pub(crate) const FIRST: Setting<u64> = Setting::number("first", "one", 1..=9, 2);
pub(crate) const SECOND: Setting<u64> = Setting::number("second", "other", 1..=9, 3);

/// A lab with two settings that go together only up to nine.
pub(crate) struct Pair;

impl Lab for Pair {
    const INFO: Info = Info {
        id: "pair",
        title: "A pair",
        tab: &["Two"],
        question: "Do they go together?",
        lesson: "Up to nine.",
        controls: &[&FIRST, &SECOND],
    };
    type Fact = ();
    type Command = Infallible;
    type State = ();

    fn check(settings: &Settings) -> Result<(), SettingConflict> {
        let together = settings.get(FIRST) + settings.get(SECOND);
        let (keys, why) = ([FIRST.key, SECOND.key], "too much together".to_owned());
        (together < 10).then_some(()).ok_or(SettingConflict { keys, why })
    }

    fn run(_: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        Ok(())
    }

    fn state(_: &Settings) {}

    fn apply((): &mut (), _: &Stamped<()>) {}

    fn result((): &()) -> serde_json::Value {
        serde_json::Value::Null
    }
}
