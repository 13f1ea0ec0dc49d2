//! Operations on pictures from outside: what comes out.

use duologue_draw::canvas::{Area, Canvas, Colour};
use duologue_draw::picture::{
    CaptionPlace, CollageShape, Crop, Flip, ImageError, ImageFormat, ImageLimits, ImageOp, OutputFormat,
    Problem, Resize, apply, probe, thumbnail,
};
use image::{Rgba, RgbaImage};

use crate::pictures::{BLUE, RED, encoded, gif, halves, hollow, near, pixels, png, run, size, turned};

#[test]
fn headers_tell_kind_size_frames_and_orientation() {
    let cases = [
        (png(300, 200), ImageFormat::Png, (300, 200), 1, 1),
        (
            encoded(halves(30, 20), image::ImageFormat::Bmp),
            ImageFormat::Bmp,
            (30, 20),
            1,
            1,
        ),
        (
            encoded(halves(30, 20), image::ImageFormat::WebP),
            ImageFormat::WebP,
            (30, 20),
            1,
            1,
        ),
        (
            encoded(halves(30, 20), image::ImageFormat::Jpeg),
            ImageFormat::Jpeg,
            (30, 20),
            1,
            1,
        ),
        (gif(7), ImageFormat::Gif, (40, 30), 7, 1),
        (turned(1), ImageFormat::Jpeg, (80, 40), 1, 1),
        (turned(6), ImageFormat::Jpeg, (40, 80), 1, 6),
        (
            hollow(100_000, 100_000),
            ImageFormat::Png,
            (100_000, 100_000),
            1,
            1,
        ),
    ];
    for (bytes, format, (width, height), frames, orientation) in cases {
        let info = probe(&bytes).expect("a header");
        assert_eq!((info.format, info.width, info.height), (format, width, height));
        assert_eq!(
            (info.frames, info.orientation),
            (frames, orientation),
            "{format:?}"
        );
    }
}

#[test]
fn a_picture_is_turned_as_its_camera_says() {
    // Where red, which is on the left of the file, is seen: the middle of which edge.
    for (orientation, (x, y)) in [
        (1, (5, 20)),
        (3, (75, 20)),
        (6, (20, 5)),
        (8, (20, 75)),
        (2, (75, 20)),
    ] {
        let made = run(&turned(orientation), &[ImageOp::Format(OutputFormat::Png)]).expect("made");
        assert!(near(*pixels(&made).get_pixel(x, y), RED), "{orientation}");
    }
}

#[test]
fn every_size_is_what_was_asked() {
    let input = png(400, 300);
    let inside = |width, height| ImageOp::Resize(Resize::Inside { width, height });
    assert_eq!(size(&input, inside(200, 200)), (200, 150));
    assert_eq!(size(&input, inside(800, 800)), (800, 600));
    assert_eq!(size(&input, inside(1, 1)), (1, 1));
    assert_eq!(
        size(
            &input,
            ImageOp::Resize(Resize::Exact {
                width: 10,
                height: 90
            })
        ),
        (10, 90)
    );
    assert_eq!(size(&input, ImageOp::Resize(Resize::Percent(50.0))), (200, 150));
    assert_eq!(size(&input, ImageOp::Resize(Resize::Percent(0.001))), (1, 1));
    assert_eq!(size(&input, ImageOp::Crop(Crop::Square)), (300, 300));
    assert_eq!(
        size(&input, ImageOp::Crop(Crop::Aspect { across: 16, down: 9 })),
        (400, 225)
    );
    assert_eq!(
        size(&input, ImageOp::Crop(Crop::Aspect { across: 1, down: 100 })),
        (3, 300)
    );
    let part = Crop::Rectangle {
        x: 350,
        y: 10,
        width: 100,
        height: 20,
    };
    assert_eq!(
        size(&input, ImageOp::Crop(part)),
        (50, 20),
        "what lies outside is left out"
    );
    assert_eq!(size(&input, ImageOp::Rotate(90.0)), (300, 400));
    assert_eq!(size(&input, ImageOp::Rotate(-180.0)), (400, 300));
    assert_eq!(size(&input, ImageOp::Rotate(45.0)), (495, 495));
    assert_eq!(size(&input, ImageOp::Blur(3.0)), (400, 300));
}

