//! threadbare: threads, laid bare.

pub mod kit;
pub mod lab;
pub mod labs;
pub mod scene;
pub mod scope;
