//! What a worker process may have sent: frames, in pieces and as a stream.
//!
//! `cargo +nightly fuzz run frames`
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadbare::kit::wire::{self, Decoder};

fuzz_target!(|bytes: &[u8]| {
    let mut whole = Vec::new();
    let mut stream = bytes;
    while let Ok(Some(frame)) = wire::read(&mut stream) {
        whole.push(frame);
    }
    // In pieces, the same frames come out.
    let (mut decoder, mut frames) = (Decoder::default(), Vec::new());
    for piece in bytes.chunks(7) {
        decoder.push(piece);
        while let Ok(Some(frame)) = decoder.next_frame() {
            frames.push(frame);
        }
    }
    assert_eq!(frames, whole);
});
