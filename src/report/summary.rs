//! The outcome of one run: as the JSON object of the command line's contract, and as
//! the lines that the text ends with.
//!
//! Must not know how a run is made.

use std::collections::BTreeMap;

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use crate::scene::{Finding, units};

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
#[derive(Debug, serde::Serialize)]
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
    pub stopped_by: Option<String>,
    #[serde(serialize_with = "findings")]
    pub findings: Vec<Finding>,
    pub result: Value,
    /// The lab's own last lines; they end with the audit.
    #[serde(skip)]
    pub outcome: Vec<String>,
}

impl Summary {
    /// What the text begins with: what is run, and how.
    pub fn head(&self) -> Vec<String> {
        let settings: Vec<_> = self
            .settings
            .iter()
            .map(|(key, setting)| format!("{key}={}", setting.typed))
            .collect();
        let cores = match self.cores {
            1 => "1 core".to_owned(),
            n => format!("{n} cores"),
        };
        vec![
            format!(
                "threadbare {}: {} ({}), seed {}, {cores}",
                self.threadbare, self.lab, self.title, self.seed
            ),
            format!("Settings: {}", settings.join(" ")),
        ]
    }

    /// What the text ends with: what it means, then the outcome and its audit.
    pub fn tail(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "The run took {}.",
            units::nanos(self.elapsed_ms * 1e6)
        )];
        if let Some(cause) = &self.stopped_by {
            lines.push(format!(
                "It was stopped early by {cause}; what follows is what was measured."
            ));
        }
        let findings = self.findings.iter();
        lines.extend(findings.map(|f| format!("Finding ({}): {}", f.weight.word(), f.text)));
        lines.extend(self.outcome.iter().cloned());
        lines
    }
}

fn findings<S: Serializer>(all: &[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(serde::Serialize)]
    struct Written<'a> {
        weight: &'static str,
        text: &'a str,
    }
    serializer.collect_seq(all.iter().map(|finding| Written {
        weight: finding.weight.word(),
        text: &finding.text,
    }))
}
