//! Characters that must touch their neighbours: lines of frames, and blocks. Fonts leave gaps
//! between them, and a viewer of an SVG may use any font, so a picture draws them as shapes.

/// A character as a shape within its cell. All numbers are shares of the cell, from 0 to 1,
/// counted from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A rectangle: left, top, width and height, and how opaque it is: a shaded block is a full one
    /// that lets the ground through.
    Block([f32; 4], f32),
    /// Thin lines from the middle to the edges: up, right, down, left. All light frames are
    /// made of these.
    Arms([bool; 4]),
    /// A quarter of a circle between two edges: the upper one (else the lower), and the right
    /// one (else the left).
    Corner { up: bool, right: bool },
    /// Dots in two columns of four: a bit for each, as Unicode counts them.
    Dots(u8),
}

impl Shape {
    /// Whether a row of such characters looks like one shape that is as wide: then one shape is
    /// drawn for all, which is smaller and has no gaps.
    pub fn joins(self) -> bool {
        match self {
            Self::Block([left, _, width, _], _) => left <= 0.0 && width >= 1.0,
            Self::Arms(arms) => arms == [false, true, false, true],
            Self::Corner { .. } | Self::Dots(_) => false,
        }
    }
}

/// The shape of a text of one character; `None` for everything that is drawn as text. Only the
/// characters that this program draws are here; any other stays text and may have gaps.
pub fn shape(text: &str) -> Option<Shape> {
    let mut chars = text.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else {
        return None;
    };
    Some(match c {
        '█' => block([0.0, 0.0, 1.0, 1.0]),
        '▓' => Shape::Block([0.0, 0.0, 1.0, 1.0], 0.75),
        '▒' => Shape::Block([0.0, 0.0, 1.0, 1.0], 0.5),
        '░' => Shape::Block([0.0, 0.0, 1.0, 1.0], 0.25),
        '▀' => block([0.0, 0.0, 1.0, 0.5]),
        '▐' => block([0.5, 0.0, 0.5, 1.0]),
        '▁'..='▇' => {
            let height = eighths(c, '▁');
            block([0.0, 1.0 - height, 1.0, height])
        }
        // In Unicode from wide to narrow: 7/8 down to 1/8.
        '▉'..='▏' => block([0.0, 0.0, 1.0 - eighths(c, '▉'), 1.0]),
        '─' => Shape::Arms([false, true, false, true]),
        '│' => Shape::Arms([true, false, true, false]),
        '┌' => Shape::Arms([false, true, true, false]),
        '┐' => Shape::Arms([false, false, true, true]),
        '└' => Shape::Arms([true, true, false, false]),
        '┘' => Shape::Arms([true, false, false, true]),
        '├' => Shape::Arms([true, true, true, false]),
        '┤' => Shape::Arms([true, false, true, true]),
        '┬' => Shape::Arms([false, true, true, true]),
        '┴' => Shape::Arms([true, true, false, true]),
        '┼' => Shape::Arms([true; 4]),
        '╭' => corner(false, true),
        '╮' => corner(false, false),
        '╰' => corner(true, true),
        '╯' => corner(true, false),
        '\u{2800}'..='\u{28ff}' => Shape::Dots(u32::from(c).to_le_bytes()[0]),
        _ => return None,
    })
}

fn block(place: [f32; 4]) -> Shape {
    Shape::Block(place, 1.0)
}

fn corner(up: bool, right: bool) -> Shape {
    Shape::Corner { up, right }
}

/// How many eighths a character stands for, if `first` of its series is one: the block elements
/// follow each other in Unicode.
#[expect(clippy::cast_precision_loss, reason = "eight at most")]
fn eighths(c: char, first: char) -> f32 {
    (u32::from(c) - u32::from(first) + 1) as f32 / 8.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_fill_the_share_of_the_cell_that_they_stand_for() {
        let half = block([0.0, 0.5, 1.0, 0.5]);
        assert_eq!(shape("▄"), Some(half));
        assert_eq!(shape("▌"), Some(block([0.0, 0.0, 0.5, 1.0])));
        assert_eq!(shape("▏"), Some(block([0.0, 0.0, 0.125, 1.0])));
        assert_eq!(shape("a"), None);
        assert_eq!(shape("──"), None);
    }

    /// The ends of each line, as one would draw them, and whether a row of them is one wide one.
    #[test]
    fn each_frame_and_block_is_the_shape_that_it_shows() {
        let arms = "─ right left joins, │ up down, ┌ right down, ┐ down left, └ up right, \
                    ┘ up left, ├ up right down, ┤ up down left, ┬ right down left, \
                    ┴ up right left, ┼ up right down left, ╭ corner down right, \
                    ╮ corner down left, ╰ corner up right, ╯ corner up left, \
                    █ [0.0, 0.0, 1.0, 1.0] 1 joins, ▓ [0.0, 0.0, 1.0, 1.0] 0.75 joins, \
                    ▒ [0.0, 0.0, 1.0, 1.0] 0.5 joins, ░ [0.0, 0.0, 1.0, 1.0] 0.25 joins, \
                    ▀ [0.0, 0.0, 1.0, 0.5] 1 joins, ▐ [0.5, 0.0, 0.5, 1.0] 1, \
                    ▁ [0.0, 0.875, 1.0, 0.125] 1 joins, ▆ [0.0, 0.25, 1.0, 0.75] 1 joins, \
                    ▎ [0.0, 0.0, 0.25, 1.0] 1, ▉ [0.0, 0.0, 0.875, 1.0] 1, ⡁ dots 1000001";
        for expected in arms.split(", ").fold(Vec::<String>::new(), joined) {
            let sign = expected.split(' ').next().unwrap();
            let shape = shape(sign).unwrap();
            let drawn = match shape {
                Shape::Arms(arms) => {
                    let names = ["up", "right", "down", "left"];
                    let ends = names.iter().zip(arms).filter(|(_, on)| *on);
                    ends.fold(String::new(), |all, (name, _)| all + " " + name)
                }
                Shape::Corner { up, right } => {
                    let (up, right) =
                        (if up { "up" } else { "down" }, if right { "right" } else { "left" });
                    format!(" corner {up} {right}")
                }
                Shape::Block(place, cover) => format!(" {place:?} {cover}"),
                Shape::Dots(bits) => format!(" dots {bits:b}"),
            };
            let joins = if shape.joins() { " joins" } else { "" };
            assert_eq!(format!("{sign}{drawn}{joins}"), expected);
        }
    }

    /// Parts between brackets belong together.
    fn joined(mut all: Vec<String>, part: &str) -> Vec<String> {
        match all.last_mut() {
            Some(last) if last.contains('[') && !last.contains(']') => {
                last.push_str(", ");
                last.push_str(part);
            }
            _ => all.push(part.to_owned()),
        }
        all
    }
}
