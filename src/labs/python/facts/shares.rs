//! How a thread spent its time.

use serde::{Deserialize, Serialize};

use crate::scene::units::plural;

/// What a thread did, as shares of its time while it was looked at: 1 together, or less if it was
/// never seen waiting. Those of running and of waiting for a core are exact, the others sampled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeShares {
    pub running_share: f64,
    pub core_share: f64,
    pub gil_share: f64,
    pub lock_share: f64,
    pub sleep_share: f64,
    pub io_share: f64,
    pub samples: u64,
}

impl TimeShares {
    /// In the order of the parts of a bar, each with its word.
    pub fn parts(&self) -> [(&'static str, f64); 6] {
        [
            ("running", self.running_share),
            ("core", self.core_share),
            ("GIL", self.gil_share),
            ("lock, join", self.lock_share),
            ("sleep", self.sleep_share),
            ("I/O", self.io_share),
        ]
    }

    /// The shares that are worth a word, for the text of a run.
    pub fn text(&self) -> String {
        let notable = self.parts().into_iter().filter(|(_, share)| *share >= 0.005);
        let shares: Vec<_> =
            notable.map(|(name, share)| format!("{} {name}", whole(share))).collect();
        format!("; sampled {}: {}", plural(self.samples, "time"), shares.join(", "))
    }
}

/// In whole percent: samples give no more.
pub fn whole(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
