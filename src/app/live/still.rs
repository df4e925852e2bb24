//! The screen with sample runs instead of real ones: for the pictures in documents.
//!
//! Must not know: any single lab.

use std::time::Instant;

use super::Options;
use super::compose::compose;
use super::state::App;
use crate::scene::{Badge, Screen, Span, Tone};

/// What the screen shows after each lab's sample run. A badge marks it as made up.
pub fn still(options: Options) -> Screen {
    let now = Instant::now();
    let mut app = App::new(options.labs, options.start, options.look, now);
    for slot in &mut app.slots {
        slot.open_sample();
    }
    let mut screen = compose(&app, now);
    screen.badges =
        vec![Badge { span: Span::new("made-up run, for this picture", Tone::Caution), rank: 0 }];
    screen
}
