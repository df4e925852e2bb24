//! The five questions, and the reasons of the advice.

use super::super::scene::guide::{Reason, advice};
use super::*;

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
            "Compared with serial: Threads under the GIL as fast within 10 % (0.95 to 0.98 times); processes 1.82 times as fast (1.82 to 1.82)."
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
