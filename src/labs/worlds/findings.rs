//! What the comparison means, as sentences made from its figures. Pure.
//!
//! A sentence names a cause only where the rounds decide that there is an effect.
//! Otherwise it gives the figures with their verdict, and what would help.

use crate::scene::{Weight, WeightedText, capitalised, literal, units};

use super::experiment::cost::Cost;
use super::state::{State, Strategy, Work};
use crate::kit::load::Load;
use crate::timeline::stat::{FEWEST, Verdict};

/// The findings for this state, the most important first: what the strategies gain, what
/// may have spoiled it, then crash, variable and costs.
pub fn findings(state: &State) -> Vec<WeightedText> {
    let mut all = Vec::new();
    all.extend(computing(state));
    all.extend(under_gil(state));
    all.extend(waiting(state));
    all.extend(load(state));
    all.extend(python(state));
    all.extend(isolation(state));
    all.extend(drift(state));
    all.extend(costs(state));
    all
}

/// Our three strategies compared with serial, for one kind of work. Always all three: the
/// sentence is about their differences.
struct Verdicts {
    threads: Verdict,
    gil: Verdict,
    processes: Verdict,
}

impl Verdicts {
    /// `None` until all three were measured: a sentence about some of them would change
    /// with each round.
    fn of(state: &State, work: Work) -> Option<Self> {
        let of = |strategy| state.verdict(work, strategy);
        Some(Self {
            threads: of(Strategy::Threads)?,
            gil: of(Strategy::Gil)?,
            processes: of(Strategy::Processes)?,
        })
    }

    fn all(&self) -> [Verdict; 3] {
        [self.threads, self.gil, self.processes]
    }

    fn plainly(&self, what: &str) -> String {
        let [threads, gil, processes] = self.all().map(times_as_fast);
        format!(
            "{what}, times as fast as serial: threads {threads}, under the GIL model {gil}, processes {processes}"
        )
    }

    /// The same without the intervals.
    fn in_short(&self, what: &str) -> String {
        let [threads, gil, processes] = self.all().map(in_short);
        format!("{what}: threads {threads}, with a GIL {gil}, processes {processes}")
    }
}

/// The speed-up with its interval, for a sentence that says of what: `1.95 (1.90 to 2.01)`,
/// or that the rounds do not decide.
fn times_as_fast(verdict: Verdict) -> String {
    match verdict {
        Verdict::TooFew { rounds } => format!("too few rounds ({rounds} of {FEWEST})"),
        Verdict::TooNoisy(ratio) => {
            format!(
                "too noisy to tell ({} to {})",
                units::three(ratio.low),
                units::three(ratio.high)
            )
        }
        Verdict::Faster(ratio) | Verdict::Slower(ratio) | Verdict::Same(ratio) => {
            let [estimate, low, high] = [ratio.estimate, ratio.low, ratio.high].map(units::three);
            format!("**{estimate}** ({low} to {high})")
        }
    }
}

/// The same in a word or two.
fn in_short(verdict: Verdict) -> String {
    match verdict {
        Verdict::TooFew { .. } => "too few rounds".to_owned(),
        Verdict::TooNoisy(_) => "too noisy".to_owned(),
        Verdict::Faster(ratio) | Verdict::Slower(ratio) | Verdict::Same(ratio) => {
            format!("**{}x**", units::three(ratio.estimate))
        }
    }
}

/// What to do if the rounds do not decide; empty if they do. A load of other programs is
/// the likeliest cause, so it is named if there was one. Too few rounds are those that have not
/// come yet, or tasks that take too long for more.
fn advice(state: &State, verdicts: &[Verdict]) -> String {
    if !verdicts.iter().any(|verdict| verdict.is_open()) {
        return String::new();
    }
    if verdicts.iter().any(|verdict| matches!(verdict, Verdict::TooFew { .. })) {
        return if state.done { ": choose a smaller size" } else { "" }.to_owned();
    }
    match state.load.filter(Load::disturbs) {
        Some(load) => format!(": {load}; end that, or choose a larger size"),
        None => ": choose a larger size, or let it measure longer".to_owned(),
    }
}

/// What threads and processes make of computing, and the lock where it is not a finding of its
/// own. With one core no strategy can gain, and the sentence says so instead of advising more
/// rounds.
fn computing(state: &State) -> Option<WeightedText> {
    let strategies = Verdicts::of(state, Work::Cpu)?;
    if cores_help(state, &strategies) {
        let [threads, _, processes] = strategies.all().map(times_as_fast);
        let text = format!(
            "Computing, times as fast as serial: threads {threads}, processes {processes}, because {} cores work at once. || {}",
            state.cores.min(state.n),
            strategies.in_short("Computing"),
        );
        return Some((Weight::Fact, text));
    }
    let mut text = strategies.plainly("Computing");
    if state.cores == 1 {
        text += "; with one core nothing can work at once";
    }
    text += &advice(state, &strategies.all());
    Some((Weight::Caution, format!("{text}. || {}", strategies.in_short("Computing"))))
}

/// Whether the rounds show that cores work at once: threads and processes both gain.
fn cores_help(state: &State, strategies: &Verdicts) -> bool {
    state.cores > 1 && strategies.threads.is_faster() && strategies.processes.is_faster()
}

