//! Pipes between processes.

use std::time::Instant;

use threadbare::kit::limit::{Limit, Timeout};
use threadbare::kit::pipe::{Connection, Exit, Listener, PipeError, Source, wait};
use threadbare::kit::stop::Stop;
use threadbare::kit::wire::WireError;

use crate::common::{Player, SHORT, Stage, play, short, soon};

/// Starts a process that plays `part` and has the other end.
pub(crate) fn start(stage: &Stage, part: &str) -> (Player, Connection) {
    let listener = Listener::bind().unwrap();
    let player = stage.start(&format!("{part}@{}", listener.address()));
    (player, listener.accept(&soon()).unwrap())
}

/// In that process: the part, and its end.
pub(crate) fn connected(part: &str) -> (&str, Connection) {
    let (part, address) = part.split_once('@').unwrap();
    (part, Connection::connect(address).unwrap())
}

fn pattern(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

#[test]
fn messages_of_any_size_are_neither_merged_nor_split() {
    let sizes = [0, 1, 2, 16 << 20, 0, 0, 3];
    play(
        0,
        |stage| {
            let (echo, mut pipe) = start(stage, "echo");
            for size in sizes {
                let message = pattern(size);
                pipe.send(&message, &soon()).unwrap();
                assert!(pipe.recv(&soon()).unwrap() == message, "{size} bytes");
            }
            // Many at once, before the first is taken.
            (0..100).for_each(|n| pipe.send(&pattern(n), &soon()).unwrap());
            for n in 0..100 {
                assert_eq!(pipe.recv(&soon()).unwrap(), pattern(n));
            }
            drop(pipe);
            echo.end();
        },
        |_, part| {
            let (_, mut pipe) = connected(part);
            loop {
                match pipe.recv(&soon()) {
                    Ok(message) => pipe.send(&message, &soon()).unwrap(),
                    Err(PipeError::End) => return,
                    Err(error) => panic!("{error}"),
                }
            }
        },
    );
}

#[test]
fn an_end_that_is_closed_is_the_end_after_what_was_sent() {
    play(
        0,
        |stage| {
            let (other, mut pipe) = start(stage, "says one thing");
            assert_eq!(pipe.recv(&soon()).unwrap(), b"bye");
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::End)));
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::End)), "still");
            other.end();
        },
        |_, part| connected(part).1.send(b"bye", &soon()).unwrap(),
    );
}

#[test]
fn the_death_of_the_other_process_is_the_end() {
    play(
        0,
        |stage| {
            let (silent, mut pipe) = start(stage, "silent");
            assert!(matches!(pipe.recv(&Limit::now()), Err(PipeError::Late(Timeout::Elapsed))));
            silent.kill();
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::End)));
            assert!(matches!(pipe.send(b"?", &soon()), Err(PipeError::End)));
        },
        |stage, part| {
            let _pipe = connected(part);
            stage.await_cue(0);
        },
    );
}

#[test]
fn a_death_half_way_through_a_message_is_told_as_such() {
    play(
        0,
        |stage| {
            let (sender, mut pipe) = start(stage, "sender");
            // Some of it has come, all of it cannot: the buffers are too small.
            wait_for_bytes(&pipe);
            sender.kill();
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::Wire(WireError::Torn { .. }))));
        },
        |_, part| {
            let sent = connected(part).1.send(&pattern(16 << 20), &soon());
            panic!("{sent:?}");
        },
    );
}

fn wait_for_bytes(pipe: &Connection) {
    use rustix::event::{PollFd, PollFlags, poll};
    let mut watched = [PollFd::new(pipe, PollFlags::IN)];
    poll(&mut watched, None).unwrap();
}

#[test]
fn a_sender_to_a_full_buffer_waits_and_can_be_stopped() {
    play(
        0,
        |stage| {
            let (deaf, mut pipe) = start(stage, "deaf");
            let stop = Stop::new();
            let limit = Limit::until(&stop);
            std::thread::scope(|scope| {
                let sending = scope.spawn(move || pipe.send(&pattern(16 << 20), &limit));
                stop.request();
                assert!(matches!(sending.join().unwrap(), Err(PipeError::Late(Timeout::Stopped))));
            });
            stage.give(0);
            deaf.end();
        },
        |stage, part| {
            let (_, mut pipe) = connected(part);
            stage.await_cue(0);
            assert!(
                matches!(
                    pipe.recv(&soon()),
                    Err(PipeError::End | PipeError::Wire(WireError::Torn { .. }))
                ),
                "never half a message for a whole one"
            );
        },
    );
}

#[test]
fn the_wrong_way_through_a_one_way_pipe_is_an_error() {
    play(
        0,
        |stage| {
            let (other, pipe) = start(stage, "sender");
            let mut pipe = pipe.receive_only().unwrap();
            assert!(matches!(pipe.send(b"x", &soon()), Err(PipeError::ReceiveOnly)));
            assert_eq!(pipe.recv(&soon()).unwrap(), b"right");
            other.end();
        },
        |_, part| {
            let mut pipe = connected(part).1.send_only().unwrap();
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::SendOnly)));
            assert!(matches!(pipe.poll(&soon()), Err(PipeError::SendOnly)));
            pipe.send(b"right", &soon()).unwrap();
        },
    );
}

#[test]
fn a_poll_waits_as_long_as_asked_and_takes_nothing() {
    play(
        0,
        |stage| {
            let (other, mut pipe) = start(stage, "other");
            assert!(!pipe.poll(&Limit::now()).unwrap());
            let began = Instant::now();
            assert!(!pipe.poll(&short()).unwrap());
            assert!(began.elapsed() >= SHORT);
            stage.give(0);
            assert!(pipe.poll(&soon()).unwrap(), "wakes when it comes");
            assert!(pipe.poll(&Limit::now()).unwrap());
            assert_eq!(pipe.recv(&Limit::now()).unwrap(), b"here");
            other.end();
        },
        |stage, part| {
            let (_, mut pipe) = connected(part);
            stage.await_cue(0);
            pipe.send(b"here", &soon()).unwrap();
        },
    );
}

#[test]
fn of_four_pipes_and_processes_only_those_that_are_ready_are_told() {
    play(
        0,
        |stage| {
            let (mut players, mut pipes): (Vec<_>, Vec<_>) =
                (0..4).map(|n| start(stage, &n.to_string())).unzip();
            let exits: Vec<_> =
                players.iter().map(|player| Exit::of(player.pid()).unwrap()).collect();
            let mut ready = |limit: &Limit| {
                let mut sources: Vec<_> = pipes.iter_mut().map(Source::Message).collect();
                sources.extend(exits.iter().map(Source::Exit));
                wait(&mut sources, limit)
            };
            let began = Instant::now();
            assert!(matches!(ready(&short()), Err(PipeError::Late(Timeout::Elapsed))));
            assert!(began.elapsed() >= SHORT);
            stage.give(2);
            assert_eq!(ready(&soon()).unwrap(), [2]);
            assert_eq!(ready(&Limit::now()).unwrap(), [2], "nothing was taken");
            players.remove(1).kill();
            // Its pipe has ended, and so has it.
            assert_eq!(ready(&soon()).unwrap(), [1, 2, 5]);
        },
        |stage, part| {
            let (part, mut pipe) = connected(part);
            stage.await_cue(part.parse().unwrap());
            pipe.send(b"ready", &soon()).unwrap();
            // Until the first is done and its end is closed.
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::End)));
        },
    );
}
