//! The experiment: the same work by one thread, threads, threads under a model of the GIL
//! and processes, with what each of these costs and keeps apart.
//!
//! `kinds` names what is compared, `work` is a task, `strategies` runs tasks, `rounds`
//! decides how often and in which order, `python` lets CPython do the same. `cost` and
//! `costs` are prices of single things, `lanes` keeps what threads did, `isolation` is the variable
//! and the crash, and `worker_fns` is what the worker processes of all of these run.

pub mod cost;
pub mod costs;
pub mod interview;
pub mod isolation;
pub mod kinds;
pub mod lanes;
pub mod python;
pub mod rounds;
pub mod strategies;
pub mod work;
pub mod worker_fns;
