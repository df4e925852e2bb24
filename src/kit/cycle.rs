//! The search for a cycle among things that have at most one successor each: threads that wait,
//! each for one other.

/// The cycle that the first start lies on that lies on one, from that start on; one that follows
/// itself is one, too. `None` if no start lies on a cycle.
pub fn find<T: Copy + PartialEq>(
    starts: impl IntoIterator<Item = T>,
    next: impl Fn(T) -> Option<T>,
) -> Option<Vec<T>> {
    starts.into_iter().find_map(|start| {
        let (mut path, mut at) = (Vec::new(), Some(start));
        while let Some(one) = at.filter(|one| !path.contains(one)) {
            path.push(one);
            at = next(one);
        }
        // One that only leads into a cycle ends elsewhere.
        (at == Some(start)).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn only_what_lies_on_a_cycle_is_found() {
        let after = |next: [Option<usize>; 4]| find(0..4, |at| next[at]);
        assert_eq!(after([Some(1), Some(2), None, Some(0)]), None);
        // 0 leads into the cycle of the others.
        assert_eq!(after([Some(2), Some(3), Some(1), Some(2)]), Some(vec![1, 3, 2]));
        assert_eq!(after([Some(1), Some(1), None, None]), Some(vec![1]));
    }
}
