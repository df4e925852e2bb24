//! What a run shows: the present, or the moment that it was rewound to.
//!
//! ```text
//! the lab's own rows       one of them may be a place for the timeline
//! Timeline                 newest at the right; only where the lab has left no place
//! Story │ Wait-for graph │ Lock contention      the last two for labs with locks
//! findings                 not run, the lab's own, a deadlock, lost events
//! ```

use super::Runner;
use crate::lab::folded::Folded;
use crate::lab::run::{Run, ViewOptions};
use crate::lab::{Detail, Lab};
use crate::scene::{
    Body, Finding, Height, Label, LaneChart, LaneRank, LogLine, Panel, Row, Scene, Weight, literal,
    units,
};

/// Lines of the timeline at least: a few lanes, whose number changes during a run.
const LANES: u16 = 5;

impl<L: Lab> Runner<L> {
    /// What is shown, and its time: the moment that was gone back to, or the present.
    pub fn shown(&self) -> (&Folded<L>, u64) {
        match &self.past {
            Some((past, playhead)) => (past, playhead.at),
            None => (&self.present, self.now()),
        }
    }

    /// The story up to what is shown, the newest first.
    pub fn shown_story(&self) -> impl Iterator<Item = &LogLine> {
        let since = self.present.sentences - self.shown().0.sentences;
        self.story.iter().rev().skip(usize::try_from(since).unwrap_or(usize::MAX))
    }

    /// Puts the timeline where the lab has left a place for it, or returns it.
    pub fn fill_timeline(
        &self,
        scene: &mut Scene,
        detail: Detail,
        view: &ViewOptions,
    ) -> Option<LaneChart> {
        let full = detail == Detail::Full;
        let own_place = timeline_place(scene).is_some();
        if !L::has_lanes(&self.shown().0.state) || !(full || own_place) {
            return None;
        }
        let mut chart = self.lane_chart(view, &scene.findings);
        let Some(place) = timeline_place(scene) else { return Some(chart) };
        // A compact scene leaves out the driver, which only waits for the others.
        chart.lanes.retain(|lane| full || lane.name != L::DRIVER);
        chart.sort_by_number();
        chart.lanes.sort_by_key(|lane| lane.name != L::DRIVER);
        *place = chart;
        None
    }

    /// The lanes that the user looks at. Those that have ended and that a finding names matter
    /// more than the others that have.
    fn lane_chart(&self, view: &ViewOptions, findings: &[Finding]) -> LaneChart {
        let (Folded { timeline, .. }, now) = self.shown();
        let mut chart = timeline.lanes(now, view.span, 0, &view.filter);
        for lane in &mut chart.lanes {
            lane.tone = L::lane_tone(&lane.name).unwrap_or(lane.tone);
            let named = || findings.iter().any(|finding| names(&finding.text, &lane.name));
            if lane.rank == LaneRank::Ended && named() {
                lane.rank = LaneRank::Named;
            }
        }
        chart
    }

    /// What every lab's full scene ends with: timeline, unless it has a place of its own, story,
    /// wait-for graph, lock contention. A lab without lanes has none of them, as they would claim
    /// that nothing happens; one without locks has no panels about them.
    pub fn common_rows(&self, view: &ViewOptions, timeline: Option<LaneChart>) -> Vec<Row> {
        let mut rows = Vec::new();
        if !L::has_lanes(&self.shown().0.state) {
            return rows;
        }
        if let Some(chart) = timeline {
            let panel = Panel::titled("Timeline", Body::Lanes(chart)).note("newest at the right");
            let height = Height::Fill { min: LANES, weight: 2 };
            rows.push(Row::new(height, vec![panel]));
        }
        // The weights are such that the titles are whole at 80 columns, and in the table names of
        // eight letters at 120.
        let mut last = vec![Panel::titled("Story", self.story_panel(view)).weight(14)];
        if L::has_waits(&self.shown().0.state) {
            let (Folded { timeline, .. }, now) = self.shown();
            let (waits, blame) = (timeline.waits(now), timeline.blame(now));
            let graph = Panel::titled("Wait-for graph", Body::Graph(waits)).weight(10);
            let contention = Label::new("Lock contention by holder").or("Lock contention");
            let table = Panel::titled(contention, Body::Table(blame)).weight(11);
            last.extend([graph, table]);
        }
        let height = Height::Fill { min: 3, weight: 1 };
        rows.push(Row::new(height, last));
        rows
    }

    /// The sentences that the user looks at: matching the filter, scrolled back.
    pub fn story_panel(&self, view: &ViewOptions) -> Body {
        let wanted = view.filter.to_lowercase();
        let matching = self.shown_story().filter(|line| {
            wanted.is_empty()
                || line.text.to_lowercase().contains(&wanted)
                || line.lane.to_lowercase().contains(&wanted)
        });
        // A screen never shows more; the newest stands last.
        let mut shown: Vec<_> = matching.skip(view.story_back).take(200).cloned().collect();
        shown.reverse();
        Body::Log(shown)
    }

    /// What all this means: what could not be run first, deadlocks and lost events last. `now` is
    /// in ns since the run began; `dropped` is the number of events that were lost.
    pub fn findings_of(of: &Folded<L>, now: u64, dropped: u64) -> Vec<Finding> {
        let not_run = L::not_run(&of.state).into_iter();
        let not_run =
            not_run.map(|missing| (Weight::Caution, literal(&format!("{missing}."))).into());
        let mut findings: Vec<_> = not_run.collect();
        findings.extend(L::findings(&of.state));
        findings
            .extend(of.timeline.deadlock(now).map(|text| (Weight::Broken, literal(&text)).into()));
        if dropped > 0 {
            let text = format!(
                "{} events were too many to show and were dropped; the final figures come from the data itself",
                units::count(dropped)
            );
            findings.push((Weight::Caution, text).into());
        }
        findings
    }
}

/// Where a lab has left a place for its timeline: a chart of lanes that ends before it begins.
fn timeline_place(scene: &mut Scene) -> Option<&mut LaneChart> {
    let mut panels = scene.rows.iter_mut().flat_map(|row| &mut row.panels);
    panels.find_map(|panel| match &mut panel.body {
        Body::Lanes(place) if place.is_place() => Some(place),
        _ => None,
    })
}

/// Whether a text contains a name as a word: `add-1`, and not `add-12`.
fn names(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    })
}
