//! The laboratory's experiments, and the registry through which the rest of the program
//! knows them. Adding one is a folder, a `mod` line and a line in [`ALL`].
//!
//! A lab is a private module but for what a command or a test needs of it by name.
//! Everything else is reached through [`Entry`], which erases the lab's types.

mod factorial;
mod failures;
pub mod list;
mod pool;
mod python;
pub mod steps;
mod sync;
mod worlds;

/// The same for a script of the user's own.
pub use self::python::explore as script;
/// The search of `threadbare explore`.
pub use self::steps::explore;

use crate::kit::child::WorkerFnEntry;
use crate::kit::{manager, process_pool};
use crate::lab::Entry;

/// All labs in the order of their screens. Command line, help, settings and completions
/// are made from this list.
pub static ALL: &[Entry] = &[
    Entry::of::<list::SharedListLab>(),
    Entry::of::<factorial::FactorialPool>(),
    Entry::of::<pool::ProcessPoolLab>(),
    Entry::of::<worlds::ThreadsOrProcesses>(),
    Entry::of::<sync::Sync>(),
    Entry::of::<failures::Failures>(),
    Entry::of::<steps::Steps>(),
];

/// The lab that runs a script of the user's own. Not among [`ALL`]: without a script it has
/// nothing to show.
pub static SCRIPT: Entry = Entry::of::<python::PythonLab>();

/// The functions that worker processes of this program can run: the kit's own, and those
/// of labs. A worker is this program again, and finds the function by its name here.
pub static WORKER_FNS: &[&[WorkerFnEntry]] = &[
    process_pool::worker_fns::ALL,
    manager::WORKER_FNS,
    pool::WORKER_FNS,
    worlds::WORKER_FNS,
    failures::WORKER_FNS,
    sync::WORKER_FNS,
];

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::lab::{Control, Keys, Value};

    /// The default on the live screen, where that differs.
    fn live(control: &dyn Control) -> Option<String> {
        let live = control.default(true);
        (live != control.default(false)).then(|| live.to_string())
    }

    /// Every setting of every lab: its range, defaults, keys and the values they step through.
    #[test]
    fn the_settings_of_all_labs() {
        let mut out = String::new();
        for entry in super::ALL {
            let info = entry.info;
            let _ = writeln!(out, "{} [{}] [{}]", info.id, info.title, info.tab[0]);
            for control in info.controls {
                let _ = writeln!(
                    out,
                    "  {}={} live {:?}: {}\n    {:?}\n    {:?}\n    {}",
                    control.key(),
                    control.default(false),
                    live(*control),
                    control.about(),
                    control.kind(),
                    control.keys(),
                    control.steps().iter().map(Value::to_string).collect::<Vec<_>>().join(" "),
                );
            }
        }
        insta::assert_snapshot!(out);
    }

    /// A default or a step is a value that could be typed, and no other.
    #[test]
    fn defaults_and_steps_are_within_their_range() {
        for control in super::ALL.iter().flat_map(|entry| entry.info.controls) {
            let defaults = [control.default(false), control.default(true)];
            for value in defaults.into_iter().chain(control.steps()) {
                assert_eq!(control.read(&value.to_string()), Ok(value), "{}", control.key());
            }
        }
    }

    #[test]
    fn the_eight_questions_of_the_exercise_are_each_asked_in_one_lab() {
        let questions = super::ALL.iter().flat_map(|entry| entry.questions);
        let mut numbers: Vec<_> = questions.map(|one| one.number).filter(|n| *n > 0).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
    }

    /// The shortest forms of question and experiment stand beside each other at 80 columns,
    /// with number, marks and keys.
    #[test]
    fn forms_of_a_question_get_shorter_and_the_shortest_fit() {
        let lengths = |forms: &[&str]| forms.iter().map(|form| form.len()).collect::<Vec<_>>();
        for question in super::ALL.iter().flat_map(|entry| entry.questions) {
            let (text, what) = (lengths(question.text), lengths(question.experiment.what));
            assert!(
                [&text, &what].iter().all(|all| all.is_sorted_by(|a, b| a > b)),
                "{question:?}"
            );
            let both = text.last().unwrap() + what.last().unwrap();
            assert!(both <= 52, "{both}: {question:?}");
        }
    }

    #[test]
    fn each_prediction_has_one_right_answer_among_several() {
        let questions = super::ALL.iter().flat_map(|entry| entry.questions);
        for prediction in questions.filter_map(|question| question.prediction) {
            let mut answers = prediction.answers.to_vec();
            answers.sort_unstable();
            answers.dedup();
            assert!(answers.len() == prediction.answers.len() && answers.len() > 2);
            assert!(prediction.right < answers.len(), "{}", prediction.asks);
        }
    }

    /// What the screen reports of a setting is no text of the command line, such as `spin:100us`.
    #[test]
    fn values_are_reported_in_words() {
        for control in super::ALL.iter().flat_map(|entry| entry.info.controls) {
            for value in control.steps() {
                let shown = control.shown(&value);
                let is_word = |word: &str| !word.contains(':') && !word.ends_with("us");
                assert!(shown.split(' ').all(is_word), "{shown}");
                assert_eq!(control.with_value(&value), format!("{}: {shown}", control.label()));
            }
        }
        let reported = |control: &'static dyn Control, typed| {
            control.with_value(&control.read(typed).unwrap())
        };
        let control = |lab: usize, key| super::ALL[lab].info.control(key).unwrap();
        assert_eq!(reported(control(2, "work"), "spin:100us"), "work: spin for 100 µs");
        assert_eq!(reported(control(2, "sizes"), "2,4,8"), "sizes: 2, 4, 8");
        assert_eq!(reported(control(3, "n"), "8"), "workers: 8");
        assert_eq!(reported(control(3, "work"), "cpu"), "work: computing");
        assert_eq!(reported(control(4, "tool"), "process-lock"), "tool: multiprocessing.Lock");
        assert_eq!(reported(control(0, "pause"), "0ms"), "pause: none");
    }

    /// Values are kept by key, so two settings of one key would share one.
    #[test]
    fn each_control_with_a_key_is_called_by_words_in_the_footer() {
        for control in super::ALL.iter().flat_map(|entry| entry.info.controls) {
            let label = control.label();
            // `n` and `to` say nothing beside a key.
            assert!(control.keys() == Keys::None || label.len() >= 4, "{label}");
            assert!(label.len() <= 10, "{label}");
        }
    }

    #[test]
    fn no_lab_lists_a_key_twice() {
        for entry in super::ALL {
            let mut keys: Vec<_> = entry.info.controls.iter().map(|one| one.key()).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), entry.info.controls.len(), "{}", entry.info.id);
        }
    }
}
