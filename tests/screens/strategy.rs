//! Screens that nobody would make up: any text, any number, any shape.

use super::bodies::body;
use proptest::collection::vec;
use proptest::prelude::*;
use threadbare::scene::{
    Activity, Badge, Finding, Guide, GuideHint, Height, HelpGroup, KeyHint, Label, Line, Menu,
    Notice, Overlay, Pane, Panel, PlayheadBar, Row, Scene, Screen, Span, Tab, Tone, View, Weight,
};
use threadbare::ui::{Charset, ColorDepth, Theme, ThemeName};

/// What must never reach a terminal: it would move the cursor, or turn or hide text.
pub(crate) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe0f}')
}

pub(crate) fn theme() -> impl Strategy<Value = Theme> {
    let depths = [ColorDepth::None, ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::True];
    let charsets = [Charset::Unicode, Charset::Ascii];
    (of(ThemeName::ALL), of(depths), of(charsets))
        .prop_map(|(name, depth, charset)| Theme::new(name, depth, charset))
}

pub(crate) fn screen() -> impl Strategy<Value = Screen> {
    let tab = (any::<char>(), label(), any::<[bool; 2]>());
    let tab =
        tab.prop_map(|(key, title, [selected, answered])| Tab { key, title, selected, answered });
    let badge = (label(), tone(), any::<u8>());
    let badge = badge.prop_map(|(text, tone, rank)| Badge { text, tone, rank });
    let notice = proptest::option::of(line().prop_map(|text| Notice { text }));
    let playhead =
        (any::<[u64; 3]>(), label(), label()).prop_map(|([from, at, to], first, last)| {
            PlayheadBar { from, at, to, ends: [first, last] }
        });
    let line = (notice, proptest::option::of(playhead));
    let header = (vec(tab, 0..10), vec(badge, 0..5), proptest::option::of(guide()));
    (header, view(), line, footer(), proptest::option::of(overlay())).prop_map(
        |((tabs, badges, guide), view, (notice, playhead), footer, overlay)| Screen {
            tabs,
            badges,
            guide,
            view,
            notice,
            playhead,
            footer,
            overlay,
        },
    )
}

fn guide() -> impl Strategy<Value = Guide> {
    let hint = (of(["", "try"]), text(), label(), text());
    let hint = hint.prop_map(|(verb, key, what, press)| GuideHint { verb, key, what, press });
    let parts =
        (any::<u8>(), label(), any::<bool>(), proptest::option::of(span()), vec(hint, 0..3));
    parts.prop_map(|(number, text, answered, verdict, hints)| Guide {
        number,
        text,
        answered,
        verdict,
        hints,
    })
}

/// Some keys, and among them the way out.
fn footer() -> impl Strategy<Value = Vec<KeyHint>> {
    (vec(hint(), 0..8), vec(hint(), 0..3)).prop_map(|(mut keys, after)| {
        keys.push(KeyHint {
            key: "q".to_owned(),
            label: "quit".into(),
            press: "q".to_owned(),
            rank: 0,
        });
        keys.extend(after);
        keys
    })
}

fn hint() -> impl Strategy<Value = KeyHint> {
    (text(), label(), text(), 1..9u8).prop_map(|(key, label, press, rank)| KeyHint {
        key,
        label,
        press,
        rank,
    })
}

fn view() -> impl Strategy<Value = View> {
    prop_oneof![vec(pane(), 0..5).prop_map(View::Dashboard), pane().prop_map(View::Single),]
}

fn pane() -> impl Strategy<Value = Pane> {
    let panel = (proptest::option::of(0..6usize), any::<bool>(), vec(number16(), 0..6));
    (scene(), any::<bool>(), number16(), panel).prop_map(
        |(scene, focused, scroll, (panel, zoomed, scrolls))| Pane {
            scene,
            focused,
            scroll,
            panel,
            zoomed,
            scrolls,
        },
    )
}

fn overlay() -> impl Strategy<Value = Overlay> {
    let group = (text(), vec(hint(), 0..9)).prop_map(|(title, keys)| HelpGroup { title, keys });
    let menu = (label(), vec(line(), 0..20), any::<usize>(), label())
        .prop_map(|(title, items, selected, hint)| Menu { title, items, selected, hint });
    prop_oneof![
        (vec(group, 0..6), 0..60usize, proptest::option::of(text()))
            .prop_map(|(groups, selected, search)| Overlay::Help { groups, selected, search }),
        (text(), prose(), number16()).prop_map(|(title, markdown, scroll)| Overlay::Lesson {
            title,
            markdown,
            scroll
        }),
        menu.prop_map(Overlay::Menu),
        pane().prop_map(Overlay::Answer),
        (label(), text(), label()).prop_map(|(label, text, hint)| Overlay::Prompt {
            label,
            text,
            hint
        }),
    ]
}

