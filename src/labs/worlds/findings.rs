//! What the comparison means, as sentences made from its figures. Pure.

use crate::scene::{Weight, units};

use super::state::{Cost, State, Way, Work};

/// How a finding weighs, and what it says.
type Sentence = (Weight, String);

/// A way is faster than serial if it is by this factor: less is noise here.
const FASTER: f64 = 1.2;

pub(super) fn findings(state: &State) -> Vec<Sentence> {
    let mut all = Vec::new();
    all.extend(computing(state));
    all.extend(waiting(state));
    all.extend(python(state));
    all.extend(isolation(state));
    all.extend(drift(state));
    all.extend(costs(state));
    all.extend(state.failures.iter().map(|(what, why)| {
        (
            Weight::Caution,
            format!("{what} could not be measured: {why}."),
        )
    }));
    all
}

fn computing(state: &State) -> Option<Sentence> {
    let [threads, gil, processes] =
        [Way::Threads, Way::Gil, Way::Processes].map(|way| state.speedup(Work::Cpu, way));
    let (threads, gil, processes) = (threads?, gil?, processes?);
    if state.cores == 1 {
        let text = format!(
            "Computing: on one core nothing helps; threads reach {threads:.2}x, the GIL model {gil:.2}x, processes {processes:.2}x of serial."
        );
        return Some((Weight::Caution, text));
    }
    if threads <= FASTER && processes <= FASTER {
        let text = format!(
            "Computing: neither {n} threads ({threads:.2} times the speed of serial) nor {n} processes ({processes:.2}) gained on {} cores: \
             somebody else uses the cores right now, or the work is too short to be spread; a larger size tells.",
            state.cores,
            n = state.n
        );
        return Some((Weight::Caution, text));
    }
    let text = format!(
        "Computing: {} threads are {threads:.2} times as fast as serial, {} processes {processes:.2} times, because {} cores work at once; \
         under the GIL model it stays at {gil:.2}, because only one thread may run at a time.",
        state.n, state.n, state.cores
    );
    let as_expected = threads > FASTER && processes > FASTER && gil <= FASTER;
    let weight = if as_expected {
        Weight::Fine
    } else {
        Weight::Caution
    };
    Some((weight, text))
}

fn waiting(state: &State) -> Option<Sentence> {
    let [threads, gil, processes] =
        [Way::Threads, Way::Gil, Way::Processes].map(|way| state.speedup(Work::Io, way));
    let (threads, gil, processes) = (threads?, gil?, processes?);
    let text = format!(
        "Waiting: threads are {threads:.2} times as fast as serial and the GIL model still {gil:.2} times (processes {processes:.2}), \
         because a wait needs no core and the lock is given up while waiting."
    );
    Some((
        if threads > FASTER && gil > FASTER {
            Weight::Fine
        } else {
            Weight::Caution
        },
        text,
    ))
}

fn python(state: &State) -> Option<Sentence> {
    if let Some(why) = &state.python_absent {
        return Some((Weight::Caution, format!("CPython was not measured: {why}.")));
    }
    let (version, has_gil) = state.python.as_ref()?;
    let threads = state.speedup(Work::Cpu, Way::PythonThreads)?;
    let processes = state.speedup(Work::Cpu, Way::PythonProcesses)?;
    let kind = if *has_gil {
        "with its GIL"
    } else {
        "free-threaded"
    };
    let text = format!(
        "{version} ({kind}), measured: computing with threads {threads:.2} times the speed of serial, with processes {processes:.2} times."
    );
    Some((Weight::Fine, text))
}

fn isolation(state: &State) -> Option<Sentence> {
    let seen = state.isolation.as_ref()?;
    let pool = if seen.process_pool_survived {
        "the pool lived on"
    } else {
        "the pool did not survive"
    };
    let text = format!(
        "A worker process that aborts dies alone ({}) and {pool}; a thread that aborts takes its whole program along ({}).",
        seen.worker_exit, seen.threads_exit
    );
    Some((
        if seen.process_pool_survived {
            Weight::Fine
        } else {
            Weight::Broken
        },
        text,
    ))
}

fn drift(state: &State) -> Option<Sentence> {
    let drift = state.drift.as_ref()?;
    let text = format!(
        "A thread's additions are seen ({}), a process's are not ({}): it changed a copy of its own; through shared memory they are ({}).",
        drift.thread_sees, drift.process_sees, drift.shared_memory_sees
    );
    Some((Weight::Fine, text))
}

fn costs(state: &State) -> Option<Sentence> {
    let thread = state.costs.get(&Cost::ThreadStartUs)?.median;
    let process = state.costs.get(&Cost::ProcessStartUs)?.median;
    let text = format!(
        "To start a process costs {} here, {:.0} times as much as a thread ({}).",
        units::nanos(process * 1e3),
        process / thread.max(f64::MIN_POSITIVE),
        units::nanos(thread * 1e3)
    );
    Some((Weight::Fine, text))
}
