//! The costs of all tools side by side. Arrangement only. The scale is logarithmic: a
//! lock costs some ten nanoseconds, a message between processes a thousand times as much.

use super::super::state::State;
use crate::scene::{Activity, Bar, Bars, Part, Scale, Span, Tone, units};

/// A bar for each tool and baseline: alone, with the contended figure as its note; tools
/// that are only ever used by several get a bar of that.
pub fn bars(state: &State) -> Bars {
    let mut all = Vec::new();
    for (_, record) in state.known() {
        let mut bars = Vec::<Bar>::new();
        for (label, contended, statistic) in &record.costs {
            let figure = units::nanos(statistic.median);
            match bars.iter_mut().find(|bar| bar.label == label.as_str()) {
                // The figure alone comes before the contended one, so its bar is already
                // there.
                Some(bar) if *contended => {
                    bar.note = Span::new(format!("contended {figure}"), Tone::Dim);
                }
                Some(_) => {}
                None => bars.push(Bar {
                    label: label.as_str().into(),
                    values: vec![statistic.median],
                    figure,
                    note: Span::new(if *contended { "by several" } else { "" }, Tone::Dim),
                    activity: Activity::Finished,
                }),
            }
        }
        all.append(&mut bars);
    }
    let parts = vec![Part { name: "time".to_owned(), tone: Tone::Active }];
    Bars { parts, bars: all, scale: Scale::Log }
}
