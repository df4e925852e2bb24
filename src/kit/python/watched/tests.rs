//! Records of several processes, put together.

use super::super::record::{RecordKind, RecordPlace};
use super::*;

#[test]
fn records_are_merged_by_time_and_those_of_one_process_stay_in_their_order() {
    let of = |ident, times: &[u64]| {
        let record =
            |at| Record { at, ident, kind: RecordKind::SleepEnd, place: RecordPlace::default() };
        times.iter().copied().map(record).collect::<Vec<_>>()
    };
    let mut records = Vec::new();
    merge(vec![of(1, &[5, 3, 7]), vec![], of(2, &[4, 5, 6])], &mut records);
    let merged: Vec<_> = records.iter().map(|record| (record.ident, record.at)).collect();
    assert_eq!(merged, [(2, 4), (1, 5), (1, 3), (2, 5), (2, 6), (1, 7)]);
}
