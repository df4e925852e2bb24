//! The pool's rules against a fork server and workers that are played by the test: each
//! message comes exactly when the test sends it.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use super::server::Line;
use super::*;
use crate::kit::child::{ForkServer, Start, receive_with};
use crate::kit::process_pool::ProcessPool;
use crate::kit::process_pool::watch::Source;
use crate::kit::wire;

/// More than any pid: whoever is sent a signal under it does not exist.
const PID: u32 = 0x3fff_0000;

struct Scripted {
    core: Core,
    server: UnixStream,
}

impl Scripted {
    fn new(workers: usize) -> Self {
        let handle = ForkServer::start("/bin/true".as_ref()).unwrap();
        let how =
            ProcessPool::builder("/bin/true".as_ref(), workers).start(Start::ForkServer(handle));
        let (ours, server) = UnixStream::pair().unwrap();
        let mut core = Core::new(how, Arc::new(Watch::new().unwrap()));
        core.server = Some(Line::new(ours, &core.watch).unwrap());
        Self { core, server }
    }

    /// The next request: its number, and the worker's ends.
    fn request(&self) -> (u64, Vec<OwnedFd>) {
        let mut bytes = [0; 16];
        let (count, ends) = receive_with(&self.server, &mut bytes).unwrap();
        let frame = wire::read(&mut &bytes[..count]).unwrap().unwrap();
        (u64::from_le_bytes(frame.payload.try_into().unwrap()), ends)
    }

    fn forked(&self, number: u64, pid: u32) {
        let told = [&number.to_le_bytes()[..], &pid.to_le_bytes()].concat();
        wire::write(&mut &self.server, Kind::Forked, &told).unwrap();
    }
}

#[test]
fn the_fork_servers_answer_is_heard_however_early_it_comes() {
    let mut pool = Scripted::new(1);
    // Before it was asked, which no real one can do.
    pool.forked(0, PID);
    pool.core.prestart();
    assert!(pool.core.order().is_none());
    assert_eq!(pool.request().0, 0);
    pool.core.take_in(&[Source::Server]);
    assert_eq!(pool.core.view().workers[0].pid, PID);
}
