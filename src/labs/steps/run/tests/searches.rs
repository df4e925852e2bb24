//! What a search on the screen finds, says and records: all figures and all sentences.

use super::super::super::experiment::levels::{self, LevelScore};
use super::super::super::experiment::search_task::{
    SearchJob, SearchResult, execute, replay_schedule,
};
use super::super::super::experiment::setup::Setup;
use super::super::super::experiment::user_progress::UserProgress;
use super::super::super::facts::{QueryReply, Searched};
use super::figures::{apply, coverage};
use super::*;
use crate::kit::explore::{Memory, Progress, ScheduleStep};
use crate::kit::stop::Stop;
use crate::programs;
use crate::programs::Case;

fn setup(id: &str, change: impl FnOnce(&mut Case)) -> Setup {
    let program = programs::find(id).unwrap();
    let mut case = program.usual();
    change(&mut case);
    Setup { program, case }
}

fn all(setup: Setup, stop: &Stop) -> (Searched, Vec<ScheduleStep>) {
    match execute(setup, SearchJob::All, &Progress::default(), stop) {
        SearchResult::All { searched, best, .. } => (searched, best),
        _ => panic!("no search of all interleavings"),
    }
}

/// The answer and its schedule, or why the question is none.
fn ask(
    setup: Setup,
    question: &str,
    stop: &Stop,
) -> Result<(QueryReply, Vec<ScheduleStep>), String> {
    match execute(setup, SearchJob::Ask(question.to_owned()), &Progress::default(), stop) {
        SearchResult::Answer { reply, schedule } => Ok((reply, schedule)),
        SearchResult::NoAnswer { why } => Err(why),
        SearchResult::All { .. } => panic!("no question"),
    }
}

fn schedule(text: &str) -> Vec<ScheduleStep> {
    text.bytes().map(|letter| ScheduleStep::Thread(letter - b'a')).collect()
}

#[test]
fn a_search_counts_both_versions_and_finds_the_simplest_failure() {
    let (searched, best) = all(setup("counter", |_| {}), &Stop::new());
    // Of the 20 orders of two times three steps only the two without any switch hold.
    let expected = Searched {
        coverage: coverage(20, 18, true),
        states: searched.states,
        repaired: Some(coverage(2, 0, true)),
        simplest: Some((1, 6)),
        is_least: true,
        fault: None,
    };
    assert_eq!((searched, best), (expected, schedule("aabbba")));
    // The repaired version has no other that is repaired.
    let (searched, best) = all(setup("counter", |case| case.repaired = true), &Stop::new());
    let expected =
        Searched { coverage: coverage(2, 0, true), states: searched.states, ..Searched::default() };
    assert_eq!((searched, best), (expected, Vec::new()));
    // Under sequential consistency, store buffering does not fail at all.
    let (searched, _) = all(setup("store", |case| case.memory = Memory::Sc), &Stop::new());
    assert_eq!((searched.coverage.failed, searched.simplest), (0, None));
    assert!(all(setup("store", |_| {}), &Stop::new()).0.coverage.failed > 0);
    // What was stopped before its first interleaving has found nothing out.
    let stop = Stop::new();
    stop.request();
    let (searched, best) = all(setup("counter", |_| {}), &stop);
    assert_eq!((searched.coverage, searched.simplest), (coverage(0, 0, false), None));
    assert_eq!((searched.repaired, best), (Some(coverage(0, 0, false)), Vec::new()));
}

#[test]
fn a_question_is_answered_with_the_interleavings_that_it_was_looked_for_in() {
    let counter = || setup("counter", |_| {});
    let answer = |question: &str| {
        let (reply, schedule) = ask(counter(), question, &Stop::new()).unwrap();
        assert_eq!(reply.question, question);
        (reply.answer, reply.shown, schedule)
    };
    let shown = |text: &str, steps: &str| (text.to_owned(), true, schedule(steps));
    let never = |text: &str| (text.to_owned(), false, Vec::new());
    assert_eq!(
        answer("end count == 1"),
        shown("yes, in 18 of all 20; one is shown as schedule", "aabbba")
    );
    assert_eq!(
        answer("end count == 2"),
        shown("yes, in 2 of all 20; one is shown as schedule", "aaabbb")
    );
    assert_eq!(answer("ever count > 2"), never("no, in all 20"));
    let why = |question: &str, stop: &Stop| ask(counter(), question, stop).unwrap_err();
    assert_eq!(
        why("end cuont == 3", &Stop::new()),
        "not a question about this program: character 5: no thing is called `cuont`; there are count, lock"
    );
    let stop = Stop::new();
    stop.request();
    assert_eq!(why("end count == 3", &stop), "the search was stopped");
}

