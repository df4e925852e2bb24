//! Pipes between processes.

use std::time::Instant;

use threadbare::kit::limit::{Limit, Timeout};
use threadbare::kit::pipe::{Connection, Exit, Listener, PipeError, Source, wait};
use threadbare::kit::stop::Stop;
use threadbare::kit::wire::WireError;

use crate::common::{SHORT, SharedTest, TestProcess, in_processes, short, soon};

/// Starts a process in this role, which has the other end.
pub(crate) fn start(test: &SharedTest, role: &str) -> (TestProcess, Connection) {
    let listener = Listener::bind().unwrap();
    let process = test.start(&format!("{role}@{}", listener.address()));
    (process, listener.accept(&soon()).unwrap())
}

/// In that process: its role, and its end.
pub(crate) fn connected(role: &str) -> (&str, Connection) {
    let (role, address) = role.split_once('@').unwrap();
    (role, Connection::connect(address).unwrap())
}

fn pattern(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

#[test]
fn messages_of_any_size_are_neither_merged_nor_split() {
    let sizes = [0, 1, 2, 16 << 20, 0, 0, 3];
    in_processes(
        0,
        |test| {
            let (echo, mut pipe) = start(test, "echo");
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
        |_, role| {
            let (_, mut pipe) = connected(role);
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
    in_processes(
        0,
        |test| {
            let (other, mut pipe) = start(test, "sends one message");
            assert_eq!(pipe.recv(&soon()).unwrap(), b"bye");
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::End)));
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::End)), "still");
            other.end();
        },
        |_, role| connected(role).1.send(b"bye", &soon()).unwrap(),
    );
}

#[test]
fn the_death_of_the_other_process_is_the_end() {
    in_processes(
        0,
        |test| {
            let (silent, mut pipe) = start(test, "silent");
            assert!(matches!(pipe.recv(&Limit::now()), Err(PipeError::Late(Timeout::Elapsed))));
            silent.kill();
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::End)));
            assert!(matches!(pipe.send(b"?", &soon()), Err(PipeError::End)));
        },
        |test, role| {
            let _pipe = connected(role);
            test.wait_for(0);
        },
    );
}

#[test]
fn a_death_halfway_through_a_message_is_an_error_of_its_own() {
    in_processes(
        0,
        |test| {
            let (sender, mut pipe) = start(test, "sender");
            // Some of it has come, all of it cannot: the buffers are too small.
            wait_for_bytes(&pipe);
            sender.kill();
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::Wire(WireError::Torn { .. }))));
        },
        |_, role| {
            let sent = connected(role).1.send(&pattern(16 << 20), &soon());
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
    in_processes(
        0,
        |test| {
            let (stalled, mut pipe) = start(test, "stalled");
            let stop = Stop::new();
            let limit = Limit::until(&stop);
            std::thread::scope(|scope| {
                let sending = scope.spawn(move || pipe.send(&pattern(16 << 20), &limit));
                stop.request();
                assert!(matches!(sending.join().unwrap(), Err(PipeError::Late(Timeout::Stopped))));
            });
            test.signal(0);
            stalled.end();
        },
        |test, role| {
            let (_, mut pipe) = connected(role);
            test.wait_for(0);
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
    in_processes(
        0,
        |test| {
            let (other, pipe) = start(test, "sender");
            let mut pipe = pipe.receive_only().unwrap();
            assert!(matches!(pipe.send(b"x", &soon()), Err(PipeError::ReceiveOnly)));
            assert_eq!(pipe.recv(&soon()).unwrap(), b"right");
            other.end();
        },
        |_, role| {
            let mut pipe = connected(role).1.send_only().unwrap();
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::SendOnly)));
            assert!(matches!(pipe.poll(&soon()), Err(PipeError::SendOnly)));
            pipe.send(b"right", &soon()).unwrap();
        },
    );
}

#[test]
fn a_poll_waits_as_long_as_asked_and_takes_nothing() {
    in_processes(
        0,
        |test| {
            let (other, mut pipe) = start(test, "other");
            assert!(!pipe.poll(&Limit::now()).unwrap());
            let began = Instant::now();
            assert!(!pipe.poll(&short()).unwrap());
            assert!(began.elapsed() >= SHORT);
            test.signal(0);
            assert!(pipe.poll(&soon()).unwrap(), "wakes when it comes");
            assert!(pipe.poll(&Limit::now()).unwrap());
            assert_eq!(pipe.recv(&Limit::now()).unwrap(), b"here");
            other.end();
        },
        |test, role| {
            let (_, mut pipe) = connected(role);
            test.wait_for(0);
            pipe.send(b"here", &soon()).unwrap();
        },
    );
}

#[test]
fn of_four_pipes_and_processes_only_those_that_are_ready_are_returned() {
    in_processes(
        0,
        |test| {
            let (mut processes, mut pipes): (Vec<_>, Vec<_>) =
                (0..4).map(|n| start(test, &n.to_string())).unzip();
            let exits: Vec<_> =
                processes.iter().map(|process| Exit::of(process.pid()).unwrap()).collect();
            let mut ready = |limit: &Limit| {
                let mut sources: Vec<_> = pipes.iter_mut().map(Source::Message).collect();
                sources.extend(exits.iter().map(Source::Exit));
                wait(&mut sources, limit)
            };
            let began = Instant::now();
            assert!(matches!(ready(&short()), Err(PipeError::Late(Timeout::Elapsed))));
            assert!(began.elapsed() >= SHORT);
            test.signal(2);
            assert_eq!(ready(&soon()).unwrap(), [2]);
            assert_eq!(ready(&Limit::now()).unwrap(), [2], "nothing was taken");
            processes.remove(1).kill();
            // Its pipe has ended, and so has it.
            assert_eq!(ready(&soon()).unwrap(), [1, 2, 5]);
        },
        |test, role| {
            let (role, mut pipe) = connected(role);
            test.wait_for(role.parse().unwrap());
            pipe.send(b"ready", &soon()).unwrap();
            // Until the first is done and its end is closed.
            assert!(matches!(pipe.recv(&soon()), Err(PipeError::End)));
        },
    );
}
