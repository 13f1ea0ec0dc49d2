//! Charts with the data that the bot's features show. Owns no state; its chance is the same in each run.

use duologue_draw::chart::{
    Axis, Band, Bar, Bars, Bin, Chart, Class, Curve, Group, Histogram, Interval, Lane, Layer, Level, Lines,
    Plot, Point, Scatter, Series, Stacked, Stretch, Timeline,
};

/// A small generator (Knuth's MMIX constants), so that samples do not change from run to run.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Between 0 and 1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }
}

pub(crate) fn point(x: f64, y: f64) -> Point {
    Point { x, y }
}

fn words(chart: Chart, subtitle: &str, captions: &[&str]) -> Chart {
    Chart {
        subtitle: subtitle.to_owned(),
        captions: captions.iter().map(|line| (*line).to_owned()).collect(),
        ..chart
    }
}

pub(crate) fn estimate() -> Chart {
    let mut chance = Chance::new(7);
    let (mut points, mut band) = (Vec::new(), Vec::new());
    let mut inside = 0.0;
    for throw in 1..=50_000 {
        let (x, y) = (chance.next(), chance.next());
        inside += f64::from(u8::from(x * x + y * y <= 1.0));
        let n = f64::from(throw);
        if throw >= 200 && throw % 25 == 0 {
            let part = inside / n;
            let error = 1.96 * 4.0 * (part * (1.0 - part) / n).sqrt();
            points.push(point(n, 4.0 * part));
            band.push(Band {
                x: n,
                low: 4.0 * part - error,
                high: 4.0 * part + error,
            });
        }
    }
    let series = Series {
        name: "estimate".into(),
        points,
        band,
        band_name: "95 % interval".into(),
    };
    let lines = Lines {
        x: Axis::new("darts thrown", ""),
        y: Axis::new("estimate of π", ""),
        series: vec![series],
        levels: vec![Level {
            name: "π = 3.14159".into(),
            value: std::f64::consts::PI,
        }],
    };
    words(
        Chart::new("How close do darts come to π?", Plot::Line(lines)),
        "50,000 darts in 0.8 s, 4 worker processes",
        &[
            "Estimate 3.1434 ± 0.0144, off by 0.06 %",
            "The interval is half as wide after four times the darts.",
        ],
    )
}

pub(crate) fn dice() -> Chart {
    let mut chance = Chance::new(3);
    let mut counts = [0.0_f64; 19];
    let rolls = 2000;
    for _ in 0..rolls {
        let sum: f64 = (0..3).map(|_| (chance.next() * 6.0).floor() + 1.0).sum();
        counts[sum as usize] += 1.0;
    }
    let bins = (3..=18)
        .map(|sum| {
            let height = counts[sum];
            let error = 1.96 * height.max(1.0).sqrt();
            Bin {
                from: sum as f64 - 0.5,
                to: sum as f64 + 0.5,
                height,
                interval: Some(Interval {
                    low: (height - error).max(0.0),
                    high: height + error,
                }),
            }
        })
        .collect();
    let ways = [
        1.0, 3.0, 6.0, 10.0, 15.0, 21.0, 25.0, 27.0, 27.0, 25.0, 21.0, 15.0, 10.0, 6.0, 3.0, 1.0,
    ];
    let points = ways
        .iter()
        .enumerate()
        .map(|(n, ways)| point(n as f64 + 3.0, ways / 216.0 * 2000.0))
        .collect();
    let histogram = Histogram {
        x: Axis::new("sum of three dice", "").counted(),
        y: Axis::new("rolls", ""),
        name: "rolled".into(),
        bins,
        curves: vec![Curve {
            name: "expected".into(),
            points,
        }],
    };
    words(
        Chart::new("2,000 rolls of three dice", Plot::Histogram(histogram)),
        "Whiskers: 95 % of what chance does",
        &[
            "Mean 10.53, expected 10.50",
            "χ² = 13.1 with 15 degrees of freedom: nothing strange",
        ],
    )
}