/// Asks about a program with more interleavings than anyone waits for, and stops the
/// search once it has covered some.
fn ask_in_part(question: &str) -> QueryReply {
    let (stop, progress) = (Stop::new(), Progress::default());
    let (request, seen) = (stop.clone(), progress.clone());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let deadline = Instant::now() + PATIENCE;
            while seen.get().covered == 0 && Instant::now() < deadline {
                std::thread::yield_now();
            }
            request.request();
        });
        let job = SearchJob::Ask(question.to_owned());
        match execute(setup("list", |case| case.n = 5), job, &progress, &stop) {
            SearchResult::Answer { reply, .. } => reply,
            _ => panic!("no answer"),
        }
    })
}

#[test]
fn a_search_that_was_stopped_denies_nothing() {
    let QueryReply { answer, shown, .. } = ask_in_part("end length == 77");
    let count = answer.strip_prefix("not in the ").unwrap();
    let count = count.strip_suffix(" that were covered").unwrap();
    let count: u64 = count.replace(',', "").parse().unwrap();
    assert!(count > 0 && !shown, "{answer}");
    let reply = ask_in_part("end length > 0");
    assert_eq!((reply.answer.as_str(), reply.shown), ("yes: one is shown as schedule", true));
}

#[test]
fn a_schedule_from_a_code_is_run_to_its_end_or_refused_with_the_step() {
    let counter = || setup("counter", |_| {});
    assert_eq!(replay_schedule(counter(), schedule("abb")), Ok(schedule("abbbaa")));
    let refused = replay_schedule(counter(), schedule("aaaa")).unwrap_err();
    assert_eq!(refused.to_string(), "step 4 cannot be taken: adder[1] has ended");
    let drain = vec![ScheduleStep::Thread(0), ScheduleStep::Drain(0)];
    let store = |memory| setup("store", |case| case.memory = memory);
    assert!(replay_schedule(store(Memory::Tso), drain.clone()).is_ok());
    assert!(replay_schedule(store(Memory::Sc), drain).is_err());
}

fn score(predicted: bool, broken: bool, extra_switches: Option<u32>, proved: bool) -> LevelScore {
    LevelScore { predicted: Some(predicted), broken, extra_switches, proved }
}

/// What the lane reports of the scores: those of one program, and why they are not kept.
fn reports(reader: &mut EventReader<Fact>, program: &str) -> Vec<(LevelScore, Option<String>)> {
    let mut all = Vec::new();
    reader.drain(usize::MAX, |event| {
        if let What::Fact(Fact::Progress { scores, not_saved }) = event.what {
            all.push((scores.get(program).copied().unwrap_or_default(), not_saved));
        }
    });
    all
}

