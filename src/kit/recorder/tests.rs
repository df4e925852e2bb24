//! The recorder's promises: order, counted losses, and nothing lost that may not be.

mod order;

use std::rc::Rc;

use super::reader::SORTED;
use super::*;

fn drain_all(reader: &mut EventReader<u32>) -> Vec<Stamped<u32>> {
    let mut all = Vec::new();
    while reader.drain(100, |event| all.push(event)) > 0 {}
    all
}

#[test]
fn events_arrive_in_order_with_their_lane() {
    let (recorder, mut reader) = recorder::<u32>();
    let lane = recorder.lane("one");
    for n in 0..200 {
        lane.fact(n);
    }
    lane.end(Ending::Returned);
    let all = drain_all(&mut reader);
    let facts: Vec<_> = all
        .iter()
        .filter_map(|e| if let What::Fact(n) = e.what { Some(n) } else { None })
        .collect();
    assert_eq!(facts, (0..200).collect::<Vec<_>>());
    assert!(matches!(all.first().map(|e| &e.what), Some(What::Lane(LaneEvent::Started { .. }))));
    assert!(matches!(all.last().map(|e| &e.what), Some(What::Lane(LaneEvent::Ended(_)))));
}

#[test]
fn fewer_events_than_asked_for_mean_that_none_is_left() {
    let (recorder, mut reader) = recorder::<u32>();
    let lane = recorder.lane("fast");
    let sent = SORTED * 2 + 100;
    for n in 0..sent {
        lane.fact(u32::try_from(n).unwrap());
    }
    lane.flush();
    let mut given = Vec::new();
    // With its start.
    assert_eq!(reader.drain(SORTED + 7, |event| given.push(event.what)), SORTED + 7);
    assert_eq!(reader.drain(usize::MAX, |event| given.push(event.what)), sent + 1 - SORTED - 7);
    let facts = given.iter().filter_map(|what| match what {
        What::Fact(n) => Some(*n as usize),
        What::Lane(_) => None,
    });
    assert!(facts.eq(0..sent));
}

#[test]
fn a_reader_that_never_reads_costs_counted_losses_and_no_wait() {
    let (recorder, mut reader) = recorder::<u32>();
    let lane = recorder.lane("fast");
    let sent = u32::try_from(CAPACITY * 2).unwrap();
    for n in 0..sent {
        lane.fact(n);
    }
    lane.end(Ending::Returned);
    let kept =
        drain_all(&mut reader).iter().filter(|e| matches!(e.what, What::Fact(_))).count() as u64;
    assert_eq!(kept + reader.dropped(), u64::from(sent));
    assert!(reader.dropped() > 0);
}

#[test]
fn what_may_not_be_lost_arrives_even_when_the_channel_is_full() {
    let (recorder, mut reader) = recorder::<u32>();
    let lane = recorder.lane("fast");
    for n in 0..u32::try_from(CAPACITY * 2).unwrap() {
        lane.fact(n);
    }
    lane.reliable_fact(u32::MAX);
    let all = drain_all(&mut reader);
    assert!(all.iter().any(|e| e.what == What::Fact(u32::MAX)));
}

#[test]
fn a_drain_gives_no_more_than_asked() {
    let (recorder, mut reader) = recorder::<u32>();
    let lane = recorder.lane("one");
    (0..500).for_each(|n| lane.fact(n));
    assert_eq!(reader.drain(7, |_| ()), 7);
}

#[test]
fn what_others_noted_arrives_with_its_own_moment_and_losses_are_counted() {
    let (recorder, mut reader) = recorder::<u32>();
    let lane = recorder.lane("process").id();
    let noted = |at, n| Stamped { at, lane, what: What::Fact(n) };
    recorder.forward(vec![noted(7, 1), noted(8, 2)], 5);
    let facts: Vec<_> = drain_all(&mut reader)
        .into_iter()
        .filter(|event| matches!(event.what, What::Fact(_)))
        .collect();
    assert_eq!(facts, [noted(7, 1), noted(8, 2)]);
    assert_eq!(recorder.dropped(), 5);
    // No thread reads: it does not wait, and counts how many were lost.
    (0..CAPACITY).for_each(|_| recorder.forward(vec![noted(9, 3)], 0));
    recorder.forward(vec![noted(9, 3), noted(9, 4)], 0);
    assert_eq!(recorder.dropped(), 7);
}

#[test]
fn a_thread_without_its_sink_emits_nothing_until_it_is_back() {
    let (recorder, _reader) = recorder::<u32>();
    let _sink_guard = set_sink(Rc::new(recorder.lane("one")));
    assert!(with_sink(|_| ()).is_some());
    without_sink(|| assert!(with_sink(|_| ()).is_none()));
    assert!(with_sink(|_| ()).is_some());
}

#[test]
fn what_a_lane_has_gathered_is_sent_before_a_reliable_event_and_when_it_is_dropped() {
    let (recorder, mut reader) = recorder::<u32>();
    let lane = recorder.lane("one");
    let mut after = |emit: &dyn Fn()| {
        emit();
        let mut what = Vec::new();
        reader.drain(100, |event| what.push(event.what));
        what.truncate(2);
        what
    };
    after(&|| ());
    let sent = after(&|| {
        lane.fact(1);
        lane.reliable_fact(2);
    });
    assert_eq!(sent, [What::Fact(1), What::Fact(2)]);
    let sent = after(&|| {
        lane.fact(3);
        lane.emit_reliable(LaneEvent::Idle);
    });
    assert_eq!(sent, [What::Fact(3), What::Lane(LaneEvent::Idle)]);
    lane.fact(4);
    drop(lane);
    assert_eq!(after(&|| ()), [What::Fact(4)]);
}

#[test]
fn a_lane_ends_once_in_the_way_that_came_first() {
    let (recorder, mut reader) = recorder::<u32>();
    let lane = recorder.lane("one");
    lane.end(Ending::Returned);
    lane.end(Ending::Exited { code: 3 });
    let ends = drain_all(&mut reader).into_iter().skip(1).map(|event| event.what);
    assert_eq!(ends.collect::<Vec<_>>(), [What::Lane(LaneEvent::Ended(Ending::Returned))]);
}

/// A destructor of a thread-local may run after the sink's own is gone.
#[test]
fn a_thread_that_is_ending_has_no_sink_and_does_not_fail() {
    struct Late(std::sync::mpsc::Sender<bool>);
    impl Drop for Late {
        fn drop(&mut self) {
            let _sink = without_sink(current_sink);
            self.0.send(with_sink(|_| ()).is_none()).unwrap();
        }
    }
    thread_local!(static LATE: std::cell::RefCell<Option<Late>> = const {
        std::cell::RefCell::new(None)
    });
    let (recorder, _reader) = recorder::<()>();
    let (sent, without) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The first that is registered is destroyed last.
            LATE.set(Some(Late(sent)));
            drop(set_sink(Rc::new(recorder.lane("one"))));
        });
    });
    assert_eq!(without.recv(), Ok(true));
}
