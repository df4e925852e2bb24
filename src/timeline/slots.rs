//! Lanes by number, found at once: every event asks for its lane several times.
//!
//! Lane numbers are dense and grow with each new lane, while those of long ago are forgotten.
//! So a table of places begins with the first number that is remembered, and the lanes
//! themselves stand without gaps in a vector. A lookup is two index operations and no hash.
//!
//! ```text
//! first 40   places  │ 2 │ - │ 0 │ 1 │        lane 40 is lanes[2], lane 41 is forgotten
//!                                             lane 42 is lanes[0], lane 43 is lanes[1]
//! lanes              │ 42 │ 43 │ 40 │
//! ```

use std::collections::VecDeque;
use std::sync::Arc;

use super::lane::Lane;
use crate::kit::event::LaneId;

/// Numbers further than this beyond the first belong to no lane of the run: a wrong one must
/// not make the table grow without bound.
const REACH: usize = 1 << 20;
const NONE: u32 = u32::MAX;

/// Lanes by number: a sparse table of places, and the lanes without gaps. A number that is not
/// in the table belongs to no lane that is remembered.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    first: u32,
    places: VecDeque<u32>,
    lanes: Vec<(LaneId, Lane)>,
}

impl Slots {
    pub fn len(&self) -> usize {
        self.lanes.len()
    }

    #[inline]
    pub fn get(&self, id: LaneId) -> Option<&Lane> {
        self.lanes.get(self.place(id)?).map(|(_, lane)| lane)
    }

    #[inline]
    pub fn get_mut(&mut self, id: LaneId) -> Option<&mut Lane> {
        let place = self.place(id)?;
        self.lanes.get_mut(place).map(|(_, lane)| lane)
    }

    /// A lane's name, or its number if it is forgotten. For sentences, where something has to
    /// stand.
    pub fn called(&self, id: LaneId) -> Arc<str> {
        let lane = self.get(id).map(|lane| Arc::clone(&lane.name));
        lane.unwrap_or_else(|| format!("lane {}", id.0).into())
    }

    /// All lanes, in no particular order: a removal moves the last one.
    pub fn iter(&self) -> impl Iterator<Item = (LaneId, &Lane)> {
        self.lanes.iter().map(|(id, lane)| (*id, lane))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Lane> {
        self.lanes.iter_mut().map(|(_, lane)| lane)
    }

    /// Adds a lane; `None` if the number cannot be a lane's. The caller has checked that no
    /// lane has it.
    pub fn insert(&mut self, id: LaneId, lane: Lane) -> Option<&mut Lane> {
        if self.lanes.is_empty() {
            self.first = id.0;
            self.places.clear();
        }
        // Starts may arrive out of order: a lower number than the first extends the table to
        // the front.
        while id.0 < self.first && self.places.len() < REACH {
            self.places.push_front(NONE);
            self.first -= 1;
        }
        let index = usize::try_from(id.0.checked_sub(self.first)?).ok()?;
        if index >= REACH {
            return None;
        }
        if index >= self.places.len() {
            self.places.resize(index + 1, NONE);
        }
        let place = u32::try_from(self.lanes.len()).ok()?;
        self.places[index] = place;
        self.lanes.push((id, lane));
        self.lanes.last_mut().map(|(_, lane)| lane)
    }

    /// Removes a lane and closes the gap with the last one, whose place changes with that.
    pub fn remove(&mut self, id: LaneId) -> Option<Lane> {
        let place = self.place(id)?;
        let (_, lane) = self.lanes.swap_remove(place);
        self.set(id, NONE);
        if let Some((moved, _)) = self.lanes.get(place) {
            let moved = *moved;
            self.set(moved, u32::try_from(place).unwrap_or(NONE));
        }
        // The table shrinks from the front, as old lanes are forgotten.
        while self.places.front() == Some(&NONE) {
            self.places.pop_front();
            self.first += 1;
        }
        Some(lane)
    }

    #[inline]
    fn place(&self, id: LaneId) -> Option<usize> {
        let index = id.0.checked_sub(self.first)? as usize;
        match self.places.get(index) {
            None | Some(&NONE) => None,
            Some(place) => Some(*place as usize),
        }
    }

    fn set(&mut self, id: LaneId, place: u32) {
        let index = id.0.saturating_sub(self.first) as usize;
        if let Some(slot) = self.places.get_mut(index) {
            *slot = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::event::LaneKind;

    fn lane(order: u64) -> Lane {
        Lane::new(order, "lane".into(), LaneKind::Thread { os_tid: 1 })
    }

    fn orders(slots: &Slots) -> Vec<(u32, u64)> {
        let mut all: Vec<_> = slots.iter().map(|(id, lane)| (id.0, lane.order)).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn lanes_are_found_by_number_whatever_came_and_went() {
        let mut slots = Slots::default();
        for id in [5, 6, 3, 9] {
            assert!(slots.insert(LaneId(id), lane(id.into())).is_some());
        }
        assert_eq!(orders(&slots), [(3, 3), (5, 5), (6, 6), (9, 9)]);
        assert_eq!(slots.remove(LaneId(3)).map(|lane| lane.order), Some(3));
        assert_eq!(slots.remove(LaneId(6)).map(|lane| lane.order), Some(6));
        assert!(slots.remove(LaneId(6)).is_none());
        assert_eq!(orders(&slots), [(5, 5), (9, 9)]);
        assert_eq!(slots.get(LaneId(9)).map(|lane| lane.order), Some(9));
        assert!(slots.get(LaneId(4)).is_none());
    }

    #[test]
    fn a_number_that_no_lane_can_have_is_no_lane() {
        let mut slots = Slots::default();
        slots.insert(LaneId(0), lane(0));
        assert!(slots.insert(LaneId(u32::MAX - 1), lane(1)).is_none());
        assert!(slots.get(LaneId(u32::MAX - 1)).is_none());
    }

    #[test]
    fn the_table_of_places_does_not_grow_with_lanes_that_are_gone() {
        let mut slots = Slots::default();
        for id in 0..10_000 {
            slots.insert(LaneId(id), lane(0));
            if id >= 10 {
                slots.remove(LaneId(id - 10));
            }
        }
        assert!(slots.places.len() <= 11);
    }
}
