//! A process that waits for a tool and gets nothing has not acquired it, in whatever way the tool
//! says so: by an error that the process expects, or by a result.

use super::super::experiment::control_block::ProcessEvent;
use super::super::experiment::process_context::{ProcessArgs, ProcessContext};
use super::super::experiment::process_tool::ProcessTool;
use super::super::experiment::tools::process_condition::ConditionData;
use super::super::experiment::tools::process_pipe::NoMemory;
use super::super::experiment::tools::process_queue::QueueData;
use super::figures::{args, run_with};
use crate::kit::limit::Limit;
use crate::kit::pipe::Listener;
use crate::kit::shared::{LaidOut, Region};

/// Runs two processes, neither of which gets anything of the tool; `vain` are the waits of each.
fn runs_in_vain(
    args: impl Fn(usize) -> ProcessArgs,
    act: impl Fn(&ProcessContext) + std::marker::Sync,
    vain: [usize; 2],
) {
    let (reports, control) = run_with(args, |process, _| act(process));
    for (index, report) in reports.iter().enumerate() {
        let waits = [ProcessEvent::Waits, ProcessEvent::GaveUp].repeat(vain[index]);
        let events: Vec<_> = control.events(index).map(|(_, event)| event).collect();
        assert_eq!(events, waits, "{index}");
        assert_eq!((report.waits_ns.len(), report.got_at.len()), (0, 0), "{index}");
    }
}

fn misuse(name: &str, index: usize) -> ProcessArgs {
    ProcessArgs { misuse: Some(name.to_owned()), ..args(index) }
}

#[test]
fn a_closed_queue_takes_nothing_and_gives_nothing() {
    let memory = Region::create(QueueData::CELLS).unwrap();
    let act = |process: &ProcessContext| {
        QueueData::new(&mut memory.layout()).run(process).unwrap();
    };
    // A put after the closing, and a get.
    runs_in_vain(|index| misuse("closed", index), act, [1, 1]);
}

#[test]
fn a_wait_at_a_condition_that_times_out_was_not_woken() {
    let memory = Region::create(ConditionData::CELLS).unwrap();
    let act = |process: &ProcessContext| {
        ConditionData::new(&mut memory.layout()).run(process).unwrap();
    };
    // One consumer, and the producer that notifies before it comes.
    runs_in_vain(|index| ProcessArgs { workers: 1, ..misuse("early", index) }, act, [1, 0]);
}

#[test]
fn the_end_of_a_pipe_is_no_message() {
    let listener = Listener::bind().unwrap();
    let act = |process: &ProcessContext| {
        if process.args.index == 0 {
            NoMemory.run(process).unwrap();
        } else {
            drop(listener.accept(&Limit::FOREVER).unwrap());
        }
    };
    let address = |index| ProcessArgs { address: listener.address().to_owned(), ..args(index) };
    runs_in_vain(address, act, [1, 0]);
}
