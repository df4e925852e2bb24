//! Divides height: how many lines each part gets when there are too few or too many. Pure
//! functions of numbers, used by a pane for its panels and by the dashboard for its panes.
//!
//! ```text
//! by_priority   wants 6 4 8, least 3 4 2, room 14     ──▶ 6 4 4     the last one gives first
//!               wants 6 4 8, room 24, weights 0 0 1   ──▶ 6 4 14    what is left, by weight
//! evenly        wants 2 9 9, room 14                  ──▶ 2 6 6     the smallest wish first
//! ```

/// The lines that one of several parts asks for: `least <= want <= most`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeightRequest {
    /// With less, something important is missing. A part is never given less, even if the sum
    /// does not fit then: the caller scrolls or cuts.
    pub least: u16,
    pub want: u16,
    /// With more, lines would stay empty. Only what grows (`weight` above 0) is ever given more
    /// than it wants.
    pub most: u16,
    /// Its share of what is left over, relative to the others; 0 for a part that does not grow.
    pub weight: u16,
}

/// Divides `room` among parts in the order of their importance.
///
/// All get what they want if that fits. If not, the last part gives first, down to its least,
/// then the one before it. What is left over goes by weight to those who can use it, in rounds,
/// because a part that reaches its most leaves its share to the others. The sum is above `room`
/// when even the least does not fit, and below it only when no part can use more.
pub fn by_priority(requests: &[HeightRequest], room: u16) -> Vec<u16> {
    let mut given: Vec<u16> = requests.iter().map(|request| request.want).collect();
    let mut over = total(&given).saturating_sub(u32::from(room));
    for (lines, request) in given.iter_mut().zip(requests).rev() {
        let slack = lines.saturating_sub(request.least);
        let give = u16::try_from(over).unwrap_or(u16::MAX).min(slack);
        *lines -= give;
        // What is still over goes to the next part, which is more important.
        over -= u32::from(give);
    }
    let mut left = u32::from(room).saturating_sub(total(&given));
    while left > 0 {
        let open = |lines: u16, request: &HeightRequest| request.weight > 0 && lines < request.most;
        let weights: u32 = given
            .iter()
            .zip(requests)
            .filter(|(lines, request)| open(**lines, request))
            .map(|(_, request)| u32::from(request.weight))
            .sum();
        if weights == 0 {
            break;
        }
        let round = left;
        for (lines, request) in given.iter_mut().zip(requests) {
            if !open(*lines, request) || left == 0 {
                continue;
            }
            // At least one line in each round, so the loop ends even where the shares round to
            // nothing.
            let share = (round * u32::from(request.weight) / weights).max(1).min(left);
            let room = request.most - *lines;
            let add = u16::try_from(share).unwrap_or(u16::MAX).min(room);
            *lines += add;
            left -= u32::from(add);
        }
    }
    given
}

/// Divides `room` among equals: no part gets more than it wants while another has less than it
/// wants (max-min fairness), and what is left over is shared evenly. The sum is `room`, unless
/// there is no part.
pub fn evenly(wants: &[u16], room: u16) -> Vec<u16> {
    // From the smallest wish: what it does not use is divided among the rest.
    let mut order: Vec<usize> = (0..wants.len()).collect();
    order.sort_by_key(|at| wants[*at]);
    let mut given = vec![0; wants.len()];
    let mut left = room;
    for (served, at) in order.iter().enumerate() {
        let others = u16::try_from(wants.len() - served).unwrap_or(u16::MAX);
        // Rounded up, so that nothing is kept back from the last.
        given[*at] = wants[*at].min(left.div_ceil(others));
        left -= given[*at];
    }
    let count = u16::try_from(wants.len()).unwrap_or(u16::MAX).max(1);
    let (each, mut odd) = (left / count, left % count);
    for lines in &mut given {
        let extra = u16::from(odd > 0);
        odd -= extra;
        *lines = lines.saturating_add(each + extra);
    }
    given
}

fn total(lines: &[u16]) -> u32 {
    lines.iter().copied().map(u32::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn request(least: u16, want: u16, most: u16, weight: u16) -> HeightRequest {
        HeightRequest { least, want, most, weight }
    }

    #[test]
    fn the_last_give_first_and_never_below_their_least() {
        let requests = [request(2, 4, 4, 0), request(1, 3, 3, 0), request(2, 2, 2, 0)];
        assert_eq!(by_priority(&requests, 9), [4, 3, 2]);
        assert_eq!(by_priority(&requests, 8), [4, 2, 2]);
        assert_eq!(by_priority(&requests, 6), [3, 1, 2]);
        assert_eq!(by_priority(&requests, 0), [2, 1, 2]);
    }

    #[test]
    fn what_is_left_over_goes_by_weight_to_those_who_can_use_it() {
        let requests = [request(1, 2, 2, 0), request(1, 2, 5, 1), request(1, 2, 99, 2)];
        assert_eq!(by_priority(&requests, 12), [2, 4, 6]);
        assert_eq!(by_priority(&requests, 40), [2, 5, 33]);
        let full = [request(1, 1, 2, 1), request(1, 1, 3, 1)];
        assert_eq!(by_priority(&full, 50), [2, 3]);
    }

    #[test]
    fn equals_get_what_they_want_before_anyone_gets_more() {
        assert_eq!(evenly(&[3, 9, 9], 15), [3, 6, 6]);
        assert_eq!(evenly(&[3, 4], 11), [5, 6]);
        assert_eq!(evenly(&[5, 5, 5], 0), [0, 0, 0]);
        assert!(evenly(&[], 7).is_empty());
    }
}