/// Whether the rounds show what the lock does: threads gain, and under it they do not.
/// Both halves are needed, or the lock would be blamed for a machine that has no second
/// core to give.
fn shows_lock(state: &State, gil: Verdict) -> bool {
    let without = state.compare(Work::Cpu, Strategy::Gil, Strategy::Threads);
    without.is_some_and(Verdict::is_faster) && matches!(gil, Verdict::Same(_) | Verdict::Slower(_))
}

/// How little the threads gain under the lock, and why, if the rounds show it.
fn under_gil(state: &State) -> Option<WeightedText> {
    let strategies = Verdicts::of(state, Work::Cpu).filter(|all| cores_help(state, all))?;
    let gil = strategies.gil;
    let text = format!("Under the GIL model: {}", times_as_fast(gil));
    let short = format!(" || Under the GIL model: {}", in_short(gil));
    Some(if shows_lock(state, gil) {
        let why = ", because only one thread may run at a time.";
        (Weight::Fact, text + why + &short + ", one thread at a time")
    } else {
        (Weight::Caution, text + &advice(state, &[gil]) + "." + &short)
    })
}

/// What they make of waiting: all gain, the lock included, because it is given up during
/// a wait.
fn waiting(state: &State) -> Option<WeightedText> {
    let strategies = Verdicts::of(state, Work::Io)?;
    if strategies.threads.is_faster() && strategies.gil.is_faster() {
        let [threads, gil, processes] = strategies.all().map(times_as_fast);
        let text = format!(
            "Waiting, times as fast as serial: threads {threads}, under the GIL model {gil}, because a wait needs no core and gives the lock up; processes {processes}. || {}",
            strategies.in_short("Waiting"),
        );
        return Some((Weight::Fact, text));
    }
    let text = strategies.plainly("Waiting") + &advice(state, &strategies.all());
    Some((Weight::Caution, format!("{text}. || {}", strategies.in_short("Waiting"))))
}

/// CPython's own threads and processes, compared with its own serial run. With its GIL
/// the threads gain nothing; a free-threaded build shows the opposite with the same
/// script.
fn python(state: &State) -> Option<WeightedText> {
    if let Some(why) = &state.python_absent {
        let text = format!("CPython was not measured{}: {}.", state.in_part(), literal(why));
        return Some((Weight::Caution, text));
    }
    let (version, has_gil) = state.python.as_ref()?;
    let threads = state.verdict(Work::Cpu, Strategy::PythonThreads)?;
    let processes = state.verdict(Work::Cpu, Strategy::PythonProcesses)?;
    let kind = if *has_gil { "with its GIL" } else { "free-threaded" };
    let text = format!(
        "{version} ({kind}), computing, times as fast as its own serial run: threads {}, processes {}{}. || {version}, computing: threads {}, processes {}",
        times_as_fast(threads),
        times_as_fast(processes),
        advice(state, &[threads, processes]),
        in_short(threads),
        in_short(processes),
    );
    Some((Weight::Fact, text))
}

fn load(state: &State) -> Option<WeightedText> {
    let load = state.load.filter(Load::disturbs)?;
    let short = capitalised(&load.to_string());
    let text =
        format!("While this was measured, {load}: that spoils times and speed-ups. || {short}");
    Some((Weight::Caution, text))
}

/// What a crash took with it. A pool that does not survive is a defect of ours, so it
/// weighs more than anything else.
fn isolation(state: &State) -> Option<WeightedText> {
    let seen = state.isolation.as_ref()?;
    let pool =
        if seen.process_pool_survived { "the pool survived" } else { "the pool did not survive" };
    let text = format!(
        "A process that crashes ends alone, and {pool} ({}); a thread that crashes ends its whole program ({}). || A process that crashes ends alone, a thread with its whole program",
        seen.worker_exit, seen.threads_exit
    );
    Some((if seen.process_pool_survived { Weight::Fine } else { Weight::Broken }, text))
}

fn drift(state: &State) -> Option<WeightedText> {
    let drift = state.drift.as_ref()?;
    let text = format!(
        "A thread's additions are seen ({}), a process's are not ({}): it has a copy of its own; in shared memory they are ({}). || A thread's additions are seen ({0}), a process's are not ({1})",
        drift.thread_sees, drift.process_sees, drift.shared_memory_sees
    );
    Some((Weight::Fact, text))
}

/// What starting a thread and a process costs. By the lower quartiles, as disturbances
/// only ever add time; how many times as much comes from the rounds.
fn costs(state: &State) -> Option<WeightedText> {
    let cost = |cost| Some(units::nanos(state.cost(cost)?.lower_quartile * 1e3));
    let (thread, process) = (cost(Cost::ThreadStartUs)?, cost(Cost::ProcessStartUs)?);
    let figures =
        format!("To start a process costs {process} here, a thread {thread} (lower quartiles)");
    Some(match state.starts()? {
        // The thread's rounds are shorter by this factor.
        Verdict::Faster(ratio) => {
            // The median of the rounds' ratios is no ratio of the figures beside it, so the
            // interval alone stands here.
            let [low, high] = [ratio.low, ratio.high].map(units::three);
            let text = format!("{figures}: round by round {low} to {high} times as much.");
            (Weight::Fact, text)
        }
        verdict => {
            let text = format!(
                "{figures}; a thread, compared with a process: {verdict}{}.",
                advice(state, &[verdict])
            );
            (Weight::Caution, text)
        }
    })
}
