//! The protocol of the pool: threads, processes, messages, states, deaths and locks.
//! This module holds no code; each paragraph names the module that does what it describes.
//!
//! # Roles
//!
//! ```text
//!  caller threads            the pool                                 other processes
//!
//!  submit, map, resize,      ┌────────── core lock ──────────┐        ┌─────────────┐
//!  view, shutdown ─request──▶│ Core: queue of chunks, slots, │─Chunk─▶│ worker      │
//!        │                   │ totals, promises to settle    │◀Answer─│             │
//!        │ bell (eventfd)    └───────────────▲───────────────┘        └──────▲──────┘
//!        ▼                                   │ take_in                       │
//!  ┌─ epoll ─ sockets, outputs, pidfds ──▶ leader: the thread                │ fork
//!  └───────── link to the fork server ──▶  "pool/manager", or         ┌──────┴──────┐
//!                                          a helper in its place ────▶│ fork server │
//!                                                               Fork  └─────────────┘
//! ```
//!
//! - A **caller** changes the state under the lock and returns. It writes a chunk to an idle
//!   worker itself, because the socket does not block ([`super::shared`], [`super::core`]).
//! - The **manager** is a thread of the pool. It does what needs a wait: it starts workers,
//!   reads from them, and reaps them.
//! - A **helper** is a thread that waits for a future of this pool. It does the
//!   manager's work meanwhile, so that the answer wakes the thread that needs it. There is one
//!   helper at most; while there is one, it is the *leader*, and the manager is parked after
//!   the round that it is in ([`super::leader`], after the leader/followers pattern).
//! - A **worker** has one thread, which runs tasks ([`crate::kit::child`]).
//! - The **fork server** exists with [`Start::ForkServer`](crate::kit::child::Start) only. It
//!   forks workers on request, reaps them, and reports both on a link that each pool has for
//!   itself ([`super::core`]'s module `server`).
//!
//! # Messages
//!
//! | kind | from, to | carries | is followed by |
//! |---|---|---|---|
//! | `Region` | pool, worker | the descriptor of the shared memory | nothing |
//! | `Hello` | worker, pool | its clock | without an initializer the worker is ready |
//! | `Chunk` | pool, worker | number, function, inputs; number `u64::MAX`: the initializer | one `Answer` |
//! | `Answer` | worker, pool | number, time of the end, one result for each input | the next `Chunk` |
//! | `Failed` | worker, pool | text: why it cannot go on | its end |
//! | end of the stream | pool, worker | | the worker exits with 0 |
//! | `Hello` | pool, fork server | one end of a new link | nothing, or `Forked` with `NO_LINK` |
//! | `Fork` | pool, fork server | the worker's number; its socket and outputs | `Forked` |
//! | `Forked` | fork server, pool | number and pid, or number, 0 and the reason | `Ended`, if there is a pid |
//! | `Ended` | fork server, pool | number and [`Death`](crate::kit::child::Death) | nothing |
//!
//! A socket keeps its order. So the shared memory, the initializer and the first chunks may
//! be written before the worker exists: it reads them in this order when it runs.
//!
//! # States of a slot
//!
//! ```text
//!  spawn ─────────────────────┐
//!  fork server:               ▼ process      Hello                Answer to the
//!  asked for (pid 0) ─Forked▶ starting ────────▶ initialising ─────▶ ready
//!        │                       │                   │     initializer   │
//!        │ pid 0 and a reason    └─────────┬─────────┘                   │
//!        ▼                          may hold a chunk already    idle ◀─Chunk, Answer─▶ running
//!  removed; refuse()                       │                     │                     │
//!                                          │       too many, closing,                  │
//!                                          │       tasks_per_worker reached            │
//!                                          │                     ▼                     │
//!                                          │    retiring: end of the stream written,   │
//!                                          │    killed after GRACE                     │
//!                                          ▼                     ▼                     ▼
//!            killed: bad frame, socket closed early, pool broken or terminated
//!                                          │ pidfd ready, or Ended
//!                                          ▼
//!                         gone: reaped, remembered, lane ended
//! ```
//!
//! Without an initializer `Hello` leads to *ready* directly. The states are not one enum: they
//! are the fields `hello_ns`, `ready_ns`, `held`, `retiring`, `killed`, `silent` and `broken`
//! of [`super::slot::Slot`], because a slot that is killed may be in any of the others.
//!
//! # States of a chunk
//!
//! ```text
//!   submit ──▶ queued ──begin, attempts + 1──▶ held by a slot ──Answer──▶ settled
//!                ▲  │                              │  │
//!                │  │ cancelled, too long,         │  │ pool broken or terminated
//!                │  │ pool broken                  │  └────────▶ failed: Broken
//!                │  └────────▶ settled             ▼ worker dies
//!                ├──────────── not ready yet: attempts - 1, to the front
//!                ├──────────── Replace, attempts <= retries: to the front
//!                              Replace, no retry left; FailAll ──▶ failed: WorkerDied
//!                              Forget ──▶ lost: open until the pool ends
//! ```
//!
//! A chunk is in exactly one of the queue, a slot and the list of lost chunks, so each of its
//! promises is settled once, by whichever thread takes the chunk out.
//!
//! # Deaths
//!
//! | who ends | who notices, and how | what follows |
//! |---|---|---|
//! | worker | leader: pidfd; fork server: `waitpid`, then `Ended` | what it had sent is read first, then the [`Policy`](super::Policy) decides about its chunk |
//! | worker closes its socket, or sends no frame | leader, when it reads | it is killed; the reason goes into the cause of its death |
//! | worker is stopped by a signal | leader, every 500 ms, by `/proc` | it is shown as stopped; nothing else |
//! | fork server | leader: end of its link, or 10 s without an answer that is due | the pool breaks, its workers are killed here |
//! | fork server | its workers: SIGCONT from the kernel, also while they compute | the worker kills its process group and exits |
//! | manager or helper panics | `panics::capture` around its rounds | the pool breaks and closes; dropping the slots kills and reaps |
//! | pool is dropped | [`ProcessPool`](super::ProcessPool)'s `Drop` | workers are killed, the manager is joined |
//! | this program | idle workers: end of their socket; spawned ones: SIGCONT from the kernel, also while they compute | the worker kills its process group and exits |
//! | this program, or the pool's link to it | fork server: end of the control socket, or of the link | it kills the groups of all its workers, or of that pool's |
//!
//! # Locks
//!
//! | lock | guards | held while |
//! |---|---|---|
//! | `ProcessPoolState::core` | everything in [`super::core::Core`] | state changes, non-blocking writes and reads; never while a thread sleeps, starts a program, or settles a promise with a result |
//! | `LeaderRole::state` | who leads | a few assignments |
//! | a future's state | phase and result | marking a task as running |
//! | `ForkServer`'s control socket | the socket | one non-blocking message |
//!
//! The order is core first, then any of the other three; the pool takes no lock while it
//! holds one of the three. Callbacks of futures run without any of them, so that a callback may
//! submit, wait or drop the pool. The [`Observer`](super::Observer) and its sinks run under
//! the core lock: they must neither wait nor use the pool.
