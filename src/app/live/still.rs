//! The screen with rehearsals in place of runs: for documentation pictures.
//!
//! Must not know: any single lab.

use std::time::Instant;

use super::Options;
use super::compose::compose;
use super::state::App;
use crate::scene::{Badge, Screen, Span, Tone};

/// What the screen would show if each lab had just lived its rehearsal. It says so, as
/// nothing made up may pass for live.
pub fn still(options: Options) -> Screen {
    let now = Instant::now();
    let mut app = App::new(options.labs, options.start, options.look, now);
    for slot in &mut app.slots {
        slot.open_sample();
    }
    let mut screen = compose(&app, now);
    screen.badges = vec![Badge {
        span: Span::new("made-up run, for this picture", Tone::Caution),
        rank: 0,
    }];
    screen
}
