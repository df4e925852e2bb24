//! The keys of time, on a run that is over.

use std::path::PathBuf;
use std::time::Instant;

use crossterm::event::KeyCode;

use super::loop_harness::{app, key};
use crate::app::live::compose::compose;
use crate::app::live::slot::LabSlot;
use crate::app::live::update::update;
use crate::lab::Settings;
use crate::lab::trial::{self, ENTRIES};

/// Its one lane lives for a microsecond, and no window is shorter.
#[test]
fn each_key_of_time_moves_the_window_by_its_own_step() {
    let now = Instant::now();
    let mut app = app(Some(0));
    let settings = Settings::defaults(ENTRIES[0].info, 1, PathBuf::new(), true);
    app.slots[0] = LabSlot::new(ENTRIES[0], settings.clone(), now);
    app.slots[0].put(trial::idle(settings));
    app.last = compose(&app, now).view;
    for (code, span, until) in [
        (KeyCode::Char('-'), 2_000, None),
        (KeyCode::Char('+'), 1_000, None),
        (KeyCode::Char(','), 1_000, Some(750)),
        (KeyCode::Char('.'), 1_000, Some(937)),
        (KeyCode::Char('.'), 1_000, None),
        (KeyCode::Char('-'), 2_000, None),
        (KeyCode::Char('='), 1_000, None),
        (KeyCode::Home, 1_000, Some(1_000)),
        (KeyCode::End, 1_000, None),
    ] {
        update(&mut app, key(code), now);
        app.last = compose(&app, now).view;
        let look = &app.slots[0].look;
        assert_eq!((look.span, look.until), (span, until), "{code:?}");
    }
}
