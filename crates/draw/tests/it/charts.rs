//! Charts from outside: their size, what of the theme is seen where, and that no data harms them.

use duologue_draw::Theme;
use duologue_draw::canvas::Colour;
use duologue_draw::chart::{
    Axis, Band, Bar, Bars, Bin, Chart, Class, Curve, Drawing, Group, HEIGHT, Histogram, Interval, Lane,
    Layer, Level, Lines, Plot, Point, Scatter, Series, Stacked, Stretch, Timeline, WIDTH,
};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};

use crate::examples::{self, Chance, point};

/// What a chart of the usual size may weigh, in bytes.
const HEAVIEST: usize = 150_000;

/// A picture's pixels, to count colours in.
struct Pixels(image::RgbImage);

impl Pixels {
    fn of(drawing: &Drawing) -> Self {
        let picture = image::load_from_memory(&drawing.png).expect("a PNG").to_rgb8();
        assert_eq!(
            (picture.width(), picture.height()),
            (drawing.width, drawing.height)
        );
        Self(picture)
    }

    /// How many pixels have a colour.
    fn count(&self, colour: Colour) -> usize {
        let near = |pixel: &image::Rgb<u8>| {
            let [red, green, blue] = pixel.0;
            let far = |one: u8, other: u8| u32::from(one.abs_diff(other));
            far(red, colour.red) + far(green, colour.green) + far(blue, colour.blue) <= 12
        };
        self.0.pixels().filter(|pixel| near(pixel)).count()
    }

    /// The columns and rows outside of which everything is ground.
    fn bounds(&self, ground: Colour) -> [u32; 4] {
        let ground = image::Rgb([ground.red, ground.green, ground.blue]);
        let drawn = || {
            self.0
                .enumerate_pixels()
                .filter(|(_, _, pixel)| **pixel != ground)
        };
        let (left, right) = drawn().fold((u32::MAX, 0), |(least, most), (x, _, _)| {
            (least.min(x), most.max(x))
        });
        let (top, bottom) = drawn().fold((u32::MAX, 0), |(least, most), (_, y, _)| {
            (least.min(y), most.max(y))
        });
        [
            left,
            top,
            self.0.width() - 1 - right,
            self.0.height() - 1 - bottom,
        ]
    }
}

#[test]
fn every_chart_has_its_size_its_colours_and_a_margin() {
    for (name, chart) in examples::all() {
        for theme in [Theme::Light, Theme::Dark] {
            let colours = theme.palette();
            let drawing = chart.draw(theme);
            assert_eq!(drawing.width, WIDTH, "{name}");
            assert!(
                (HEIGHT - 100..4000).contains(&drawing.height),
                "{name}: {}",
                drawing.height
            );
            let pixels = Pixels::of(&drawing);
            let all = (drawing.width * drawing.height) as usize;
            let ground = pixels.count(colours.ground);
            assert!(
                ground > all / 4 && ground < all * 97 / 100,
                "{name}: {ground} of {all} are ground"
            );
            assert!(pixels.count(colours.ink) > 3_000, "{name}: words are in ink");
            assert!(
                pixels.count(colours.of(0)) > 500,
                "{name}: data has the first colour"
            );
            let edges = pixels.bounds(colours.ground);
            assert!(edges.iter().all(|edge| *edge >= 10), "{name}: {edges:?}");
        }
    }
}

#[test]
fn a_chart_of_the_usual_size_is_a_small_file() {
    for (name, chart) in examples::all() {
        let drawing = chart.draw(Theme::Light);
        let usual = (WIDTH * HEIGHT) as usize;
        let pixels = (drawing.width * drawing.height) as usize;
        let share = drawing.png.len() * usual / pixels.max(usual);
        assert!(share < HEAVIEST, "{name}: {} bytes", drawing.png.len());
    }
}

#[test]
fn each_series_is_seen_in_its_colour() {
    let pixels = Pixels::of(&examples::epidemic().draw(Theme::Dark));
    for series in 0..3 {
        let count = pixels.count(Theme::Dark.palette().of(series));
        assert!(count > 10_000, "{series}: {count}");
    }
}

