//! How the lab of failures looks: three pools under one fault, and what helps. Arrangement
//! only.

pub mod panels;

use super::experiment::injection::{Fault, Policy};
use super::state::State;
use crate::lab::{Detail, Words as _};
use crate::scene::{Body, Height, Line, Panel, Scene, Tone};

/// Lines of the pools below which their tasks, workers and verdicts do not fit.
const POOLS: u16 = 16;
/// A line for each fault, and the head.
const LEDGER: u16 = 13;
/// Columns of the longest fault with an outcome of each pool.
const LEDGER_WIDTH: u16 = 45;

pub fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Failures");
    let policy = state.policy.map_or("all policies", Policy::shown);
    scene.badge(policy, if state.policy.is_some() { Tone::Caution } else { Tone::Dim });
    scene.badge(format!("{} workers", state.workers), Tone::Plain);
    if let Some((id, _)) = state.fault {
        let fault = Fault::find(id).map_or(id, |fault| fault.shown());
        scene.badge(format!("fault {fault}"), Tone::Caution);
    }
    match detail {
        Detail::Compact => compact(state, &mut scene),
        Detail::Full => full(state, &mut scene),
    }
    scene
}

fn compact(state: &State, scene: &mut Scene) {
    scene.lines(vec![now(state)]);
    let pools = state.pools.values().map(panels::pool_line);
    scene.lines(pools.collect());
}

/// The pools first and largest, then the techniques, then what all faults and shutdowns came
/// to. Always in this order and with all panels: what runs by itself moves nothing.
fn full(state: &State, scene: &mut Scene) {
    scene.lines(vec![now(state)]);
    let policies = state.policy.map_or_else(|| Policy::ALL.to_vec(), |policy| vec![policy]);
    let pools = policies.into_iter().map(|policy| panels::pool_panel(state, policy));
    scene.row(Height::Fill { min: POOLS, weight: 3 }, pools.collect());
    let cards = Panel::titled("Techniques against failures", Body::Cards(panels::cards(state)));
    scene.row(Height::Content, vec![cards]);
    let ledger = Panel::titled("What each fault left", Body::Table(panels::ledger(state)));
    let shutdowns = Panel::titled("Shutdown modes", Body::Bars(panels::shutdowns(state)));
    let shutdowns = shutdowns.note("time until the pool is over");
    scene.row(
        Height::Lines(LEDGER),
        vec![ledger.weight(4).at_least(LEDGER_WIDTH), shutdowns.weight(3)],
    );
}

/// What runs now: the part of the plan, or what the user has asked for.
fn now(state: &State) -> Line {
    let (what, done, of) = &state.progress;
    let plan = if state.done {
        "the plan is through; faults go round".to_owned()
    } else {
        format!("part {} of {of}", (done + 1).min(*of))
    };
    if state.asked {
        let line = Line::new().then("▸ as you asked: ", Tone::Accent).then(&**what, Tone::Strong);
        return line.then(format!("   then {plan}"), Tone::Dim);
    }
    Line::new()
        .then("► ", Tone::Active)
        .then(&**what, Tone::Strong)
        .then(format!("   {plan}"), Tone::Dim)
}