#[test]
fn colours_are_where_they_should_be() {
    let input = png(400, 300);
    let at = |op: ImageOp, x: u32, y: u32| *pixels(&run(&input, &[op]).expect("made")).get_pixel(x, y);
    assert!(near(at(ImageOp::Flip(Flip::Horizontal), 10, 10), BLUE));
    assert!(near(at(ImageOp::Flip(Flip::Vertical), 10, 10), RED));
    assert!(
        near(at(ImageOp::Rotate(90.0), 150, 10), RED),
        "what was left is on top"
    );
    assert!(near(at(ImageOp::Rotate(270.0), 150, 10), BLUE));
    assert_eq!(at(ImageOp::Rotate(45.0), 2, 2).0[3], 0, "corners are empty");
    assert!(near(at(ImageOp::Rotate(30.0), 160, 240), RED));
    let grey = at(ImageOp::Grey, 10, 10).0;
    assert!(grey[0] == grey[1] && grey[1] == grey[2]);
    assert_eq!(at(ImageOp::Brightness(100.0), 10, 10).0, [255; 4]);
    assert_eq!(at(ImageOp::Contrast(-100.0), 10, 10).0, [128, 128, 128, 255]);
    let mixed = at(ImageOp::Blur(10.0), 200, 150).0;
    assert!(
        (60..200).contains(&mixed[0]) && (60..200).contains(&mixed[2]),
        "{mixed:?}"
    );
}

#[test]
fn colours_of_what_is_not_seen_do_not_bleed_when_a_picture_shrinks() {
    let picture = RgbaImage::from_fn(200, 200, |x, _| if x < 100 { BLUE } else { Rgba([255, 0, 0, 0]) });
    let input = encoded(picture, image::ImageFormat::Png);
    let made = run(&input, &[ImageOp::Resize(Resize::Percent(10.0))]).expect("made");
    for pixel in pixels(&made).pixels() {
        assert!(pixel.0[3] < 10 || pixel.0[0] < 80, "{pixel:?}");
    }
}

#[test]
fn words_stand_where_they_were_asked_for() {
    let input = encoded(RgbaImage::from_pixel(600, 400, BLUE), image::ImageFormat::Png);
    let caption = |place| ImageOp::Caption {
        text: "Hello there, here are some words".into(),
        place,
    };
    let white = |picture: &RgbaImage, rows: std::ops::Range<u32>| {
        picture
            .enumerate_pixels()
            .filter(|(_, y, pixel)| rows.contains(y) && pixel.0 == [255; 4])
            .count()
    };
    for (place, rows) in [
        (CaptionPlace::Top, 0..200),
        (CaptionPlace::Middle, 100..300),
        (CaptionPlace::Bottom, 200..400),
    ] {
        let made = pixels(&run(&input, &[caption(place)]).expect("made"));
        assert_eq!(made.dimensions(), (600, 400));
        let here = white(&made, rows);
        assert!(here > 1000 && here == white(&made, 0..400), "{place:?}: {here}");
        let edges = made
            .enumerate_pixels()
            .filter(|(x, _, pixel)| (*x < 6 || *x > 593) && pixel.0 != BLUE.0)
            .count();
        assert_eq!(edges, 0, "{place:?}: words end before the picture does");
    }
    let above = pixels(&run(&input, &[caption(CaptionPlace::Above)]).expect("made"));
    assert!(above.height() > 430 && above.get_pixel(1, 1).0 == [255; 4]);
    assert_eq!(*above.get_pixel(1, above.height() - 1), BLUE);
    let below = pixels(&run(&input, &[caption(CaptionPlace::Below)]).expect("made"));
    assert_eq!((below.height(), *below.get_pixel(1, 1)), (above.height(), BLUE));
}

