//! The warm pool on the screen: its batches, its pauses, and what becomes of workers that
//! are killed.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use threadbare::lab::{AnyCommand, Command, Recorded};

use crate::{Lab, kills};

/// Facts of the warm pool as they come: batches, kills, pauses.
pub fn taps(lab: &mut Lab) -> Arc<Mutex<Vec<Value>>> {
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    lab.run().tap(Box::new(move |record| {
        seen.lock().unwrap().push(match record.what {
            Recorded::Lane(event) => serde_json::to_value(event).unwrap(),
            Recorded::Fact(fact) => fact.to_json(),
        });
    }));
    events
}

pub fn of(events: &Mutex<Vec<Value>>, name: &str) -> Vec<Value> {
    let all = events.lock().unwrap();
    all.iter().filter(|event| event["event"] == name).cloned().collect()
}

/// The kill of this kind that is offered first, and the process that it is for.
fn kill(lab: &mut Lab, signal: &str) -> Option<(AnyCommand, u32)> {
    let (command, text) = kills(lab.run()).into_iter().find(|(_, it)| it.starts_with(signal))?;
    Some((command, text.split(' ').nth(3)?.parse().ok()?))
}

#[test]
fn each_batch_and_each_kill_of_the_warm_pool_is_reported_as_what_it_was() {
    let mut lab = Lab::open(&[("sizes", "2,3"), ("repeat", "1")], true);
    let events = taps(&mut lab);
    lab.until("a batch", |_| !of(&events, "warm_run").is_empty());
    let batch = &of(&events, "warm_run")[0];
    assert_eq!(
        (&batch["size"], &batch["right"], &batch["every_ns"]),
        (&3.into(), &true.into(), &1_000_000_000_u64.into())
    );
    lab.until("its pause", |_| !of(&events, "thread.sleep").is_empty());
    let pause = &of(&events, "thread.sleep")[0];
    assert_eq!((&pause["pause"], &pause["for_ns"]), (&"pace".into(), &1_000_000_000_u64.into()));

    let outcomes = |count: usize| {
        let events = Arc::clone(&events);
        move |_: &mut Lab| of(&events, "kill.outcome").len() >= count
    };
    let mut last = None;
    for (count, signal) in [(1, "SIGSEGV"), (2, "SIGTERM"), (3, "SIGKILL")] {
        lab.until("a worker to kill", |lab| kill(lab, signal).is_some());
        let (command, pid) = kill(&mut lab, signal).unwrap();
        lab.run().command(Command::Do(command.clone()));
        last = Some((command, pid));
        lab.until("its outcome", outcomes(count));
        let outcome = &of(&events, "kill.outcome")[count - 1];
        let text = outcome["text"].as_str().unwrap();
        assert!(text.starts_with(&format!("Process {pid} was killed by {signal}; ")), "{text}");
        assert!(text.ends_with("; no task was lost"), "{text}");
        assert_eq!(outcome["lost"], 0);
        let kill = &of(&events, "kill")[count - 1];
        assert_eq!((&kill["pid"], &kill["signal"]), (&pid.into(), &signal.into()));
    }
    // What was offered for a worker that is dead by now reaches no other process.
    let (command, pid) = last.unwrap();
    lab.run().command(Command::Do(command));
    lab.until("the refusal", outcomes(4));
    let refusal = &of(&events, "kill.outcome")[3];
    let text = format!("process {pid} is no longer a worker of the warm pool");
    assert_eq!((&refusal["text"], &refusal["lost"]), (&text.into(), &0.into()));

    let batches = of(&events, "warm_run").len();
    lab.until("another batch", |_| of(&events, "warm_run").len() > batches);
    lab.until("another", |_| of(&events, "warm_run").len() > batches + 1);
    assert_eq!(of(&events, "kill.outcome").len(), 4, "each is reported once");

    // What cannot be done changes nothing, and what runs goes on.
    let set = |lab: &mut Lab, key: &str, value: &str| {
        let control = lab.run().info().control(key).unwrap();
        let value = control.read(value).unwrap();
        lab.run().command(Command::Set { key: control.key(), value });
    };
    set(&mut lab, "from", "50");
    let from = lab.run().info().control("from").unwrap();
    assert_eq!(lab.run().settings().value(from).to_string(), "1");
    let batches = of(&events, "warm_run").len();
    lab.until("the next batch", |_| of(&events, "warm_run").len() > batches);
    assert_eq!(of(&events, "job.submit").len(), 1);
    set(&mut lab, "to", "60");
    lab.until("the other measurement", |_| of(&events, "job.submit").len() == 2);
    let others = events.lock().unwrap().clone();
    let begins: Vec<_> =
        (0..others.len()).filter(|at| others[*at]["event"] == "job.submit").collect();
    let count = |name| others[..begins[1]].iter().filter(|event| event["event"] == name).count();
    // The warm pool has ended before anything is measured again: only the main lane is left.
    assert_eq!(count("thread.start"), count("thread.end") + 1);
    let plan = &of(&events, "job.submit")[1]["plan"];
    assert_eq!((&plan["from"], &plan["to"]), (&1.into(), &60.into()));
    // Another plan has a warm pool of its own.
    let sizes = |events: &Mutex<Vec<Value>>| -> Vec<_> {
        of(events, "warm_run").iter().map(|batch| batch["size"].as_u64()).collect()
    };
    let batches = sizes(&events).len();
    set(&mut lab, "sizes", "2");
    lab.until("a batch of the other pool", |_| sizes(&events).last() == Some(&Some(2)));
    assert!(sizes(&events)[batches..].iter().all(|size| matches!(size, Some(2 | 3))));
    lab.end_and_look();
}

#[test]
fn a_batch_takes_as_long_as_its_tasks_and_no_longer_than_it_was_waited_for() {
    let opened = Instant::now();
    let set = [("sizes", "2"), ("repeat", "1"), ("to", "2"), ("work", "sleep:20ms")];
    let mut lab = Lab::open(&set, true);
    let events = taps(&mut lab);
    lab.until("two batches", |_| of(&events, "warm_run").len() >= 2);
    let most = opened.elapsed();
    for batch in of(&events, "warm_run") {
        let took = Duration::from_secs_f64(batch["took_ns"].as_f64().unwrap() / 1e9);
        assert!((Duration::from_millis(20)..most).contains(&took), "{batch}");
    }
    lab.end_and_look();
}
