//! Operations on pictures from outside: what comes out, what is refused, and that nothing harms.

use std::io::Cursor;

use duologue_draw::canvas::{Area, Canvas, Colour};
use duologue_draw::picture::{
    CaptionPlace, CollageShape, Crop, Flip, ImageError, ImageFormat, ImageLimits, ImageOp, OutputFormat,
    Picture, Problem, Quantity, Resize, apply, probe, thumbnail,
};
use image::{DynamicImage, Rgba, RgbaImage};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};

const RED: Rgba<u8> = Rgba([220, 30, 30, 255]);
const BLUE: Rgba<u8> = Rgba([30, 30, 220, 255]);

/// Left half red, right half blue.
pub(crate) fn halves(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, _| if x < width / 2 { RED } else { BLUE })
}

pub(crate) fn encoded(picture: RgbaImage, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgba8(picture);
    let picture = if format == image::ImageFormat::Jpeg {
        picture.into_rgb8().into()
    } else {
        picture
    };
    picture.write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(halves(width, height), image::ImageFormat::Png)
}

/// The pixels of what was made.
fn pixels(picture: &Picture) -> RgbaImage {
    let read = image::load_from_memory(&picture.bytes)
        .expect("what was made can be read")
        .into_rgba8();
    assert_eq!(read.dimensions(), (picture.width, picture.height));
    read
}

fn near(pixel: Rgba<u8>, colour: Rgba<u8>) -> bool {
    pixel
        .0
        .iter()
        .zip(colour.0)
        .all(|(one, two)| one.abs_diff(two) < 40)
}

fn run(input: &[u8], ops: &[ImageOp]) -> Result<Picture, ImageError> {
    apply(&[input], ops, OutputFormat::Same, &ImageLimits::default())
}

fn size(input: &[u8], op: ImageOp) -> (u32, u32) {
    let made = run(input, &[op]).expect("it can be done");
    pixels(&made).dimensions()
}

/// A GIF with so many frames of 40 x 30 pixels.
fn gif(frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    for frame in 0..frames {
        let picture = RgbaImage::from_pixel(40, 30, Rgba([(frame * 20) as u8, 10, 10, 255]));
        encoder.encode_frame(image::Frame::new(picture)).expect("encoded");
    }
    drop(encoder);
    bytes
}

/// A JPEG that says how it is to be turned.
fn turned(orientation: u8) -> Vec<u8> {
    let jpeg = encoded(halves(80, 40), image::ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1];
    bytes.extend(u16::try_from(exif.len() + 2).expect("short").to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&jpeg[2..]);
    bytes
}

/// A PNG of any size with hardly any data.
fn hollow(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1A\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 6, 0, 0, 0]);
    for (name, data) in [
        (b"IHDR", header.as_slice()),
        (b"IDAT", b"\x78\x9C\x63\x60\0\0\0\x02\0\x01"),
        (b"IEND", b""),
    ] {
        bytes.extend((data.len() as u32).to_be_bytes());
        let start = bytes.len();
        bytes.extend(name);
        bytes.extend(data);
        let sum = checksum(&bytes[start..]);
        bytes.extend(sum.to_be_bytes());
    }
    bytes
}

