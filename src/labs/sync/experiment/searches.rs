//! What searches found, kept for the whole run of the lab: a tool that is repeated on the live
//! screen is searched once for each of its uses, as every search of it finds the same.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::kit::explore::Found;

/// The findings of one use of a tool, each empty until it was searched for.
#[derive(Debug, Default)]
pub struct Searched {
    /// What a search of all interleavings of the correct use found, in one clause.
    pub proof: OnceCell<String>,
    /// The simplest failure of a misuse, with the trace that is replayed.
    pub failure: OnceCell<Found>,
}

/// The findings by tool and misuse; `None` is the correct use.
pub type Searches = BTreeMap<(&'static str, Option<&'static str>), Rc<Searched>>;
