//! The outcome of one run: as the JSON object of the command line's contract, and as the lines
//! that the text ends with. Both are made from the same fields, so they agree.

use std::collections::BTreeMap;

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use crate::printable::{self, Printable};
use crate::scene::{Finding, NotRun, units};

#[derive(Clone, Debug)]
pub struct Setting {
    /// As it would be typed after `--set KEY=`: so a reader can repeat the run from the text.
    pub typed: String,
    /// As it stands in the JSON object: a number or a list of numbers where it is one, else the
    /// text.
    pub json: Value,
}

impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

/// Everything that one run resulted in. The names and the order of its fields are those of the
/// JSON object, which is a contract with scripts. Fields that are skipped there are in the text
/// only.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Summary {
    pub threadbare: &'static str,
    pub lab: &'static str,
    /// The lab's name for people; only in the text.
    #[serde(skip)]
    pub title: &'static str,
    pub seed: u64,
    /// Cores that the program may use. Figures of parallel work can only be compared with the
    /// same number.
    pub cores: usize,
    /// All settings in force, in the order of their keys. With the seed they repeat every
    /// choice of the run.
    pub settings: BTreeMap<&'static str, Setting>,
    /// Milliseconds from the beginning of the run to its end, without the time that stopping
    /// took.
    pub elapsed_ms: f64,
    /// Events that were lost because the reader was behind. They are missing in the story, not
    /// in the result.
    pub dropped_events: u64,
    /// What ended the run early, if anything did: `timeout`, or a signal's name. With it, the
    /// result is that of the part that was run.
    pub stopped_by: Option<Printable>,
    /// What the outcome means, as sentences with a weight. An anomaly is a finding of the
    /// weight "broken".
    #[serde(serialize_with = "findings")]
    pub findings: Vec<Finding>,
    /// What was asked for and could not be run, with the cause. Not empty means that the result
    /// is incomplete, which is a failure.
    pub not_run: Vec<NotRun>,
    pub result: Value,
    /// The lab's own last lines, which end with the audit of its data; only in the text, since
    /// the JSON object has the figures themselves.
    #[serde(skip)]
    pub outcome: Vec<Printable>,
}

impl Summary {
    /// The lines that the text begins with: what is run, and how. Known before the run, so they
    /// are printed first.
    pub fn head(&self) -> Vec<Printable> {
        let settings: Vec<_> =
            self.settings.iter().map(|(key, setting)| format!("{key}={}", setting.typed)).collect();
        let cores = units::plural(self.cores as u64, "core");
        vec![
            format!(
                "threadbare {}: {} ({}), seed {}, {cores}",
                self.threadbare, self.lab, self.title, self.seed
            )
            .into(),
            format!("Settings: {}", settings.join(" ")).into(),
        ]
    }

    /// The lines that the text ends with: how long it took, what it means, the outcome and its
    /// audit.
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

    /// The object on one line. Printable: what is foreign in it cannot act on a terminal.
    ///
    /// # Errors
    /// If the lab's result cannot be written as JSON.
    pub fn json(&self) -> serde_json::Result<Printable> {
        // What is foreign in it could still act on a terminal that shows it, so it is made
        // printable as JSON.
        let object = serde_json::to_string(self)?;
        Ok(printable::json(&object).into())
    }

    /// The object on several lines, for people.
    ///
    /// # Errors
    /// As [`Self::json`].
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
        let finding = |weight, text: &str| Finding::from((weight, text));
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
