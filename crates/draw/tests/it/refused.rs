//! Operations on pictures from outside: what is refused, and that nothing harms.

use duologue_draw::picture::{
    CaptionPlace, Crop, ImageError, ImageLimits, ImageOp, OutputFormat, Picture, Problem, Quantity, Resize,
    apply, probe,
};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};

use crate::pictures::{encoded, gif, halves, hollow, png, run};

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
        // How small it is depends on who packs it.
        assert!(file.len() < 2 << 20, "{} bytes", file.len());
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