#[test]
fn the_same_chart_is_the_same_file() {
    let chart = examples::darts(500);
    assert_eq!(chart.draw(Theme::Light), chart.draw(Theme::Light));
    assert_ne!(chart.draw(Theme::Light).png, chart.draw(Theme::Dark).png);
}

#[test]
fn words_that_have_no_place_and_letters_that_have_no_font_are_reported() {
    let drawing = examples::crowded().draw(Theme::Light);
    assert_eq!(drawing.missing, ['漢']);
    assert!(
        drawing.cut.iter().any(|words| words.starts_with("A title")),
        "{:?}",
        drawing.cut
    );
    let whole = examples::estimate().draw(Theme::Light);
    assert_eq!((whole.missing, whole.cut), (vec![], vec![]));
}

#[test]
fn each_kind_says_in_one_sentence_what_it_shows() {
    let starts = [
        "Line chart “How close do darts come to π?”: “estimate” from ",
        "Histogram “2,000 rolls of three dice”: 16 bars over sum of three dice 2.5 to 18.5, the highest ",
        "Bar chart “Who answers first?”: 5 bars of milliseconds for one reply, less is better, from 4.25 to 61.",
        "Scatter chart “Darts at a quarter circle”: 2.35 k points “inside” and 655 points “outside”",
    ];
    for ((name, chart), start) in examples::all().into_iter().zip(starts) {
        let description = chart.draw(Theme::Light).description;
        assert!(description.starts_with(start), "{name}: {description}");
    }
    for (name, chart) in examples::all() {
        let description = chart.draw(Theme::Light).description;
        assert!(
            description.ends_with('.') && !description.contains('\n'),
            "{name}: {description}"
        );
    }
}

#[test]
fn a_chart_comes_back_from_the_wire_as_it_went() {
    let chart = examples::votes();
    let wire = serde_json::to_string(&chart).expect("a chart can be written");
    let back: Chart = serde_json::from_str(&wire).expect("and read");
    assert_eq!(back, chart);
    let drawing = back.draw(Theme::Dark);
    let wire = serde_json::to_string(&drawing).expect("a drawing can be written");
    assert_eq!(serde_json::from_str::<Drawing>(&wire).expect("and read"), drawing);
}

fn of_points(points: &[Point]) -> Vec<Plot> {
    let series = Series {
        name: "s".into(),
        points: points.to_vec(),
        ..Series::default()
    };
    let band = points
        .iter()
        .map(|point| Band {
            x: point.x,
            low: point.y,
            high: point.y * 2.0,
        })
        .collect();
    let banded = Series {
        band,
        ..series.clone()
    };
    let levels = points
        .iter()
        .take(3)
        .map(|point| Level {
            name: "l".into(),
            value: point.y,
        })
        .collect();
    let lines = Lines {
        series: vec![series, banded],
        levels,
        ..Lines::default()
    };
    let interval = |point: &Point| {
        Some(Interval {
            low: point.x,
            high: point.y,
        })
    };
    let bin = |point: &Point| Bin {
        from: point.x,
        to: point.y,
        height: point.y,
        interval: interval(point),
    };
    let curve = Curve {
        name: "c".into(),
        points: points.to_vec(),
    };
    let bar = |point: &Point| Bar {
        name: "b".into(),
        value: point.y,
        interval: interval(point),
    };
    let stretch = |point: &Point| Stretch {
        from: point.x,
        to: point.y,
        waiting: point.x > point.y,
    };
    let lane = |point: &Point| Lane {
        name: "l".into(),
        stretches: vec![stretch(point)],
    };
    let group = Group {
        name: "g".into(),
        lanes: points.iter().map(lane).collect(),
        total: points.first().map(|one| one.y),
    };
    let layer = Layer {
        name: "l".into(),
        heights: points.iter().map(|point| point.y).collect(),
    };
    vec![
        Plot::Line(lines.clone()),
        Plot::Steps(lines),
        Plot::Histogram(Histogram {
            bins: points.iter().map(bin).collect(),
            curves: vec![curve.clone()],
            ..Histogram::default()
        }),
        Plot::Bars(Bars {
            bars: points.iter().map(bar).collect(),
            ..Bars::default()
        }),
        Plot::Scatter(Scatter {
            classes: vec![Class {
                name: "c".into(),
                points: points.to_vec(),
            }],
            curves: vec![curve],
            equal_scales: points.len() % 2 == 1,
            ..Scatter::default()
        }),
        Plot::Stacked(Stacked {
            at: points.iter().map(|point| point.x).collect(),
            layers: vec![layer.clone(), layer],
            ..Stacked::default()
        }),
        Plot::Timeline(Timeline {
            groups: vec![group.clone(), group],
            ..Timeline::default()
        }),
    ]
}

