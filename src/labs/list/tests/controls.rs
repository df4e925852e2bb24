//! The settings of the lab: defaults, ranges, keys and steps.

use super::*;

#[test]
fn settings_have_these_defaults_ranges_and_keys() {
    let told: Vec<_> = CONTROLS.iter().map(|control| format!("{control:#?}")).collect();
    insta::assert_snapshot!(told.join("\n"));
}
