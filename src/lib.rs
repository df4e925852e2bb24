//! threadbare: threads, laid bare. A laboratory for real concurrency in a terminal.
//!
//! # The map
//!
//! ```text
//!   threads, processes ──events──▶ Run ──▶ State ──▶ Scene ──▶ screen, or text and JSON
//!        labs/*/run                 │    labs/*/state  labs/*/scene      ui, report
//!             ▲                     └──▶ timeline: lanes, waits, blame ──▶ Scene, trace
//!             └──────commands────── app ◀── keys, mouse, signals
//! ```
//!
//! A **lab** is one experiment in one folder. It owns its threads, locks and processes,
//! and reports what they do as events: the *lane events* that all labs have in common, and
//! facts of its own. The screen **pulls**: the app drains a run, which folds
//! the events into plain state and answers with a **scene**, plain data in the screen's
//! words. Screen, text, JSON and trace are made from the same state. Events go one way
//! and commands the other; nothing else crosses.
//!
//! | where | what |
//! |---|---|
//! | [`printable`] | text that is safe to show; what is foreign becomes it where it enters |
//! | [`kit`] | tools of concurrency: the step controller, traced atomics, observed locks, thread groups, pools, children, the explorer |
//! | [`programs`] | small concurrent programs with a failure and a repair, to be run, stepped and searched |
//! | [`scene`] | what a screen can show, as plain data |
//! | [`timeline`] | folds over lane events: who did what when, who holds and waits, who is to blame |
//! | [`lab`] | what a lab is: settings, controls, the session of its driver thread, the run |
//! | [`labs`] | the experiments and their registry |
//! | [`ui`] | scenes drawn with ratatui |
//! | [`report`], [`export`] | text, JSON, failures; trace, picture, recording |
//! | [`app`] | where everything meets: the live screen, and the run without one |
//! | [`cli`] | what can be typed and configured |
//!
//! Start with [`lab`] and its [`Session`](lab::Session), then read a lab: `mod.rs` says what it
//! asks, `questions.rs` what a user predicts and tries, `run.rs` does it, `state.rs` keeps it,
//! `scene.rs` shows it, `findings.rs` judges it;
//! `experiment/` holds what only this lab has.
//!
//! # Two walks
//!
//! The key `l` in the list lab, from the keyboard to the next operation of a thread:
//! `app/live/input` reads it, and the loop in `app/live/run` gives it to `app/live/update`, which
//! passes it to `app/live/actions`. That asks `app/live/keymap/active` what it means here: one step
//! of the setting `LOCK` of `labs/list/settings`. `app/live/slot` checks the new value and sends
//! the command to `lab/runner`, whose `lab/source` and `lab/session/handle` queue it. The driver
//! thread takes it in `labs/list/run` (`run/commands`) and turns the switch (`kit/step/settings`)
//! that `labs/list/experiment/worker` looks at before its next operation.
//!
//! A lock that is taken, from the thread to the screen: `kit/lock` emits it through
//! `kit/recorder/sink` into the channel of `kit/recorder`, in the words of `kit/event`.
//! Once a frame `app/live/slot` drains `lab/runner`, whose `lab/folded` folds the event into
//! `timeline/fold` (the lane, its waits, the blame) and into the lab's state (`labs/list/state`).
//! The lab's scene (`labs/list/scene`) and `timeline/chart` make plain data of it,
//! `app/live/compose` puts the screen together, and `ui/pane` and `ui/body/lanes` draw it.
//!
//! # The rule
//!
//! A layer knows only those below it, and of those only the ones named here:
//!
//! ```text
//! cli        app, lab, report
//! app        ui, report, export, lab, timeline, scene, kit
//! labs       lab, timeline, programs, scene, kit
//! export     timeline, scene, the events of the kit
//! ui         scene
//! report     scene
//! lab        timeline, scene, kit
//! timeline   scene, the events of the kit
//! programs   scene, kit
//! scene      none
//! kit        none
//! ```
//!
//! Printable text lies under all. App and command line get the labs from `main`: no layer but the
//! registry names one. Held by `each_layer_mentions_only_those_below_it` and
//! `a_lab_knows_no_other_lab`; of the registry: Held by
//! `labs_are_named_in_their_registry_alone`. A script of the user's own is a lab like the others: its
//! interpreter is in [`kit::python`], and what runs inside of that in `assets/python/shim`. Held by
//! `screen_timeline_and_app_learn_nothing_about_python`. No file imports itself by way of others: Held
//! by `no_file_imports_itself_by_way_of_others`. Every lab has the same files: Held by
//! `every_lab_has_the_same_files`.
//!
//! # What never bends
//!
//! - **Observing does not disturb.** To emit never waits; what is too much is dropped and
//!   counted. Held by `a_reader_that_never_reads_costs_counted_losses_and_no_wait`.
//! - **What must arrive does**, however full the channel. Held by
//!   `what_may_not_be_lost_arrives_even_when_the_channel_is_full`.
//! - **A look always ends**, however fast a lab is. Held by
//!   `a_drain_gives_no_more_than_asked`.
//! - **Final figures come from the data itself** after the threads were joined, never
//!   from counting events. Held by `the_identity_holds_in_every_run`.
//! - **At full speed a step is its bare effect.** Held by `at_full_speed_nothing_is_reported`.
//! - **Every wait can be stopped.** Held by `a_stop_ends_every_wait` and
//!   `a_request_before_the_sleep_is_not_slept_through`.
//! - **A changed setting is in force or interrupts**, never both and never neither. Held by
//!   `an_attempt_begins_with_all_changes_and_what_was_pressed_in_its_order`.
//! - **A run that is dropped leaves nothing behind.** Held by
//!   `runs_that_are_dropped_at_once_leave_nothing_behind`,
//!   `an_end_at_any_moment_leaves_no_thread` and `many_pools_leave_nothing`.
//! - **A worker that cannot start is reported to all who wait for it**, with the system's
//!   reason, at every start method. Held by `a_worker_that_cannot_be_forked_is_an_error_at_once`
//!   and `a_fork_server_without_descriptors_answers_and_goes_on`.
//! - **Each task ends once**, whatever is killed. Held by
//!   `under_random_kills_each_task_ends_exactly_once`.
//! - **A process that dies while it holds a lock blocks no other**: the next holder learns of it. Held by
//!   `a_holder_that_is_killed_is_named_to_the_next` and
//!   `a_holder_that_is_killed_before_it_notifies_does_not_leave_the_waiter_asleep`.
//! - **A panic in a lab is a finding**, not a crash. Held by
//!   `a_panic_is_a_finding_and_nothing_is_printed`.
//! - **Each wait is charged in full.** Held by `what_is_charged_is_what_was_waited`.
//! - **A deadlock is reported only of lanes that cannot get free.** Held by
//!   `who_is_stuck_agrees_with_trying_every_set_of_lanes`.
//! - **A seed repeats each choice that the program makes**, never the timing. Held by
//!   `the_seed_is_in_every_output_and_fixes_what_the_program_chooses`.
//! - **Foreign text cannot act on a terminal.** Held by
//!   `nothing_unprintable_gets_through_and_nothing_printable_changes` and
//!   `no_control_character_of_a_run_survives_in_any_output`.
//! - **Nothing is shown by colour alone.** Held by
//!   `without_colour_nothing_is_coloured_or_reversed` and
//!   `without_colour_the_focus_and_the_choice_show`.
//! - **Nothing starts before everything asked for is known to be right.** Held by
//!   `bad_arguments_are_one_line_and_status_2` and
//!   `bad_configurations_name_file_line_and_key`.
//! - **A watched Python script does what it does unwatched**: exit status, stdout and stderr are
//!   the same. Held by `exit_status_and_output_are_the_same_with_and_without_us`.
//! - **No process of a script outlives the screen**, however the program ends. Held by
//!   `however_the_program_ends_no_process_of_the_script_is_left` and
//!   `a_script_that_starts_processes_without_end_is_stopped_at_a_named_limit`.
//! - **`unsafe` has one place**, [`kit`]'s system calls. Held by
//!   `unsafe_code_and_bare_threads_have_one_place`.

pub mod app;
pub mod cli;
pub mod export;
pub mod kit;
pub mod lab;
pub mod labs;
pub mod printable;
pub mod programs;
pub mod report;
pub mod scene;
#[cfg(test)]
mod tests;
pub mod timeline;
pub mod ui;
