//! The driver thread of the lab: runs techniques, faults and shutdowns one after the
//! other, and takes the user's commands in between.
//!
//! What cannot be run is reported and left out: on a machine that forbids processes, the
//! techniques that need only threads are still shown.

use std::io;
use std::sync::{Arc, mpsc};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use super::Failures;
use super::experiment::injection::{FAULTS, Fault, Injector, Policy};
use super::experiment::kinds::Experiment;
use super::experiment::shutdown::{ShutdownContext, ShutdownMode};
use super::experiment::technique::{Technique, TechniqueContext};
use super::experiment::techniques;
use super::facts::Fact;
use super::settings::{FAULT, LINES, POLICY, TASKS, WORKERS};
use crate::kit::event::{LaneKind, Pause, RAISED};
use crate::kit::process_pool::Observer;
use crate::kit::recorder::Lane;
use crate::kit::threads;
use crate::lab::{Command, Interrupt, Session, Words};

/// How long a result stays on the live screen before the next part begins by itself:
/// [`SHORT_PAUSE`] for a technique, whose result is one line, and [`LONG_PAUSE`] for a
/// part that the user asked for.
const PAUSE: Duration = Duration::from_secs(4);
const SHORT_PAUSE: Duration = Duration::from_millis(1500);
const LONG_PAUSE: Duration = Duration::from_secs(12);
/// Longest time for which the driver waits for a snapshot before it checks whether all
/// injectors have ended. About what the screen shows of changes.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// All experiments once; then, on the live screen, one fault after the other without end.
///
/// # Errors
/// If the run was stopped. A changed setting does not interrupt this lab: it repeats what
/// it showed last.
pub fn run(session: &mut Session<'_, Failures>) -> Result<(), Interrupt> {
    // The plan is fixed here: settings that change later apply to the experiments that
    // are still to come, but not to their number.
    let mut driver = Driver { session, done: 0 };
    let plan = driver.plan();
    for experiment in &plan {
        driver.run(*experiment, plan.len())?;
    }
    driver.lane().reliable_fact(Fact::Done);
    if !driver.session.settings().live {
        return Ok(());
    }
    // From now on one fault after the other, until the user asks for something.
    for fault in FAULTS.iter().cycle() {
        driver.run(Experiment::Fault(fault), plan.len())?;
    }
    Ok(())
}

/// The driver's state: how many parts of the plan were carried out. All else is in the
/// session.
struct Driver<'s, 'a> {
    session: &'s mut Session<'a, Failures>,
    done: usize,
}

