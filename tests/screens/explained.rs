//! Arbitrary pictures that explain: schedules, pools under a fault, cards.

use proptest::collection::vec;
use proptest::prelude::*;
use threadbare::scene::{
    Body, Card, CardPart, Cards, Fate, Overview, OverviewItem, PoolPicture, PoolTask, PoolWorker,
    Schedule, ScheduleRow, ScheduleThread,
};

use super::strategy::{activity, label, number16, of, prose, span, text, tone};

pub(crate) fn explained() -> impl Strategy<Value = Body> {
    prop_oneof![schedule(), pool(), cards(), overview()]
}

fn overview() -> impl Strategy<Value = Body> {
    let item = (text(), text(), tone(), any::<bool>())
        .prop_map(|(sign, name, tone, is_here)| OverviewItem { sign, name, tone, is_here });
    vec((text(), vec(item, 0..8)), 0..9).prop_map(|groups| Body::Overview(Overview { groups }))
}

fn schedule() -> impl Strategy<Value = Body> {
    let thread =
        (text(), text(), tone(), span(), span()).prop_map(|(key, name, tone, state, next)| {
            ScheduleThread { key, name: name.into(), tone, state, next }
        });
    let step = (number16(), span(), any::<bool>())
        .prop_map(|(thread, text, conflict)| ScheduleRow { thread: thread.into(), text, conflict });
    (vec(thread, 0..5), vec(step, 0..12), 0..15usize).prop_map(|(threads, steps, taken)| {
        Body::Schedule(Schedule { threads, steps: steps.into(), taken })
    })
}

fn pool() -> impl Strategy<Value = Body> {
    let task =
        (of(Fate::ALL), any::<bool>()).prop_map(|(fate, is_target)| PoolTask { fate, is_target });
    let worker = (text(), activity(), label(), any::<bool>()).prop_map(
        |(name, activity, state, is_target)| PoolWorker { name, activity, state, is_target },
    );
    (vec(task, 0..60), vec(worker, 0..10), prose())
        .prop_map(|(tasks, workers, verdict)| Body::Pool(PoolPicture { tasks, workers, verdict }))
}

fn cards() -> impl Strategy<Value = Body> {
    let part = || {
        (text(), span(), number16()).prop_map(|(label, text, longest)| CardPart {
            label,
            text,
            longest: longest.into(),
        })
    };
    let card = (label(), span(), vec(vec(part(), 0..3), 0..3), vec(part(), 0..4))
        .prop_map(|(title, mark, listings, parts)| Card { title, mark, listings, parts });
    (vec(card, 0..8), 0..4usize).prop_map(|(cards, shown)| Body::Cards(Cards { cards, shown }))
}
