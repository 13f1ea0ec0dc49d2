//! Pictures as people send them, made by hand where no encoder makes such. Owns no state.

use std::io::Cursor;

use duologue_draw::picture::{ImageError, ImageLimits, ImageOp, OutputFormat, Picture, apply};
use image::{DynamicImage, Rgba, RgbaImage};

pub(crate) const RED: Rgba<u8> = Rgba([220, 30, 30, 255]);
pub(crate) const BLUE: Rgba<u8> = Rgba([30, 30, 220, 255]);

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

pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(halves(width, height), image::ImageFormat::Png)
}

/// The pixels of what was made.
pub(crate) fn pixels(picture: &Picture) -> RgbaImage {
    let read = image::load_from_memory(&picture.bytes)
        .expect("what was made can be read")
        .into_rgba8();
    assert_eq!(read.dimensions(), (picture.width, picture.height));
    read
}

pub(crate) fn near(pixel: Rgba<u8>, colour: Rgba<u8>) -> bool {
    pixel
        .0
        .iter()
        .zip(colour.0)
        .all(|(one, two)| one.abs_diff(two) < 40)
}

pub(crate) fn run(input: &[u8], ops: &[ImageOp]) -> Result<Picture, ImageError> {
    apply(&[input], ops, OutputFormat::Same, &ImageLimits::default())
}

pub(crate) fn size(input: &[u8], op: ImageOp) -> (u32, u32) {
    let made = run(input, &[op]).expect("it can be done");
    pixels(&made).dimensions()
}

/// A GIF with so many frames of 40 x 30 pixels.
pub(crate) fn gif(frames: u32) -> Vec<u8> {
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
pub(crate) fn turned(orientation: u8) -> Vec<u8> {
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
pub(crate) fn hollow(width: u32, height: u32) -> Vec<u8> {
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
