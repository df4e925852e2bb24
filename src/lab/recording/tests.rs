//! Files that are no recordings, each with the line that shows it.

use super::*;
use crate::lab::trial::ENTRIES;
use crate::lab::{Detail, Entry, PlaybackCommand, ViewOptions};

const HEADER: &str = r#"{"threadbare":"0.1.0","recording":1,"lab":"trial","seed":7,"cores":2,"recorded_s":0,"settings":{"count":5,"sizes":[1,3]}}"#;
const START: &str = r#"{"t_ns":0,"lane":0,"event":{"event":"thread.start","name":"main","kind":"thread","os_tid":1}}"#;
const COUNT: &str = r#"{"t_ns":5,"lane":0,"fact":{"event":"trial.count","n":1}}"#;
const END: &str = r#"{"end":{"elapsed_ns":9,"dropped_events":0,"stopped_by":null,"result":null}}"#;

fn read(lines: &[&str]) -> Result<Recording, String> {
    let file = lines.join("\n");
    Entry::read(ENTRIES, &mut file.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn what_is_no_recording_is_refused_with_its_line() {
    let with = |from: &str, to: &str| HEADER.replace(from, to);
    let version = with("\"recording\":1", "\"recording\":2");
    let (lab, key) = (with("trial", "moon"), with("count", "number"));
    let (value, missing) = (with("5", "-5"), with("\"seed\":7,", ""));
    let (name, late) = (COUNT.replace("count", "sum"), COUNT.replace(":5", ":5000000000000000000"));
    let long = format!("\"{}\"", "x".repeat(LONGEST_LINE));
    for (lines, why) in [
        (&[""][..], "line 1: the file is empty"),
        (&["\u{7f}ELF"], "line 1: not JSON, from its column 1"),
        (&["{}"], "line 1: not a recording of a run"),
        (&[START], "line 1: not a recording of a run"),
        (&[&version], "line 1: a recording of version 2; this program reads 1"),
        (&[&lab], "line 1: no lab is called `moon`"),
        (&[&key], "line 1: number: no such setting of trial; it has count"),
        (&[&value], "line 1: count: `-5` is not a whole number"),
        (&[&missing], "line 1: missing field `seed`"),
        (&[HEADER], "line 2: the recording has no end: the file is not complete"),
        (&[HEADER, START, &COUNT[..30]], "line 3: not JSON, from its column 30"),
        (&[HEADER, START, COUNT], "line 4: the recording has no end: the file is not complete"),
        (&[HEADER, "7"], "line 2: no event of a recording"),
        (&[HEADER, &name], "line 2: unknown variant `trial.sum`"),
        (&[HEADER, &late], "line 2: later than any run lasts"),
        (&[HEADER, &long], "line 2: longer than 16777216 bytes"),
        (&[HEADER, END, COUNT], "line 3: a line after the end of the recording"),
    ] {
        let refused = read(lines).unwrap_err();
        assert!(refused.starts_with(why), "{refused} is not {why}");
    }
}

#[test]
fn what_is_one_is_played_with_the_settings_that_it_had() {
    let recording = read(&[HEADER, START, COUNT, END, ""]).unwrap();
    let settings: Vec<_> = recording.settings.iter().map(|(_, value)| value.to_string()).collect();
    assert_eq!(settings, ["5", "done", "on", "0ms", "1,3"]);
    let mut run = recording.open();
    run.play(PlaybackCommand::Pause);
    assert_eq!(run.settings().seed, 7);
    run.play(PlaybackCommand::Seek(4));
    assert_eq!((run.drain(9), run.now(), run.finished()), (1, 4, false));
    run.play(PlaybackCommand::Seek(20));
    assert_eq!((run.drain(9), run.now(), run.finished()), (1, 9, true));
}

#[test]
fn no_text_of_a_file_can_act_on_a_terminal() {
    let start = START.replace("main", "\\u001b[2J\\u202e");
    let mut run = read(&[HEADER, &start, END]).unwrap().open();
    run.play(PlaybackCommand::Seek(9));
    run.drain(9);
    let shown = format!("{:?}", run.scene(Detail::Full, &ViewOptions::default()));
    assert!(shown.contains("u{1b}[2J") && !shown.contains('\u{1b}'), "{shown}");
}

/// So that the eye can follow it.
#[test]
fn a_recording_of_milliseconds_begins_slower() {
    for (elapsed_ns, speed) in [
        (0_u64, -10),
        (1_000, -10),
        (5_000_000, -9),
        (1_999_999_999, -1),
        (2_000_000_000, 0),
        (60_000_000_000, 0),
    ] {
        let end = END.replace(":9,", &format!(":{elapsed_ns},"));
        let run = read(&[HEADER, &end]).unwrap().open();
        assert_eq!(run.playback().unwrap().speed, speed, "{elapsed_ns} ns");
    }
}
