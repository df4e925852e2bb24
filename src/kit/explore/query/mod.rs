//! Questions about a program: "can the list end empty?" is `end length == 0`, "can both be
//! inside?" is `ever holds(one, A) && holds(two, A)`.
//!
//! A question is an expression over the named things and threads; it is answered by a
//! schedule on which it holds, or by "no, in all of them". `end` asks when no thread can
//! continue, `ever` after every step; without either it is `end`.
//!
//! Names of atomics stand for their values; of locks for 1 if taken, of semaphores for their
//! permits, of queues for their length, of events for 1 if set, of conditions for the
//! number of threads that wait, of barriers for the number inside. As in C, 0 is false and
//! anything else true.
//!
//! It needs no search of its own: the question becomes a check, and a schedule that answers
//! it is one that "fails" it. So all strategies, limits and schedule codes work for
//! questions, too.
//!
//! | question | asks |
//! |---|---|
//! | `length == 0` | can it be empty when all is over? |
//! | `ever waits(one) && waits(two)` | can both be blocked at once? |
//! | `ever holds(one, A) && !done(two)` | can one have A while two has not returned? |
//! | `end done(one) + done(two) < 2` | can one of the two not return? |

mod parse;

use std::sync::Arc;

use super::config::Config;
use super::executor::explore;
use super::fault::Fault;
use super::model_state::{ModelState, Phase};
use super::plan::{Broken, Plan, Program};
use super::scheduler::Replay;
use crate::kit::model::State;
use crate::kit::step::ObjectId;

/// The kind under which the schedules that answer a question are counted. A report with this kind
/// is an answer, not a failure.
pub const REACHED: &str = "reached";

/// Why a text is no question, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {at}: {why}")]
pub struct BadQuery {
    /// The character, from 1.
    pub at: usize,
    pub why: String,
}

/// When a question is asked: when no thread can continue, or after every step and before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum QueryTime {
    End,
    Ever,
}

/// An expression whose names were found on a model state. Threads and things are numbers,
/// which are the same in all states of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expr {
    Number(i64),
    Object(ObjectId),
    Done(usize),
    Waits(usize),
    Holds(usize, ObjectId),
    Not(Box<Expr>),
    Minus(Box<Expr>),
    Both(Operator, Box<Expr>, Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    Plus,
    Minus,
}

/// A question about one program. It can be asked of any state of that program, in any run: it has
/// the numbers of threads and things, which are the same in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    when: QueryTime,
    expr: Expr,
}

impl Query {
    /// Reads a question about the threads and things of `model`; any state of the program
    /// will do.
    ///
    /// # Errors
    /// Where and why it cannot be understood.
    pub fn read(text: &str, model: &ModelState) -> Result<Self, BadQuery> {
        parse::query(text, model)
    }

    /// Whether it is asked after every step, not only in the end. Such a question costs
    /// more: see [`Plan::always`].
    pub fn asks_ever(&self) -> bool {
        self.when == QueryTime::Ever
    }

    /// Whether it holds on a model state of the same program.
    pub fn holds(&self, model: &ModelState) -> bool {
        self.expr.value(model) != 0
    }
}

/// The model state of a program before its first step: what can be asked about. `None` if
/// the config's stop was requested before. Runs the program once.
///
/// # Errors
/// If the program cannot be run.
pub fn first_state(
    program: &Arc<dyn Program>,
    config: &Config,
) -> Result<Option<ModelState>, Fault> {
    let outcome = explore(Replay::new(Vec::new()), Arc::clone(program), config);
    match outcome.fault {
        Some(fault) => Err(fault),
        None => Ok(outcome.scheduler.found.map(|found| found.trace.at(0))),
    }
}

/// The program whose runs fail, with the kind [`REACHED`], where `query` holds, and nowhere
/// else: its own checks, deadlocks and panics count no longer.
pub fn asking(program: Arc<dyn Program>, query: Query) -> Arc<dyn Program> {
    Arc::new(move || judged_by(program.instantiate(), &query))
}

/// The plan with the question as its only check. A state on which it holds "breaks" the check, so
/// the search keeps its schedule.
fn judged_by(plan: Plan, query: &Query) -> Plan {
    let (when, query) = (query.when, query.clone());
    let check = move |model: &ModelState| {
        if query.holds(model) { Err(Broken::new(REACHED, "it holds here")) } else { Ok(()) }
    };
    match when {
        QueryTime::End => plan.judged_by(Some(Box::new(check)), None),
        QueryTime::Ever => plan.judged_by(None, Some(Box::new(check))),
    }
}

impl Expr {
    /// The value on a state. Cannot overflow: nothing is multiplied, and the parser allows
    /// no more than [`parse::MOST_TERMS`] terms of 64 bits.
    fn value(&self, model: &ModelState) -> i128 {
        match self {
            Self::Number(value) => (*value).into(),
            Self::Object(object) => value_of(model.state(*object)).into(),
            Self::Done(thread) => i128::from(model.phase(*thread) == Phase::Returned),
            Self::Waits(thread) => {
                // A thread on its way to a step does not wait; in a search none is.
                i128::from(model.next(*thread).is_some() && !model.is_enabled(*thread))
            }
            Self::Holds(thread, object) => {
                i128::from(model.state(*object).holder() == Some(model.lane(*thread)))
            }
            Self::Not(expr) => i128::from(expr.value(model) == 0),
            Self::Minus(expr) => -expr.value(model),
            Self::Both(operator, one, other) => {
                operator.apply(one.value(model), other.value(model))
            }
        }
    }
}

impl Operator {
    /// Both sides are evaluated already; expressions have no effects that could be skipped.
    fn apply(self, one: i128, other: i128) -> i128 {
        match self {
            Self::Or => i128::from(one != 0 || other != 0),
            Self::And => i128::from(one != 0 && other != 0),
            Self::Equal => i128::from(one == other),
            Self::Unequal => i128::from(one != other),
            Self::Less => i128::from(one < other),
            Self::LessOrEqual => i128::from(one <= other),
            Self::More => i128::from(one > other),
            Self::MoreOrEqual => i128::from(one >= other),
            Self::Plus => one + other,
            Self::Minus => one - other,
        }
    }
}

/// What a name stands for, as the header lists it; a count that is too large becomes the largest
/// number.
fn value_of(state: &State) -> i64 {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    match state {
        State::Atomic(value) => *value,
        State::Lock { holder } | State::RLock { holder, .. } => i64::from(holder.is_some()),
        State::Semaphore { permits, .. } => i64::from(*permits),
        State::Queue(queue) => count(queue.items.len()),
        State::Event { set } => i64::from(*set),
        State::Condition(line) => count(line.waiting.len()),
        State::Barrier(barrier) => i64::from(barrier.inside),
    }
}
