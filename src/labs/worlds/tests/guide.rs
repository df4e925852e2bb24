//! The five questions, and the reasons of the advice.

use std::fmt::Write as _;

use super::super::experiment::interview::QUESTIONS;
use super::super::scene::guide::{Reason, advice};
use super::shown::{answered, everything, full, isolation, state_of};
use super::*;
use crate::lab::ActionKind;
use crate::scene::written;

fn reason(why: &str, measured: &str) -> Reason {
    Reason { why: why.to_owned(), measured: measured.to_owned() }
}

#[test]
fn the_guide_sends_computing_python_to_processes_and_gives_reasons() {
    let advice = advice(&sample_state()).unwrap();
    assert_eq!(advice.verdict, "processes");
    assert_eq!(
        advice.reasons[0],
        reason(
            "Computing needs cores (2 here), and the GIL lets one thread of a process compute at a time.",
            "Compared with serial: Threads under the GIL model as fast within 10 % (0.95 to 0.98 times); processes 1.82 times as fast (1.82 to 1.82)."
        )
    );
}

#[test]
fn the_guides_reasons_are_figures_measured_here() {
    let with = |answers: [usize; 5]| {
        let mut state = sample_state();
        state.answers = answers.map(Some);
        let advice = advice(&state).unwrap();
        (advice.verdict, advice.reasons)
    };
    let (verdict, reasons) = with([1, 2, 0, 2, 0]);
    assert_eq!(verdict, "async");
    assert_eq!(
        reasons[0],
        reason(
            "Waiting needs no core; but each waiting thread needs memory, and an async task hardly any.",
            "4 threads that wait, compared with serial: 3.89 times as fast (3.89 to 4.01). 10,000 waiting threads take 117 MiB."
        )
    );
    let (verdict, reasons) = with([1, 0, 0, 1, 1]);
    assert_eq!(verdict, "processes");
    assert_eq!(
        reasons[2..],
        [
            reason(
                "Processes share nothing by themselves: data travels in messages.",
                "A message there and back: 9.00 µs on one core, 41.0 µs across two."
            ),
            reason(
                "To start one costs time: a pool pays it once.",
                "To start a thread: 18.0 µs; a process: 720 µs."
            ),
        ]
    );
}

#[test]
fn an_answer_given_again_takes_back_the_later_ones() {
    let mut state = sample_state();
    let again = Fact::Answered { question: 1, answer: 2 };
    ThreadsOrProcesses::apply(
        &mut state,
        &Stamped { at: 0, lane: LaneId(0), what: What::Fact(again) },
    );
    assert_eq!(state.answers, [Some(0), Some(2), None, None, None]);
    assert_eq!(advice(&state), None);
}

#[test]
fn the_guide_decides_by_task_number_language_and_crash() {
    let mut table = String::new();
    for (comparison, language) in (0..9).map(|at| (at / 3, at % 3)) {
        for crash in 0..2 {
            let verdicts = [0, 1, 2].map(|number| {
                let mut state = state_of([]);
                answered(&mut state, &[comparison, number, language, 0, crash]);
                advice(&state).unwrap().verdict
            });
            writeln!(table, "{comparison} {language} {crash}: {}", verdicts.join(" ")).unwrap();
        }
    }
    assert_eq!(
        table,
        "0 0 0: threads threads threads\n\
         0 0 1: processes processes processes\n\
         0 1 0: processes processes processes\n\
         0 1 1: processes processes processes\n\
         0 2 0: threads threads threads\n\
         0 2 1: processes processes processes\n\
         1 0 0: threads threads async\n\
         1 0 1: processes processes processes\n\
         1 1 0: threads threads async\n\
         1 1 1: processes processes processes\n\
         1 2 0: threads threads async\n\
         1 2 1: processes processes processes\n\
         2 0 0: threads threads threads\n\
         2 0 1: processes processes processes\n\
         2 1 0: processes processes processes\n\
         2 1 1: processes processes processes\n\
         2 2 0: threads threads threads\n\
         2 2 1: processes processes processes\n"
    );
}

#[test]
fn the_guides_reasons_with_figures_and_without() {
    let all = [[0, 0, 0, 0, 0], [1, 2, 1, 1, 0], [2, 1, 1, 2, 1], [1, 0, 2, 2, 0], [0, 2, 2, 1, 1]];
    let mut texts = String::new();
    for (name, figures) in [("measured", true), ("nothing measured", false)] {
        for answers in all {
            let mut state = if figures { everything() } else { state_of([]) };
            answered(&mut state, &answers);
            let advice = advice(&state).unwrap();
            let reasons = advice.reasons.iter();
            let reasons = reasons.map(|reason| format!("{} | {}", reason.why, reason.measured));
            let reasons = reasons.collect::<Vec<_>>().join("\n  ");
            writeln!(texts, "{name} {answers:?}: {}\n  {reasons}", advice.verdict).unwrap();
        }
    }
    insta::assert_snapshot!("reasons", texts);
    let mut state = everything();
    apply(&mut state, isolation(false));
    answered(&mut state, &[0, 0, 0, 0, 1]);
    let reasons = advice(&state).unwrap().reasons;
    assert_eq!(
        reasons[1].measured,
        "A worker process exited with 3, and the pool broke. The program of a thread that did the same was killed by SIGABRT."
    );
    // Each reason beside what was measured for it, and the question with its answer above.
    let shown = written(&super::super::scene::answer(&state).unwrap());
    assert!(shown.starts_with("Use processes\n"), "{shown}");
    assert!(shown.contains("    What if one of them crashes?<Dim> the others must keep running\n"));
    for Reason { why, measured } in &reasons {
        assert!(shown.contains(why) && shown.contains(measured), "{shown}");
    }
    assert!(full(&state).contains("**Use processes.**"), "{}", full(&state));
}

#[test]
fn one_dialog_asks_all_questions_and_answers_when_each_has_an_answer() {
    let mut state = state_of([]);
    let asked = |state: &State| {
        let mut actions = ThreadsOrProcesses::actions(state);
        assert_eq!(actions.len(), 1);
        let Action { key, label, kind: then, .. } = actions.remove(0);
        assert_eq!((key, &*label), (Key::Char('a'), "advice"));
        let ActionKind::Interview { questions, answer } = then else { panic!("{then:?}") };
        (questions, answer.map(|scene| scene.title.to_string()))
    };
    let expected = QUESTIONS.iter().enumerate().map(|(question, it)| {
        let answers = it.answers.iter().enumerate();
        let answers =
            answers.map(|(answer, text)| (Answer { question, answer }, (*text).to_owned()));
        (it.text.to_owned(), answers.collect::<Vec<_>>())
    });
    let expected: Vec<_> = expected.collect();
    for question in 0..QUESTIONS.len() {
        assert_eq!(asked(&state), (expected.clone(), None));
        let answer = 1;
        apply(&mut state, Fact::Answered { question, answer });
    }
    assert_eq!(asked(&state), (expected, Some("Use processes".to_owned())));
    // An answer that is given again takes back those after it.
    let (question, answer) = (1, 0);
    apply(&mut state, Fact::Answered { question, answer });
    assert_eq!(state.answers, [Some(1), Some(0), None, None, None]);
    assert_eq!(asked(&state).1, None);
}
