//! Pictures that explain, as lines of text: for the snapshots of scenes.

use super::{Body, Card, OverviewItem, PoolPicture, Schedule, Span, Tone};

/// Schedules, pools, cards and overviews line by line; any other kind as it is.
pub(crate) fn in_words(body: &Body) -> Vec<String> {
    match body {
        Body::Schedule(of) => schedule(of),
        Body::Pool(of) => pool(of),
        Body::Overview(of) => of.groups.iter().map(group).collect(),
        Body::Cards(of) => of.cards.iter().flat_map(card).collect(),
        other => vec![format!("{other:?}")],
    }
}

fn group((name, items): &(String, Vec<OverviewItem>)) -> String {
    let items = items.iter().map(|item| {
        let [before, after] = if item.is_here { ["[", "]"] } else { [" ", " "] };
        format!("{before}{} {}{after}", item.sign, item.name)
    });
    format!("{name}: {}", items.collect::<String>())
}

fn toned(span: &Span) -> String {
    match span.tone {
        Tone::Plain => span.text.to_string(),
        tone => format!("{}<{tone:?}>", span.text),
    }
}

fn schedule(of: &Schedule) -> Vec<String> {
    let threads = of.threads.iter();
    let threads = threads.map(|it| {
        let (state, next) = (toned(&it.state), toned(&it.next));
        format!("{} {}<{:?}>: {state}, next {next}", it.key, it.name, it.tone)
    });
    let steps = of.steps.iter().enumerate().map(|(at, step)| {
        let undone = if at < of.taken { "" } else { " undone" };
        let conflict = if step.conflict { " !" } else { "" };
        format!("  {} of {}{conflict}{undone}: {}", at + 1, step.thread, toned(&step.text))
    });
    threads.chain(steps).collect()
}

fn pool(of: &PoolPicture) -> Vec<String> {
    // A letter for each task, the target's in brackets.
    let task = |task: &super::PoolTask| match (&task.fate.word()[..1], task.is_target) {
        (letter, true) => format!("[{letter}]"),
        (letter, false) => letter.to_owned(),
    };
    let tasks = of.tasks.iter().map(task).collect::<String>();
    let workers = of.workers.iter().map(|worker| {
        let states = worker.state.forms().collect::<Vec<_>>();
        let target = if worker.is_target { " <-" } else { "" };
        format!("({}) {}: {}{target}", worker.activity.word(), worker.name, states.join(" or "))
    });
    std::iter::once(tasks).chain(workers).chain([of.verdict.clone()]).collect()
}

fn card(of: &Card) -> Vec<String> {
    let parts = of.listings.iter().flatten().chain(&of.parts).map(|part| {
        let room = if part.longest > 0 { format!(" ({})", part.longest) } else { String::new() };
        format!("  {}{room} {}", part.label, toned(&part.text))
    });
    std::iter::once(format!("{} {}", of.title, toned(&of.mark))).chain(parts).collect()
}
