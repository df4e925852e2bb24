//! The table of keys: no key for two things, a way out of every place.

use std::time::Instant;

use super::*;
use crate::app::live::compose::compose;
use crate::app::live::overlay::Help;
use crate::app::live::state::CurrentScreen;
use crate::app::live::tests::loop_harness::app;
use crate::app::live::time;

const CONTEXTS: [InputContext; 5] = [
    InputContext::Dashboard,
    InputContext::Lab,
    InputContext::Reading,
    InputContext::Menu,
    InputContext::Prompt,
];

/// States in which the conditions of rows differ.
fn states() -> Vec<App> {
    let mut states = Vec::new();
    for at in [CurrentScreen::Dashboard, CurrentScreen::Lab(0)] {
        for frozen in [false, true] {
            for panel in [None, Some(false), Some(true)] {
                let mut app = app(None);
                let now = Instant::now();
                app.go(at, now);
                app.open(now);
                app.shown = compose(&app, now);
                if frozen {
                    time::freeze(&mut app);
                }
                if let Some(zoomed) = panel {
                    panels::choose(&mut app, 0);
                    if zoomed {
                        panels::zoom(&mut app);
                    }
                }
                states.push(app);
            }
        }
    }
    let mut help = app(Some(0));
    help.overlay = Some(Overlay::Help(Help::new(Vec::new())));
    states.push(help);
    states
}

#[test]
fn in_no_place_and_state_does_a_key_stand_for_two_things() {
    for app in states() {
        for context in CONTEXTS {
            let rows =
                TABLE.iter().filter(|row| row.contexts.contains(&context) && (row.when)(&app));
            let mut keys: Vec<_> = rows.flat_map(|row| row.keys).map(Key::to_string).collect();
            keys.sort();
            let count = keys.len();
            keys.dedup();
            assert_eq!(count, keys.len(), "{context:?}: {keys:?}");
        }
    }
}

#[test]
fn every_place_shows_its_way_out() {
    for app in states() {
        for context in CONTEXTS {
            let keys = footer(&active_bindings_at(&app, context));
            let quit = keys.iter().find(|hint| hint.label == "quit");
            assert!(quit.is_some_and(|hint| hint.rank == 0), "{context:?}");
        }
    }
}

#[test]
fn labels_are_short_and_all_text_is_ascii() {
    for row in TABLE {
        assert!(row.label.len() <= 8, "{}", row.label);
        assert!(row.label.is_ascii() && row.about.is_ascii());
        assert!(!row.keys.is_empty() && !row.contexts.is_empty());
    }
}

#[test]
fn what_a_hint_presses_leads_to_what_it_shows() {
    for app in states() {
        let all = active_bindings(&app);
        for hint in footer(&all) {
            let key: Key = hint.press.parse().unwrap();
            let binding = all.iter().find(|binding| binding.keys.contains(&key)).unwrap();
            let leads = match &binding.target {
                Target::ProgramAction(action) => TABLE.iter().any(|row| {
                    let here = row.contexts.contains(&app.keyboard()) && (row.when)(&app);
                    here && row.keys.contains(&key)
                        && (row.action, row.label) == (*action, hint.label.as_str())
                }),
                Target::Step { control, steps, .. } => *steps == 1 && hint.label == control.key(),
                Target::Lab(then) => {
                    let actions = app.chosen_run().unwrap().actions();
                    actions.iter().any(|action| {
                        Key::from(action.key) == key
                            && action.label == hint.label
                            && format!("{:?}", action.kind) == format!("{then:?}")
                    })
                }
            };
            assert!(leads, "{hint:?} leads to {binding:?}");
            // What is shown names the key that is pressed, alone or beside its counterpart.
            let named = hint.key.split('/').any(|name| name == hint.press);
            assert!(named || hint.key == hint.press, "{hint:?}");
        }
    }
}

#[test]
fn the_keys_that_every_screen_promises_are_there() {
    let promised = "1 2 3 4 5 6 7 8 tab shift-tab enter z esc space r R , . home end / g e t ? q ctrl-c ctrl-z + - up down pgup pgdn";
    for name in promised.split(' ') {
        let key: Key = name.parse().unwrap();
        assert!(TABLE.iter().any(|row| row.keys.contains(&key)), "{name}");
    }
}

/// The keys of the views, as a table for documents.
fn documented() -> String {
    let mut lines = vec!["| key | what it does |".to_owned(), "|---|---|".to_owned()];
    let mut reported: Vec<ProgramAction> = Vec::new();
    let rows = TABLE.iter().filter(|row| {
        let view = [InputContext::Dashboard, InputContext::Lab];
        !row.about.is_empty() && view.iter().any(|context| row.contexts.contains(context))
    });
    for row in rows {
        if !reported.contains(&row.action) {
            reported.push(row.action);
            let keys = active::in_words(row.keys).replace(' ', "` `").replace("..", "` .. `");
            lines.push(format!("| `{keys}` | {} |", row.about));
        }
    }
    lines.join("\n")
}

#[test]
fn the_readme_has_these_keys_and_no_others() {
    let readme = include_str!("../../../../README.md");
    let table = documented();
    assert!(readme.contains(&table), "the table is\n{table}");
}
