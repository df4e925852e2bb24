//! A script that writes into its own records and definitions what no shim would: it runs in the
//! same interpreter, and the files are its own.

use serde_json::json;
use threadbare::lab::{Detail, ViewOptions};

use crate::act::opened;
use crate::figures::{named, written};
use crate::{DEADLINE, interpreters, python, watched};

/// Records and definitions of all kinds in any order, whose numbers are small, so that they refer to
/// one another, or as large as they can be; then any bytes over all of it.
const HOSTILE: &str = r#"
import os, random, threading, types
# A method of a watched lock leads to what writes the records.
shim = type(threading.Lock()).acquire.__globals__["emit"].__globals__
ring = types.SimpleNamespace(**shim)
chance = random.Random(SEED)
number = lambda: chance.choice((chance.randrange(6), chance.randrange(80), 2**40 - 1, 2**64 - 1))
signed = lambda: chance.choice((chance.randrange(-3, 9), -2**63, 2**63 - 1))
words = (
    "python thread lock queue executor function file list failed raised process exit pool "
    "pool_size same unwatched other"
).split()
kinds = "lock rlock condition semaphore queue fifo thread process pool fork spawn helper main x".split()
field = lambda: chance.choice((number(), signed(), chance.choice(kinds), "\t\\\n\x1b[2J", "", "é" * 300))
for _ in range(300):
    count = chance.randrange(1, 7)
    # Now and then as a line of the shim's own, but for its values.
    first = chance.choice((number(), chance.randrange(1, 9)))
    ring.define(chance.choice(words), first, *[field() for _ in range(count)])
    for _ in range(chance.randrange(20)):
        ring.emit(chance.randrange(66), number(), signed(), signed(), number() & 2**32 - 1)
if chance.random() < 0.5:
    size = len(ring._ring)
    for _ in range(200):
        at = chance.randrange(ring.HEADER, min(size, 1 << 16) - 8)
        ring._ring[at:at + 8] = chance.getrandbits(64).to_bytes(8, "little")
    os.write(ring._definitions, bytes(chance.randrange(256) for _ in range(5000)))
if chance.random() < 0.2:
    # But for the delay, with which it would wait for itself.
    ring._ring[0:48] = bytes(chance.randrange(256) for _ in range(48))
print("end", flush=True)
"#;

#[test]
fn a_script_that_writes_false_records_harms_only_what_is_said_of_itself() {
    let interpreters = interpreters();
    for seed in 0..40 {
        let python = &interpreters[seed % interpreters.len()];
        let (_folder, path) = written(&HOSTILE.replace("SEED", &seed.to_string()));
        let mut run = opened(python, &path);
        let about = format!("seed {seed}, {}", python.display());
        assert!(run.drain_to_end(DEADLINE), "{about}");
        let result = run.result();
        assert_eq!(result["stdout"], "end\n", "{about}: {result}");
        assert_eq!(result["exit"]["code"], 0, "{about}");
        for detail in [Detail::Full, Detail::Compact] {
            let scene = run.scene(detail, &ViewOptions::default());
            assert!(!scene.rows.is_empty(), "{about}");
        }
        // Whatever it says is shown as text.
        let texts = run.findings().into_iter().map(|finding| finding.text.to_string());
        assert!(texts.chain([result.to_string()]).all(|text| !text.contains('\x1b')), "{about}");
    }
}

#[test]
fn however_much_a_script_makes_its_threads_are_known_to_the_end() {
    let name = "\u{5b57}".repeat(190);
    let text = format!(
        "import threading\n\
         {name} = None\n\
         for _ in range(9000): {name} = threading.Lock()\n\
         def fails(): raise ValueError('late')\n\
         thread = threading.Thread(target=fails, name='late')\n\
         thread.start()\n\
         thread.join()\n"
    );
    let (_folder, path) = written(&text);
    let result = watched(&python(), &path, &[]);
    let late = named(&result["threads"], "late");
    assert_eq!((&late["ended"], &late["error"]), (&json!("raised"), &json!("ValueError: late")));
    let full = json!("what was made after the first 4 MiB of names and places");
    assert!(result["not_watched"].as_array().unwrap().contains(&full), "{}", result["not_watched"]);
}
