//! Known counts, replays of what was found, refusals.

use super::*;
use crate::kit::explore::Incomplete;

fn ask(id: &str, settings: &[(&str, &str)]) -> Explored {
    answer_until(&question(id, settings), &Stop::new(), &Progress::default()).unwrap()
}

fn question(id: &str, settings: &[(&str, &str)]) -> Question {
    let program = programs::find(id).unwrap();
    let settings: Vec<_> =
        settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Question {
        program,
        case: case(program, &settings).unwrap(),
        search: "all",
        seed: 1,
        bound: None,
        limit: None,
    }
}

#[test]
fn the_list_of_two_has_its_known_counts() {
    let unlocked = ask("list", &[("n", "2")]);
    assert_eq!(
        (&unlocked.json["schedules"], &unlocked.json["failures"]),
        (&json!(924), &json!(918))
    );
    assert_eq!((unlocked.failed, &unlocked.json["complete"]), (true, &json!(true)));
    let locked = ask("list", &[("n", "2"), ("lock", "on")]);
    assert_eq!((&locked.json["schedules"], &locked.json["failures"]), (&json!(6), &json!(0)));
    assert!(!locked.failed && locked.json["shortest"].is_null());
}

#[test]
fn the_shortest_failure_replays_from_its_code() {
    let found = ask("list", &[("n", "1")]);
    let code = found.json["shortest"]["code"].as_str().unwrap();
    assert!(code.len() < 20, "{code}");
    let again = replay(code, None).unwrap();
    assert!(again.failed);
    assert_eq!(again.json["steps"], found.json["shortest"]["steps"]);
}

#[test]
fn a_wrong_setting_names_what_would_fit() {
    let program = programs::find("list").unwrap();
    let refusal = case(program, &[("m".to_owned(), "2".to_owned())]).unwrap_err();
    assert_eq!(refusal.to_string(), "m: no such setting of list; it has lock, n");
}

fn put(question: &Question, expr: &str) -> Result<Explored, QuestionError> {
    super::ask(question, expr, &Stop::new(), &Progress::default())
}

#[test]
fn a_question_is_answered_by_a_schedule_or_by_no_in_all() {
    let counter = question("counter", &[("n", "2")]);
    let lost = put(&counter, "end count == 1").unwrap();
    assert!(lost.failed && lost.unfinished.is_none());
    assert_eq!(lost.json["query"]["answer"], true);
    assert!(lost.text.contains("Yes, in 18 of 20 interleavings."));
    let code = lost.json["query"]["code"].as_str().unwrap();
    assert!(lost.text.contains(code));
    let again = replay(code, None).unwrap();
    assert_eq!(again.json["steps"], lost.json["shortest"]["steps"]);

    let never = put(&counter, "ever count > 2").unwrap();
    assert!(!never.failed);
    assert_eq!(
        never.json["query"],
        json!({ "expr": "ever count > 2", "answer": false, "code": null, "step": null })
    );
    assert!(never.text.ends_with("No, in all 20 interleavings.\n"));
}

#[test]
fn a_question_about_a_moment_names_the_step_after_which_it_holds() {
    let counter = question("counter", &[("n", "2")]);
    let early = put(&counter, "ever count == 1 && !done(adder[1])").unwrap();
    let step = early.json["query"]["step"].as_u64().unwrap();
    assert!(early.text.contains(&format!("It holds after step {step}.")));
    assert!(early.text.contains(&format!("   {step}* ")));
    let at_once = put(&counter, "ever count == 0").unwrap();
    assert!(at_once.text.contains("It holds before the first step."));
}

#[test]
fn what_was_not_covered_is_not_denied() {
    let limited = Question { limit: Some(1), ..question("list", &[("n", "2")]) };
    let unknown = put(&limited, "length > 100").unwrap();
    assert_eq!((unknown.failed, &unknown.json["query"]["answer"]), (false, &Value::Null));
    assert!(unknown.text.contains("does not mean never"));
    let asleep = Question { search: SLEEP_SETS, ..question("list", &[("n", "1")]) };
    assert!(put(&asleep, "ever length == 0").is_err());
    assert!(put(&asleep, "end length == 1").is_ok());
    let bad = put(&asleep, "end size == 1").unwrap_err();
    assert!(
        matches!(&bad, QuestionError::Query(why) if why.starts_with("character 5: no thing is called `size`")),
        "{bad:?}"
    );
}

