//! What the command `explore` found, whichever lab it searched for.

use serde_json::Value;

/// What was found, as text and as JSON: one is printed. From the rest follows the exit status: 3 if
/// `failed`, else 1 if it is `unfinished`, or `incomplete` although completeness was asked for.
#[derive(Clone, Debug)]
pub struct Explored {
    pub text: String,
    pub json: Value,
    /// A failing schedule was found, or one that reaches what was asked for.
    pub failed: bool,
    /// Why not every interleaving was covered, on one line; none if every one was.
    pub incomplete: Option<String>,
    /// Why nothing can be said, on one line: the exploration could not continue, or nothing
    /// was checked.
    pub unfinished: Option<String>,
}
