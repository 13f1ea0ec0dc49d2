//! How long the heavy things take and how large they get: run it in release. Owns no state.

use std::time::Instant;

use duologue_draw::Theme;
use duologue_draw::chart::{
    Axis, Bin, Chart, Class, Group, Histogram, Lane, Layer, Lines, Plot, Point, Scatter, Series, Stacked,
    Stretch, Timeline,
};

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
    charts();
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
