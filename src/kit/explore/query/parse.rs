//! Reading a question: `||`, `&&`, `!`, comparisons, `+` and `-` (with spaces around, as
//! names may contain it), numbers, names, and `done(t)`, `waits(t)`, `holds(t, lock)`.
//!
//! ```text
//!    query  = [ "ever" | "end" ] level(0)
//!    level(n) = level(n+1) { operator(n) level(n+1) }      || ; && ; comparisons ; + -
//!    single = { "!" | "-" } ( "(" level(0) ")" | number | name | function )
//! ```
//!
//! A recursive descent with one function for all levels. Names are looked up while reading,
//! so a mistake is reported at its place, with the names that there are.
//!
//! ```text
//! ever a + 1 == b && !done(t)        &&
//!                                 ╱      ╲
//!                               ==        !
//!                             ╱    ╲      │
//!                            +      b   done(t)
//!                           ╱ ╲
//!                          a   1
//! ```

use super::{BadQuery, Expr, Operator, Query, QueryTime};
use crate::kit::explore::model_state::ModelState;
use crate::kit::step::ObjectId;

/// Brackets and signs within each other: deeper than any question that a person asks.
/// Bounds the recursion of the reader.
const DEEPEST: usize = 100;

/// Names and numbers in one question: more than a person asks about, and few enough for the
/// stack of the thread that evaluates them: a chain of operators is a tree as deep as it is
/// long.
pub const MOST_TERMS: usize = 1_000;

/// Operators from the weakest to the strongest. Within a level, longer signs stand before
/// their beginnings, since the first that fits is taken.
const LEVELS: [&[(&str, Operator)]; 4] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::Unequal),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::MoreOrEqual),
        ("<", Operator::Less),
        (">", Operator::More),
    ],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
];

/// Reads a whole question; see [`Query::read`]. What is left after it is an error, so that no part
/// of a question is ignored.
pub fn query(text: &str, model: &ModelState) -> Result<Query, BadQuery> {
    let mut reader = Reader { text, at: 0, depth: 0, terms: 0, model };
    let when = if reader.word("ever") {
        QueryTime::Ever
    } else {
        reader.word("end");
        QueryTime::End
    };
    let expr = reader.level(0)?;
    reader.space();
    if reader.at < text.len() {
        return Err(reader.bad("an operator, or nothing more, was expected here"));
    }
    Ok(Query { when, expr })
}

