//! Bytes on their way to the terminal, also to one that does not read.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use super::*;

const LONG: Duration = Duration::from_secs(30);
const FIRST: &[u8] = b"<first>";
const LAST: &[u8] = b"<last>";

/// A writer into a socket, its other end, and the reports of the writing thread.
fn writer() -> (Writer, UnixStream, Receiver<io::Result<()>>) {
    let (near, far) = UnixStream::pair().unwrap();
    let (on_report, reported) = unbounded();
    let on_written = Box::new(move |what| on_report.send(what).unwrap());
    (Writer::open(near.into(), on_written).unwrap(), far, reported)
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
    let (writer, mut far, _) = writer();
    writer.begin(FIRST);
    writer.send(b"one".to_vec());
    writer.send(b"two".to_vec());
    writer.finish(LAST, LONG);
    assert_eq!(read_until(&mut far, LAST), b"<first>onetwo<last>");
    assert!(writer.ready());
}

#[test]
fn what_comes_after_the_last_bytes_is_dropped_until_it_begins_again() {
    let (writer, mut far, _) = writer();
    writer.send(b"early".to_vec());
    writer.begin(FIRST);
    writer.finish(LAST, LONG);
    writer.send(b"late".to_vec());
    writer.begin(FIRST);
    writer.send(b"again".to_vec());
    writer.finish(LAST, LONG);
    drop(writer);
    let mut all = Vec::new();
    far.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"<first><last><first>again<last>");
}

#[test]
fn no_thread_waits_for_a_reader_that_does_not_read() {
    let (writer, mut far, reported) = writer();
    writer.begin(FIRST);
    let begun = Instant::now();
    // More than any socket holds.
    writer.send(vec![b'x'; 1 << 20]);
    assert!(!writer.ready());
    assert!(begun.elapsed() < LONG);
    // As soon as it is read, the callback is called.
    let reader = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read_until(&mut far, LAST).len());
        reported.recv_timeout(LONG).unwrap().unwrap();
        assert!(writer.ready());
        writer.finish(LAST, LONG);
        reader.join().unwrap()
    });
    assert_eq!(reader, FIRST.len() + (1 << 20) + LAST.len());
}

#[test]
fn what_is_stuck_is_given_up_for_the_last_bytes() {
    let (writer, mut far, _) = writer();
    writer.begin(FIRST);
    writer.send(vec![b'x'; 1 << 20]);
    // No process reads, so this gives up; a socket cannot be emptied as a terminal can,
    // so the last bytes follow when there is room.
    writer.finish(LAST, Duration::from_millis(1));
    let all = read_until(&mut far, LAST);
    assert!(all.len() < 1 << 20, "{} bytes were written", all.len());
}

#[test]
fn a_reader_that_is_gone_is_reported_once() {
    let (writer, far, reported) = writer();
    drop(far);
    writer.begin(FIRST);
    writer.send(b"more".to_vec());
    writer.finish(LAST, LONG);
    let errors: Vec<_> = reported.try_iter().filter(Result::is_err).collect();
    assert_eq!(errors.len(), 1);
}