const WEIGHTS: [Weight; 5] =
    [Weight::ToDo, Weight::Fact, Weight::Fine, Weight::Caution, Weight::Broken];

/// With any shorter forms, also some that are longer.
pub(crate) fn label() -> impl Strategy<Value = Label> {
    vec(text(), 1..4).prop_map(|forms| {
        let forms: Vec<_> = forms.iter().map(String::as_str).collect();
        Label::from(forms.as_slice())
    })
}

fn scene() -> impl Strategy<Value = Scene> {
    let finding = (of(WEIGHTS), text()).prop_map(|(weight, text)| Finding::from((weight, text)));
    (label(), spans(), vec(panels(), 0..5), vec(finding, 0..4)).prop_map(
        |(title, badges, rows, findings)| Scene {
            title,
            badges,
            rows,
            findings,
            ..Scene::default()
        },
    )
}

fn panels() -> impl Strategy<Value = Row> {
    let height = prop_oneof![
        number16().prop_map(Height::Lines),
        Just(Height::Content),
        (number16(), number16()).prop_map(|(min, weight)| Height::Fill { min, weight }),
    ];
    let title = prop_oneof![Just(Label::default()), label()];
    let panel = (title, label(), number16(), number16(), body()).prop_map(
        |(title, note, weight, at_least, body)| Panel {
            title,
            note,
            weight,
            at_least,
            body,
            presses: Vec::new(),
        },
    );
    (height, any::<bool>(), of([None, Some(""), Some("a")]), vec(panel, 0..4))
        .prop_map(|(height, joins, stands_for, panels)| Row { stands_for, height, joins, panels })
}

pub(crate) fn prose() -> impl Strategy<Value = String> {
    let block = prop_oneof![
        text(),
        text().prop_map(|text| format!("# {text}\n")),
        text().prop_map(|text| format!("- **{text}**\n  1. `{text}`\n")),
        text().prop_map(|text| format!("> {text}\n\n")),
        text().prop_map(|text| format!("```\n{text}\n```\n")),
        text().prop_map(|text| format!("| a | b |\n|---|---|\n| {text} | c |\n\n")),
        Just("---\n".to_owned()),
    ];
    vec(block, 0..6).prop_map(|blocks| blocks.concat())
}

pub(crate) fn line() -> impl Strategy<Value = Line> {
    spans().prop_map(Line)
}

pub(crate) fn spans() -> impl Strategy<Value = Vec<Span>> {
    vec(span(), 0..4)
}

pub(crate) fn span() -> impl Strategy<Value = Span> {
    (text(), tone()).prop_map(|(text, tone)| Span::new(text, tone))
}

/// Ordinary words, wide ones, and what programs under observation may print.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9 ,.]{0,12}",
        2 => "[a-z ]{0,90}",
        1 => "[µ×–²…▶✓é ]{0,9}",
        1 => "[語言ーア👍🏽한 ]{0,9}",
        1 => "[\\x00-\\x1f\\x7f-\\x9f\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2066}-\u{2069}\u{feff}a]{0,9}",
        1 => "[e\u{301}\u{302}\u{308}\u{fe0f}\u{200d}👩]{0,20}",
        1 => any::<String>(),
    ]
}

pub(crate) fn tone() -> impl Strategy<Value = Tone> {
    prop_oneof![
        of([
            Tone::Plain,
            Tone::Dim,
            Tone::Strong,
            Tone::Good,
            Tone::Active,
            Tone::Waiting,
            Tone::Caution,
            Tone::Broken,
            Tone::Accent,
        ]),
        any::<u8>().prop_map(Tone::Series),
    ]
}

pub(crate) fn activity() -> impl Strategy<Value = Activity> {
    of([
        Activity::Idle,
        Activity::Running,
        Activity::Holding,
        Activity::Waiting,
        Activity::Sleeping,
        Activity::Paused,
        Activity::Finished,
        Activity::Failed,
        Activity::Cancelled,
        Activity::Dead,
    ])
}

pub(crate) fn number16() -> impl Strategy<Value = u16> {
    prop_oneof![8 => 0..12u16, 1 => any::<u16>()]
}

pub(crate) fn number64() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 0..1000u64, 1 => any::<u64>()]
}

pub(crate) fn of<T: Clone + std::fmt::Debug + 'static, const N: usize>(
    choices: [T; N],
) -> impl Strategy<Value = T> {
    proptest::sample::select(Vec::from(choices))
}