#[test]
fn odd_data_is_drawn_without_harm() {
    let odd = [
        vec![],
        vec![point(1.0, 2.0)],
        vec![point(0.0, 0.0); 3],
        vec![
            point(f64::NAN, 1.0),
            point(1.0, f64::INFINITY),
            point(f64::NEG_INFINITY, f64::NAN),
        ],
        vec![
            point(f64::MAX, f64::MIN),
            point(f64::MIN, f64::MAX),
            point(f64::MIN_POSITIVE, -0.0),
        ],
        vec![point(1e15, 1e15), point(1e15 + 1.0, 1e15 + 1.0)],
        vec![
            point(5.0, 3.0),
            point(1.0, 4.0),
            point(9.0, -2.0),
            point(f64::NAN, 0.0),
        ],
    ];
    for points in odd {
        for plot in of_points(&points) {
            let drawing = Chart::new("Odd", plot).draw(Theme::Light);
            Pixels::of(&drawing);
            assert!(!drawing.description.contains("NaN") && !drawing.description.contains("inf"));
        }
    }
}

#[test]
fn a_million_points_are_drawn() {
    let mut chance = Chance::new(1);
    let points: Vec<Point> = (0..1_000_000)
        .map(|n| point(f64::from(n), chance.next()))
        .collect();
    for plot in of_points(&points) {
        let drawing = Chart::new("A million", plot).draw(Theme::Light);
        assert!(drawing.height < 10_000, "{}", drawing.height);
    }
}

#[test]
fn what_lies_outside_of_an_axis_with_bounds_is_not_seen() {
    let series = Series {
        points: vec![point(0.0, 0.5), point(1.0, 1000.0)],
        ..Series::default()
    };
    let lines = Lines {
        x: Axis::new("", "").between(0.0, 1.0),
        y: Axis::new("", "").between(0.0, 1.0),
        series: vec![series],
        ..Lines::default()
    };
    let pixels = Pixels::of(&Chart::new("Bounded", Plot::Line(lines)).draw(Theme::Light));
    let blue = Theme::Light.palette().of(0);
    let above = pixels.0.enumerate_pixels().filter(|(_, y, _)| *y < 130);
    let drawn = above
        .filter(|(_, _, pixel)| pixel.0 == [blue.red, blue.green, blue.blue])
        .count();
    assert_eq!(drawn, 0, "nothing of the line runs through the title");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_words_and_numbers_make_a_chart(
        title in any::<String>(),
        caption in any::<String>(),
        numbers in prop::collection::vec((any::<f64>(), any::<f64>()), 0..40),
    ) {
        let points: Vec<Point> = numbers.into_iter().map(|(x, y)| point(x, y)).collect();
        for plot in of_points(&points) {
            let chart = Chart {
                subtitle: caption.clone(),
                badge: title.clone(),
                captions: vec![caption.clone(); 2],
                ..Chart::new(title.clone(), plot)
            };
            let drawing = chart.draw(Theme::Dark);
            prop_assert!(drawing.png.starts_with(b"\x89PNG"));
        }
    }
}