#[test]
fn each_part_of_a_level_is_reported_once_and_why_it_is_not_kept() {
    let home = tempfile::tempdir().unwrap();
    let (recorder, mut reader) = recorder();
    let lane = recorder.lane("main");
    let mut settings = Settings::defaults(&Steps::INFO, 1, PathBuf::new(), true);
    settings.data = Some(home.path().to_owned());
    let mut user_progress = UserProgress::new(&lane, &settings, Stop::new());
    assert_eq!(reports(&mut reader, "store"), [(LevelScore::default(), None)]);
    let usual = setup("store", |_| {});
    let right = usual.program.right;
    assert_ne!(right, 0, "the first guess is wrong, and may not count as right");
    user_progress.record_guess(usual, 0);
    user_progress.record_guess(usual, right);
    // The first prediction stays; the second is nothing new.
    let predicted = LevelScore { predicted: Some(false), ..LevelScore::default() };
    assert_eq!(reports(&mut reader, "store"), [(predicted, None)]);
    let proof = |total, failed, complete| Searched {
        coverage: coverage(9, 4, true),
        repaired: Some(coverage(total, failed, complete)),
        ..Searched::default()
    };
    // Proved is only what was covered under the memory that makes it fail.
    user_progress
        .record_search(setup("store", |case| case.memory = Memory::Sc), &proof(6, 0, true));
    user_progress.record_search(usual, &proof(6, 1, true));
    assert_eq!(reports(&mut reader, "store"), []);
    user_progress.record_search(usual, &proof(6, 0, true));
    assert_eq!(reports(&mut reader, "store"), [(score(false, false, None, true), None)]);
    // The repaired version proves itself; without one, the search is of the repaired version.
    let itself = Searched { coverage: coverage(5, 0, true), ..Searched::default() };
    let repaired = setup("counter", |case| case.repaired = true);
    user_progress.record_search(setup("counter", |case| case.n = 1), &itself);
    assert_eq!(reports(&mut reader, "counter"), []);
    user_progress.record_search(repaired, &itself);
    let proved = LevelScore { proved: true, ..LevelScore::default() };
    assert_eq!(reports(&mut reader, "counter"), [(proved, None)]);
    // From now on the file is not its own: the score counts, and the reason is reported.
    std::fs::write(home.path().join("progress.json"), "torn").unwrap();
    user_progress.record_guess(setup("list", |_| {}), 0);
    let reported = reports(&mut reader, "list");
    let [(done, Some(why))] = &reported[..] else { panic!("{reported:?}") };
    assert!(done.predicted.is_some());
    let start = format!("progress is not kept in {}", home.path().join("progress.json").display());
    assert!(why.starts_with(&start), "{why}");
}

/// What is left to do, and the stars, of every score; two scores together are the better one.
#[test]
fn scores_have_their_goal_and_stars() {
    use levels::Goal;
    let none = LevelScore::default();
    assert_eq!((none.goal(), none.stars()), (Goal::Predict, 0));
    let goals = [
        (score(false, false, None, false), Goal::Break, 0),
        (score(true, false, None, true), Goal::Break, 2),
        (score(true, true, None, false), Goal::Prove, 1),
        (score(true, true, Some(1), false), Goal::Prove, 1),
        (score(false, true, Some(0), false), Goal::Prove, 1),
        (score(false, true, Some(2), true), Goal::Nothing, 1),
        (score(true, true, Some(0), true), Goal::Nothing, 3),
    ];
    for (score, goal, stars) in goals {
        assert_eq!((score.goal(), score.stars()), (goal, stars), "{score:?}");
    }
    let (early, late) = (score(false, true, Some(3), false), score(true, false, Some(2), true));
    assert_eq!(early.merge(late), score(false, true, Some(2), true));
    assert_eq!(late.merge(early), score(true, true, Some(2), true));
    assert_eq!(early.merge(none), early);
    assert_eq!(none.merge(late), late);
    // The next level is the next other one that is not done, around the end.
    let done = score(true, true, Some(0), true);
    let all = programs::ALL;
    let next = |from: usize, open: &[usize]| {
        let open: Vec<_> = open.iter().map(|at| all[*at].id).collect();
        let done = |id: &str| if open.contains(&id) { none } else { done };
        levels::next(all[from], done).map(|program| levels::number(program) - 1)
    };
    let last = all.len() - 1;
    assert_eq!(next(2, &[0, 2, 5, 7]), Some(5));
    assert_eq!(next(last, &[1, last]), Some(1));
    assert_eq!(next(3, &[3]), None, "no other");
    assert_eq!(next(3, &[]), None);
}

#[test]
fn the_mission_names_what_is_done_and_what_is_to_be_done() {
    let mission = |done: LevelScore| {
        let mut state = figures::state("list");
        let scores = [("list".to_owned(), done)].into_iter().collect();
        apply(&mut state, Fact::Progress { scores, not_saved: None });
        let scene = crate::lab::trial::scene_of::<Steps>(&state, Detail::Full);
        let Body::Lines(lines) = &scene.rows[0].panels[0].body else { panic!("no line") };
        lines[0].to_string()
    };
    assert_eq!(
        mission(score(false, false, None, false)),
        "✓ 1 predict   ● 2 break it by hand   ○ 3 prove the repair   ☆☆☆"
    );
    assert_eq!(
        mission(score(true, true, Some(2), false)),
        "✓ 1 predict   ✓ 2 break it by hand   ● 3 prove the repair   ★☆☆"
    );
    assert_eq!(
        mission(score(true, true, Some(0), true)),
        "✓ 1 predict   ✓ 2 break it by hand   ✓ 3 prove the repair   ★★★"
    );
}