#[test]
fn the_story_marks_the_steps_that_conflict_and_says_why() {
    let found = ask("counter", &[("n", "2")]);
    let shortest = &found.json["shortest"];
    assert_eq!(shortest["conflict"], json!({ "read": 1, "change": 5, "act": 6 }));
    let text = &found.text;
    assert!(["   1! ", "   5! ", "   6! "].iter().all(|mark| text.contains(mark)));
    assert_eq!(text.matches("! ").count() - text.matches("marked ! ").count(), 3);
    let why = "Why: adder[1] found 0 in count, then adder[2] made it 1";
    assert!(text.contains(why));
    let again = replay(shortest["code"].as_str().unwrap(), None).unwrap();
    assert!(again.text.contains(why));
}

/// A search that is asked to stop tells what it has covered.
#[test]
fn a_search_that_is_stopped_claims_no_more_than_it_covered() {
    let stop = Stop::new();
    stop.request();
    let stopped = answer_until(&question("list", &[]), &stop, &Progress::default()).unwrap();
    assert_eq!(stopped.json["complete"], false);
    assert_eq!(stopped.json["incomplete"], json!(["stopped"]));
    assert!(!stopped.failed && stopped.unfinished.is_some());
    assert!(stopped.text.contains("Not one interleaving was covered to its end."));
    assert!(stopped.text.contains("Nothing was checked"));
}

#[test]
fn the_figures_of_a_survey_as_text_and_json() {
    let found = ask("list", &[("n", "2")]);
    let text = &found.text;
    assert!(text.contains("\n924 interleavings, 918 of them fail. All of them were covered.\n"));
    assert!(text.contains("\nlost update: 918\n"), "{text}");
    assert!(text.contains("\nThe simplest failure, with 1 switch:\n"), "{text}");
    let json = &found.json;
    assert_eq!(json["kinds"], json!({ "lost_update": 918 }));
    assert_eq!(json["shortest"]["switches"], 1);
    assert_eq!(json["shortest"]["steps"].as_array().unwrap().len(), 12);
    assert_eq!((&json["cut_off"], &json["incomplete"]), (&json!(0), &json!([])));
    assert_eq!(json["settings"], json!({ "n": 2, "lock": "off", "memory": "sc" }));
    let reenter = ask("reenter", &[]);
    assert_eq!(reenter.json["kinds"], json!({ "deadlock": 2 }));
    assert!(reenter.text.contains("\nThe simplest failure, with 0 switches:\n"));
}

#[test]
fn time_is_in_milliseconds() {
    let question = question("counter", &[]);
    let program = question.program.prepare(question.case);
    let found = run_search(&program, options(&question), &Config::default(), &Progress::default());
    let json = json::run_search(&question, &found, std::time::Duration::from_millis(1_500));
    assert_eq!(json["elapsed_ms"], 1_500.0);
}

#[test]
fn what_was_reached_is_reported_with_its_first_step() {
    let counter = question("counter", &[("n", "2")]);
    // The first store is the third step without a switch.
    let first = put(&counter, "ever count == 1").unwrap();
    assert_eq!(first.json["query"]["step"], 3);
    let end = put(&counter, "end count == 2").unwrap();
    assert_eq!(end.json["query"]["step"], 6);
    assert!(end.text.contains("Yes, in 2 of 20 interleavings. The simplest, with 0 switches:"));
}

#[test]
fn the_line_of_progress_names_runs_interleavings_and_failures() {
    let now = Snapshot { runs: 1_234, states: 5, covered: 56_789, failed: 77 };
    assert_eq!(progress(&now), "1,234 runs, 56,789 interleavings, 77 fail");
}

/// Figures that differ from each other, with the failure that a search really found.
fn made_up(question: &Question, simplest: bool, incomplete: &[Incomplete]) -> Report {
    let program = question.program.prepare(question.case);
    let real = run_search(&program, options(question), &Config::default(), &Progress::default());
    Report {
        schedules: 5_000,
        cut_off: 77,
        states: 901,
        runs: 1_234,
        incomplete: incomplete.iter().copied().collect(),
        failures: if simplest { 60 } else { 0 },
        kinds: if simplest { vec![("lost_update", 42), ("deadlock", 18)] } else { Vec::new() },
        simplest: real.simplest.filter(|_| simplest),
        fault: None,
    }
}

