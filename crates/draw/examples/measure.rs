//! How long the heavy things take and how large they get: run it in release. `measure images` and `measure documents`,
//! each alone, fit into `ulimit -v 262144`, which is the address space of the worker that does such work. Owns no state.

use std::time::Instant;

use duologue_draw::Theme;
use duologue_draw::chart::{
    Axis, Bin, Chart, Class, Group, Histogram, Lane, Layer, Lines, Plot, Point, Scatter, Series, Stacked,
    Stretch, Timeline,
};
use duologue_draw::document::{Block, Document, DocumentLimits, Level, Run, Section};
use duologue_draw::picture::{ImageLimits, OutputFormat, apply, parse_ops};

/// Runs something and prints its time and what it says of itself.
fn measure<T>(what: &str, run: impl FnOnce() -> T, size: impl FnOnce(&T) -> String) {
    let start = Instant::now();
    let made = run();
    println!(
        "{what:<40} {:>7.1} ms  {}",
        start.elapsed().as_secs_f64() * 1000.0,
        size(&made)
    );
}

fn main() {
    let asked = std::env::args().nth(1);
    let wanted = |part: &str| asked.as_deref().is_none_or(|asked| asked == part);
    if wanted("charts") {
        charts();
    }
    if wanted("images") {
        images();
    }
    if wanted("documents") {
        documents();
    }
    // Linux tells the most memory that a process has had.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status
        .lines()
        .filter(|line| line.starts_with("VmPeak") || line.starts_with("VmHWM"))
    {
        println!("{line}");
    }
}

/// The largest picture that the default limits allow, as a photograph would be: slopes with grain.
fn photograph(side: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let grain = |x: u32, y: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 28) as u8;
        image::Rgb([
            (x / 17) as u8 ^ noise,
            (y / 19) as u8 + noise,
            ((x + y) / 37) as u8,
        ])
    };
    let picture = image::RgbImage::from_fn(side, side, grain);
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .expect("written to memory");
    bytes.into_inner()
}

fn images() {
    let limits = ImageLimits::default();
    for side in [1280, 4096] {
        let input = photograph(side);
        println!("a photograph of {side} x {side}, {} kB", input.len() / 1000);
        for line in [
            "resize 800",
            "resize 4090",
            "rotate 90",
            "rotate 1",
            "blur 20",
            "caption \"Hello there\"",
            "caption above \"Hello there\"",
            "grey png",
            "webp",
            "resize 500 gif",
        ] {
            let ops = parse_ops(line).expect("an operation");
            let run = || apply(&[&input], &ops, OutputFormat::Same, &limits);
            measure(&format!("  {line}"), run, |made| match made {
                Ok(made) => format!("{} x {}, {} kB", made.width, made.height, made.bytes.len() / 1000),
                Err(error) => format!("{error}"),
            });
        }
        let ten = vec![&input; 10];
        let ops = parse_ops("collage").expect("an operation");
        measure(
            "  collage of 10",
            || apply(&ten, &ops, OutputFormat::Same, &limits),
            |made| {
                made.as_ref().map_or_else(ToString::to_string, |made| {
                    format!("{} x {}, {} kB", made.width, made.height, made.bytes.len() / 1000)
                })
            },
        );
    }
}

fn points(count: u32) -> Vec<Point> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    (0..count)
        .map(|n| Point {
            x: f64::from(n) + next(),
            y: next(),
        })
        .collect()
}

fn charts() {
    for count in [1_000, 1_000_000] {
        let points = points(count);
        let series = Series {
            name: "noise".into(),
            points: points.clone(),
            ..Series::default()
        };
        let lines = Lines {
            x: Axis::new("time", "s"),
            series: vec![series],
            ..Lines::default()
        };
        let class = Class {
            name: "noise".into(),
            points: points.clone(),
        };
        let bin = |point: &Point| Bin {
            from: point.x,
            to: point.x + 1.0,
            height: point.y,
            interval: None,
        };
        let stretch = |point: &Point| Stretch {
            from: point.x,
            to: point.x + 3.0,
            waiting: false,
        };
        let lane = |point: &Point| Lane {
            name: "lane".into(),
            stretches: vec![stretch(point)],
        };
        let group = Group {
            name: "group".into(),
            lanes: points.iter().map(lane).collect(),
            total: None,
        };
        let layer = Layer {
            name: "layer".into(),
            heights: points.iter().map(|point| point.y).collect(),
        };
        let plots = [
            ("line", Plot::Line(lines.clone())),
            ("steps", Plot::Steps(lines)),
            (
                "histogram",
                Plot::Histogram(Histogram {
                    bins: points.iter().map(bin).collect(),
                    ..Histogram::default()
                }),
            ),
            (
                "scatter",
                Plot::Scatter(Scatter {
                    classes: vec![class],
                    ..Scatter::default()
                }),
            ),
            (
                "stacked",
                Plot::Stacked(Stacked {
                    at: points.iter().map(|point| point.x).collect(),
                    layers: vec![layer.clone(), layer],
                    ..Stacked::default()
                }),
            ),
            (
                "timeline",
                Plot::Timeline(Timeline {
                    groups: vec![group],
                    ..Timeline::default()
                }),
            ),
        ];
        for (name, plot) in plots {
            let chart = Chart::new("Measured", plot);
            measure(
                &format!("{name}, {count} points"),
                || chart.draw(Theme::Light),
                |drawing| {
                    format!(
                        "{} x {}, {} kB",
                        drawing.width,
                        drawing.height,
                        drawing.png.len() / 1000
                    )
                },
            );
        }
    }
}

/// The most text that the default limits allow, and the most pictures.
fn documents() {
    let limits = DocumentLimits::default();
    let document = |blocks: Vec<Block>| Document {
        title: "As much as is allowed".to_owned(),
        sections: vec![Section {
            level: Level::One,
            heading: "All".to_owned(),
            blocks,
        }],
        ..Document::default()
    };
    let words = "Zwischen beiden liegt kein Tag, sondern ein halbes Jahr. ".repeat(8);
    let count = limits.text as usize / words.len() - 1;
    let text = document(vec![Block::Paragraph(vec![Run::plain(words)]); count]);
    // Other sizes, so that none is the same picture as another.
    let picture = |number| Block::Picture {
        bytes: photograph(3500 - number),
        caption: vec![],
    };
    let pictures = document((0..limits.pictures as u32).map(picture).collect());
    for (what, document) in [("text", text), ("photographs", pictures)] {
        measure(
            &format!("document of {what}"),
            || document.pdf(&limits),
            |made| match made {
                Ok(made) => format!("{} pages, {} kB", made.pages, made.bytes.len() / 1000),
                Err(error) => format!("{error}"),
            },
        );
        measure(
            "  as Markdown",
            || document.markdown(),
            |made| format!("{} kB", made.len() / 1000),
        );
    }
}
