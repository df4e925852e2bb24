//! The warm pool on the screen: its batches, its pauses, and what becomes of workers that
//! are killed.

use std::process::{Child, Command as Program};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use threadbare::lab::{ActionKind, Command, Key, Recorded};

use crate::Lab;

/// Facts of the warm pool as they come: batches, kills, pauses.
fn taps(lab: &mut Lab) -> Arc<Mutex<Vec<Value>>> {
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

fn of(events: &Mutex<Vec<Value>>, name: &str) -> Vec<Value> {
    let all = events.lock().unwrap();
    all.iter().filter(|event| event["event"] == name).cloned().collect()
}

/// The kill of this kind that is offered first.
fn kill(lab: &mut Lab, signal: &str) -> Option<String> {
    let actions = lab.run().actions().into_iter();
    let kills = actions.filter(|action| action.key == Key::Char('k'));
    let items = kills.filter_map(|action| match action.kind {
        ActionKind::Choose { items, .. } => Some(items),
        _ => None,
    });
    items.flatten().map(|(id, _)| id).find(|id| id.ends_with(signal))
}

/// Ends its process with the test.
struct Bystander(Child);

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
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

    // A process that is no worker of the pool is not harmed.
    let mut bystander = Bystander(Program::new("sleep").arg("3600").spawn().unwrap());
    let pid = bystander.0.id();
    lab.run().command(Command::Press { id: format!("kill:{pid}:SIGKILL") });
    let outcomes = |count: usize| {
        let events = Arc::clone(&events);
        move |_: &mut Lab| of(&events, "kill.outcome").len() >= count
    };
    lab.until("the refusal", outcomes(1));
    let refusal = &of(&events, "kill.outcome")[0];
    let text = format!("process {pid} is no longer a worker of the warm pool");
    assert_eq!((&refusal["text"], &refusal["lost"]), (&text.into(), &0.into()));
    assert!(bystander.0.try_wait().unwrap().is_none());

    for (count, signal) in [(2, "SIGSEGV"), (3, "SIGTERM"), (4, "SIGKILL")] {
        lab.until("a worker to kill", |lab| kill(lab, signal).is_some());
        let id = kill(&mut lab, signal).unwrap();
        let pid: u32 = id.split(':').nth(1).unwrap().parse().unwrap();
        lab.run().command(Command::Press { id });
        lab.until("its outcome", outcomes(count));
        let outcome = &of(&events, "kill.outcome")[count - 1];
        let text = outcome["text"].as_str().unwrap();
        assert!(text.starts_with(&format!("Process {pid} was killed by {signal}; ")), "{text}");
        assert!(text.ends_with("; no task was lost"), "{text}");
        assert_eq!(outcome["lost"], 0);
        let kill = &of(&events, "kill")[count - 2];
        assert_eq!((&kill["pid"], &kill["signal"]), (&pid.into(), &signal.into()));
    }
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
    let plan = &of(&events, "job.submit")[1]["plan"];
    assert_eq!((&plan["from"], &plan["to"]), (&1.into(), &60.into()));
    lab.end_and_look();
}