#[test]
fn each_figure_of_a_report_stands_in_its_place() {
    use Incomplete::{Fault, FirstFailure, PreemptionBound, RunLimit, Sampled, StepBound, Stopped};
    let question = Question { bound: Some(3), ..question("counter", &[]) };
    let all = [PreemptionBound, RunLimit, StepBound, FirstFailure, Sampled, Stopped, Fault];
    let found = made_up(&question, true, &all);
    let text = text::run_search(&question, &found);
    assert_eq!(
        text.lines().skip(1).take(5).collect::<Vec<_>>(),
        [
            "5,000 runs: 60 of them failed. \
             Those with more than 3 switches were left out. \
             The search ended at its limit, after 1,234 runs. \
             77 went on beyond 10000 steps and were cut off. \
             The search ended at the first failure. They were chosen at random. \
             The search was stopped. The search could not continue.",
            "lost update: 42",
            "deadlock: 18",
            "",
            "The simplest failure, with 1 switch:",
        ]
    );
    let mut json = json::run_search(&question, &found, std::time::Duration::from_micros(2_500));
    assert_eq!(json["shortest"].take()["switches"], 1);
    assert_eq!(
        json,
        json!({
            "program": "counter",
            "settings": { "n": 2, "lock": "off", "memory": "sc" },
            "search": "all",
            "seed": 1,
            "schedules": 5_000,
            "states": 901,
            "runs": 1_234,
            "complete": false,
            "incomplete": [
                "preemption_bound", "run_limit", "step_bound", "first_failure", "sampled",
                "stopped", "fault",
            ],
            "cut_off": 77,
            "failures": 60,
            "kinds": { "lost_update": 42, "deadlock": 18 },
            "shortest": null,
            "elapsed_ms": 2.5,
        })
    );
}

#[test]
fn without_a_failure_only_a_search_of_all_says_that_none_fails() {
    let question = question("counter", &[]);
    let last = |incomplete: &[Incomplete]| {
        let text = text::run_search(&question, &made_up(&question, false, incomplete));
        text.lines().last().unwrap().to_owned()
    };
    assert_eq!(last(&[]), "None fails: what it promises holds in each of them.");
    let in_part = "No failure was found, which does not mean that there is none.";
    assert_eq!(last(&[Incomplete::RunLimit]), in_part);
}

#[test]
fn a_reply_says_of_how_many_interleavings_it_speaks() {
    let within = |limit| Question { limit: Some(limit), ..question("counter", &[]) };
    let reply = |limit, expr: &str| put(&within(limit), expr).unwrap();
    // The first run takes one thread after the other.
    let first = reply(1, "end count == 2");
    let yes = "Yes, in 1 of 1 interleavings so far. The simplest, with 0 switches:";
    assert!(first.text.contains(yes), "{}", first.text);
    let none = reply(0, "end count == 2");
    let unknown = "\nNot known: not one interleaving was covered to its end.\n";
    assert!(none.text.contains(unknown), "{}", none.text);
    assert_eq!(none.json["query"]["answer"], Value::Null);
    assert!(none.unfinished.is_some());
}

#[test]
fn a_random_search_makes_as_many_runs_as_were_asked_for() {
    for search in ["random", "pct"] {
        let question = Question { search, limit: Some(7), ..question("list", &[("n", "2")]) };
        let found = answer_until(&question, &Stop::new(), &Progress::default()).unwrap();
        assert_eq!((&found.json["runs"], &found.json["schedules"]), (&json!(7), &json!(7)));
        assert_eq!(
            (&found.json["search"], &found.json["complete"]),
            (&json!(search), &json!(false))
        );
        assert!(found.text.contains(" They were chosen at random."), "{}", found.text);
        let shares = "\nShares of runs say nothing about how likely a failure is on a machine.\n";
        assert!(found.text.ends_with(shares), "{}", found.text);
    }
}

#[test]
fn each_program_is_listed_with_its_sizes_and_its_repair() {
    let list = list();
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), programs::ALL.len());
    let line = |id: &str| lines.iter().find(|line| line.starts_with(id)).unwrap();
    let philosophers = line("philosophers ");
    assert!(philosophers.contains(" [n=2..5, usually 3: "), "{philosophers}");
    assert!(line("counter ").contains(" [n=2..4, usually 2: "));
    assert!(line("counter ").contains(" [lock=on: "));
    assert!(!line("opposite ").contains("[n="));
}

#[test]
fn of_a_replay_that_is_cut_off_it_is_not_known_whether_it_fails() {
    let Question { program, case, .. } = question("list", &[("n", "2")]);
    let replay = |step_bound| {
        let replayed = Replayed { program, case, schedule: Vec::new() };
        let config = Config { step_bound, ..config(case, &Stop::new()) };
        run_schedule(replayed, "made-up", &config).unwrap()
    };
    let cut_off = replay(3);
    assert_eq!((cut_off.failed, &cut_off.json["failed"]), (false, &Value::Null));
    assert!(cut_off.unfinished.is_some());
    // One thread after the other.
    let whole = replay(10_000);
    assert_eq!((whole.failed, &whole.json["failed"]), (false, &json!(false)));
    assert!(whole.unfinished.is_none());
}
