//! What holds of the screens of all labs: tests that need the labs and the app.

use crate::app::fitted::{blank_shares, code_tabs, cut_labels, moved_panels};
use crate::app::footers::idle_in_recording;
use crate::app::panels::reach_all_panels;
use crate::labs;

/// The labs of the dashboard.
const DASHBOARD: &[&str] = &["list", "factorial", "pool"];

/// All screens, by the labs on them.
const SCREENS: [&[&str]; 8] = [
    &["list"],
    &["factorial"],
    &["pool"],
    &["worlds"],
    &["sync"],
    &["failures"],
    &["steps"],
    DASHBOARD,
];

#[test]
fn no_label_is_cut_at_any_usual_size() {
    let cut: Vec<_> = SCREENS.iter().flat_map(|labs| cut_labels(labs::ALL, labs)).collect();
    assert!(cut.is_empty(), "{}", cut.join("\n"));
}

#[test]
fn no_panel_moves_while_a_run_is_played() {
    let moved: Vec<_> = SCREENS.iter().flat_map(|labs| moved_panels(labs::ALL, labs)).collect();
    assert!(moved.is_empty(), "{}", moved.join("\n"));
}

#[test]
fn no_panel_is_empty_where_there_is_room() {
    let shares = [(120, 40), (200, 60)].into_iter().flat_map(|size| {
        let of = move |labs| (size, labs, blank_shares(labs::ALL, labs, size));
        SCREENS.into_iter().map(of)
    });
    let mut all = 0;
    for (size, labs, shares) in shares {
        for (title, blank) in shares {
            // A few words, or a chart of a run that had few rounds, fill a twentieth.
            assert!(blank <= 95, "{title} of {labs:?} at {size:?} is blank for {blank} %");
            all += 1;
        }
    }
    assert!(all > 80, "only {all} panels were seen");
}

#[test]
fn the_key_of_the_code_shows_the_next_listing_and_moves_nothing() {
    let seen = code_tabs(labs::ALL, "list", "shared_list.append(number)");
    let (python, rust) = ("▸ Python · Rust".to_owned(), "Python · ▸ Rust".to_owned());
    assert_eq!(seen, [(python.clone(), true, false), (rust, false, false), (python, true, false)]);
}

#[test]
fn tab_reaches_every_panel_of_every_lab_and_brings_it_into_view() {
    reach_all_panels(labs::ALL);
}

#[test]
fn each_key_of_a_footer_changes_the_next_frame() {
    let labs = labs::ALL.iter().map(|lab| lab.info.id);
    let idle: Vec<_> = labs.flat_map(|lab| idle_in_recording(labs::ALL, lab)).collect();
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}