pub(crate) fn votes() -> Chart {
    let bar = |name: &str, value: f64, error: f64| Bar {
        name: name.into(),
        value,
        interval: Some(Interval {
            low: value - error,
            high: value + error,
        }),
    };
    let bars = Bars {
        axis: Axis::new("milliseconds for one reply, less is better", ""),
        bars: vec![
            bar("Duologue", 4.25, 0.5),
            bar("teloxide", 9.75, 1.0),
            bar("python-telegram-bot", 61.0, 7.5),
            bar("aiogram", 38.5, 4.0),
            bar("Бот на Node.js", 25.0, 3.5),
        ],
    };
    words(
        Chart::new("Who answers first?", Plot::Bars(bars)),
        "1,000 replies each on one core; whiskers show where 95 % lie",
        &[],
    )
}

pub(crate) fn darts(count: usize) -> Chart {
    let mut chance = Chance::new(11);
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let (x, y) = (chance.next(), chance.next());
        if x * x + y * y <= 1.0 {
            inside.push(point(x, y))
        } else {
            outside.push(point(x, y))
        }
    }
    let arc = (0..=90)
        .map(|degree| f64::from(degree).to_radians())
        .map(|a| point(a.cos(), a.sin()))
        .collect();
    let caption = format!(
        "{} of {count} inside: π ≈ {:.4}",
        inside.len(),
        4.0 * inside.len() as f64 / count as f64
    );
    let scatter = Scatter {
        x: Axis::new("", "").between(0.0, 1.0),
        y: Axis::new("", "").between(0.0, 1.0),
        classes: vec![
            Class {
                name: "inside".into(),
                points: inside,
            },
            Class {
                name: "outside".into(),
                points: outside,
            },
        ],
        curves: vec![Curve {
            name: "quarter circle".into(),
            points: arc,
        }],
        equal_scales: true,
    };
    words(
        Chart::new("Darts at a quarter circle", Plot::Scatter(scatter)),
        "",
        &[&caption],
    )
}

pub(crate) fn queue() -> Chart {
    let mut chance = Chance::new(5);
    let mut walk = |busy: f64| {
        let (mut time, mut length) = (0.0, 0.0_f64);
        let mut points = vec![point(0.0, 0.0)];
        while time < 60.0 {
            time += -(1.0 - chance.next()).ln() * 0.35;
            length = (length + if chance.next() < busy { 1.0 } else { -1.0 }).max(0.0);
            points.push(point(time.min(60.0), length));
        }
        points
    };
    let one = Series {
        name: "one queue, two tills".into(),
        points: walk(0.47),
        ..Series::default()
    };
    let two = Series {
        name: "a queue at each till".into(),
        points: walk(0.5),
        ..Series::default()
    };
    let lines = Lines {
        x: Axis::new("time", "min"),
        y: Axis::new("people who wait", "").counted(),
        series: vec![one, two],
        levels: vec![],
    };
    words(
        Chart::new("One queue or two?", Plot::Steps(lines)),
        "Same customers, same tills",
        &["One queue: 2.1 min on average · two queues: 3.8 min"],
    )
}

pub(crate) fn epidemic() -> Chart {
    let (mut s, mut i, mut r) = (9_990.0_f64, 10.0_f64, 0.0_f64);
    let (mut at, mut healthy, mut ill, mut immune) = (vec![], vec![], vec![], vec![]);
    for step in 0..=480 {
        at.push(f64::from(step) / 4.0);
        healthy.push(s);
        ill.push(i);
        immune.push(r);
        let (caught, cured) = (0.3 * s * i / 10_000.0 / 4.0, 0.1 * i / 4.0);
        (s, i, r) = (s - caught, i + caught - cured, r + cured);
    }
    let layer = |name: &str, heights| Layer {
        name: name.into(),
        heights,
    };
    let stacked = Stacked {
        x: Axis::new("time", "days"),
        y: Axis::new("people", ""),
        at,
        layers: vec![
            layer("susceptible", healthy),
            layer("ill", ill),
            layer("recovered", immune),
        ],
    };
    words(
        Chart::new("An epidemic in a town of 10,000", Plot::Stacked(stacked)),
        "Each ill person meets three others who catch it",
        &[
            "Peak: 3,010 ill on day 38",
            "9,400 people have been ill in the end.",
        ],
    )
}

