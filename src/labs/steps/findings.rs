//! What a run and a search mean, as sentences. Pure.
//!
//! Three kinds of statements are kept apart: what this one order did, what all orders do,
//! and what the user has achieved. Only a complete search is called one over all.

use super::experiment::snapshot::ThreadStatus;
use super::facts::{Coverage, Searched};
use super::state::State;
use crate::scene::units::plural;
use crate::scene::{Weight, WeightedText, capitalised, literal, units};

/// The findings for this state, the most important first. What the last command led to
/// comes before everything that was known before it.
pub fn findings(state: &State) -> Vec<WeightedText> {
    // The latest first: where it is narrow, there is room for one.
    let mut all: Vec<WeightedText> = refused(state).collect();
    all.extend(ending(state));
    all.extend(state.earned.iter().map(|stars| (Weight::Fine, sentence(stars))));
    all.extend(state.reply.iter().map(|reply| {
        let text = format!("Reachable: `{}`? {}.", reply.question, reply.answer);
        (Weight::Fact, text)
    }));
    let searched = state.searched.as_ref();
    all.extend(searched.map(|searched| counted(state, searched)));
    if state.hinted {
        all.push((Weight::ToDo, format!("Hint: {}", state.setup.program.hint)));
    }
    all.extend(prediction(state));
    all.extend(searched.and_then(|searched| against(state, searched)));
    all.extend(searched.and_then(caution));
    all
}

fn refused(state: &State) -> impl Iterator<Item = WeightedText> {
    let step = blocked(state);
    let whys = [&state.refused, &state.not_saved];
    let whys = whys.into_iter().flatten().map(|why| literal(&sentence(why)));
    let step = state.snapshot.refused.then_some(step);
    step.into_iter().chain(whys).map(|text| (Weight::Caution, text))
}

/// Why a step cannot be taken: who waits for whom.
fn blocked(state: &State) -> String {
    let threads = &state.snapshot.threads;
    let waits = threads.iter().enumerate().filter_map(|(at, thread)| match thread.status {
        ThreadStatus::Blocked(Some(by)) => {
            let holder = threads.get(by).filter(|_| by != at);
            let holder = holder.map_or("itself", |holder| &holder.name);
            Some(format!("{} must wait for {holder}", thread.name))
        }
        ThreadStatus::Blocked(None) => Some(format!("{} must wait", thread.name)),
        _ => None,
    });
    let waits: Vec<_> = waits.collect();
    match (&state.snapshot.end, waits.is_empty()) {
        (Some(_), _) => "The run is over: undo a step, or go back to the start.".to_owned(),
        (None, true) => "That step cannot be taken now.".to_owned(),
        (None, false) => format!("That step cannot be taken now: {}.", waits.join(", ")),
    }
}

fn sentence(text: &str) -> String {
    let end = if text.ends_with('.') { "" } else { "." };
    capitalised(text) + end
}

fn ending(state: &State) -> Option<WeightedText> {
    let end = state.snapshot.end.as_ref()?;
    let Some(kind) = &end.kind else {
        let weight = if end.held { Weight::Fine } else { Weight::Caution };
        return Some((weight, format!("This order: {}.", end.text)));
    };
    let why = end.why.as_ref().unwrap_or(&end.text);
    let kind = kind.replace('_', " ");
    Some((Weight::Broken, sentence(&format!("{kind}: {why}"))))
}

/// The prediction beside the result, once there is one, with the lesson of the program: it explains
/// why the answer is what it is. Before a result the prediction alone, and in another version than
/// the one that the question is about: what comes out there does not answer it.
fn prediction(state: &State) -> Option<WeightedText> {
    let (guess, program) = (state.guess?, state.setup.program);
    let decided = |searched: &Searched| searched.coverage.decides();
    // A failure of the user's decides as well as a search: the program can fail.
    let result = state.best.is_some() || state.searched.as_ref().is_some_and(decided);
    let mine = program.guesses.get(guess)?;
    if !result || state.setup.case != program.usual() {
        return Some((Weight::Fact, format!("You expect \"{mine}\".")));
    }
    if guess == program.right {
        return Some((
            Weight::Fine,
            format!("You expected \"{mine}\", and so it is. {}", program.lesson),
        ));
    }
    let right = program.guesses.get(program.right)?;
    Some((
        Weight::Caution,
        format!("You expected \"{mine}\", but it is \"{right}\". {}", program.lesson),
    ))
}

/// The search's result in numbers: `924 interleavings, 918 fail; repaired (with the
/// lock): 20 interleavings, none fails`. The weight follows from the program's own
/// coverage, not from that of its repair.
fn counted(state: &State, searched: &Searched) -> WeightedText {
    let mut text = coverage_text(searched.coverage);
    if let Some(repaired) = searched.repaired {
        let about = state.setup.program.repair.about;
        text = format!("{text}; repaired ({about}): {}", coverage_text(repaired));
    }
    let weight = match searched.coverage {
        Coverage { failed: 1.., .. } => Weight::Broken,
        coverage if coverage.is_proof() => Weight::Fine,
        _ => Weight::Caution,
    };
    (weight, sentence(&text))
}

/// A coverage in words. A search that was stopped early is marked as not complete, and
/// one that completed no interleaving says only that.
fn coverage_text(coverage: Coverage) -> String {
    if coverage.total == 0 {
        return "not one interleaving was covered to its end".to_owned();
    }
    let total = units::count(coverage.total);
    let failed = match coverage.failed {
        0 => "none fails".to_owned(),
        1 => "1 fails".to_owned(),
        more => format!("{} fail", units::count(more)),
    };
    let so_far = if coverage.complete { "" } else { " (not all)" };
    format!("{total} interleavings{so_far}, {failed}")
}

/// The user's simplest failure beside that of the search, by preemptions. To need no more
/// than the search is the third star.
fn against(state: &State, searched: &Searched) -> Option<WeightedText> {
    let (switches, steps) = searched.simplest?;
    let search = format!("the search needs {}", score(switches, steps));
    let broken = state.done(state.setup.program.id).broken;
    let Some((mine, taken)) = state.best else {
        if broken {
            return None;
        }
        return Some((
            Weight::Fact,
            format!("You against the search: {search}; you have not broken it yet."),
        ));
    };
    // A search that has come to its end knows the fewest preemptions there are, so the user can at
    // most do as well.
    let verdict = match (mine <= switches, searched.is_least) {
        (true, true) => "no schedule fails with fewer preemptions",
        (true, false) => "the search has found none with fewer preemptions",
        (false, _) => "it can be done with fewer preemptions",
    };
    Some((
        Weight::Fact,
        format!("You against the search: {search}, you {}: {verdict}.", score(mine, taken)),
    ))
}

fn score(switches: u32, steps: usize) -> String {
    format!("{} in {}", plural(switches.into(), "preemption"), plural(steps as u64, "step"))
}

/// What the figures do not mean: a share of interleavings is no probability. Real
/// schedulers let a thread run for milliseconds, so most interleavings of single steps
/// never happen.
fn caution(searched: &Searched) -> Option<WeightedText> {
    if let Some(fault) = &searched.fault {
        return Some((Weight::Caution, format!("The search could not continue: {fault}.")));
    }
    (searched.coverage.failed > 0).then(|| {
        let text = "A share of interleavings is no probability: at human pace hardly any of the \
                    failing ones ever happens.";
        (Weight::Caution, text.to_owned())
    })
}
