//! Documents of pictures that are made here, element by element.

use super::*;

fn picture(text: &str, style: Style) -> Picture {
    let cells = text.chars().map(|c| Cell { text: c.to_string().into(), style });
    Picture::new(u16::try_from(text.chars().count()).unwrap(), cells.collect())
}

#[test]
fn text_is_escaped_and_set_to_its_columns() {
    let svg = write(&picture("a<&b", Style::default()), &"<\"x\">".into());
    assert!(svg.contains("textLength=\"33.6\""), "{svg}");
    assert!(svg.contains(">a&lt;&amp;b</text>"));
    assert!(svg.contains("<title>&lt;&quot;x&quot;&gt;</title>"));
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
}

#[test]
fn frames_and_blocks_are_shapes_and_blanks_are_nothing() {
    let svg = write(&picture("╭─█ ", Style::default()), &"frame".into());
    assert_eq!(svg.matches("<path").count(), 2);
    assert_eq!(svg.matches("<rect").count(), 2, "the ground and the block");
    assert_eq!(svg.matches("<text").count(), 0);
}

#[test]
fn reversed_text_swaps_its_colours() {
    let style = Style { ink: Some(Rgb(1, 2, 3)), reversed: true, ..Style::default() };
    let svg = write(&picture("x", style), &"x".into());
    assert!(svg.contains("fill=\"#010203\"/>"), "the ground under it");
    assert!(svg.contains("fill=\"#15181e\">x</text>"));
}

/// Two rows of three columns: text, a block with colours, text that looks otherwise.
#[test]
fn each_place_and_colour_of_a_picture_is_known() {
    let cell = |text: &str, style| Cell { text: text.into(), style };
    let plain = Style::default();
    let coloured =
        Style { ink: Some(Rgb(0x11, 0x22, 0x33)), ground: Some(Rgb(0x44, 0x55, 0x66)), ..plain };
    let looks = Style { bold: true, dim: true, italic: true, underlined: true, ..plain };
    let cells = vec![
        cell("a", plain),
        cell(" ", plain),
        cell("b", coloured),
        cell(" ", plain),
        cell("█", coloured),
        cell("c", looks),
    ];
    let svg = write(&Picture::new(3, cells), &"t".into());
    let shapes: Vec<_> = svg
        .lines()
        .filter(|line| {
            line.starts_with("<svg") || line.starts_with("<rect") || line.starts_with("<text")
        })
        .collect();
    assert_eq!(
        shapes,
        [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 45.2 56\" width=\"45.2\" height=\"56\" role=\"img\" aria-label=\"t\">",
            "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#15181e\"/>",
            "<rect x=\"26.8\" y=\"10\" width=\"8.4\" height=\"18\" fill=\"#445566\"/>",
            "<text x=\"10\" y=\"23.5\" textLength=\"8.4\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#d4d7dd\">a</text>",
            "<text x=\"26.8\" y=\"23.5\" textLength=\"8.4\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#112233\">b</text>",
            "<rect x=\"18.4\" y=\"28\" width=\"8.4\" height=\"18\" fill=\"#445566\"/>",
            "<rect x=\"18.4\" y=\"28\" width=\"8.4\" height=\"18\" fill=\"#112233\" fill-opacity=\"1\" shape-rendering=\"crispEdges\"/>",
            "<text x=\"26.8\" y=\"41.5\" textLength=\"8.4\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#d4d7dd\" font-weight=\"bold\" font-style=\"italic\" text-decoration=\"underline\" opacity=\"0.6\">c</text>",
        ]
    );
}

/// A frame of three columns and two rows, below an ink of its own.
#[test]
fn each_shape_stands_where_its_character_would() {
    let text = ["╭", "─", "─", "┤", "▄", "╯"]
        .map(|text| Cell { text: text.into(), style: Style::default() });
    let svg = write(&Picture::new(3, text.into()), &"t".into());
    let lines: Vec<_> = svg.lines().skip(3).collect();
    assert_eq!(
        lines,
        [
            "<g font-family=\"ui-monospace,'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"14\" stroke-width=\"1.2\" xml:space=\"preserve\">",
            "<path d=\"M14.2 28Q14.2 19 18.4 19\" stroke=\"#d4d7dd\" fill=\"none\"/>",
            "<path d=\"M26.8 19L35.2 19M26.8 19L18.4 19\" stroke=\"#d4d7dd\"/>",
            "<path d=\"M14.2 37L14.2 28M14.2 37L14.2 46M14.2 37L10 37\" stroke=\"#d4d7dd\"/>",
            "<rect x=\"18.4\" y=\"37\" width=\"8.4\" height=\"9\" fill=\"#d4d7dd\" fill-opacity=\"1\" shape-rendering=\"crispEdges\"/>",
            "<path d=\"M31 28Q31 37 26.8 37\" stroke=\"#d4d7dd\" fill=\"none\"/>",
            "</g>",
            "</svg>",
        ]
    );
}

/// Three pictures of two rows, of which the second one changes once.
#[test]
fn an_animation_holds_what_stays_once_and_shows_it_as_long_as_it_does() {
    let of = |text: &str| {
        let cells =
            text.chars().map(|c| Cell { text: c.to_string().into(), style: Style::default() });
        Picture::new(3, cells.collect())
    };
    let pictures = [of("onetwo"), of("onetwo"), of("onesix")];
    let svg = animate(&pictures, Duration::from_secs(1), &"t".into());
    assert_eq!(svg.matches(">one</text>").count(), 1);
    let group = |name: &str, hidden: &str, text: &str| {
        let from = svg.find(&format!("<g class=\"{name}\"{hidden}>")).unwrap();
        let part = svg[from..].split_once("</g>").unwrap().0;
        assert!(part.contains(&format!(">{text}</text>")), "{part}");
    };
    group("f0-3", "", "one");
    group("f0-2", "", "two");
    group("f2-3", " visibility=\"hidden\"", "six");
    let rule = |name, keys| {
        format!(".{name}{{animation:{name} 3s step-end infinite}}@keyframes {name}{{{keys}}}")
    };
    let shown = rule("f0-2", "0%{visibility:visible}66.67%{visibility:hidden}");
    let late = rule("f2-3", "0%{visibility:hidden}66.67%{visibility:visible}");
    assert!(svg.contains(&shown) && svg.contains(&late) && !svg.contains(".f0-3"), "{svg}");
    let plain = animate(&pictures[..1], Duration::from_secs(1), &"t".into());
    assert!(!plain.contains("keyframes") && plain.contains(">two</text>"), "{plain}");
}