fn lane(name: &str, stretches: &[(f64, f64, bool)]) -> Lane {
    let stretch = |(from, to, waiting): &(f64, f64, bool)| Stretch {
        from: *from,
        to: *to,
        waiting: *waiting,
    };
    Lane {
        name: name.into(),
        stretches: stretches.iter().map(stretch).collect(),
    }
}

pub(crate) fn lanes(tasks: usize) -> Chart {
    let name = |index: usize| format!("task {}", index + 1);
    let all = |way: &dyn Fn(usize) -> Vec<(f64, f64, bool)>| -> Vec<Lane> {
        (0..tasks).map(|index| lane(&name(index), &way(index))).collect()
    };
    let length = 1.6;
    let group = |name: &str, lanes| Group {
        name: name.into(),
        lanes,
        total: None,
    };
    let timeline = Timeline {
        axis: Axis::new("time", "s"),
        groups: vec![
            group(
                "One after another",
                all(&|n| vec![(n as f64 * length, (n + 1) as f64 * length, false)]),
            ),
            group(
                "Threads",
                all(&|n| vec![(0.02 * n as f64, length + 0.4 + 0.03 * n as f64, false)]),
            ),
            group(
                "Processes",
                all(&|n| vec![(0.15, length * 0.7 + 0.1 * n as f64, false)]),
            ),
            group(
                "Async",
                all(&|n| {
                    let start = 0.05 * n as f64;
                    vec![
                        (start, start + 0.2, false),
                        (start + 0.2, 1.5, true),
                        (1.5, 1.75 + start, false),
                    ]
                }),
            ),
        ],
        busy_name: "works".into(),
        waiting_name: "waits".into(),
    };
    let chart = Chart {
        badge: "4.8 × faster".into(),
        ..Chart::new("Four ways to do the same", Plot::Timeline(timeline))
    };
    words(
        chart,
        &format!("{tasks} downloads of 1.6 s each"),
        &["Threads 2.2 s · processes 1.6 s · async 1.9 s"],
    )
}

pub(crate) fn crowded() -> Chart {
    let series = (0..9)
        .map(|n| Series {
            name: format!("a series with a rather long name, number {n}"),
            points: (0..40)
                .map(|x| {
                    point(
                        f64::from(x) * 1e6,
                        (f64::from(x) / 5.0 + f64::from(n)).sin() * 1e-3 * f64::from(n + 1),
                    )
                })
                .collect(),
            ..Series::default()
        })
        .collect();
    let lines = Lines {
        x: Axis::new(
            "something that is measured and whose name does not fit into one line of the picture at all",
            "metres per second",
        ),
        y: Axis::new("Υψόμετρο / Висота 🚀 漢", "m"),
        series,
        levels: vec![],
    };
    let long = "A title that is so long that it can not stand in one line, nor in two, and so it has to be cut somewhere";
    words(
        Chart {
            badge: "a badge".into(),
            ..Chart::new(long, Plot::Line(lines))
        },
        &long.repeat(3),
        &[&long.repeat(2), "short", &long.repeat(5)],
    )
}

/// Every kind of chart with its name.
pub(crate) fn all() -> Vec<(&'static str, Chart)> {
    vec![
        ("line", estimate()),
        ("histogram", dice()),
        ("bars", votes()),
        ("scatter", darts(3_000)),
        ("scatter-few", darts(120)),
        ("steps", queue()),
        ("stacked", epidemic()),
        ("timeline", lanes(6)),
        ("timeline-one", lanes(1)),
        ("timeline-twelve", lanes(12)),
        ("crowded", crowded()),
    ]
}