/// The text, and how far it was read; how deep the reader is in brackets and signs, and how many
/// names and numbers it has met, for the two limits.
struct Reader<'a> {
    text: &'a str,
    // In bytes; errors count characters.
    at: usize,
    depth: usize,
    terms: usize,
    model: &'a ModelState,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn bad(&self, why: impl Into<String>) -> BadQuery {
        BadQuery { at: self.text[..self.at].chars().count() + 1, why: why.into() }
    }

    /// Takes `sign` if it comes next, after blanks. Returns whether it did; if not, only the blanks
    /// are passed.
    fn take(&mut self, sign: &str) -> bool {
        self.space();
        let comes = self.rest().starts_with(sign);
        if comes {
            self.at += sign.len();
        }
        comes
    }

    /// Takes `word` if it comes next and a blank follows it: a thing may be called `end`.
    fn word(&mut self, word: &str) -> bool {
        self.space();
        let after = self.rest().strip_prefix(word);
        let comes = after.is_some_and(|after| after.starts_with(char::is_whitespace));
        if comes {
            self.at += word.len();
        }
        comes
    }

    /// An expression of operators of this level or stronger ones, from the left: `5 - 2 - 1` is 2.
    fn level(&mut self, level: usize) -> Result<Expr, BadQuery> {
        let Some(operators) = LEVELS.get(level) else {
            return self.single();
        };
        let mut expr = self.level(level + 1)?;
        loop {
            let found = operators.iter().find(|(sign, _)| self.take(sign));
            let Some((_, operator)) = found else {
                return Ok(expr);
            };
            let other = self.level(level + 1)?;
            expr = Expr::Both(*operator, Box::new(expr), Box::new(other));
        }
    }

    /// A signed, bracketed or plain value. Counts the depth, since it calls itself.
    fn single(&mut self) -> Result<Expr, BadQuery> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.bad("this is nested too deeply"));
        }
        let expr = if self.take("!") {
            Expr::Not(Box::new(self.single()?))
        } else if self.take("-") {
            Expr::Minus(Box::new(self.single()?))
        } else if self.take("(") {
            let inner = self.level(0)?;
            self.expect(")")?;
            inner
        } else {
            self.atom()?
        };
        // Not on errors, which end the reading.
        self.depth -= 1;
        Ok(expr)
    }

    fn expect(&mut self, sign: &str) -> Result<(), BadQuery> {
        if self.take(sign) { Ok(()) } else { Err(self.bad(format!("`{sign}` was expected here"))) }
    }

    fn atom(&mut self) -> Result<Expr, BadQuery> {
        self.space();
        self.terms += 1;
        if self.terms > MOST_TERMS {
            let why = format!("a question has at most {MOST_TERMS} names and numbers");
            return Err(self.bad(why));
        }
        // Only ASCII digits, so characters are bytes here.
        let digits = self.rest().chars().take_while(char::is_ascii_digit).count();
        if digits > 0 {
            let number = self.rest()[..digits].parse();
            let number = number.map_err(|_| self.bad("this number is too large"))?;
            self.at += digits;
            return Ok(Expr::Number(number));
        }
        let began = self.at;
        let name = self.name();
        // A name before a bracket is a function; without one it is a thing's.
        let named = |reader: &mut Self, function: &str| name == function && reader.take("(");
        if named(self, "done") {
            let thread = self.thread()?;
            self.expect(")")?;
            return Ok(Expr::Done(thread));
        }
        if named(self, "waits") {
            let thread = self.thread()?;
            self.expect(")")?;
            return Ok(Expr::Waits(thread));
        }
        if named(self, "holds") {
            let thread = self.thread()?;
            self.expect(",")?;
            self.space();
            let began = self.at;
            let name = self.name();
            let lock = self.object(name, began)?;
            self.expect(")")?;
            return Ok(Expr::Holds(thread, lock));
        }
        self.object(name, began).map(Expr::Object)
    }

    /// A name: letters, digits, `_`, brackets, and a `-` between letters or digits
    /// (`add-1`).
    fn name(&mut self) -> &'a str {
        let rest = self.rest();
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '[' | ']');
        let mut end = 0;
        for (at, c) in rest.char_indices() {
            let after = rest[at + c.len_utf8()..].chars().next();
            let dash = c == '-' && at > 0 && after.is_some_and(char::is_alphanumeric);
            if !part(c) && !dash {
                break;
            }
            end = at + c.len_utf8();
        }
        self.at += end;
        &rest[..end]
    }

    /// The number of the thread whose name comes next; an error lists the threads that there are.
    fn thread(&mut self) -> Result<usize, BadQuery> {
        self.space();
        let began = self.at;
        let name = self.name();
        let mut threads = 0..self.model.threads();
        threads.find(|&thread| self.model.thread_name(thread) == name).ok_or_else(|| {
            let known = (0..self.model.threads()).map(|thread| self.model.thread_name(thread));
            self.unknown(began, "thread", name, &known.collect::<Vec<_>>().join(", "))
        })
    }

    /// The number of the thing called `name`, which began at byte `began`, where an error points
    /// to.
    fn object(&self, name: &str, began: usize) -> Result<ObjectId, BadQuery> {
        self.model.find(name).ok_or_else(|| {
            let known = self.model.objects().map(|(_, name, _)| name.to_string());
            self.unknown(began, "thing", name, &known.collect::<Vec<_>>().join(", "))
        })
    }

    /// An error at the beginning of a name that does not exist, with the names that do.
    fn unknown(&self, began: usize, what: &str, name: &str, known: &str) -> BadQuery {
        let at = self.text[..began].chars().count() + 1;
        let why = if name.is_empty() {
            "a name or a number was expected here".to_owned()
        } else {
            format!("no {what} is called `{name}`; there are {known}")
        };
        BadQuery { at, why }
    }
}
