//! Bytes on their way to the terminal, also to one that does not read.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use super::*;

const LONG: Duration = Duration::from_secs(30);
const FIRST: &[u8] = b"<first>";
const LAST: &[u8] = b"<last>";

/// An outlet into a socket, its other end, and what the writing thread tells.
fn outlet() -> (Outlet, UnixStream, Receiver<io::Result<()>>) {
    let (near, far) = UnixStream::pair().unwrap();
    let (told_in, told) = unbounded();
    let tell = Box::new(move |what| told_in.send(what).unwrap());
    (Outlet::open(near.into(), tell).unwrap(), far, told)
}

/// Reads until what was read ends with `end`.
fn read_until(from: &mut UnixStream, end: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 65536];
    while !all.ends_with(end) {
        let count = from.read(&mut buffer).unwrap();
        assert!(count > 0, "it ended early");
        all.extend_from_slice(&buffer[..count]);
    }
    all
}

#[test]
fn bytes_go_out_in_order_and_then_it_is_ready() {
    let (outlet, mut far, _) = outlet();
    outlet.begin(FIRST);
    outlet.send(b"one".to_vec());
    outlet.send(b"two".to_vec());
    outlet.finish(LAST, LONG);
    assert_eq!(read_until(&mut far, LAST), b"<first>onetwo<last>");
    assert!(outlet.ready());
}

#[test]
fn what_comes_after_the_last_bytes_is_dropped_until_it_begins_again() {
    let (outlet, mut far, _) = outlet();
    outlet.send(b"early".to_vec());
    outlet.begin(FIRST);
    outlet.finish(LAST, LONG);
    outlet.send(b"late".to_vec());
    outlet.begin(FIRST);
    outlet.send(b"again".to_vec());
    outlet.finish(LAST, LONG);
    drop(outlet);
    let mut all = Vec::new();
    far.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"<first><last><first>again<last>");
}

#[test]
fn nobody_waits_for_a_reader_that_does_not_read() {
    let (outlet, mut far, told) = outlet();
    outlet.begin(FIRST);
    let begun = Instant::now();
    // More than any socket holds.
    outlet.send(vec![b'x'; 1 << 20]);
    assert!(!outlet.ready());
    assert!(begun.elapsed() < LONG);
    // As soon as it is read, whoever wanted to know is told.
    let reader = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read_until(&mut far, LAST).len());
        told.recv_timeout(LONG).unwrap().unwrap();
        assert!(outlet.ready());
        outlet.finish(LAST, LONG);
        reader.join().unwrap()
    });
    assert_eq!(reader, FIRST.len() + (1 << 20) + LAST.len());
}

#[test]
fn what_is_stuck_is_given_up_for_the_last_bytes() {
    let (outlet, mut far, _) = outlet();
    outlet.begin(FIRST);
    outlet.send(vec![b'x'; 1 << 20]);
    // Nobody reads, so this gives up; a socket cannot be emptied as a terminal can,
    // so the last bytes follow when there is room.
    outlet.finish(LAST, Duration::from_millis(1));
    let all = read_until(&mut far, LAST);
    assert!(all.len() < 1 << 20, "{} bytes were written", all.len());
}

#[test]
fn a_reader_that_is_gone_is_told_once() {
    let (outlet, far, told) = outlet();
    drop(far);
    outlet.begin(FIRST);
    outlet.send(b"more".to_vec());
    outlet.finish(LAST, LONG);
    let errors: Vec<_> = told.try_iter().filter(Result::is_err).collect();
    assert_eq!(errors.len(), 1);
}
