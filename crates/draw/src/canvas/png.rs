//! A picture as PNG: with a table of colours where that is enough, as a chart has few. Owns no state.

use std::collections::HashMap;

use png::{BitDepth, ColorType, Compression, Encoder, Filter};
use tiny_skia::{Pixmap, PremultipliedColorU8};

/// What a PNG's table of colours holds.
const TABLE: usize = 256;
/// Pictures with more colours than this are photographs: a table would show.
const MOST_COLOURS: usize = 20_000;
/// How far a colour may be from the one in the table, added up over the channels, each 0 to 255. The edges of letters
/// are the only ones that get another colour, and by no more than this nobody sees it.
const FARTHEST: u32 = 24;

const IN_MEMORY: &str = "writing to memory does not fail, and the size was checked";

type Rgb = [u8; 3];

/// Encodes a picture that covers its whole ground with a table, any other with all its colours.
pub(crate) fn encode(pixels: &Pixmap) -> Vec<u8> {
    match Table::of(pixels) {
        Some(table) => table.encode(pixels),
        None => encode_all(pixels),
    }
}

fn encode_all(pixels: &Pixmap) -> Vec<u8> {
    let opaque = pixels.pixels().iter().all(|pixel| pixel.alpha() == u8::MAX);
    let mut data = Vec::with_capacity(pixels.pixels().len() * 4);
    for pixel in pixels.pixels() {
        let colour = pixel.demultiply();
        data.extend([colour.red(), colour.green(), colour.blue()]);
        if !opaque {
            data.push(colour.alpha());
        }
    }
    let kind = if opaque { ColorType::Rgb } else { ColorType::Rgba };
    write(pixels, &data, |encoder| {
        encoder.set_color(kind);
        encoder.set_filter(Filter::Adaptive);
        encoder.set_compression(Compression::Balanced);
    })
}

