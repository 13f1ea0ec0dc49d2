//! Operations as people type them.

use duologue_draw::picture::{
    CaptionPlace, CollageShape, Crop, Expected, Flip, ImageOp, OutputFormat, Resize, parse_ops,
};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};

fn inside(width: u32, height: u32) -> ImageOp {
    ImageOp::Resize(Resize::Inside { width, height })
}

fn caption(text: &str, place: CaptionPlace) -> ImageOp {
    ImageOp::Caption {
        text: text.to_owned(),
        place,
    }
}

#[test]
fn one_operation_is_understood_in_the_ways_people_write_it() {
    let cases = [
        ("resize 800", inside(800, 800)),
        ("Resize 800px", inside(800, 800)),
        ("resize 800x600", inside(800, 600)),
        ("resize 800×600", inside(800, 600)),
        ("resize 50%", ImageOp::Resize(Resize::Percent(50.0))),
        ("resize 50 %", ImageOp::Resize(Resize::Percent(50.0))),
        (
            "resize exact 10x20",
            ImageOp::Resize(Resize::Exact {
                width: 10,
                height: 20,
            }),
        ),
        ("crop square", ImageOp::Crop(Crop::Square)),
        ("crop 16:9", ImageOp::Crop(Crop::Aspect { across: 16, down: 9 })),
        (
            "crop 100,50,400x300",
            ImageOp::Crop(Crop::Rectangle {
                x: 100,
                y: 50,
                width: 400,
                height: 300,
            }),
        ),
        ("rotate 90", ImageOp::Rotate(90.0)),
        ("rotate -12.5°", ImageOp::Rotate(-12.5)),
        ("flip", ImageOp::Flip(Flip::Horizontal)),
        ("flip vertical", ImageOp::Flip(Flip::Vertical)),
        ("mirror horizontally", ImageOp::Flip(Flip::Horizontal)),
        ("gray", ImageOp::Grey),
        ("blur", ImageOp::Blur(5.0)),
        ("blur 2.5", ImageOp::Blur(2.5)),
        ("brightness +20", ImageOp::Brightness(20.0)),
        ("contrast −30%", ImageOp::Contrast(-30.0)),
        (
            "caption \"Hello there\"",
            caption("Hello there", CaptionPlace::Bottom),
        ),
        (
            "caption top “Hello, you”",
            caption("Hello, you", CaptionPlace::Top),
        ),
        ("caption above «Привіт»", caption("Привіт", CaptionPlace::Above)),
        (
            "caption Hello there, you",
            caption("Hello there, you", CaptionPlace::Bottom),
        ),
        ("caption below it's me", caption("it's me", CaptionPlace::Below)),
        (
            r#"caption "say \"hi\"\nto all""#,
            caption("say \"hi\"\nto all", CaptionPlace::Bottom),
        ),
        (
            "collage",
            ImageOp::Collage {
                shape: CollageShape::Grid,
                gap: 12,
            },
        ),
        (
            "collage row 0",
            ImageOp::Collage {
                shape: CollageShape::Row,
                gap: 0,
            },
        ),
        ("jpg 80", ImageOp::Format(OutputFormat::Jpeg { quality: 80 })),
        ("webp", ImageOp::Format(OutputFormat::WebP)),
    ];
    for (line, op) in cases {
        assert_eq!(parse_ops(line), Ok(vec![op]), "{line}");
    }
}

#[test]
fn several_operations_keep_their_order() {
    let line = "crop square, resize 800;rotate 90 | caption top \"a, b; c\"\nflip blur 3 jpeg";
    let expected = vec![
        ImageOp::Crop(Crop::Square),
        inside(800, 800),
        ImageOp::Rotate(90.0),
        caption("a, b; c", CaptionPlace::Top),
        ImageOp::Flip(Flip::Horizontal),
        ImageOp::Blur(3.0),
        ImageOp::Format(OutputFormat::Jpeg {
            quality: OutputFormat::JPEG_QUALITY,
        }),
    ];
    assert_eq!(parse_ops(line), Ok(expected));
    let two_lines = parse_ops("caption Hello there\nresize 10");
    assert_eq!(
        two_lines,
        Ok(vec![caption("Hello there", CaptionPlace::Bottom), inside(10, 10)])
    );
}

