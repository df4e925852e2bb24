//! Waiting for a condition on words: what a spin loop does, without the spinning
//! where eyes or a pilot watch.
//!
//! Must not know what the words mean.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use super::event::LaneEvent;
use super::model::{Op, Seen, State};
use super::probe::with_voice;
use super::step::{self, Approach, Ask, Go, Interrupt, Manner, Seam, Touched};
use super::stop::Stopped;
use super::word::{Place, Word};

/// Looks before offering the core to others, and before going to sleep in between.
const LOOKS: u32 = 100;
const NAP: Duration = Duration::from_micros(200);

/// Waits until `holds`, which gets the values of `words` in their order. `what` says
/// it on a screen: "turn is 0". Under glass it is one step, in which the words are
/// looked at together.
///
/// # Errors
/// [`Stopped`] if the thread's run was told to stop first.
#[track_caller]
pub fn await_until(
    words: &[&Word],
    what: &'static str,
    holds: impl Fn(&[i64]) -> bool + Send + Sync + 'static,
) -> Result<(), Stopped> {
    let place = Location::caller();
    let holds: step::Holds = Arc::new(holds);
    loop {
        let mut told = None;
        match step::manner() {
            Manner::Full => {}
            Manner::Paced(seam) => {
                if let Some(word) = words.first()
                    && seam.approach(Op::Await(what), word.object()) == Approach::Anew
                {
                    continue;
                }
                told = Some(seam);
            }
            Manner::Held(stage) => {
                let held = match announce(stage.as_ref(), words, what, &holds, place) {
                    Go::Free => continue,
                    Go::Take => holds(&values(words)),
                    // It holds as this thread's own store buffer has it.
                    Go::Buffered(_) => true,
                };
                if held {
                    stage.took(Seen::Done);
                    return Ok(());
                }
                stage.missed();
                continue;
            }
        }
        match spin(words, holds.as_ref(), told.as_deref()) {
            Err(Interrupt::Held) => {}
            Err(Interrupt::Stopped) => return Err(Stopped),
            Ok(()) => return Ok(()),
        }
    }
}

fn announce(
    stage: &dyn step::Stage,
    words: &[&Word],
    what: &'static str,
    holds: &step::Holds,
    place: Place,
) -> Go {
    let peeks: Vec<_> = words
        .iter()
        .map(|word| move || State::Word(word.peek()))
        .collect();
    let on: Vec<Touched<'_>> = words
        .iter()
        .zip(&peeks)
        .map(|(word, peek)| Touched {
            object: word.object(),
            peek,
        })
        .collect();
    stage.announce(&Ask {
        op: Op::Await(what),
        on: &on,
        until: Some(holds),
        place,
    })
}

fn values(words: &[&Word]) -> Vec<i64> {
    words.iter().map(|word| word.look(SeqCst)).collect()
}

/// For real. The stop request is looked at in every nap.
fn spin(
    words: &[&Word],
    holds: &(dyn Fn(&[i64]) -> bool + Send + Sync),
    told: Option<&Seam>,
) -> Result<(), Interrupt> {
    let mut looks = 0;
    let mut seam = None;
    loop {
        if holds(&values(words)) {
            if let Some(seam) = told {
                seam.tell(|voice| voice.emit(LaneEvent::Running));
            }
            return Ok(());
        }
        looks += 1;
        if looks < LOOKS {
            std::hint::spin_loop();
            continue;
        }
        let seam = seam.get_or_insert_with(|| {
            say_waiting(words, told.is_some());
            step::seat()
        });
        if looks < 2 * LOOKS {
            std::thread::yield_now();
        } else if let Some(seam) = seam {
            seam.stop().sleep(NAP);
        } else {
            std::thread::park_timeout(NAP);
        }
        if let Some(interrupt) = Interrupt::of(seam.as_deref()) {
            return Err(interrupt);
        }
    }
}

fn say_waiting(words: &[&Word], told: bool) {
    let (Some(word), true) = (words.first(), told) else {
        return;
    };
    with_voice(|voice| {
        let resource = word.object().resource(voice);
        voice.emit(LaneEvent::Waiting {
            resource,
            holder: None,
        });
        voice.flush();
    });
}
