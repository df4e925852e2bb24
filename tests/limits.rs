//! Every lab under real limits of the system: one line that names the cause, status 1,
//! soon, and nothing left behind; what could not be started is never a result.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "pools/alone.rs"]
#[expect(dead_code, reason = "the suite of pools needs more of it")]
mod alone;
#[path = "limits/common.rs"]
mod common;
#[path = "limits/labs.rs"]
mod labs;
#[path = "limits/managers.rs"]
mod managers;
