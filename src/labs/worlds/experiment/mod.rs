//! The experiment: the same work by one thread, threads, threads under a model of the GIL and
//! processes, with what each of these costs and keeps apart.

pub mod cost;
pub mod costs;
pub mod isolation;
pub mod jobs;
pub mod kinds;
pub mod python;
pub mod questions;
pub mod rounds;
pub mod strategies;
pub mod work;