#[test]
fn long_words_get_smaller_letters_until_they_do_not_fit() {
    let input = encoded(RgbaImage::from_pixel(600, 400, BLUE), image::ImageFormat::Png);
    let caption = |text: &str| ImageOp::Caption {
        text: text.to_owned(),
        place: CaptionPlace::Bottom,
    };
    assert!(run(&input, &[caption(&"word ".repeat(40))]).is_ok());
    assert!(run(&input, &[caption(&"W".repeat(60))]).is_ok());
    let refused = run(&input, &[caption(&"word ".repeat(300))]);
    let expected = ImageError::BadOperation {
        operation: "caption".into(),
        problem: Problem::TextTooLong,
    };
    assert_eq!(refused, Err(expected));
    let empty = ImageError::BadOperation {
        operation: "caption".into(),
        problem: Problem::NoText,
    };
    assert_eq!(run(&input, &[caption(" \n ")]), Err(empty));
    let made = run(&input, &[caption("漢字 Größe Привіт 🎉")]).expect("made");
    assert_eq!(made.missing, ['字', '漢']);
}

#[test]
fn pictures_become_a_collage_and_what_follows_is_done_to_it() {
    let inputs: Vec<Vec<u8>> = (1..=5).map(|n| png(100 * n, 200)).collect();
    for shape in [CollageShape::Grid, CollageShape::Row, CollageShape::Column] {
        let ops = [
            ImageOp::Grey,
            ImageOp::Collage { shape, gap: 10 },
            ImageOp::Resize(Resize::Exact {
                width: 90,
                height: 70,
            }),
        ];
        let made = apply(&inputs, &ops, OutputFormat::Png, &ImageLimits::default()).expect("made");
        let picture = pixels(&made);
        assert_eq!(picture.dimensions(), (90, 70));
        assert!(
            picture.pixels().all(|pixel| pixel.0[0].abs_diff(pixel.0[2]) < 3),
            "grey was done to each"
        );
    }
    let ops = [ImageOp::Collage {
        shape: CollageShape::Grid,
        gap: 12,
    }];
    for count in [1, 11] {
        let inputs = vec![png(10, 10); count];
        let refused = apply(&inputs, &ops, OutputFormat::Png, &ImageLimits::default());
        let problem = Problem::Pictures {
            given: count,
            least: 2,
            most: 10,
        };
        assert_eq!(
            refused,
            Err(ImageError::BadOperation {
                operation: "collage".into(),
                problem
            })
        );
    }
    let several = apply(
        &[png(10, 10), png(10, 10)],
        &[ImageOp::Grey],
        OutputFormat::Png,
        &ImageLimits::default(),
    );
    assert!(matches!(
        several,
        Err(ImageError::BadOperation {
            problem: Problem::Pictures { most: 1, .. },
            ..
        })
    ));
}

