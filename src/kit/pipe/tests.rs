//! Messages keep their borders, both ways, and ends are reported.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use super::*;
use crate::kit::stop::Stop;
use crate::kit::threads::scope;

fn soon() -> Limit {
    Limit::within(Duration::from_secs(30))
}

fn pattern(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

#[test]
fn messages_keep_their_borders_whatever_their_size() {
    let (mut one, mut two) = Connection::pair().unwrap();
    let messages: Vec<_> = [0, 1, 2, 16 << 20, 0, 70_000].map(pattern).into();
    scope(|scope| {
        let sent = messages.clone();
        scope
            .spawn("sender", move || {
                for message in &sent {
                    one.send(message, &soon()).unwrap();
                }
            })
            .unwrap();
        for message in &messages {
            assert!(two.recv(&soon()).unwrap() == *message);
        }
        assert!(matches!(two.recv(&soon()), Err(PipeError::End)));
    });
}

#[test]
fn both_ends_send_and_receive() {
    let (mut one, mut two) = Connection::pair().unwrap();
    one.send(b"question", &soon()).unwrap();
    two.send(b"answer", &soon()).unwrap();
    assert_eq!(two.recv(&soon()).unwrap(), b"question");
    assert_eq!(one.recv(&soon()).unwrap(), b"answer");
}

#[test]
fn a_closed_end_is_the_end_of_the_stream_after_what_was_sent() {
    let (mut one, mut two) = Connection::pair().unwrap();
    one.send(b"last", &soon()).unwrap();
    drop(one);
    assert!(two.poll(&Limit::now()).unwrap());
    assert_eq!(two.recv(&soon()).unwrap(), b"last");
    assert!(two.poll(&Limit::now()).unwrap(), "the end is news");
    assert!(matches!(two.recv(&soon()), Err(PipeError::End)));
    assert!(matches!(two.send(b"late", &soon()), Err(PipeError::End)));
}

#[test]
fn the_wrong_way_is_an_error() {
    let (mut receiver, mut sender) = Connection::one_way().unwrap();
    assert!(matches!(receiver.send(b"x", &soon()), Err(PipeError::ReceiveOnly)));
    assert!(matches!(sender.recv(&soon()), Err(PipeError::SendOnly)));
    assert!(matches!(sender.poll(&soon()), Err(PipeError::SendOnly)));
    sender.send(b"right", &soon()).unwrap();
    assert_eq!(receiver.recv(&soon()).unwrap(), b"right");
}

#[test]
fn polling_takes_nothing_and_waits_no_longer_than_asked() {
    let (mut one, mut two) = Connection::pair().unwrap();
    assert!(!two.poll(&Limit::now()).unwrap());
    let began = Instant::now();
    let limit = Duration::from_millis(30);
    assert!(!two.poll(&Limit::within(limit)).unwrap());
    assert!(began.elapsed() >= limit);
    one.send(b"still there", &soon()).unwrap();
    for _ in 0..3 {
        assert!(two.poll(&Limit::now()).unwrap());
    }
    assert_eq!(two.recv(&Limit::now()).unwrap(), b"still there");
    assert!(!two.poll(&Limit::now()).unwrap());
}

#[test]
fn a_receiver_that_waits_can_be_stopped() {
    let (mut one, _two) = Connection::pair().unwrap();
    let stop = Stop::new();
    scope(|scope| {
        let limit = Limit::until(&stop);
        let waiting = scope.spawn("receiver", move || one.recv(&limit)).unwrap();
        stop.request();
        assert!(matches!(waiting.join().unwrap(), Err(PipeError::Late(Timeout::Stopped))));
    });
}

#[test]
fn a_sender_waits_while_the_buffer_is_full_and_nothing_is_torn_in_two() {
    // Far more than the buffers of a socket hold, in messages that do not fill them evenly.
    const MESSAGES: usize = 4_000;
    let size = |n: usize| 3_001 + n % 7;
    let (mut one, mut two) = Connection::pair().unwrap();
    let sent = AtomicUsize::new(0);
    scope(|scope| {
        let counted = &sent;
        scope
            .spawn("sender", move || {
                for n in 0..MESSAGES {
                    one.send(&pattern(size(n)), &soon()).unwrap();
                    counted.store(n + 1, SeqCst);
                }
            })
            .unwrap();
        // It is at work, and cannot have finished while nothing was taken.
        assert!(two.poll(&soon()).unwrap());
        for n in 0..MESSAGES {
            let ahead = sent.load(SeqCst).saturating_sub(n);
            assert!(ahead < MESSAGES / 2, "{ahead} messages in the buffer");
            assert!(two.recv(&soon()).unwrap() == pattern(size(n)), "message {n}");
        }
        assert!(matches!(two.recv(&soon()), Err(PipeError::End)));
    });
    assert_eq!(sent.load(SeqCst), MESSAGES);
}

#[test]
fn a_message_given_up_half_way_is_reported_as_torn() {
    let (mut one, mut two) = Connection::pair().unwrap();
    let late = one.send(&pattern(16 << 20), &Limit::now());
    assert!(matches!(late, Err(PipeError::Late(Timeout::Elapsed))));
    assert!(matches!(one.send(b"x", &soon()), Err(PipeError::End)));
    assert!(matches!(two.recv(&soon()), Err(PipeError::Wire(WireError::Torn { .. }))));
}

#[test]
fn what_is_no_message_is_named() {
    let (socket, mut other) = UnixStream::pair().unwrap();
    let mut one = Connection::over(socket);
    io::Write::write_all(&mut other, b"hello there").unwrap();
    assert!(one.poll(&soon()).unwrap());
    assert!(matches!(one.recv(&soon()), Err(PipeError::Wire(WireError::Foreign { .. }))));
}

#[test]
fn only_those_that_are_ready_are_reported() {
    let mut pairs: Vec<_> = (0..4).map(|_| Connection::pair().unwrap()).collect();
    let ready = |pairs: &mut Vec<(Connection, Connection)>, limit: &Limit| {
        let mut sources: Vec<_> = pairs.iter_mut().map(|(_, end)| Source::Message(end)).collect();
        wait(&mut sources, limit)
    };
    let none = ready(&mut pairs, &Limit::within(Duration::from_millis(20)));
    assert!(matches!(none, Err(PipeError::Late(Timeout::Elapsed))));
    pairs[1].0.send(b"x", &soon()).unwrap();
    pairs[3].0.send(b"y", &soon()).unwrap();
    assert_eq!(ready(&mut pairs, &soon()).unwrap(), [1, 3]);
    assert_eq!(ready(&mut pairs, &soon()).unwrap(), [1, 3], "nothing taken");
    pairs[1].1.recv(&soon()).unwrap();
    assert_eq!(ready(&mut pairs, &soon()).unwrap(), [3]);
}

#[test]
fn a_process_that_ends_is_ready() {
    let mut child =
        std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
    let exit = Exit::of(child.id()).unwrap();
    let none = wait(&mut [Source::Exit(&exit)], &Limit::now());
    assert!(matches!(none, Err(PipeError::Late(Timeout::Elapsed))));
    drop(child.stdin.take());
    assert_eq!(wait(&mut [Source::Exit(&exit)], &soon()).unwrap(), [0]);
    child.wait().unwrap();
}

#[test]
fn who_connects_to_a_listener_has_the_other_end() {
    let listener = Listener::bind().unwrap();
    let nobody = wait(&mut [Source::Caller(&listener)], &Limit::now());
    assert!(matches!(nobody, Err(PipeError::Late(Timeout::Elapsed))));
    let mut there = Connection::connect(listener.address()).unwrap();
    wait(&mut [Source::Caller(&listener)], &soon()).unwrap();
    let mut here = listener.accept(&soon()).unwrap();
    there.send(b"knock", &soon()).unwrap();
    assert_eq!(here.recv(&soon()).unwrap(), b"knock");
}

#[test]
fn no_thread_listens_at_an_address_that_is_gone() {
    let address = Listener::bind().unwrap().address().to_owned();
    assert!(matches!(Connection::connect(&address), Err(PipeError::System(_))));
}
