//! The fold of facts, without any interpreter; real ones run in `tests/python`.

use super::facts::{Exit, Figures, Outcome};
use super::*;
use crate::kit::event::{LaneId, Stream, What};
use crate::lab::trial::settings_of;
use crate::scene::{Tone, Weight};

fn folded(live: bool, facts: &[Fact]) -> State {
    let mut state = State::new(&settings_of::<PythonLab>(&[], live));
    for fact in facts {
        state.apply(&Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact.clone()) });
    }
    state
}

fn output(text: &str) -> Fact {
    Fact::Output { stream: Stream::Stdout, text: text.to_owned() }
}

#[test]
fn the_result_keeps_the_first_output_and_the_screen_the_last() {
    let mut facts = vec![output("begin é")];
    facts.extend((0..90).map(|_| output(&"x".repeat(100_000))));
    facts.push(output("é end"));
    for (live, begins, ends) in [(false, true, false), (true, false, true)] {
        let written = folded(live, &facts).stdout;
        assert_eq!(written.text.starts_with("begin é"), begins);
        assert_eq!(written.text.ends_with("é end"), ends);
        assert!(written.text.len() <= 8 << 20);
        assert_eq!(written.text.len() as u64 + written.cut, 9_000_000 + 14);
    }
}

#[test]
fn what_went_wrong_is_the_first_finding() {
    let ended = |code, lost| {
        let exit = Exit { code: Some(code), signal: None };
        let facts = [
            Fact::Figures(Figures { lost_records: lost, ..Figures::default() }),
            Fact::Ended(Outcome { exit, ..Outcome::default() }),
        ];
        PythonLab::findings(&folded(false, &facts))
    };
    assert_eq!(ended(0, 0)[0].weight, Weight::Fine);
    assert_eq!(ended(3, 0)[0].weight, Weight::Broken);
    assert_eq!(ended(0, 7)[0].weight, Weight::Caution);
    assert!(ended(0, 7)[0].text.starts_with("7 records were lost"));
}

#[test]
fn a_script_that_was_stopped_is_a_caution_in_the_finding_the_badge_and_the_story() {
    let exit = Exit { code: None, signal: Some(2) };
    let fact = Fact::Ended(Outcome { exit, stopped: true, ..Outcome::default() });
    let state = folded(false, std::slice::from_ref(&fact));
    assert_eq!(PythonLab::findings(&state)[0].weight, Weight::Caution);
    let badges = PythonLab::scene(&state, Detail::Full).badges;
    assert_eq!(badges.last().unwrap().tone, Tone::Caution);
    let event = Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) };
    assert_eq!(PythonLab::describe(&state, &event).unwrap().tone, Tone::Caution);
}
