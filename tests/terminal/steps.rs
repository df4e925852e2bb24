//! The user as the scheduler at 80 columns, and a long search that is watched.

use crate::driver::Setup;

#[test]
fn a_lost_update_is_made_and_undone_in_a_few_keys() {
    let setup = Setup::default().size(80, 24);
    let mut tty = setup.args(&["open", "steps", "--set", "program=counter"]).start();
    tty.until_open();
    tty.until_text("load count");
    for key in ["1", "2", "2", "2", "1", "1"] {
        tty.send(key);
    }
    tty.until_text("Lost update: ");
    tty.until_text("1 preemption");
    tty.send("u");
    tty.until("it is undone", |seen| !seen.has("Lost update: "));
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn a_deadlock_is_reached_its_cycle_drawn_and_undone() {
    let setup = Setup::default().size(80, 24);
    let mut tty = setup.args(&["open", "steps", "--set", "program=opposite"]).start();
    tty.until_open();
    tty.until_text("acquire A");
    tty.send("1");
    tty.send("2");
    tty.until_text("Deadlock");
    tty.until_text("blocked by");
    tty.send("u");
    tty.until("it is undone", |seen| !seen.has("Deadlock"));
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
}

#[test]
fn a_long_search_shows_its_progress_and_ends_with_ctrl_c() {
    let long = ["explore", "list", "--search", "random", "--limit", "1000000000"];
    let mut tty = Setup::default().size(120, 60).args(&long).start();
    // The first line of progress may come before the first run has ended.
    tty.until("a covered interleaving", |seen| {
        seen.has(" runs, ") && !seen.has(" 0 interleavings")
    });
    tty.send([3]);
    tty.until_text("They were chosen at random.");
    tty.until_text("stopped: explore list: SIGINT");
    assert_eq!(tty.exit().exit_code(), 130);
    assert!(!tty.seen().has(" runs, "), "the line is wiped");
}

#[test]
fn the_threads_of_a_tool_are_stepped_into_their_deadlock() {
    let args = ["open", "sync", "--set", "tool=lock", "--set", "misuse=order", "--set", "pace=2s"];
    let mut tty = Setup::default().size(120, 40).args(&args).start();
    tty.until_open();
    tty.until_text("step by step");
    tty.send("p");
    tty.until_text("You are the scheduler");
    tty.until_text("s step one");
    tty.send("s");
    tty.until_text("s step two");
    tty.send("2");
    tty.until_text("two holds B and waits for A");
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
    tty.assert_restored();
}

#[test]
fn a_tool_that_is_stepped_continues_at_its_pace() {
    let args = ["open", "sync", "--set", "tool=lock", "--set", "pace=1s"];
    let mut tty = Setup::default().size(120, 40).args(&args).start();
    tty.until_open();
    tty.until_text("step by step");
    tty.send("p");
    tty.until_text("p continue");
    tty.send("p");
    tty.until("it continues", |seen| !seen.has("You are the scheduler"));
    tty.until_text("step by step");
    tty.send("q");
    assert_eq!(tty.exit().exit_code(), 0);
}
