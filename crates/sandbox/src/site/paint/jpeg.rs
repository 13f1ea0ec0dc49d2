//! Baseline JPEG without subsampling, with codes of one length: larger than it could be, and short. Owns no state.

use super::{Colour, Image};

/// Places of a block in the order in which they are written.
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

type Block = [f32; 64];

/// `step` is how much coarser each higher frequency is kept: 1 is fine, 20 is coarse.
pub(super) fn encode(image: &Image, step: u8) -> Vec<u8> {
    let quantum = |at: usize| 1 + u8::try_from(at / 8 + at % 8).unwrap_or(0).saturating_mul(step);
    let mut out = head(image, &ZIGZAG.map(quantum));
    let waves = waves();
    let quanta: [f32; 64] = std::array::from_fn(|at| f32::from(quantum(at)));
    let mut stream = Stream::default();
    let mut before = [0; 3];
    for top in (0..image.height).step_by(8) {
        for left in (0..image.width).step_by(8) {
            let mut blocks = [[0.0; 64]; 3];
            for at in 0..64 {
                let y = (top + at / 8).min(image.height - 1);
                let x = (left + at % 8).min(image.width - 1);
                let parts = brightness(image.pixels[y * image.width + x]);
                for (block, part) in blocks.iter_mut().zip(parts) {
                    block[at] = part;
                }
            }
            for (block, last) in blocks.iter().zip(&mut before) {
                stream.block(&transform(block, &waves), &quanta, last);
            }
        }
    }
    out.extend(stream.finish());
    out.extend([0xff, 0xd9]);
    out
}

/// Brightness and the two differences of colour, around zero.
fn brightness([red, green, blue]: Colour) -> [f32; 3] {
    let (red, green, blue) = (f32::from(red), f32::from(green), f32::from(blue));
    [
        0.299 * red + 0.587 * green + 0.114 * blue - 128.0,
        -0.1687 * red - 0.3313 * green + 0.5 * blue,
        0.5 * red - 0.4187 * green - 0.0813 * blue,
    ]
}

/// The cosines of the transform, scaled.
fn waves() -> Block {
    std::array::from_fn(|at| {
        let (frequency, place) = ((at / 8) as f32, (at % 8) as f32);
        let scale = if at < 8 {
            std::f32::consts::FRAC_1_SQRT_2
        } else {
            1.0
        };
        0.5 * scale * ((2.0 * place + 1.0) * frequency * std::f32::consts::PI / 16.0).cos()
    })
}

/// The cosine transform, first along the rows and then along the columns.
fn transform(block: &Block, waves: &Block) -> Block {
    along(&along(block, waves), waves)
}

/// Transforms every row. What comes out is turned over, so that a second pass works on the columns. Written out, as
/// it is the innermost part, and must be quick in a build without optimization as well.
fn along(block: &Block, waves: &Block) -> Block {
    let mut out = [0.0; 64];
    for (line, row) in block.as_chunks::<8>().0.iter().enumerate() {
        let [a, b, c, d, e, f, g, h] = *row;
        for (frequency, wave) in waves.as_chunks::<8>().0.iter().enumerate() {
            let [s, t, u, v, w, x, y, z] = *wave;
            out[frequency * 8 + line] = a * s + b * t + c * u + d * v + e * w + f * x + g * y + h * z;
        }
    }
    out
}

fn segment(out: &mut Vec<u8>, marker: u8, body: &[u8]) {
    out.extend([0xff, marker]);
    out.extend(u16::try_from(body.len() + 2).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(body);
}

fn head(image: &Image, quanta: &[u8; 64]) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    segment(&mut out, 0xe0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00");
    let mut table = vec![0];
    table.extend(quanta);
    segment(&mut out, 0xdb, &table);
    let size = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let mut frame = vec![8];
    frame.extend(size(image.height));
    frame.extend(size(image.width));
    frame.extend([3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    segment(&mut out, 0xc0, &frame);
    // The codes of lengths: twelve of four bits. Those of runs and lengths: every one of eight bits.
    let mut lengths = vec![0x00, 0, 0, 0, 12];
    lengths.resize(17, 0);
    lengths.extend(0..12);
    segment(&mut out, 0xc4, &lengths);
    let runs: Vec<u8> = run_codes().collect();
    let mut table = vec![0x10];
    table.resize(17, 0);
    table[8] = u8::try_from(runs.len()).unwrap_or(u8::MAX);
    table.extend(runs);
    segment(&mut out, 0xc4, &table);
    segment(&mut out, 0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
    out
}

/// Every pair of a run of zeros and a length, in the order of their codes: end of block first, then sixteen zeros.
fn run_codes() -> impl Iterator<Item = u8> {
    let pairs = (0..16_u8).flat_map(|run| (1..=10_u8).map(move |length| run << 4 | length));
    [0x00, 0xf0].into_iter().chain(pairs)
}

/// The entropy-coded data: bits with the highest first, and a zero after each byte that looks like a marker.
#[derive(Default)]
struct Stream {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl Stream {
    fn put(&mut self, bits: u32, count: u32) {
        self.held = self.held << count | u64::from(bits);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count & 0xff) as u8;
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0);
            }
        }
        self.held &= (1 << self.count) - 1;
    }

    /// A number's own bits: as many as its length says, the negative ones as one less.
    fn number(&mut self, number: i32, length: u32) {
        let bits = if number < 0 { number - 1 } else { number };
        self.put(bits.cast_unsigned() & ((1 << length) - 1), length);
    }

    fn block(&mut self, block: &Block, quanta: &[f32; 64], before: &mut i32) {
        let kept = |at: usize| ((block[at] / quanta[at]).round() as i32).clamp(-1023, 1023);
        let first = kept(0);
        let difference = first - *before;
        *before = first;
        let length = length_of(difference);
        self.put(length, 4);
        self.number(difference, length);
        let mut run = 0;
        for at in &ZIGZAG[1..] {
            let number = kept(*at);
            if number == 0 {
                run += 1;
                continue;
            }
            while run >= 16 {
                self.put(1, 8);
                run -= 16;
            }
            let length = length_of(number);
            self.put(2 + run * 10 + length - 1, 8);
            self.number(number, length);
            run = 0;
        }
        if run > 0 {
            self.put(0, 8);
        }
    }

    fn finish(mut self) -> Vec<u8> {
        // The last byte is filled up with ones.
        self.put(0x7f, 7);
        self.bytes
    }
}

fn length_of(number: i32) -> u32 {
    32 - number.unsigned_abs().leading_zeros()
}
