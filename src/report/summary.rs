//! The outcome of one run: as the JSON object of the command line's contract, and as
//! the lines that the text ends with.
//!
//! Must not know how a run is made.

use std::collections::BTreeMap;

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use crate::printable::{self, Printable};
use crate::scene::{Finding, NotRun, units};

/// A setting: its JSON form and how it would be typed.
#[derive(Clone, Debug)]
pub struct Setting {
    pub typed: String,
    pub json: Value,
}

impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

/// Everything that one run came to. Serialises as the contract's object.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Summary {
    /// The program's version.
    pub threadbare: &'static str,
    pub lab: &'static str,
    #[serde(skip)]
    pub title: &'static str,
    pub seed: u64,
    pub cores: usize,
    pub settings: BTreeMap<&'static str, Setting>,
    pub elapsed_ms: f64,
    pub dropped_events: u64,
    /// What ended the run early, if anything did: `timeout`, or a signal's name.
    pub stopped_by: Option<Printable>,
    #[serde(serialize_with = "findings")]
    pub findings: Vec<Finding>,
    /// What was asked for and could not be run, with the cause.
    pub not_run: Vec<NotRun>,
    pub result: Value,
    /// The lab's own last lines; they end with the audit.
    #[serde(skip)]
    pub outcome: Vec<Printable>,
}

impl Summary {
    /// What the text begins with: what is run, and how.
    pub fn head(&self) -> Vec<Printable> {
        let settings: Vec<_> =
            self.settings.iter().map(|(key, setting)| format!("{key}={}", setting.typed)).collect();
        let cores = match self.cores {
            1 => "1 core".to_owned(),
            n => format!("{n} cores"),
        };
        vec![
            format!(
                "threadbare {}: {} ({}), seed {}, {cores}",
                self.threadbare, self.lab, self.title, self.seed
            )
            .into(),
            format!("Settings: {}", settings.join(" ")).into(),
        ]
    }

    /// What the text ends with: what it means, then the outcome and its audit.
    pub fn tail(&self) -> Vec<Printable> {
        let mut lines =
            vec![Printable::from(format!("The run took {}.", units::nanos(self.elapsed_ms * 1e6)))];
        if let Some(cause) = &self.stopped_by {
            let text =
                format!("It was stopped early by {cause}; what follows is what was measured.");
            lines.push(text.into());
        }
        let findings = self.findings.iter();
        lines.extend(findings.map(|f| format!("Finding ({}): {}", f.weight.word(), f.text).into()));
        lines.extend(self.outcome.iter().cloned());
        lines
    }

    /// The object, on one line.
    ///
    /// # Errors
    /// If the lab's result is no JSON; so for [`Summary::indented_json`].
    pub fn json(&self) -> serde_json::Result<Printable> {
        let object = serde_json::to_string(self)?;
        Ok(printable::json(&object).into())
    }

    /// The object on many lines, for people.
    ///
    /// # Errors
    /// See [`Summary::json`].
    pub fn indented_json(&self) -> serde_json::Result<String> {
        let object = serde_json::to_string_pretty(self)?;
        Ok(printable::json(&object).into_owned())
    }
}

fn findings<S: Serializer>(all: &[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(serde::Serialize)]
    struct Written<'a> {
        weight: &'static str,
        text: &'a str,
    }
    serializer.collect_seq(
        all.iter().map(|finding| Written { weight: finding.weight.word(), text: &finding.text }),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scene::Weight;

    fn summary() -> Summary {
        let finding = |weight, text: &str| Finding { weight, text: text.into() };
        let setting = |typed: &str, json| Setting { typed: typed.to_owned(), json };
        Summary {
            threadbare: "0.1.0",
            lab: "list",
            title: "Shared list",
            seed: 42,
            cores: 2,
            settings: [
                ("pause", setting("1.5ms", json!("1.5ms"))),
                ("ops", setting("10", json!(10))),
            ]
            .into(),
            elapsed_ms: 12.5,
            dropped_events: 7,
            stopped_by: Some("SIGTERM".into()),
            findings: vec![
                finding(Weight::Broken, "3 values were lost"),
                finding(Weight::Fine, "2 were not"),
            ],
            not_run: vec![NotRun::new("one part", "no room")],
            result: json!({ "lost": 3 }),
            outcome: vec!["Final list: [1]".into(), "Lost: 3".into()],
        }
    }

    #[test]
    fn the_object_holds_each_figure_under_its_name() {
        let object = r#"{"threadbare":"0.1.0","lab":"list","seed":42,"cores":2,"settings":{"ops":10,"pause":"1.5ms"},"elapsed_ms":12.5,"dropped_events":7,"stopped_by":"SIGTERM","findings":[{"weight":"broken","text":"3 values were lost"},{"weight":"fine","text":"2 were not"}],"not_run":[{"what":"one part","why":"no room"}],"result":{"lost":3}}"#;
        assert_eq!(summary().json().unwrap(), object);
        let indented: Value = serde_json::from_str(&summary().indented_json().unwrap()).unwrap();
        assert_eq!(indented, serde_json::from_str::<Value>(object).unwrap());
    }

    #[test]
    fn the_text_begins_with_what_ran_and_ends_with_the_audit() {
        let mut summary = summary();
        assert_eq!(
            summary.head(),
            [
                "threadbare 0.1.0: list (Shared list), seed 42, 2 cores",
                "Settings: ops=10 pause=1.5ms",
            ]
        );
        assert_eq!(
            summary.tail(),
            [
                "The run took 12.5 ms.",
                "It was stopped early by SIGTERM; what follows is what was measured.",
                "Finding (broken): 3 values were lost",
                "Finding (fine): 2 were not",
                "Final list: [1]",
                "Lost: 3",
            ]
        );
        summary.cores = 1;
        summary.stopped_by = None;
        assert!(summary.head()[0].ends_with("seed 42, 1 core"));
        assert_eq!(summary.tail()[1], "Finding (broken): 3 values were lost");
    }
}
