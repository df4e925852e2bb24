//! The panels about waits of a script.

use super::*;

#[test]
fn panels_about_waits_come_with_the_first_wait_and_stay() {
    let figures = |contended| {
        let lock = LockReport { contended, ..lock(1, "lock", LockKind::Lock) };
        Fact::Figures(Figures { locks: vec![lock], ..Figures::default() }.into())
    };
    let shown = |facts: &[Fact]| PythonLab::has_waits(&folded(true, facts));
    assert!(!shown(&[]) && !shown(&[figures(0)]));
    assert!(shown(&[figures(1)]) && shown(&[figures(1), figures(0)]));
}
