//! What threads do between their records, by samples: as figures, as bars, and what follows for
//! the GIL. Pure.

use super::super::facts::shares::whole;
use super::super::facts::{ThreadEnd, ThreadReport};
use super::super::state::State;
use crate::scene::units::{plural, to_f64};
use crate::scene::{Bar, Bars, Finding, Label, Part, Span, Tone, Weight};

/// Shares of a thread from which on it is said to wait for the GIL, and samples from which on a
/// share is worth a sentence.
const NOTABLE: f64 = 0.1;
const ENOUGH: u64 = 20;

/// A bar for each thread, of how it spent its time; `None` if no thread was sampled.
pub fn bars(threads: &[&ThreadReport]) -> Option<Bars> {
    threads.iter().find(|thread| thread.states.is_some())?;
    let tones = [Tone::Active, Tone::Caution, Tone::Broken, Tone::Waiting, Tone::Dim, Tone::Accent];
    let names = ["running", "runnable", "GIL", "lock", "sleep", "I/O"];
    let parts = names.into_iter().zip(tones).map(|(name, tone)| Part { name: name.into(), tone });
    let bar = |thread: &&ThreadReport| {
        let values = thread.states.map_or([0.0; 6], |it| it.parts().map(|(_, share)| share));
        let (note, tone) = end(thread);
        Bar {
            label: Label::name(&thread.name),
            values: values.map(|share| share * 100.0).into(),
            figure: thread
                .states
                .map_or_else(|| "-".into(), |it| format!("ran {:>4}", whole(it.running_share))),
            note: Span::new(note, tone),
            ..Bar::default()
        }
    };
    Some(Bars {
        parts: parts.collect(),
        bars: threads.iter().map(bar).collect(),
        ..Bars::default()
    })
}

/// How often the thread that was looked at most often was looked at.
pub fn note(threads: &[ThreadReport]) -> Option<String> {
    let most = threads.iter().filter_map(|thread| thread.states).map(|it| it.samples).max()?;
    Some(format!("sampled {}", plural(most, "time")))
}

/// How a thread ended, and the tone of that.
pub fn end(thread: &ThreadReport) -> (String, Tone) {
    let (word, tone) = match thread.ended {
        None => ("runs", Tone::Active),
        Some(ThreadEnd::Returned) => ("returned", Tone::Dim),
        Some(ThreadEnd::Raised) => ("raised", Tone::Broken),
        Some(ThreadEnd::Exited) => ("exited", Tone::Caution),
        Some(ThreadEnd::Killed) => ("killed", Tone::Caution),
    };
    let error = thread.error.as_ref().map_or_else(String::new, |error| format!(" {error}"));
    (format!("{word}{error}"), tone)
}

/// Threads that compute take turns: the global lock of the interpreter lets one of them run.
pub fn gil(state: &State) -> Option<Finding> {
    let states = state.figures.threads.iter().filter_map(|thread| thread.states);
    let waited = states.filter(|it| it.samples >= ENOUGH && it.gil_share >= NOTABLE);
    let shares: Vec<_> = waited.map(|it| it.gil_share).collect();
    let threads = shares.len() as u64;
    let mean = whole(shares.iter().sum::<f64>() / to_f64(threads.max(1)));
    let text = match threads {
        0 => return None,
        1 => format!(
            "One thread waited **{mean}** of its time for the GIL, which another had: only one at a time runs Python code. || One thread waited **{mean}** of its time for the GIL."
        ),
        _ => format!(
            "**{}** waited **{mean}** of their time for the GIL: only one of them at a time runs Python code. || **{0}** waited **{mean}** of their time for the GIL.",
            plural(threads, "thread")
        ),
    };
    Some((Weight::Fact, text).into())
}

#[cfg(test)]
mod tests {
    use super::super::super::facts::shares::TimeShares;
    use super::super::super::facts::{Fact, Figures, Role};
    use super::*;
    use crate::kit::event::{LaneId, Stamped, What};

    fn thread(name: &str, gil: f64, samples: u64) -> ThreadReport {
        let running = (1.0 - gil) / 2.0;
        let states = TimeShares {
            running_share: running,
            core_share: running,
            gil_share: gil,
            lock_share: 0.0,
            sleep_share: 0.0,
            io_share: 0.0,
            samples,
        };
        ThreadReport {
            name: name.into(),
            role: Role::User,
            daemon: false,
            ended: Some(ThreadEnd::Raised),
            error: Some("E: 1".into()),
            error_at: None,
            states: (samples > 0).then_some(states),
        }
    }

    #[test]
    fn bars_are_whole_percent_and_threads_without_samples_have_none() {
        let threads = [thread("a", 0.5, 40), thread("b", 0.0, 0)];
        let all: Vec<_> = threads.iter().collect();
        let drawn = bars(&all).unwrap();
        assert_eq!(drawn.bars[0].values, [25.0, 25.0, 50.0, 0.0, 0.0, 0.0]);
        assert_eq!((&*drawn.bars[0].figure, &*drawn.bars[1].figure), ("ran 25 %", "-"));
        assert_eq!(&*drawn.bars[1].note.text, "raised E: 1");
        assert_eq!(drawn.parts.len(), 6);
        assert_eq!(note(&threads).unwrap(), "sampled 40 times");
        assert!(bars(&all[1..]).is_none() && note(&threads[1..]).is_none());
        let text = all[0].states.unwrap().text();
        assert_eq!(text, "; sampled 40 times: 25 % running, 25 % core, 50 % GIL");
    }

    #[test]
    fn threads_that_take_turns_are_a_finding_when_they_were_seen_often_enough() {
        let found = |threads: &[ThreadReport]| {
            let figures = Figures { threads: threads.to_vec(), ..Figures::default() };
            let mut state = State::default();
            let what = What::Fact(Fact::Figures(figures.into()));
            state.apply(&Stamped { at: 0, lane: LaneId(0), what });
            gil(&state).map(|finding| finding.text)
        };
        let both = found(&[thread("a", 0.4, 20), thread("b", 0.5, 90), thread("c", 0.05, 90)]);
        assert!(both.unwrap().starts_with("2 threads waited 45 % of their time for the GIL"));
        let one = found(&[thread("a", 0.4, 20), thread("b", 0.5, 19)]);
        assert!(one.unwrap().starts_with("One thread waited 40 %"));
        assert_eq!(found(&[thread("a", 0.4, 19), thread("b", 0.09, 99)]), None);
    }
}