fn checksum(data: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in data {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                (sum >> 1) ^ 0xEDB8_8320
            } else {
                sum >> 1
            };
        }
    }
    !sum
}

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
fn what_is_too_large_is_refused_before_it_is_read() {
    let too_large = |result: Result<Picture, ImageError>| match result {
        Err(ImageError::TooLarge { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(too_large(run(&hollow(100_000, 100_000), &[])), Quantity::Side);
    assert_eq!(too_large(run(&hollow(16_000, 16_000), &[])), Quantity::Pixels);
    assert_eq!(too_large(run(&hollow(u32::MAX >> 1, 1), &[])), Quantity::Side);
    let mut wide = gif(1);
    wide[6..10].copy_from_slice(&[0xFF; 4]);
    assert_eq!(too_large(run(&wide, &[])), Quantity::Side);
    let limits = ImageLimits {
        input_bytes: 100,
        ..ImageLimits::default()
    };
    assert_eq!(
        too_large(apply(&[png(300, 300)], &[], OutputFormat::Same, &limits)),
        Quantity::InputBytes
    );
    let limits = ImageLimits {
        decoded_bytes: 1000,
        ..ImageLimits::default()
    };
    assert_eq!(
        too_large(apply(&[png(30, 30)], &[], OutputFormat::Same, &limits)),
        Quantity::DecodedBytes
    );
    let limits = ImageLimits {
        frames: 3,
        ..ImageLimits::default()
    };
    assert_eq!(
        too_large(apply(&[gif(4)], &[], OutputFormat::Same, &limits)),
        Quantity::Frames
    );
    let limits = ImageLimits {
        operations: 2,
        ..ImageLimits::default()
    };
    let ops = vec![ImageOp::Grey; 3];
    assert_eq!(
        too_large(apply(&[png(3, 3)], &ops, OutputFormat::Same, &limits)),
        Quantity::Operations
    );
    for how in [
        Resize::Exact {
            width: 100_000,
            height: 1,
        },
        Resize::Inside {
            width: u32::MAX,
            height: u32::MAX,
        },
        Resize::Percent(f32::MAX),
    ] {
        let what = too_large(run(&png(30, 30), &[ImageOp::Resize(how)]));
        assert_eq!(what, Quantity::OutputSide, "{how:?}");
    }
    let square = Resize::Exact {
        width: 8000,
        height: 8000,
    };
    assert_eq!(
        too_large(run(&png(30, 30), &[ImageOp::Resize(square)])),
        Quantity::OutputPixels
    );
}

#[test]
fn a_size_that_is_none_is_a_bad_operation() {
    for how in [
        Resize::Exact { width: 0, height: 5 },
        Resize::Inside { width: 0, height: 0 },
        Resize::Percent(-5.0),
        Resize::Percent(f32::NAN),
    ] {
        let refused = run(&png(30, 30), &[ImageOp::Resize(how)]);
        assert!(
            matches!(refused, Err(ImageError::BadOperation { .. })),
            "{how:?}: {refused:?}"
        );
    }
    let outside = Crop::Rectangle {
        x: 30,
        y: 0,
        width: 5,
        height: 5,
    };
    let problem = Problem::Outside {
        width: 30,
        height: 30,
    };
    let expected = ImageError::BadOperation {
        operation: "crop".into(),
        problem,
    };
    assert_eq!(run(&png(30, 30), &[ImageOp::Crop(outside)]), Err(expected));
}

#[test]
fn what_is_no_picture_or_of_another_kind_says_so() {
    for text in [&b""[..], b"hello", b"<svg></svg>", b"%PDF-1.7", &[0; 100]] {
        assert_eq!(probe(text), Err(ImageError::NotAnImage));
    }
    let ico = [
        0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 32, 0, 0xFF, 0xFF, 0xFF, 0x7F, 22, 0, 0, 0,
    ];
    assert_eq!(
        run(&ico, &[]),
        Err(ImageError::Unsupported { format: "ico".into() })
    );
    assert_eq!(
        probe(b"II*\0\x08\0\0\0"),
        Err(ImageError::Unsupported {
            format: "tiff".into()
        })
    );
}

#[test]
fn a_file_that_is_cut_is_broken() {
    use image::ImageFormat::{Bmp, Jpeg, Png, WebP};
    for kind in [Png, Jpeg, WebP, Bmp] {
        let whole = encoded(halves(200, 100), kind);
        for part in [20, 30, whole.len() / 2] {
            let cut = &whole[..part.min(whole.len() - 1)];
            match run(cut, &[]) {
                Err(ImageError::Broken { .. }) => {}
                // A JPEG is shown as far as it goes, by every program.
                Ok(_) if kind == Jpeg => {}
                other => panic!("{kind:?} cut at {part}: {other:?}"),
            }
        }
    }
}

/// What an attacker hides in a small file: it must not become large in memory.
#[test]
fn bombs_in_remarks_and_profiles_do_no_harm() {
    const LARGE: usize = 120 << 20;
    let profile = bomb(|info, _| info.icc_profile = Some(vec![0; LARGE].into()));
    let remark = bomb(|info, _| {
        info.compressed_latin1_text
            .push(png::text_metadata::ZTXtChunk::new("Comment", " ".repeat(LARGE)));
    });
    for file in [profile, remark] {
        assert!(file.len() < 1 << 20, "{} bytes", file.len());
        match run(&file, &[]) {
            Ok(picture) => assert_eq!((picture.width, picture.height), (4, 4)),
            Err(ImageError::TooLarge { .. } | ImageError::Broken { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn bomb(fill: impl FnOnce(&mut png::Info<'static>, ())) -> Vec<u8> {
    let mut info = png::Info::with_size(4, 4);
    info.bit_depth = png::BitDepth::Eight;
    info.color_type = png::ColorType::Grayscale;
    fill(&mut info, ());
    let mut bytes = Vec::new();
    let encoder = png::Encoder::with_info(&mut bytes, info).expect("an encoder");
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&[7; 16]).expect("data");
    writer.finish().expect("an end");
    bytes
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

fn any_ops() -> Vec<ImageOp> {
    vec![
        ImageOp::Resize(Resize::Inside {
            width: 50,
            height: 50,
        }),
        ImageOp::Rotate(33.0),
        ImageOp::Caption {
            text: "x".into(),
            place: CaptionPlace::Above,
        },
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_picture_or_an_error(
        start in 0_usize..8,
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let starts: [&[u8]; 8] = [
            b"", b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x05\0\0\0\x05", b"\xFF\xD8\xFF", b"GIF89a\x05\0\x05\0",
            b"RIFF\xFF\0\0\0WEBPVP8 ", b"RIFF\xFF\0\0\0WEBPVP8L", b"RIFF\xFF\0\0\0WEBPVP8X\x0A\0\0\0\x12\0\0\0\x05\0\0\x05\0\0", b"BM",
        ];
        let bytes = [starts[start], &bytes].concat();
        let _info = probe(&bytes);
        let _made = run(&bytes, &any_ops());
    }

    #[test]
    fn a_flipped_bit_is_a_picture_or_an_error(kind in 0_usize..5, place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        use image::ImageFormat::{Bmp, Gif, Jpeg, Png, WebP};
        let mut bytes = encoded(halves(40, 30), [Png, Jpeg, Gif, WebP, Bmp][kind]);
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        match run(&bytes, &any_ops()) {
            Ok(made) => prop_assert!(made.width > 0),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_numbers_are_done_or_refused(a in any::<f32>(), b in any::<u32>(), c in any::<u32>(), kind in 0_usize..9) {
        let op = match kind {
            0 => ImageOp::Resize(Resize::Percent(a)),
            1 => ImageOp::Resize(Resize::Exact { width: b, height: c % 100 }),
            2 => ImageOp::Resize(Resize::Inside { width: b, height: c }),
            3 => ImageOp::Crop(Crop::Rectangle { x: b % 50, y: c, width: c, height: b }),
            4 => ImageOp::Crop(Crop::Aspect { across: b, down: c }),
            5 => ImageOp::Rotate(a),
            6 => ImageOp::Blur(a),
            7 => ImageOp::Brightness(a),
            _ => ImageOp::Contrast(a),
        };
        let limits = ImageLimits { output_pixels: 1_000_000, ..ImageLimits::default() };
        let _made = apply(&[png(40, 30)], &[op], OutputFormat::Same, &limits);
    }
}
