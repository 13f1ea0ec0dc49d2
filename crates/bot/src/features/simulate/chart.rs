//! What was found: the numbers with their intervals, and the chart of each model. Pure functions of a tally.

use duologue_draw::chart::{
    Axis, Band, Bin, Chart, Class, Curve, Histogram, Interval, Layer, Level, Lines, Plot, Point, Scatter,
    Series, Stacked,
};

use super::models::{Birthday, Dice, Epidemic, Model, Queue, Walk};
use super::tally::{Moments, Tally, share};
use super::trials::Plan;
use crate::words::simulate as words;

/// The share of trials that an outcome's bar may leave out at each end.
const TAIL: f64 = 0.000_5;

/// The numbers of a simulation and its chart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Findings {
    /// One line for each number.
    pub(crate) lines: Vec<String>,
    pub(crate) chart: Chart,
}

/// What a tally says.
pub(crate) fn findings(plan: &Plan, tally: &Tally) -> Findings {
    let (plot, lines) = match &plan.model {
        Model::Dice(dice) => self::dice(*dice, tally),
        Model::Walk(walk) => self::walk(*walk, tally),
        Model::Birthday(birthday) => self::birthday(*birthday, tally),
        Model::Pi(_) => darts(tally),
        Model::Epidemic(epidemic) => self::epidemic(*epidemic, tally),
        Model::Queue(queue) => self::queue(*queue, tally),
    };
    let chart = Chart {
        subtitle: words::subtitle(plan),
        captions: lines.iter().take(2).cloned().collect(),
        ..Chart::new(words::title(&plan.model), plot)
    };
    Findings { lines, chart }
}

type Found = (Plot, Vec<String>);

fn dice(dice: Dice, tally: &Tally) -> Found {
    let bins = bars(&tally.counts, tally.trials, dice.dice as usize);
    let expected = f64::from(dice.dice) * f64::from(dice.sides + 1) / 2.0;
    let variance = f64::from(dice.dice) * (f64::from(dice.sides).powi(2) - 1.0) / 12.0;
    let curve = (dice.dice > 2).then(|| Curve {
        name: words::BELL.to_owned(),
        points: bell(expected, variance.sqrt(), &bins),
    });
    let plot = Plot::Histogram(Histogram {
        x: Axis::new(words::SUM, "").counted(),
        y: Axis::new(words::SHARE, "%"),
        name: words::SIMULATED.to_owned(),
        bins,
        curves: curve.into_iter().collect(),
    });
    let common = tally.counts.iter().enumerate().max_by_key(|(_, count)| **count);
    (
        plot,
        words::dice(&tally.numbers[0], expected, common.map(|(sum, _)| sum)),
    )
}

/// The normal distribution, in percent for columns that are 1 wide.
fn bell(mean: f64, deviation: f64, bins: &[Bin]) -> Vec<Point> {
    let (from, to) = match (bins.first(), bins.last()) {
        (Some(first), Some(last)) if deviation > 0.0 => (first.from, last.to),
        _ => return Vec::new(),
    };
    let height = |x: f64| {
        let z = (x - mean) / deviation;
        100.0 * (-z * z / 2.0).exp() / (deviation * std::f64::consts::TAU.sqrt())
    };
    let steps = (0..=200).map(|step| from + (to - from) * f64::from(step) / 200.0);
    steps.map(|x| Point { x, y: height(x) }).collect()
}

/// Outcomes as columns in percent, without the far ends that hardly ever come.
fn bars(counts: &[u64], trials: u64, least: usize) -> Vec<Bin> {
    let rare = (trials as f64 * TAIL) as u64;
    let seen = |count: &u64| *count > rare.min(counts.iter().max().copied().unwrap_or_default() / 100);
    let first = counts.iter().position(seen).unwrap_or(least);
    let last = counts.iter().rposition(seen).unwrap_or(first);
    let bin = |outcome: usize| {
        let (part, low, high) = share(counts[outcome], trials);
        Bin {
            from: outcome as f64 - 0.5,
            to: outcome as f64 + 0.5,
            height: 100.0 * part,
            interval: Some(Interval {
                low: 100.0 * low,
                high: 100.0 * high,
            }),
        }
    };
    (first..=last)
        .filter(|outcome| *outcome < counts.len())
        .map(bin)
        .collect()
}

fn walk(walk: Walk, tally: &Tally) -> Found {
    let stride = f64::from(walk.stride());
    let places = || {
        tally.curves[0]
            .iter()
            .enumerate()
            .map(|(index, at)| (index as f64 * stride, at))
    };
    let line = places().map(|(x, at)| Point { x, y: at.mean }).collect();
    let band = |sides: f64, name: &str| Series {
        name: String::new(),
        points: Vec::new(),
        band: places()
            .map(|(x, at)| Band {
                x,
                low: at.mean - sides * at.deviation(),
                high: at.mean + sides * at.deviation(),
            })
            .collect(),
        band_name: name.to_owned(),
    };
    let mean = Series {
        name: words::MEAN_PLACE.to_owned(),
        points: line,
        ..band(1.96, words::NINETEEN_OF_TWENTY)
    };
    let plot = Plot::Line(Lines {
        x: Axis::new(words::STEPS, ""),
        y: Axis::new(words::PLACE, ""),
        series: vec![mean],
        levels: Vec::new(),
    });
    (plot, words::walk(walk, &tally.numbers[0], &tally.numbers[1]))
}

