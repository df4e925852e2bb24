//! Bytes, and the keys that they are; and that nothing takes the keyboard.

use proptest::prelude::*;

use super::super::super::keymap::Key;
use super::*;

/// What the bytes give, in the words of the keymap, at once and when no more comes.
fn reported(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let mut parser = Parser::default();
    let words = |events: Vec<Event>| events.iter().map(word).collect();
    (words(parser.feed(bytes)), words(parser.give_up()))
}

fn word(event: &Event) -> String {
    match event {
        Event::Key(event) => Key::read(event).map_or_else(
            || format!("no key: {:?} {:?}", event.modifiers, event.code),
            |key| key.to_string(),
        ),
        Event::Paste(text) => format!("paste {text}"),
        Event::Mouse(event) => format!("{:?} {},{}", event.kind, event.column, event.row),
        other => format!("{other:?}"),
    }
}

#[test]
fn each_key_is_read_as_terminals_write_it() {
    for (bytes, names) in [
        ("a", "a"),
        ("Q", "Q"),
        ("é", "é"),
        ("日", "日"),
        ("\u{1f980}", "\u{1f980}"),
        (" ", "space"),
        ("\r", "enter"),
        ("\n", "enter"),
        ("\t", "tab"),
        ("\x7f", "backspace"),
        ("\x03", "ctrl-c"),
        ("\x1a", "ctrl-z"),
        ("\x0c", "ctrl-l"),
        ("\x1b[A", "up"),
        ("\x1bOA", "up"),
        ("\x1b[B", "down"),
        ("\x1b[C", "right"),
        ("\x1b[D", "left"),
        ("\x1bOD", "left"),
        ("\x1b[H", "home"),
        ("\x1bOH", "home"),
        ("\x1b[1~", "home"),
        ("\x1b[7~", "home"),
        ("\x1b[F", "end"),
        ("\x1bOF", "end"),
        ("\x1b[4~", "end"),
        ("\x1b[8~", "end"),
        ("\x1b[5~", "pgup"),
        ("\x1b[6~", "pgdn"),
        ("\x1b[Z", "shift-tab"),
        ("\x1b[1;2Z", "shift-tab"),
        ("\x1b[1;2A", "up"),
        ("\x1b[5;2~", "pgup"),
        ("\x1b[97u", "a"),
        ("\x1b[99;5u", "ctrl-c"),
        ("\x1b[13u", "enter"),
        ("\x1bq", "no key: KeyModifiers(ALT) Char('q')"),
        ("\x1b\x03", "ctrl-c"),
        ("\x1b[1;3A", "no key: KeyModifiers(ALT) Up"),
        ("\x1b[3~", "delete"),
        ("\x1bOP", ""),
        ("\x1b[15~", ""),
        ("\x1b[[A", ""),
        ("\x1b[I", ""),
        ("\x1b[201~", ""),
        ("\x1b[?62;4c", ""),
    ] {
        let names: Vec<_> = names.split_terminator('\0').map(str::to_owned).collect();
        assert_eq!(reported(bytes.as_bytes()), (names, vec![]), "{bytes:?}");
    }
}

#[test]
fn an_escape_is_the_key_when_nothing_follows() {
    assert_eq!(reported(b"\x1b"), (vec![], vec!["esc".to_owned()]));
    assert_eq!(reported(b"\x1b\x1b"), (vec!["esc".to_owned()], vec!["esc".to_owned()]));
    assert_eq!(reported(b"\x1b\x1b[A"), (vec!["esc".to_owned(), "up".to_owned()], vec![]));
}

#[test]
fn the_mouse_is_read_in_both_encodings() {
    for (bytes, wanted) in [
        ("\x1b[<0;5;7M", "Down(Left) 4,6"),
        ("\x1b[<0;5;7m", "Up(Left) 4,6"),
        ("\x1b[<2;300;1M", "Down(Right) 299,0"),
        ("\x1b[<32;5;7M", "Drag(Left) 4,6"),
        ("\x1b[<35;5;7M", "Moved 4,6"),
        ("\x1b[<64;5;7M", "ScrollUp 4,6"),
        ("\x1b[<65;5;7M", "ScrollDown 4,6"),
        ("\x1b[<80;5;7M", "ScrollUp 4,6"),
        ("\x1b[M %'", "Down(Left) 4,6"),
        ("\x1b[M#%'", "Up(Left) 4,6"),
    ] {
        assert_eq!(reported(bytes.as_bytes()), (vec![wanted.to_owned()], vec![]), "{bytes:?}");
    }
    for nonsense in
        ["\x1b[<0;0;0M", "\x1b[<0;5M", "\x1b[<;;M", "\x1b[<999999;1;1M", "\x1b[<66;1;1M"]
    {
        let (at_once, later) = reported(nonsense.as_bytes());
        assert!(at_once.is_empty() || nonsense.contains(";;"), "{at_once:?}");
        assert!(later.is_empty());
    }
}