fn write(pixels: &Pixmap, data: &[u8], set: impl FnOnce(&mut Encoder<'_, &mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_depth(BitDepth::Eight);
    set(&mut encoder);
    let mut writer = encoder.write_header().expect(IN_MEMORY);
    writer.write_image_data(data).expect(IN_MEMORY);
    writer.finish().expect(IN_MEMORY);
    bytes
}

/// The colours of a picture, and which place of the table each has.
struct Table {
    colours: Vec<Rgb>,
    places: HashMap<Rgb, u8>,
}

impl Table {
    /// The colours that are used most, if all others are near one of them.
    fn of(pixels: &Pixmap) -> Option<Self> {
        let mut counts: HashMap<Rgb, u32> = HashMap::new();
        for run in pixels.pixels().chunk_by(|one, other| one == other) {
            if run[0].alpha() != u8::MAX {
                return None;
            }
            *counts.entry(rgb(run[0])).or_default() += run.len() as u32;
            if counts.len() > MOST_COLOURS {
                return None;
            }
        }
        let mut used: Vec<(Rgb, u32)> = counts.into_iter().collect();
        // The colour itself decides between equals, so that the same picture is the same file.
        used.sort_unstable_by_key(|(colour, count)| (u32::MAX - count, *colour));
        let colours: Vec<Rgb> = spread(&used);
        let mut places = HashMap::with_capacity(used.len());
        for (colour, _) in used {
            let (place, far) = nearest(&colours, colour)?;
            if far > FARTHEST {
                return None;
            }
            places.insert(colour, place);
        }
        Some(Self { colours, places })
    }

    fn encode(&self, pixels: &Pixmap) -> Vec<u8> {
        let data: Vec<u8> = pixels
            .pixels()
            .iter()
            .map(|pixel| self.places.get(&rgb(*pixel)).copied().unwrap_or_default())
            .collect();
        write(pixels, &data, |encoder| {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(self.colours.concat());
            // Places of a table have no slopes that a filter could foretell.
            encoder.set_filter(Filter::NoFilter);
            encoder.set_compression(Compression::High);
        })
    }
}

/// A table that leaves no colour far away: in the order of use, a colour gets a place if none near it has one. The
/// distance that counts as near grows until all have found one.
fn spread(used: &[(Rgb, u32)]) -> Vec<Rgb> {
    let mut near = 0;
    loop {
        let mut table: Vec<Rgb> = Vec::with_capacity(TABLE);
        let full = used.iter().any(|(colour, _)| {
            let lonely = nearest(&table, *colour).is_none_or(|(_, far)| far > near);
            if lonely && table.len() < TABLE {
                table.push(*colour);
                return false;
            }
            lonely
        });
        if !full || near >= FARTHEST {
            return table;
        }
        near += 4;
    }
}

fn nearest(table: &[Rgb], colour: Rgb) -> Option<(u8, u32)> {
    let mut best = None;
    for (place, other) in table.iter().enumerate() {
        let far: u32 = colour
            .iter()
            .zip(other)
            .map(|(one, two)| u32::from(one.abs_diff(*two)))
            .sum();
        if best.is_none_or(|(_, least)| far < least) {
            best = Some((place as u8, far));
        }
        if far == 0 {
            break;
        }
    }
    best
}

fn rgb(pixel: PremultipliedColorU8) -> Rgb {
    [pixel.red(), pixel.green(), pixel.blue()]
}

#[cfg(test)]
mod tests {
    use png::{ColorType, Decoder};
    use std::io::Cursor;
    use tiny_skia::{Pixmap, PremultipliedColorU8};

    use super::{FARTHEST, encode};

    fn read(png: &[u8]) -> (ColorType, Vec<u8>) {
        let mut decoder = Decoder::new(Cursor::new(png));
        let kind = decoder.read_header_info().unwrap().color_type;
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut data).unwrap();
        (kind, data)
    }

    fn picture(colour: impl Fn(u32, u32) -> [u8; 4]) -> Pixmap {
        let mut pixels = Pixmap::new(200, 100).unwrap();
        for (index, pixel) in pixels.pixels_mut().iter_mut().enumerate() {
            let [red, green, blue, alpha] = colour(index as u32 % 200, index as u32 / 200);
            *pixel = PremultipliedColorU8::from_rgba(red, green, blue, alpha).unwrap();
        }
        pixels
    }

    #[test]
    fn few_colours_are_kept_exactly_in_a_table() {
        let pixels = picture(|x, _| [x as u8, 20, 30, 255]);
        let (kind, data) = read(&encode(&pixels));
        assert_eq!(kind, ColorType::Indexed);
        assert_eq!(data[3 * 77..][..3], [77, 20, 30]);
    }

    #[test]
    fn more_colours_than_a_table_has_are_moved_by_little() {
        let pixels = picture(|x, y| [x as u8, y as u8 / 4, 30, 255]);
        let (kind, data) = read(&encode(&pixels));
        assert_eq!(kind, ColorType::Indexed);
        for (index, colour) in data.chunks(3).enumerate() {
            let (x, y) = (index as u32 % 200, index as u32 / 200);
            let far = u32::from(colour[0]).abs_diff(x) + u32::from(colour[1]).abs_diff(y / 4);
            assert!(far <= FARTHEST, "{far} at {x}, {y}");
        }
    }

    #[test]
    fn a_photograph_and_what_can_be_seen_through_keep_all_their_colours() {
        let pixels = picture(|x, y| [x as u8, (y * 2) as u8, (x * y) as u8, 255]);
        let (kind, data) = read(&encode(&pixels));
        assert_eq!(kind, ColorType::Rgb);
        assert_eq!(data[3 * (200 * 50 + 3)..][..3], [3, 100, 150]);
        let (kind, _) = read(&encode(&picture(|_, _| [10, 10, 10, 100])));
        assert_eq!(kind, ColorType::Rgba);
    }
}
