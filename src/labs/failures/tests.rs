//! What the lab of failures shows, and that the techniques keep their promises.

use super::*;
use crate::kit::stop::Stop;
use crate::lab::{Entry, Look};

#[test]
fn each_technique_that_needs_no_other_process_holds() {
    let stop = Stop::new();
    let stage = technique::Stage {
        program: "threadbare".as_ref(),
        stop: &stop,
        workers: 4,
        lines: 10,
    };
    for name in ["catch", "cleanup", "critical"] {
        let shown = (techniques::find(name).unwrap().play)(&stage).unwrap();
        assert!(shown.held, "{name}: {shown:?}");
    }
}

fn rehearsed() -> Box<dyn crate::lab::Run> {
    let info = &Failures::INFO;
    let settings = Settings::defaults(info, 42, "threadbare".into(), false);
    Entry::of::<Failures>().rehearse(settings)
}

#[test]
fn the_outcome_of_the_rehearsal() {
    let run = rehearsed();
    assert!(run.finished());
    insta::assert_snapshot!(run.outcome().join("\n"));
}

#[test]
fn the_findings_of_the_rehearsal() {
    let findings = rehearsed().scene(Detail::Full, &Look::default()).findings;
    let texts: Vec<_> = findings.iter().map(|finding| &*finding.text).collect();
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn the_next_blow_follows_the_last_and_begins_anew() {
    let settings = Settings::defaults(&Failures::INFO, 42, "threadbare".into(), true);
    let mut state = State::new(&settings);
    assert_eq!(next_blow(&state), "panic");
    state.blow = Some(("panic", ""));
    assert_eq!(next_blow(&state), "exit-0");
    state.blow = Some(("half-message", ""));
    assert_eq!(next_blow(&state), "panic");
    assert_eq!(Failures::actions(&state).len(), 4);
}

#[test]
fn the_settings_name_every_blow_and_policy() {
    let words = |key: &str| {
        let control = CONTROLS.iter().find(|control| control.key == key).unwrap();
        move |word: &str| control.read(word).is_ok()
    };
    assert!(desk::BLOWS.iter().all(|blow| words("blow")(blow.id)));
    assert!(
        desk::Policy::ALL
            .iter()
            .all(|policy| words("policy")(policy.word()))
    );
}
