//! The result for those who read or script it: JSON and the exercise's own lines. The
//! names of the fields, and the units in them, are part of the command line's contract.

use serde_json::{Value, json};

use super::experiment::figures::name;
use super::experiment::figures::{Bar, Figures, Mode};
use super::scene::MS;
use super::settings::Timing;
use super::state::State;
use crate::lab::Words;
use crate::scene::NotRun;
use crate::scene::units::{to_f64, whole_nanos};

/// The result as JSON. Bars without a sample are left out; what was not searched for or
/// not found is `null`. Times are in ms, those per task in µs.
pub fn result(state: &State) -> Value {
    let ms = |ns: f64| ns / MS;
    let serial = state.serial();
    let bars = state.bars.iter().filter_map(|bar| {
        let Figures { total, parts, .. } = bar.figures(Timing::Whole)?;
        // Both timings, whatever the setting is: the setting is for the screen.
        let warm_pool = bar.figures(Timing::Warm)?.shown;
        let latest = bar.latest()?;
        Some(json!({
            "mode": bar.variant.mode,
            "size": bar.variant.size,
            "results": latest.results,
            "pids": latest.pids,
            "total_ms": total.scaled(1.0 / MS),
            "warm_ms": warm_pool.scaled(1.0 / MS),
            "compared_with_serial": serial.map(|serial| bar.compared_with(serial, Timing::Whole)),
            "parts_ms": {
                "create": ms(parts.create()),
                "spawn": ms(parts.spawn),
                "ready": ms(parts.ready),
                "send": ms(parts.send),
                "compute": ms(parts.compute),
                "return": ms(parts.returned),
                "join": ms(parts.join),
            },
            "runs": bar.samples.iter().map(|sample| json!({
                "total_ms": ms(sample.total_ns),
                "parts_sum_ms": ms(sample.parts_ns.total()),
                "pids": sample.pids,
            })).collect::<Vec<_>>(),
        }))
    });
    let micros = |ns: u64| to_f64(ns) / 1e3;
    let tried = state.tried.iter().map(|tried| {
        json!({
            "work_us": micros(tried.work_ns),
            "size": tried.size,
            "serial_ms": ms(tried.serial_ns),
            "processes_ms": ms(tried.processes_ns),
            "compared_with_serial": tried.verdict,
        })
    });
    let found = state.break_even;
    json!({
        "bars": bars.collect::<Vec<_>>(),
        "break_even_us": found.and_then(|found| found.work_ns).map(micros),
        "break_even_not_below_us": found.and_then(|found| found.lost_ns).map(micros),
        "break_even_size": found.map(|found| found.size),
        "break_even_tried_to_us": found.map(|found| micros(found.tried_to_ns)),
        "break_even_tried": tried.collect::<Vec<_>>(),
        "wrong_runs": state.wrong,
        "load": state.load,
        "python": state.python.as_ref().map(|(version, start)| json!({ "version": version, "start": start })),
    })
}

/// The exercise's own lines, four for each bar, then those of the bars without a figure,
/// the break-even and the audit.
pub fn summary(state: &State) -> Vec<String> {
    let bar_lines = |bar: &Bar| {
        let figures = bar.figures(Timing::Whole)?;
        let how = match bar.variant.mode {
            Mode::Serial => "serial".to_owned(),
            Mode::Threads => "threads".to_owned(),
            Mode::Processes => format!("processes, {}", state.plan.start.word()),
            Mode::Python => match &state.python {
                Some((version, start)) => {
                    format!("CPython {version}, multiprocessing.Pool, {start}")
                }
                None => "CPython".to_owned(),
            },
        };
        Some([
            format!("Mode: {how}"),
            format!("Pool size: {}", bar.variant.size),
            format!("Results: {:?}", bar.latest()?.results),
            format!("Time taken: {} s", seconds(figures.total.median)),
        ])
    };
    let mut lines: Vec<_> = state.bars.iter().filter_map(bar_lines).flatten().collect();
    // Bars with figures and a void run are reported by `State::not_run`.
    let void = state.bars.iter().filter(|bar| bar.samples.is_empty());
    lines.extend(void.filter_map(|bar| {
        let why = bar.void.as_ref()?;
        Some(NotRun::new(name(bar.variant), &**why).to_string())
    }));
    lines.push(match state.break_even {
        Some(found) => match (found.work_ns, found.lost_ns) {
            (Some(work), _) => format!("Break-even: {} of work per task", whole_nanos(work)),
            // Without a loss at the most work that was tried, the range was not covered
            // by decisions.
            (None, lost) if lost != Some(found.tried_to_ns) => format!(
                "Break-even: too noisy to tell up to {} of work per task",
                whole_nanos(found.tried_to_ns)
            ),
            (None, _) => format!(
                "Break-even: not within {} of work per task",
                whole_nanos(found.tried_to_ns)
            ),
        },
        None if state.plan.break_even => "Break-even: not found out".to_owned(),
        None => "Break-even: not looked for".to_owned(),
    });
    let runs: usize = state.bars.iter().map(|bar| bar.samples.len()).sum();
    lines.push(format!("Audit: {runs} runs, {} with wrong results", state.wrong));
    lines
}

/// In seconds, at least four places as in the exercise, and seven for what would be
/// 0.0000.
fn seconds(ns: f64) -> String {
    let seconds = ns / 1e9;
    match seconds {
        s if s < 0.001 => format!("{s:.7}"),
        s => format!("{s:.4}"),
    }
}
