//! The screen with sample runs in place of real ones. The pictures of the README are made with
//! it, so they can be made again without a terminal and come out the same.

use std::time::Instant;

use super::Options;
use super::compose::compose;
use super::state::App;
use crate::scene::{Badge, Screen, Span, Tone};

/// The screen after each lab's sample run, with a badge that marks the run as made up.
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
