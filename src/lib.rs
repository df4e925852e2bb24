//! threadbare: threads, laid bare.
pub mod kit;