#[test]
fn every_kind_can_be_made_of_every_kind() {
    use image::ImageFormat::{Bmp, Gif, Jpeg, Png, WebP};
    for kind in [Png, Jpeg, Gif, WebP, Bmp] {
        let input = encoded(halves(60, 40), kind);
        for (format, made_kind) in [
            (OutputFormat::Png, ImageFormat::Png),
            (OutputFormat::Jpeg { quality: 90 }, ImageFormat::Jpeg),
            (OutputFormat::WebP, ImageFormat::WebP),
            (OutputFormat::Gif, ImageFormat::Gif),
        ] {
            let made = apply(&[&input], &[], format, &ImageLimits::default()).expect("made");
            assert_eq!(made.format, made_kind);
            assert!(
                near(*pixels(&made).get_pixel(10, 20), RED),
                "{kind:?} to {format:?}"
            );
        }
        let same = run(&input, &[]).expect("made");
        let expected = if kind == Bmp {
            ImageFormat::Png
        } else {
            probe(&input).expect("a header").format
        };
        assert_eq!(same.format, expected);
    }
    let good = run(
        &png(300, 300),
        &[ImageOp::Format(OutputFormat::Jpeg { quality: 95 })],
    )
    .expect("made");
    let bad = run(
        &png(300, 300),
        &[ImageOp::Format(OutputFormat::Jpeg { quality: 5 })],
    )
    .expect("made");
    assert!(bad.bytes.len() < good.bytes.len());
    for quality in [0, 101] {
        let refused = run(&png(30, 30), &[ImageOp::Format(OutputFormat::Jpeg { quality })]);
        assert!(
            matches!(refused, Err(ImageError::BadOperation { .. })),
            "{quality}"
        );
    }
}

#[test]
fn what_can_be_seen_through_becomes_white_in_a_jpeg() {
    let input = encoded(
        RgbaImage::from_pixel(20, 20, Rgba([0, 0, 0, 0])),
        image::ImageFormat::Png,
    );
    let made = run(&input, &[ImageOp::Format(OutputFormat::Jpeg { quality: 90 })]).expect("made");
    assert!(near(*pixels(&made).get_pixel(10, 10), Rgba([255; 4])));
}

#[test]
fn an_animation_stays_one_if_it_is_short() {
    let made = run(&gif(5), &[ImageOp::Resize(Resize::Percent(200.0)), ImageOp::Grey]).expect("made");
    assert_eq!(
        (made.format, made.frames, made.frames_left_out),
        (ImageFormat::Gif, 5, 0)
    );
    let info = probe(&made.bytes).expect("a header");
    assert_eq!((info.frames, info.width, info.height), (5, 80, 60));
    let limits = ImageLimits {
        animation_pixels: 4 * 40 * 30,
        ..ImageLimits::default()
    };
    let first = apply(&[gif(5)], &[], OutputFormat::Same, &limits).expect("made");
    assert_eq!(
        (first.frames, first.frames_left_out),
        (1, 4),
        "with too many pixels only the first is used"
    );
    let still = run(&gif(5), &[ImageOp::Format(OutputFormat::Png)]).expect("made");
    assert_eq!(
        (still.format, still.frames, still.frames_left_out),
        (ImageFormat::Png, 1, 4)
    );
}

#[test]
fn a_thumbnail_is_small_and_never_larger_than_the_picture() {
    let limits = ImageLimits::default();
    let small = thumbnail(&png(400, 200), 100, &limits).expect("made");
    assert_eq!(
        (small.width, small.height, small.format),
        (100, 50, ImageFormat::Jpeg)
    );
    let same = thumbnail(&png(40, 20), 100, &limits).expect("made");
    assert_eq!((same.width, same.height), (40, 20));
    let through = encoded(
        RgbaImage::from_pixel(300, 3, Rgba([9, 9, 9, 9])),
        image::ImageFormat::Png,
    );
    let thin = thumbnail(&through, 100, &limits).expect("made");
    assert_eq!((thin.width, thin.height, thin.format), (100, 1, ImageFormat::Png));
    assert!(thumbnail(&png(40, 20), 0, &limits).is_ok());
}

#[test]
fn a_drawn_chart_is_a_picture_like_any_other() {
    let mut canvas = Canvas::new(200, 100, Colour::WHITE).expect("a size");
    canvas.rectangle(
        Area {
            x: 0.0,
            y: 0.0,
            width: 100.0,
            height: 100.0,
        },
        Colour::rgb(0xDC1E1E),
    );
    let made = run(&canvas.into_png(), &[ImageOp::Rotate(180.0)]).expect("made");
    assert!(near(*pixels(&made).get_pixel(150, 50), RED));
}
