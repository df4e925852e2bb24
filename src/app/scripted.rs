//! A run whose clock stands where a test wants it, and that has lost as many events.

use std::collections::VecDeque;
use std::time::Duration;

use crossbeam_channel::Select;

use crate::lab::{
    Action, Command, Control, Detail, Info, Playhead, Record, Run, Settings, ViewOptions,
};
use crate::scene::{Finding, LogLine, NotRun, Scene};
use crate::timeline::Timeline;

/// All but its clock, its losses and its lanes is the run's own.
pub struct ScriptedRun {
    pub run: Box<dyn Run>,
    /// Nanoseconds since the run began.
    pub now: u64,
    pub stopping: u64,
    pub dropped: u64,
    pub timeline: Timeline,
}

impl Run for ScriptedRun {
    fn now(&self) -> u64 {
        self.now
    }
    fn dropped(&self) -> u64 {
        self.dropped
    }
    fn info(&self) -> &'static Info {
        self.run.info()
    }
    fn settings(&self) -> &Settings {
        self.run.settings()
    }
    fn drain(&mut self, max: usize) -> usize {
        self.run.drain(max)
    }
    fn wait(&self, limit: Duration) {
        self.run.wait(limit);
    }
    fn watch<'a>(&'a self, select: &mut Select<'a>) {
        self.run.watch(select);
    }
    fn command(&mut self, command: Command) {
        self.run.command(command);
    }
    fn actions(&self) -> Vec<Action> {
        self.run.actions()
    }
    fn controls(&self) -> &'static [&'static dyn Control] {
        self.run.controls()
    }
    fn seen(&self, question: usize) -> bool {
        self.run.seen(question)
    }
    fn finished(&self) -> bool {
        self.run.finished()
    }
    fn stop(&mut self) {
        self.run.stop();
        self.now += self.stopping;
    }
    fn events(&self) -> u64 {
        self.run.events()
    }
    fn latest(&self) -> u64 {
        self.run.latest()
    }
    fn scene(&self, detail: Detail, view: &ViewOptions) -> Scene {
        self.run.scene(detail, view)
    }
    fn latest_sentence(&self) -> Option<&LogLine> {
        self.run.latest_sentence()
    }
    fn playhead(&self) -> Option<Playhead> {
        self.run.playhead()
    }
    fn rewind(&mut self, to: Option<u64>) {
        self.run.rewind(to);
    }
    fn not_run(&self) -> Vec<NotRun> {
        Vec::new()
    }

    fn findings(&self) -> Vec<Finding> {
        self.run.findings()
    }
    fn result(&self) -> serde_json::Value {
        self.run.result()
    }
    fn summary(&self) -> Vec<String> {
        self.run.summary()
    }
    fn story(&self) -> &VecDeque<LogLine> {
        self.run.story()
    }
    fn timeline(&self) -> &Timeline {
        &self.timeline
    }
    fn keep_everything(&mut self) {
        self.run.keep_everything();
    }
    fn tap(&mut self, tap: Box<dyn FnMut(&Record<'_>) + Send>) {
        self.run.tap(tap);
    }
}