fn birthday(birthday: Birthday, tally: &Tally) -> Found {
    let far = (tally.counts.len().saturating_sub(1)).max(birthday.people as usize);
    let mut hits = 0;
    let mut points = Vec::new();
    let mut band = Vec::new();
    let mut asked = (0.0, 0.0, 0.0);
    for people in 0..=far {
        hits += tally.counts.get(people).copied().unwrap_or_default();
        let (part, low, high) = share(hits, tally.trials);
        let x = people as f64;
        points.push(Point { x, y: 100.0 * part });
        band.push(Band {
            x,
            low: 100.0 * low,
            high: 100.0 * high,
        });
        if people == birthday.people as usize {
            asked = (part, low, high);
        }
    }
    let exact = (0..=far).map(|people| Point {
        x: people as f64,
        y: 100.0 * birthday.exact(people),
    });
    let simulated = Series {
        name: words::SIMULATED.to_owned(),
        points,
        band,
        band_name: words::INTERVAL.to_owned(),
    };
    let exact = Series {
        name: words::EXACT.to_owned(),
        points: exact.collect(),
        ..Series::default()
    };
    let plot = Plot::Line(Lines {
        x: Axis::new(words::PEOPLE, "").counted(),
        y: Axis::new(words::CHANCE, "%").between(0.0, 100.0),
        series: vec![simulated, exact],
        levels: vec![Level {
            name: words::HALF.to_owned(),
            value: 50.0,
        }],
    });
    let exact = birthday.exact(birthday.people as usize);
    (plot, words::birthday(birthday, asked, exact, &tally.numbers[0]))
}

fn darts(tally: &Tally) -> Found {
    let (hits, misses): (Vec<_>, Vec<_>) = tally.sample.iter().partition(|(x, y)| x * x + y * y <= 1.0);
    let class = |name: &str, darts: Vec<&(f32, f32)>| Class {
        name: name.to_owned(),
        points: darts.into_iter().map(|(x, y)| point(*x, *y)).collect(),
    };
    let circle = (0..=100).map(|step| f64::from(step) / 100.0 * std::f64::consts::FRAC_PI_2);
    let circle = circle.map(|angle| Point {
        x: angle.cos(),
        y: angle.sin(),
    });
    let plot = Plot::Scatter(Scatter {
        x: Axis::new("", "").between(0.0, 1.0),
        y: Axis::new("", "").between(0.0, 1.0),
        classes: vec![class(words::INSIDE, hits), class(words::OUTSIDE, misses)],
        curves: vec![Curve {
            name: String::new(),
            points: circle.collect(),
        }],
        equal_scales: true,
    });
    let (part, low, high) = share(tally.counts[1], tally.trials);
    (
        plot,
        words::darts(4.0 * part, 4.0 * low, 4.0 * high, tally.counts[1], tally.trials),
    )
}

fn epidemic(epidemic: Epidemic, tally: &Tally) -> Found {
    let percent = |at: &Moments| 100.0 * at.mean / f64::from(epidemic.people);
    let layer = |name: &str, curve: usize| Layer {
        name: name.to_owned(),
        heights: tally.curves[curve].iter().map(percent).collect(),
    };
    let plot = Plot::Stacked(Stacked {
        x: Axis::new(words::DAYS, ""),
        y: Axis::new(words::PART_OF_ALL, "%").between(0.0, 100.0),
        at: (0..tally.curves[0].len()).map(|day| day as f64).collect(),
        layers: vec![
            layer(words::ILL, 1),
            layer(words::WELL, 0),
            layer(words::HAD_IT, 2),
        ],
    });
    let [had, peak, day] = [&tally.numbers[0], &tally.numbers[1], &tally.numbers[2]];
    (plot, words::epidemic(had, peak, day))
}

fn queue(queue: Queue, tally: &Tally) -> Found {
    let steps = tally
        .sample
        .iter()
        .map(|(at, inside)| point(*at, *inside))
        .collect();
    let plot = Plot::Steps(Lines {
        x: Axis::new(words::MINUTES, ""),
        y: Axis::new(words::IN_THE_SHOP, "").counted(),
        series: vec![Series {
            name: words::ONE_DAY.to_owned(),
            points: steps,
            ..Series::default()
        }],
        levels: vec![Level {
            name: words::COUNTERS.to_owned(),
            value: f64::from(queue.counters),
        }],
    });
    let [wait, longest, waited] = [&tally.numbers[0], &tally.numbers[1], &tally.numbers[2]];
    (plot, words::queue(queue, wait, longest, waited))
}

fn point(x: f32, y: f32) -> Point {
    Point {
        x: f64::from(x),
        y: f64::from(y),
    }
}
