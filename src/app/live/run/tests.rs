//! When the next frame is due in each state, and what makes one; on clocks that stand.

use crossbeam_channel::unbounded;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;

use super::*;
use crate::app::live::overlay::Overlay;
use crate::app::live::tests::app_harness::AppHarness;
use crate::lab::{ActionKind, Command};
use crate::scene::Screen;
use crate::scene::Tone;

struct Quiet {
    ready: bool,
}

impl TerminalIo for Quiet {
    fn ready(&self) -> bool {
        self.ready
    }
    fn stop(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn resume(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn copy(&mut self, _: &str) {}
    fn save(&mut self, _: DocumentKind, _: &mut App) {}
    fn keep(&mut self, _: Save) {}
}

type Case<'a> = Loop<'a, TestBackend, Quiet>;

/// A loop that made its last frame at the harness's time, listened to labs 1 s later, and
/// looked at those out of sight after 2 s.
fn on<T>(harness: &mut AppHarness, ready: bool, look: impl FnOnce(&mut Case<'_>) -> T) -> T {
    let (_messages, inbox) = unbounded();
    let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
    let now = harness.now;
    // This terminal has no frame yet.
    harness.app.shown = Screen::default();
    look(&mut Loop {
        app: &mut harness.app,
        terminal: &mut terminal,
        terminal_io: &mut Quiet { ready },
        inbox: &inbox,
        redraw: RedrawFlags::default(),
        framed: now,
        drained: now + Duration::from_secs(1),
        hidden_checked: now + Duration::from_secs(2),
        events: 0,
        unshown: false,
        calm: false,
    })
}

/// When the next step is due, in µs after the last frame, `later` µs after it.
fn due(case: &Case<'_>, later: u64) -> Option<u128> {
    let due = case.due(case.framed + Duration::from_micros(later));
    due.map(|due| due.duration_since(case.framed).as_micros())
}

/// The same for when labs are listened to.
fn listened(case: &Case<'_>) -> Option<u128> {
    let from = case.listen_from();
    from.map(|from| from.duration_since(case.framed).as_micros())
}

#[test]
fn a_dashboard_waits_for_events_and_a_lab_for_its_lanes_too() {
    let mut harness = AppHarness::new(None);
    on(&mut harness, true, |case| {
        assert_eq!((due(case, 0), listened(case)), (None, Some(80_000)));
    });
    harness = AppHarness::new(Some(0));
    harness.press("x"); // by which it has begun
    on(&mut harness, true, |case| {
        assert_eq!((due(case, 0), listened(case)), (None, Some(80_000)), "no lanes are in view");
        case.frame(case.framed).unwrap();
        case.redraw.answer = false;
        case.app.next_sentence = None;
        for (per_column, expected) in [(7_000_000, 80_000), (97_000_000, 97_000)] {
            let lanes = ui::Hit::Lanes { pane: 0, per_column };
            case.app.hits.zones = vec![(Rect::default(), lanes)];
            assert_eq!((due(case, 0), listened(case)), (Some(expected), Some(80_000)));
            assert_eq!(due(case, 999_999), Some(expected));
        }
        assert_eq!(due(case, 1_000_000), Some(1_000_000), "a lab that is still");
        case.app.slots[0].rewind(Some(1));
        assert_eq!(listened(case), None, "the past does not move");
        assert_eq!(due(case, 0), Some(3_000_000), "but the run does");
        case.events = FEW + 1;
        assert_eq!(due(case, 0), Some(1_100_000), "and fast");
        case.app.slots[0].rewind(None);
    });
    // An event that it emits later makes it move again.
    harness.now += Duration::from_secs(7);
    harness.press("x");
    let at = |ms| harness.now + Duration::from_millis(ms);
    assert!(!harness.app.slots[0].still(at(999)) && harness.app.slots[0].still(at(1_000)));
}

#[test]
fn an_answer_comes_before_all_else() {
    let mut harness = AppHarness::new(Some(0));
    on(&mut harness, true, |case| {
        case.calm = true;
        case.redraw.answer = true;
        assert_eq!(due(case, 0), Some(16_667));
        case.redraw = RedrawFlags { full: true, ..RedrawFlags::default() };
        assert_eq!(due(case, 0), Some(16_667));
        case.redraw = RedrawFlags { more: true, ..RedrawFlags::default() };
        case.calm = false;
        assert_eq!(due(case, 5_000_000), Some(80_000));
    });
}

#[test]
fn while_a_timing_runs_frames_are_few_and_labs_cause_none() {
    let mut harness = AppHarness::new(None);
    harness.press("tab m");
    on(&mut harness, true, |case| {
        let now = case.framed;
        case.frame(now).unwrap();
        assert!(case.calm);
        assert_eq!((due(case, 0), listened(case)), (Some(250_000), None));
    });
    harness.press("m");
    on(&mut harness, true, |case| {
        let now = case.framed;
        case.calm = true;
        case.frame(now).unwrap();
        assert!(!case.calm);
    });
}

#[test]
fn a_frozen_picture_and_a_slow_terminal_leave_time_to_fold_alone() {
    let mut harness = AppHarness::new(Some(0));
    on(&mut harness, false, |case| {
        case.redraw.answer = true;
        assert_eq!((due(case, 0), listened(case)), (Some(1_100_000), None));
    });
    harness.press("space");
    on(&mut harness, true, |case| {
        case.app.next_sentence = Some(case.framed + Duration::from_micros(7));
        assert_eq!((due(case, 0), listened(case)), (Some(3_000_000), None));
        let (began, at) = (case.framed, |ms| Duration::from_millis(ms));
        case.step(began + at(60_000)).unwrap();
        assert_eq!((case.framed, case.drained), (began, began + at(60_000)));
        // A notice ends all the same.
        case.app.notify("saved", Tone::Plain, began);
        case.step(began + at(1_000)).unwrap();
        assert_eq!(case.framed, began);
        case.step(began + at(5_000)).unwrap();
        assert_eq!(case.framed, began + at(5_000));
        case.step(began + at(5_001)).unwrap();
        assert_eq!(case.framed, began + at(5_000));
        case.framed = began;
        case.redraw.answer = true;
        case.step(began + at(1_001)).unwrap();
        assert_eq!((case.framed, case.redraw.answer), (began + at(1_001), false));
        case.redraw.full = true;
        case.step(began + at(1_002)).unwrap();
        assert_eq!((case.framed, case.redraw.full), (began + at(1_002), false));
    });
}

#[test]
fn without_an_event_only_a_picture_that_moves_is_made_again() {
    let mut harness = AppHarness::new(None);
    on(&mut harness, true, |case| {
        let at = |ms| case.framed + Duration::from_millis(ms);
        let (first, second, third) = (at(100), at(200), at(300));
        case.step(first).unwrap();
        let began = case.framed;
        assert!(began < first, "nothing has happened, and no lanes are in view");
        case.frame(began).unwrap();
        case.redraw.answer = false;
        let lab = &mut case.app.slots[0];
        let work = lab.run().unwrap().actions().into_iter().find_map(|action| match action.kind {
            ActionKind::Press(work) => Some(work),
            _ => None,
        });
        lab.command(Command::Do(work.unwrap()));
        lab.run().unwrap().wait(Duration::from_secs(30));
        case.terminal_io.ready = false;
        case.step(first).unwrap();
        assert_eq!((case.framed, case.events > 0), (began, true), "the terminal is slow");
        case.terminal_io.ready = true;
        assert_eq!(due(case, 0), Some(80_000), "it is due when that can show it");
        case.step(second).unwrap();
        assert_eq!((case.framed, case.events), (second, 0), "an event of before");
        case.redraw.answer = false;
        case.app.next_sentence = Some(third);
        case.step(third).unwrap();
        assert_eq!(case.framed, third, "a sentence that has waited");
    });
}

#[test]
fn a_notice_goes_and_what_waits_comes_at_its_time() {
    let mut harness = AppHarness::new(None);
    on(&mut harness, true, |case| {
        let now = case.framed;
        case.app.notify("saved", Tone::Plain, now);
        assert_eq!(due(case, 0), Some(5_000_000));
        case.app.next_sentence = Some(now + Duration::from_millis(300));
        assert_eq!(due(case, 0), Some(300_000));
        case.app.next_sentence = None;
        case.framed = now + Duration::from_secs(5);
        assert_eq!(due(case, 0), None, "that frame was without it");
    });
}

#[test]
fn labs_out_of_sight_are_looked_at_once_a_second() {
    let mut harness = AppHarness::new(None);
    let now = harness.now;
    harness.app.slots[3].open(now);
    harness.app.slots[3].run().unwrap().wait(Duration::from_secs(30));
    harness.app.slots[3].fold(now);
    on(&mut harness, true, |case| {
        assert_eq!(due(case, 0), Some(3_000_000));
        let at = |ms| now + Duration::from_millis(ms);
        // Its start is its last event, so after a second it counts as still and is kept.
        case.step(at(2_999)).unwrap();
        assert_eq!(case.hidden_checked, at(2_000));
        case.step(at(3_000)).unwrap();
        assert_eq!(case.hidden_checked, at(3_000));
        assert!(case.app.slots[3].run().is_some());
        let actions = case.app.slots[3].run().unwrap().actions();
        let ActionKind::Press(work) = actions[0].kind.clone() else { panic!("{actions:?}") };
        case.app.slots[3].command(Command::Do(work));
        case.step(at(4_000)).unwrap();
        assert!(case.app.slots[3].run().is_none(), "it worked out of sight");
    });
}

#[test]
fn keys_that_depend_on_a_picture_are_offered_with_the_next_frame_at_once() {
    let mut harness = AppHarness::new(Some(0));
    // It is longer than its window; the picture before had none.
    let markdown = "A line.\n\n".repeat(99);
    harness.app.overlay = Some(Overlay::Lesson { title: "Long".into(), markdown, scroll: 0 });
    on(&mut harness, true, |case| {
        let scrolls =
            |case: &Case<'_>| case.app.shown.footer.iter().any(|hint| *hint.label == *"scroll");
        let now = case.framed;
        case.frame(now).unwrap();
        assert!(case.redraw.answer && !scrolls(case), "{:?}", case.app.shown.footer);
        case.frame(now).unwrap();
        assert!(!case.redraw.answer && scrolls(case), "{:?}", case.app.shown.footer);
    });
}

#[test]
fn keys_of_a_chosen_panel_are_offered_again_after_a_visit_to_another_screen() {
    let mut harness = AppHarness::new(Some(0));
    harness.press("tab");
    for other in ["1", "3"] {
        harness.press(other);
        on(&mut harness, true, |case| {
            let offered = |case: &Case<'_>| {
                case.app.shown.footer.iter().any(|hint| *hint.label == *"enlarge")
            };
            let now = case.framed;
            case.frame(now).unwrap();
            assert!(!offered(case), "it is the panel of another screen: {other}");
            case.app.go(CurrentScreen::Lab(0), now);
            case.frame(now).unwrap();
            assert!(case.redraw.answer || offered(case), "another frame is due: {other}");
            case.frame(now).unwrap();
            assert!(offered(case), "{other}: {:?}", case.app.shown.footer);
            assert!(!case.redraw.answer, "at rest");
        });
    }
}

#[test]
fn a_frame_is_drawn_if_it_is_another_or_all_is_to_be_drawn_afresh() {
    let mut harness = AppHarness::new(None);
    on(&mut harness, true, |case| {
        let now = case.framed;
        case.frame(now).unwrap();
        assert_eq!(case.app.size, (100, 30));
        case.app.size = (0, 0);
        case.frame(now).unwrap();
        assert_eq!(case.app.size, (0, 0), "it is the same");
        case.redraw.full = true;
        case.frame(now).unwrap();
        assert_eq!(case.app.size, (100, 30));
        case.app.size = (0, 0);
        case.app.focus = 1;
        case.frame(now).unwrap();
        assert_eq!(case.app.size, (100, 30));
    });
}