#[test]
fn a_paste_is_its_text_whatever_that_holds() {
    let wanted = |text: &str| (vec![format!("paste {text}")], vec![]);
    assert_eq!(reported(b"\x1b[200~q\r\x03\x1b[A\x1b[201~"), wanted("q\r\x03\x1b[A"));
    assert_eq!(reported(b"\x1b[200~\x1b[201~"), wanted(""));
    assert_eq!(reported(b"\x1b[200~a\x1b[20\x1b[201~"), wanted("a\x1b[20"));
    assert_eq!(reported("\x1b[200~日\x1b[201~".as_bytes()), wanted("日"));
}

#[test]
fn of_a_huge_paste_the_beginning_is_kept_and_all_of_it_is_paste() {
    let mut bytes = b"\x1b[200~".to_vec();
    bytes.extend(b"q\x03".iter().cycle().take(3 * PASTE));
    bytes.extend(b"\x1b[201~?");
    let mut parser = Parser::default();
    let events = parser.feed(&bytes);
    let [Event::Paste(text), Event::Key(_)] = &events[..] else {
        panic!("{} events", events.len())
    };
    assert_eq!(text.len(), PASTE);
}

#[test]
fn a_paste_without_an_end_is_over_after_a_pause() {
    let mut parser = Parser::default();
    assert!(parser.feed(b"\x1b[200~hello").is_empty());
    assert_eq!(parser.timeout(), Some(PAUSE));
    let words: Vec<_> = parser.give_up().iter().map(word).collect();
    assert_eq!(words, ["paste hello"]);
    assert_eq!(parser.timeout(), None);
    let words: Vec<_> = parser.feed(b"q").iter().map(word).collect();
    assert_eq!(words, ["q"]);
}

#[test]
fn who_wants_out_of_a_paste_without_an_end_gets_out() {
    let (at_once, later) = reported(b"\x1b[200~hello\x03");
    assert!(at_once.is_empty());
    assert_eq!(later, ["paste hello\u{3}", "ctrl-c"]);
}

#[test]
fn what_was_begun_ends_at_the_first_byte_that_does_not_belong_to_it() {
    for begun in [
        "\x1b[",
        "\x1b[1",
        "\x1b[<",
        "\x1b[<0;5",
        "\x1b[?",
        "\x1bO",
        "\x1b[M",
        "\x1b[M ",
        "\x1b[[",
        "\u{e9}",
    ] {
        let mut bytes = begun.as_bytes().to_vec();
        if begun == "\u{e9}" {
            bytes.pop();
        }
        bytes.push(3);
        assert_eq!(reported(&bytes), (vec!["ctrl-c".to_owned()], vec![]), "{begun:?}");
    }
    let long = [b"\x1b[".as_slice(), &[b'1'; LONGEST], b"q"].concat();
    let (at_once, _) = reported(&long);
    assert_eq!(at_once.last().map(String::as_str), Some("q"));
}

#[test]
fn each_button_is_its_own_and_each_place_is_counted_from_0() {
    for (report, expected) in [
        ("<0;3;5M", "Down(Left) 2,4"),
        ("<1;3;5M", "Down(Middle) 2,4"),
        ("<2;3;5M", "Down(Right) 2,4"),
        ("<0;3;5m", "Up(Left) 2,4"),
        ("<1;3;5m", "Up(Middle) 2,4"),
        ("<2;3;5m", "Up(Right) 2,4"),
        ("<32;3;5M", "Drag(Left) 2,4"),
        ("<33;3;5M", "Drag(Middle) 2,4"),
        ("<34;3;5M", "Drag(Right) 2,4"),
        ("<35;3;5M", "Moved 2,4"),
        ("<16;300;200M", "Down(Left) 299,199"),
        ("<64;3;5M", "ScrollUp 2,4"),
        ("<65;3;5M", "ScrollDown 2,4"),
        ("M #%", "Down(Left) 2,4"),
        ("M!#%", "Down(Middle) 2,4"),
        ("M##%", "Up(Left) 2,4"),
        ("M`#%", "ScrollUp 2,4"),
        ("Ma#%", "ScrollDown 2,4"),
    ] {
        let (at_once, _) = reported(format!("\x1b[{report}").as_bytes());
        assert_eq!(at_once, [expected], "{report}");
    }
}

proptest! {
    /// Whatever came before, a pause gives the keyboard back.
    #[test]
    fn after_a_pause_every_key_works(before in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut parser = Parser::default();
        parser.feed(&before);
        parser.give_up();
        prop_assert_eq!(parser.timeout(), None);
        let words: Vec<_> = parser.feed(b"q\x03").iter().map(word).collect();
        prop_assert_eq!(words, ["q", "ctrl-c"]);
    }

    /// It does not matter in which pieces the bytes come.
    #[test]
    fn pieces_do_not_matter(
        bytes in proptest::collection::vec(prop_oneof![Just(0x1b), Just(b'['), any::<u8>()], 0..100),
        cut in 0usize..100,
    ) {
        let mut whole = Parser::default();
        let mut pieces = Parser::default();
        let cut = cut.min(bytes.len());
        let all = whole.feed(&bytes);
        let mut both = pieces.feed(&bytes[..cut]);
        both.extend(pieces.feed(&bytes[cut..]));
        prop_assert_eq!(all, both);
    }
}