impl<'a> Driver<'_, 'a> {
    fn lane(&self) -> &'a Lane<Fact> {
        self.session.lane()
    }

    fn plan(&self) -> Vec<Experiment> {
        let techniques = techniques::ALL.iter().copied().map(Experiment::Technique);
        let fault = self.session.settings().get(FAULT);
        let faults = fault.map_or_else(|| FAULTS.iter().collect(), |one| vec![one]);
        let faults = faults.into_iter().map(Experiment::Fault);
        let shutdowns = ShutdownMode::ALL.map(Experiment::Shutdown);
        let mut all: Vec<_> = techniques.chain(faults).chain(shutdowns).collect();
        if self.session.settings().live {
            // So that the pools, which are the largest on the screen, do something at once.
            all[..=techniques::ALL.len()].rotate_right(1);
        }
        all
    }

    /// Runs an experiment, and all that the user asks for after it. `of` is the number of
    /// parts of the plan.
    ///
    /// # Errors
    /// If the run was stopped; an experiment that fails is reported instead.
    fn run(&mut self, experiment: Experiment, of: usize) -> Result<(), Interrupt> {
        let (mut next, mut is_extra) = (Some((experiment, false)), false);
        while let Some((experiment, asked)) = next.take() {
            let progress = Fact::Progress {
                what: experiment.title(),
                // After the plan a live run continues, and its progress stays complete.
                done: self.done.min(of),
                of,
                workers: self.session.settings().get(WORKERS),
                asked,
                policy: self.session.settings().get(POLICY),
            };
            self.lane().fact(progress);
            self.lane().flush();
            let result = match experiment {
                Experiment::Technique(technique) => self.technique(technique),
                Experiment::Fault(fault) => self.fault(fault),
                Experiment::Shutdown(mode) => self.shut_down(mode),
            };
            // Before the error is looked at: after a stop each experiment fails, and its
            // error means nothing.
            self.session.check()?;
            if let Err(error) = result {
                self.lane().reliable_fact(Fact::Failed {
                    what: experiment.title(),
                    why: error.to_string(),
                });
            }
            let pause = match experiment {
                _ if is_extra => LONG_PAUSE,
                Experiment::Technique(_) => SHORT_PAUSE,
                Experiment::Fault(_) | Experiment::Shutdown(_) => PAUSE,
            };
            next = self.pause(experiment, pause)?;
            is_extra = true;
        }
        self.done += 1;
        Ok(())
    }

    fn technique(&self, technique: &'static Technique) -> io::Result<()> {
        let context = TechniqueContext {
            program: &self.session.settings().program,
            stop: self.session.stop(),
            workers: self.session.settings().get(WORKERS),
            lines: self.session.settings().get(LINES),
        };
        let shown = (technique.run)(&context)?;
        self.report(Fact::Technique { name: technique.name, shown });
        Ok(())
    }

    /// Injects the same fault into all pools at once, each on a thread of its own, which
    /// reports the state of its pool through a channel. The driver passes the reports on,
    /// because only its thread may use its lane.
    fn fault(&self, fault: &'static Fault) -> io::Result<()> {
        let policy = self.session.settings().get(POLICY);
        let policies = policy.map_or_else(|| Policy::ALL.to_vec(), |policy| vec![policy]);
        self.lane().reliable_fact(Fact::Fault { id: fault.id, title: fault.title });
        // Unbounded: an injector must not wait for the driver, which would lengthen the
        // times that it measures.
        let (sender, reports) = mpsc::channel();
        let report = |shown| drop(sender.send(shown));
        let injector = |policy: Policy| Injector {
            program: &self.session.settings().program,
            workers: self.session.settings().get(WORKERS),
            tasks: self.session.settings().get(TASKS),
            stop: self.session.stop(),
            observer: self.observer(policy.word()),
            report: &report,
        };
        let outcomes = threads::scope(|scope| {
            let mut pools = Vec::new();
            for policy in &policies {
                let injector = injector(*policy);
                let inject = move || injector.inject(fault, *policy);
                pools.push(scope.spawn("failures/injector", inject)?);
            }
            // Ends when the injectors have, not when the channel does: this function
            // keeps a sender of its own.
            while !pools.iter().all(ScopedJoinHandle::is_finished) {
                if let Ok(shown) = reports.recv_timeout(POLL_INTERVAL) {
                    self.lane().fact(Fact::Pool(shown));
                    self.lane().flush();
                }
            }
            let joined = pools.into_iter().map(ScopedJoinHandle::join);
            Ok::<_, io::Error>(joined.collect::<Vec<_>>())
        })?;
        // What came between the last look at the channel and the end of the injectors.
        for shown in reports.try_iter() {
            self.lane().fact(Fact::Pool(shown));
        }
        // What became of one pool takes nothing from what was seen of the others.
        let mut all = Ok(());
        for pool in outcomes {
            let panicked = |_| Err(io::Error::other(format!("the injector {RAISED}")));
            match pool.unwrap_or_else(panicked) {
                Ok(outcome) => self.report(Fact::Outcome(outcome)),
                Err(error) => all = all.and(Err(error)),
            }
        }
        all
    }

    fn shut_down(&self, mode: ShutdownMode) -> io::Result<()> {
        let context = ShutdownContext {
            program: &self.session.settings().program,
            workers: self.session.settings().get(WORKERS),
            stop: self.session.stop(),
            observer: self.observer("shutdown"),
        };
        self.report(Fact::Shutdown(context.shut_down(mode)?));
        Ok(())
    }

    /// Reports what an experiment has led to. After a stop nothing: what was cut short proves
    /// nothing.
    fn report(&self, fact: Fact) {
        if !self.session.stop().requested() {
            self.lane().reliable_fact(fact);
        }
    }

    /// Gives each process a lane, named after its pool, so that the three pools of one
    /// fault are distinguished in the timeline.
    fn observer(&self, pool: &'static str) -> Observer {
        let recorder = self.lane().recorder().clone();
        Arc::new(move |name, pid| {
            let name = format!("{pool} {}", name.trim_start_matches("worker "));
            Box::new(recorder.lane_of(&name, LaneKind::Process { pid }))
        })
    }

    /// On the live screen, time to look at the result of `experiment`; returns what is to run
    /// before the plan goes on, and whether the user has chosen it. New settings repeat the same
    /// experiment with them, which no key has asked for.
    ///
    /// # Errors
    /// If the run was stopped.
    fn pause(
        &mut self,
        experiment: Experiment,
        pause: Duration,
    ) -> Result<Option<(Experiment, bool)>, Interrupt> {
        if !self.session.settings().live {
            return Ok(None);
        }
        let mut end = self.session.pause(Pause::Exercise, pause);
        let mut next = None;
        while let Some(command) = self.session.command_until(end)? {
            match command {
                Command::Set { .. } => {
                    next = Some((experiment, false));
                    // Once for all settings that have changed by now: commands that are
                    // queued are still taken, but nothing more is waited for.
                    end = Instant::now();
                }
                Command::Do(experiment) => return Ok(Some((experiment, true))),
            }
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Failures;
    use super::*;
    use crate::kit::event::What;
    use crate::kit::recorder::recorder;
    use crate::lab::{Lab, SessionHandle, Settings};

    /// The facts of `drive` without a program to make processes of.
    fn facts(
        live: bool,
        drive: impl FnOnce(SessionHandle<Failures>, Session<'_, Failures>),
    ) -> Vec<Fact> {
        let program = "/nowhere/threadbare".into();
        let mut settings = Settings::defaults(&Failures::INFO, 1, program, live);
        settings.set(&Failures::INFO, "fault", "kill").unwrap();
        let (recorder, mut reader) = recorder();
        let lane = recorder.lane("main");
        let (handle, session) = SessionHandle::with_session(settings, &lane);
        drive(handle, session);
        lane.flush();
        let mut facts = Vec::new();
        while reader.drain(1000, |event| {
            if let What::Fact(fact) = event.what {
                facts.push(fact);
            }
        }) > 0
        {}
        facts
    }

    #[test]
    fn what_cannot_be_run_is_named_with_its_reason_and_the_rest_runs() {
        let facts = facts(false, |_handle, mut session| {
            assert_eq!(run(&mut session), Ok(()));
        });
        let failed = facts.iter().filter_map(|fact| match fact {
            Fact::Failed { what, why } => {
                assert!(why.contains("No such file"), "{what}: {why}");
                Some(&**what)
            }
            _ => None,
        });
        assert_eq!(
            failed.collect::<Vec<_>>(),
            [
                "log from everywhere at once",
                "the future carries the error",
                "flags and cancellation",
                "SIGKILL from outside",
                "drain: work off the queue",
                "cancel what waits",
                "Ctrl-C: end everything now",
                "a worker that never ends",
                "a worker that ignores signals",
            ]
        );
        let kept = facts.iter().filter_map(|fact| match fact {
            Fact::Technique { name, shown } => Some((*name, shown.worked)),
            _ => None,
        });
        let kept: Vec<_> = kept.collect();
        assert_eq!(kept, [("catch", true), ("cleanup", true), ("critical", true)]);
        assert!(matches!(facts.last(), Some(Fact::Done)));
    }

    #[test]
    fn on_the_screen_the_first_fault_comes_before_the_techniques() {
        let first = |live| {
            let mut first = Vec::new();
            facts(live, |_, mut session| {
                let plan = Driver { session: &mut session, done: 0 }.plan();
                first = plan.into_iter().take(2).collect();
            });
            first
        };
        assert!(matches!(first(true)[..], [Experiment::Fault(_), Experiment::Technique(_)]));
        assert!(matches!(first(false)[..], [Experiment::Technique(_), Experiment::Technique(_)]));
    }

    #[test]
    fn an_experiment_that_new_settings_repeat_was_not_asked_for() {
        facts(true, |mut handle, mut session| {
            let [shown, other] = [&FAULTS[6], &FAULTS[0]].map(Experiment::Fault);
            let mut next = |command| {
                handle.command(command);
                let mut driver = Driver { session: &mut session, done: 0 };
                let next = driver.pause(shown, LONG_PAUSE).unwrap();
                next.map(|(experiment, asked)| (experiment.title(), asked))
            };
            assert_eq!(next(Command::set(WORKERS, 2)), Some((shown.title(), false)));
            assert_eq!(next(Command::Do(other)), Some((other.title(), true)));
        });
    }

    #[test]
    fn progress_ends_with_the_plan_though_the_lab_goes_on() {
        let progress = |done: usize| {
            let facts = facts(true, |mut handle, mut session| {
                handle.end();
                let ended =
                    Driver { session: &mut session, done }.run(Experiment::Fault(&FAULTS[6]), 12);
                assert_eq!(ended, Err(Interrupt::Stopped));
            });
            match &facts[0] {
                Fact::Progress { what, done, of, workers: 4, asked: false, policy: None } => {
                    (what.clone(), *done, *of)
                }
                other => panic!("{other:?}"),
            }
        };
        let at = |done| ("SIGKILL from outside".to_owned(), done, 12);
        assert_eq!([7, 12, 13, 40].map(progress), [7, 12, 12, 12].map(at));
    }
}
