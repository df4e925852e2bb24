//! Frames in pieces, noise, cuts and lies.

use proptest::prelude::*;

use super::*;

fn frame() -> impl Strategy<Value = Frame> {
    let kind = prop::sample::select(Kind::ALL.to_vec());
    (kind, prop::collection::vec(any::<u8>(), 0..300))
        .prop_map(|(kind, payload)| Frame { kind, payload })
}

proptest! {
    #[test]
    fn frames_come_back_whatever_pieces_they_arrive_in(
        frames in prop::collection::vec(frame(), 0..8),
        cuts in prop::collection::vec(1usize..50, 1..40),
    ) {
        let bytes: Vec<u8> = frames.iter().flat_map(|f| encode(f.kind, &f.payload).unwrap()).collect();
        let (mut decoder, mut rest, mut back) = (Decoder::default(), &bytes[..], Vec::new());
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, later) = rest.split_at((*cut).min(rest.len()));
            decoder.push(piece);
            rest = later;
            while let Some(frame) = decoder.next_frame().unwrap() {
                back.push(frame);
            }
        }
        prop_assert_eq!(&back, &frames);
        prop_assert_eq!(decoder.finish(), Ok(()));
        let mut stream = &bytes[..];
        for frame in frames {
            prop_assert_eq!(read(&mut stream).unwrap(), Some(frame));
        }
        prop_assert!(read(&mut stream).unwrap().is_none());
    }

    #[test]
    fn noise_is_an_error_or_unfinished_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut decoder = Decoder::default();
        decoder.push(&bytes);
        while let Ok(Some(_)) = decoder.next_frame() {}
        let _ = decoder.finish();
        let _ = read(&mut &bytes[..]);
    }

    #[test]
    fn a_cut_frame_is_torn(frame in frame(), cut in 1usize..HEADER + 300) {
        let bytes = encode(frame.kind, &frame.payload).unwrap();
        prop_assume!(cut < bytes.len());
        let mut decoder = Decoder::default();
        decoder.push(&bytes[..cut]);
        prop_assert_eq!(decoder.next_frame(), Ok(None));
        let torn = matches!(decoder.finish(), Err(WireError::Torn { .. }));
        prop_assert!(torn);
    }
}

#[test]
fn a_stream_is_read_to_its_end_and_no_more_is_reserved_than_comes() {
    let long = encode(Kind::Answer, &vec![7; 3 * MAX_READ]).unwrap();
    let bytes = [encode(Kind::Hello, b"ab").unwrap(), long].concat();
    let (mut stream, mut decoder, mut frames) = (&bytes[..], Decoder::default(), Vec::new());
    while decoder.fill(&mut stream).unwrap() != Filled::End {
        assert!(decoder.bytes.capacity() <= 2 * (bytes.len() + MAX_READ));
        while let Some(frame) = decoder.next_frame().unwrap() {
            frames.push(frame.payload.len());
        }
    }
    assert_eq!(frames, [2, 3 * MAX_READ]);
    assert_eq!(decoder.finish(), Ok(()));
    // Declares much and sends little.
    let mut bytes = encode(Kind::Answer, b"").unwrap();
    bytes[4..8].copy_from_slice(&u32::try_from(LONGEST).unwrap().to_le_bytes());
    let mut decoder = Decoder::default();
    decoder.push(&bytes);
    assert_eq!(decoder.fill(&b"little"[..]).unwrap(), Filled::All);
    assert!(decoder.bytes.capacity() <= 4 * MAX_READ);
}

#[test]
fn a_declared_length_is_refused_before_it_is_reserved() {
    let mut bytes = encode(Kind::Hello, b"").unwrap();
    bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut decoder = Decoder::default();
    decoder.push(&bytes);
    assert_eq!(decoder.next_frame(), Err(WireError::TooLong { length: u32::MAX.into() }));
}

#[test]
fn text_on_the_wrong_descriptor_is_named() {
    let mut decoder = Decoder::default();
    decoder.push(b"hello\n");
    assert_eq!(
        decoder.next_frame().unwrap_err().to_string(),
        "sent something that is no frame: \"hello\\n\""
    );
}