#[test]
fn an_error_names_the_word_that_is_wrong_and_what_is_possible() {
    let cases = [
        ("", "", 0, "", Expected::Operation),
        ("  ,; ", "", 5, "", Expected::Operation),
        ("sharpen", "sharpen", 0, "", Expected::Operation),
        ("flip, sharpen 5", "sharpen", 6, "", Expected::Operation),
        ("resize", "", 6, "resize", Expected::Size),
        ("resize huge", "huge", 7, "resize", Expected::Size),
        ("resize -5", "-5", 7, "resize", Expected::Size),
        ("resize 5x", "5x", 7, "resize", Expected::Size),
        ("resize 99999999999", "99999999999", 7, "resize", Expected::Size),
        ("resize exact 50%", "50%", 13, "resize", Expected::Size),
        ("crop round", "round", 5, "crop", Expected::Part),
        ("crop 0:9", "0:9", 5, "crop", Expected::Part),
        ("crop 1,2,3", "1,2,3", 5, "crop", Expected::Part),
        ("rotate left", "left", 7, "rotate", Expected::Number),
        ("brightness inf", "inf", 11, "brightness", Expected::Number),
        ("caption", "", 7, "caption", Expected::Text),
        ("caption top", "", 11, "caption", Expected::Text),
        ("caption \"Hello", "\"Hello", 8, "", Expected::ClosingQuote),
    ];
    for (line, word, at, operation, expected) in cases {
        let error = parse_ops(line).expect_err(line);
        assert_eq!((error.word.as_str(), error.at), (word, at), "{line}");
        assert_eq!(
            (error.operation.as_str(), error.expected),
            (operation, expected),
            "{line}"
        );
        assert!(!error.expected.examples().is_empty());
    }
}

#[test]
fn the_examples_of_every_error_are_understood() {
    for size in Expected::Size.examples() {
        assert!(parse_ops(&format!("resize {size}")).is_ok(), "{size}");
    }
    for part in Expected::Part.examples() {
        assert!(parse_ops(&format!("crop {part}")).is_ok(), "{part}");
    }
    for number in Expected::Number.examples() {
        assert!(parse_ops(&format!("rotate {number}")).is_ok(), "{number}");
    }
    for text in Expected::Text.examples() {
        assert!(parse_ops(&format!("caption {text}")).is_ok(), "{text}");
    }
    for operation in Expected::Operation.examples() {
        let argument = match *operation {
            "resize" => "5",
            "crop" => "square",
            _ => "7",
        };
        let ops = parse_ops(&format!("{operation} {argument}"))
            .or_else(|_| parse_ops(operation))
            .expect("understood");
        assert_eq!(ops[0].word(), *operation);
    }
}

/// An operation and one way to type it.
fn typed() -> impl Strategy<Value = (ImageOp, String)> {
    let number = -9999_i32..9999;
    prop_oneof![
        (1_u32..9999, 1_u32..9999).prop_map(|(w, h)| (inside(w, h), format!("resize {w}x{h}"))),
        (1_u32..999).prop_map(|p| (ImageOp::Resize(Resize::Percent(p as f32)), format!("resize {p}%"))),
        (1_u32..99, 1_u32..99).prop_map(|(across, down)| {
            (
                ImageOp::Crop(Crop::Aspect { across, down }),
                format!("crop {across}:{down}"),
            )
        }),
        number.prop_map(|n| (
            ImageOp::Rotate(n as f32 / 8.0),
            format!("rotate {}", n as f32 / 8.0)
        )),
        (any::<bool>()).prop_map(|_| (ImageOp::Grey, "grey".to_owned())),
        "[^\"\\\\“”„]{1,30}".prop_map(|text| {
            let typed = format!("caption \"{text}\"");
            (
                ImageOp::Caption {
                    text,
                    place: CaptionPlace::Bottom,
                },
                typed,
            )
        }),
        (0_u8..=255).prop_map(|quality| (
            ImageOp::Format(OutputFormat::Jpeg { quality }),
            format!("jpeg {quality}")
        )),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_typed_is_what_is_understood(ops in prop::collection::vec(typed(), 1..8), between in 0_usize..3) {
        let between = [", ", " ", "; "][between];
        let line: Vec<&str> = ops.iter().map(|(_, typed)| typed.as_str()).collect();
        let expected: Vec<ImageOp> = ops.iter().map(|(op, _)| op.clone()).collect();
        prop_assert_eq!(parse_ops(&line.join(between)), Ok(expected));
    }

    #[test]
    fn any_line_is_understood_or_an_error_inside_it(line in any::<String>()) {
        if let Err(error) = parse_ops(&line) {
            assert!(error.at <= line.len() && line.is_char_boundary(error.at));
        }
    }

    #[test]
    fn words_of_operations_in_any_order_do_no_harm(words in prop::collection::vec(
        prop::sample::select(vec!["resize", "crop", "caption", "top", "\"", "“", "50%", "x", "16:9", ",", ";", "flip", "row", "\\", "'"]), 0..12)
    ) {
        let _ops = parse_ops(&words.join(" "));
    }
}
