//! The reply to a question: a schedule on which the expression holds, or none.
//!
//! ```text
//! found    complete    reply
//! yes      either      "Yes", with a schedule; the count is of what was covered
//! no       yes         "No, in all N"
//! no       no          not known: "not in the N that were covered"
//! ```
//!
//! Must not know how the program was searched.

use serde_json::{Value, json};

use super::Question;
use crate::kit::explore::query::Query;
use crate::kit::explore::{Found, Report};
use crate::programs::code;

pub struct Reply<'a> {
    pub expr: &'a str,
    /// A run on which it holds, the simplest that was found; `None` if there is none.
    pub trace: Option<&'a Found>,
    pub code: Option<String>,
    /// After how many steps of that run it holds for the first time.
    pub step: usize,
    /// On how many interleavings it holds, of `all` that were covered.
    pub holds: u128,
    pub all: u128,
    /// Nothing was left out: then no run on which it holds means that there is none.
    pub complete: bool,
    /// What was left out, one sentence each.
    pub why: Vec<String>,
}

impl<'a> Reply<'a> {
    pub fn new(
        question: &Question,
        expr: &'a str,
        query: &Query,
        found: &'a Report,
        why: Vec<String>,
    ) -> Self {
        let trace = found.simplest.as_ref();
        let code = |found: &Found| code::encode(question.program, question.case, &found.trace);
        Self {
            expr,
            trace,
            code: trace.map(code),
            step: trace.map_or(0, |found| first(query, found)),
            holds: found.failures,
            all: found.schedules,
            complete: found.is_complete(),
            why,
        }
    }

    /// What JSON adds for a query. `answer` is null where it is not known: nothing was found, and
    /// not everything searched.
    pub fn json(&self) -> Value {
        let answer = match (&self.trace, self.complete) {
            (Some(_), _) => Some(true),
            (None, true) => Some(false),
            (None, false) => None,
        };
        json!({
            "expr": self.expr,
            "answer": answer,
            "code": self.code,
            "step": self.trace.map(|_| self.step),
        })
    }
}

fn first(query: &Query, found: &Found) -> usize {
    let trace = &found.trace;
    if !query.asks_ever() {
        return trace.len();
    }
    let mut first = None;
    trace.walk(|step, model| {
        if first.is_none() && query.holds(model) {
            first = Some(step);
        }
    });
    first.unwrap_or(trace.len())
}
