//! Known counts, replays of what was found, refusals.

use super::*;

fn ask(id: &str, settings: &[(&str, &str)]) -> Answer {
    let program = programs::find(id).unwrap();
    let settings: Vec<_> = settings
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let case = case(program, &settings).unwrap();
    answer(&Question {
        program,
        case,
        search: "all",
        seed: 1,
        bound: None,
        limit: None,
    })
}

#[test]
fn the_list_of_two_has_its_known_counts() {
    let unlocked = ask("list", &[("n", "2")]);
    assert_eq!(
        (&unlocked.json["schedules"], &unlocked.json["failures"]),
        (&json!(924), &json!(918))
    );
    assert_eq!(
        (unlocked.failed, &unlocked.json["complete"]),
        (true, &json!(true))
    );
    let locked = ask("list", &[("n", "2"), ("lock", "on")]);
    assert_eq!(
        (&locked.json["schedules"], &locked.json["failures"]),
        (&json!(6), &json!(0))
    );
    assert!(!locked.failed && locked.json["shortest"].is_null());
}

#[test]
fn the_shortest_failure_replays_from_its_code() {
    let found = ask("list", &[("n", "1")]);
    let code = found.json["shortest"]["code"].as_str().unwrap();
    assert!(code.len() < 20, "{code}");
    let again = replay(code).unwrap();
    assert!(again.failed);
    assert_eq!(again.json["steps"], found.json["shortest"]["steps"]);
}

#[test]
fn a_wrong_setting_names_what_would_fit() {
    let program = programs::find("list").unwrap();
    let (key, why) = case(program, &[("m".to_owned(), "2".to_owned())]).unwrap_err();
    assert_eq!(
        (key.as_str(), why.as_str()),
        ("m", "no such setting of list; it has lock, n")
    );
}
