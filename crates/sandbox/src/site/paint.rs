//! The site's pictures, drawn by rule when they are first asked for: the same bytes on every machine, and no
//! picture files in the project. Owns nothing but what it drew.

mod gif;
mod jpeg;
pub(super) mod png;
mod scene;
mod webp;

use std::sync::OnceLock;

use bytes::Bytes;

use super::bits::Bits;

/// Red, green and blue.
type Colour = [u8; 3];

/// A picture in memory, row by row.
struct Image {
    width: usize,
    height: usize,
    pixels: Vec<Colour>,
}

impl Image {
    /// Asks for every pixel's colour by its place, from 0 to 1 in both directions.
    fn paint(width: u16, height: u16, colour: impl Fn(f32, f32) -> Colour) -> Self {
        let (width, height) = (usize::from(width), usize::from(height));
        let place = |at: usize, of: usize| (at as f32 + 0.5) / of as f32;
        let pixels = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| colour(place(x, width), place(y, height)))
            .collect();
        Self {
            width,
            height,
            pixels,
        }
    }
}

/// A picture of the site.
pub(super) struct Picture {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) width: u16,
    pub(super) height: u16,
    draw: fn(u16, u16) -> Vec<u8>,
    drawn: OnceLock<Bytes>,
}

impl Picture {
    const fn new(
        name: &'static str,
        about: &'static str,
        (width, height): (u16, u16),
        draw: fn(u16, u16) -> Vec<u8>,
    ) -> Self {
        Self {
            name,
            about,
            width,
            height,
            draw,
            drawn: OnceLock::new(),
        }
    }

    /// The file. The first time it is drawn, and the large one takes its time.
    pub(super) fn bytes(&self) -> Bytes {
        let draw = || (self.draw)(self.width, self.height).into();
        self.drawn.get_or_init(draw).clone()
    }
}

/// All pictures. What is drawn is the same for every sandbox, so they share it.
pub(super) static PICTURES: [Picture; 5] = [
    Picture::new(
        "comb.png",
        "Cells of a honeycomb, some of them filled",
        (480, 320),
        |width, height| png::encode(&Image::paint(width, height, scene::comb)),
    ),
    Picture::new(
        "dance.gif",
        "The figure of eight of a waggle dance",
        (scene::DANCE.0, scene::DANCE.1),
        |width, height| gif::encode(width, height, &scene::dance()),
    ),
    Picture::new(
        "flower.webp",
        "A flower with eight petals",
        (160, 120),
        |width, height| webp::encode(&Image::paint(width, height, scene::flower)),
    ),
    Picture::new(
        "hives.jpg",
        "Three hives in front of hills",
        (640, 420),
        |width, height| jpeg::encode(&Image::paint(width, height, |x, y| scene::meadow(x, y, 0.0)), 6),
    ),
    Picture::new(
        "meadow.jpg",
        "The same meadow, as a large photograph of about 2 MB",
        (1440, 945),
        |width, height| jpeg::encode(&Image::paint(width, height, |x, y| scene::meadow(x, y, 56.0)), 1),
    ),
];

/// The picture of this name.
pub(super) fn picture(name: &str) -> Option<&'static Picture> {
    PICTURES.iter().find(|picture| picture.name == name)
}
