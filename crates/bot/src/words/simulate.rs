//! The words of the simulations: their cards, charts, numbers and mistakes. Pure functions.

use std::time::Duration;

use duologue::prelude::{Button, Content, bold, code, text};
use duologue::words::{count, duration};

use crate::features::simulate::Findings;
use crate::features::simulate::models::{Birthday, Model, Queue, Walk};
use crate::features::simulate::settings::{BadSetting, Setting};
use crate::features::simulate::tally::Moments;
use crate::features::simulate::trials::Plan;

/// What is counted, and what is being done.
pub(crate) const TRIALS: &str = "trials";
pub(crate) const TRYING: &str = "trying";

/// The name of all models together.
pub(crate) const ALL: &str = "Six simulations";

/// The words of the charts.
pub(crate) const SIMULATED: &str = "simulated";
pub(crate) const EXACT: &str = "exact";
pub(crate) const INTERVAL: &str = "95 % interval";
pub(crate) const SUM: &str = "sum";
pub(crate) const SHARE: &str = "share of throws";
pub(crate) const BELL: &str = "normal distribution";
pub(crate) const STEPS: &str = "steps";
pub(crate) const PLACE: &str = "place";
pub(crate) const MEAN_PLACE: &str = "mean place";
pub(crate) const NINETEEN_OF_TWENTY: &str = "19 of 20 walks";
pub(crate) const PEOPLE: &str = "people in the room";
pub(crate) const CHANCE: &str = "two share a birthday";
pub(crate) const HALF: &str = "one in two";
pub(crate) const INSIDE: &str = "inside";
pub(crate) const OUTSIDE: &str = "outside";
pub(crate) const DAYS: &str = "days";
pub(crate) const PART_OF_ALL: &str = "part of all people";
pub(crate) const WELL: &str = "well";
pub(crate) const ILL: &str = "ill";
pub(crate) const HAD_IT: &str = "had it";
pub(crate) const MINUTES: &str = "minutes";
pub(crate) const IN_THE_SHOP: &str = "people in the shop";
pub(crate) const ONE_DAY: &str = "in one of the trials";
pub(crate) const COUNTERS: &str = "counters";

/// The answer to settings for all models at once.
pub(crate) const ALL_HAS_NO_SETTINGS: &str =
    "Settings are for one model at a time, such as /simulate dice dice=3 sides=20.";

/// The name of a task.
pub(crate) fn name(model: &Model) -> String {
    match model {
        Model::Dice(dice) => format!("Throwing {} × d{}", dice.dice, dice.sides),
        Model::Walk(_) => "Walking at random".to_owned(),
        Model::Birthday(_) => "Asking for birthdays".to_owned(),
        Model::Pi(_) => "Throwing darts for π".to_owned(),
        Model::Epidemic(_) => "Following an epidemic".to_owned(),
        Model::Queue(_) => "Watching a queue".to_owned(),
    }
}

/// The name of a part.
pub(crate) fn part(part: u32, parts: u32) -> String {
    format!("part {} of {parts}", part + 1)
}

/// The title of a chart.
pub(crate) fn title(model: &Model) -> String {
    match model {
        Model::Dice(dice) => format!("The sum of {} × d{}", dice.dice, dice.sides),
        Model::Walk(_) => "A random walk".to_owned(),
        Model::Birthday(_) => "The birthday problem".to_owned(),
        Model::Pi(_) => "π by darts".to_owned(),
        Model::Epidemic(epidemic) => format!("An epidemic among {} people", epidemic.people),
        Model::Queue(queue) => match queue.counters {
            1 => "A queue at one counter".to_owned(),
            counters => format!("A queue at {counters} counters"),
        },
    }
}

/// The line below the title of a chart.
pub(crate) fn subtitle(plan: &Plan) -> String {
    format!("{} {TRIALS}, seed {}", count(plan.trials), plan.seed)
}

/// A mean with how far it may be off, in as many digits as mean something.
fn mean(moments: &Moments, factor: f64, unit: &str) -> String {
    let margin = moments.margin() * factor;
    let digits = digits(margin);
    format!("{:.digits$}{unit} ± {margin:.digits$}", moments.mean * factor)
}

/// How many digits behind the point show two of an uncertainty.
fn digits(margin: f64) -> usize {
    if margin > 0.0 {
        (1.0 - margin.log10().floor()).clamp(0.0, 6.0) as usize
    } else {
        2
    }
}

/// The numbers of dice.
pub(crate) fn dice(sum: &Moments, expected: f64, common: Option<usize>) -> Vec<String> {
    let mut lines = vec![
        format!("Mean sum: {} (in theory {expected})", mean(sum, 1.0, "")),
        format!("Standard deviation: {:.3}", sum.deviation()),
    ];
    lines.extend(common.map(|sum| format!("The most common sum: {sum}")));
    lines
}

/// The numbers of a walk.
pub(crate) fn walk(walk: Walk, end: &Moments, far: &Moments) -> Vec<String> {
    let expected = f64::from(walk.steps) * (2.0 * walk.forward - 1.0);
    vec![
        format!("Place at the end: {} (in theory {expected})", mean(end, 1.0, "")),
        format!("Distance from the start: {}", mean(far, 1.0, "")),
        format!("Standard deviation: {:.2}", end.deviation()),
    ]
}

/// The numbers of the birthday problem.
pub(crate) fn birthday(
    birthday: Birthday,
    (part, low, high): (f64, f64, f64),
    exact: f64,
    first: &Moments,
) -> Vec<String> {
    vec![
        format!(
            "Of {} people two share a birthday in {:.2} % of all cases (between {:.2} and {:.2} %; exactly {:.2} %)",
            birthday.people,
            100.0 * part,
            100.0 * low,
            100.0 * high,
            100.0 * exact
        ),
        format!("The first to share one is number {}", mean(first, 1.0, "")),
    ]
}

/// The numbers of darts.
pub(crate) fn darts(pi: f64, low: f64, high: f64, hits: u64, darts: u64) -> Vec<String> {
    let digits = digits((high - low) / 2.0);
    vec![
        format!("π ≈ {pi:.digits$} (between {low:.digits$} and {high:.digits$} with 95 %)"),
        format!("{} of {} darts hit the quarter circle", count(hits), count(darts)),
    ]
}

/// The numbers of an epidemic.
pub(crate) fn epidemic(had: &Moments, peak: &Moments, day: &Moments) -> Vec<String> {
    vec![
        format!("{} had it in the end", mean(had, 100.0, " %")),
        format!(
            "At the peak {} were ill, on day {}",
            mean(peak, 100.0, " %"),
            mean(day, 1.0, "")
        ),
    ]
}

/// The numbers of a queue.
pub(crate) fn queue(queue: Queue, wait: &Moments, longest: &Moments, waited: &Moments) -> Vec<String> {
    let theory = match queue.expected_wait() {
        Some(minutes) => format!(" (in theory {minutes:.2} for a shop that never closes)"),
        None => " (and more the longer it is open: more come than can be served)".to_owned(),
    };
    vec![
        format!("Mean wait: {} minutes{theory}", mean(wait, 1.0, "")),
        format!(
            "The counters are busy {:.0} % of the time; {} have to wait",
            100.0 * queue.load().min(1.0),
            mean(waited, 100.0, " %")
        ),
        format!("The longest wait of a day: {} minutes", mean(longest, 1.0, "")),
    ]
}

/// The result of one simulation. Its picture follows.
pub(crate) fn result(plan: &Plan, findings: &Findings, took: Duration) -> Content {
    Content::new()
        .paragraph([
            bold(title(&plan.model)),
            text(format!("\n{} in {}", subtitle(plan), duration(rounded(took)))),
        ])
        .list(findings.lines.iter().map(String::as_str))
        .buttons([again(plan)])
}

/// The results of all simulations. Their pictures follow.
pub(crate) fn results<'a>(
    plans: &[Plan],
    findings: impl Iterator<Item = &'a Findings>,
    took: Duration,
) -> Content {
    let trials: u64 = plans.iter().map(|plan| plan.trials).sum();
    let seed = plans.first().map_or(0, |plan| plan.seed);
    let head = Content::new().paragraph([
        bold(ALL),
        text(format!(
            "\n{} {TRIALS} in {}, seed {seed}",
            count(trials),
            duration(rounded(took))
        )),
    ]);
    let lines = plans.iter().zip(findings).map(|(plan, findings)| {
        let first = findings.lines.first().map_or("", String::as_str);
        vec![bold(title(&plan.model)), text(format!(": {first}"))]
    });
    head.list(lines.collect::<Vec<_>>())
}

fn rounded(took: Duration) -> Duration {
    Duration::from_millis(took.as_millis().div_ceil(100) as u64 * 100)
}

/// The same with another seed.
fn again(plan: &Plan) -> Button {
    let settings = match &plan.model {
        Model::Dice(it) => format!("dice dice={} sides={}", it.dice, it.sides),
        Model::Walk(it) => format!("walk steps={} forward={}", it.steps, it.forward),
        Model::Birthday(it) => format!("birthday people={} days={}", it.people, it.days),
        Model::Pi(_) => "pi".to_owned(),
        Model::Epidemic(it) => format!(
            "epidemic people={} ill={} spread={} days={}",
            it.people, it.ill, it.spread, it.days
        ),
        Model::Queue(it) => format!(
            "queue arrivals={} service={} counters={} customers={}",
            it.arrivals, it.service, it.counters, it.customers
        ),
    };
    let (which, settings) = settings.split_once(' ').unwrap_or((&settings, ""));
    let arguments = format!("{which} {} {settings}", plan.trials);
    Button::command("Once more", "simulate", arguments.trim().to_owned())
}

/// The answer to a setting that does not fit.
pub(crate) fn bad_setting(model: &Model, bad: &BadSetting) -> Content {
    let what = match bad {
        BadSetting::NoSetting(word) => vec![code(word.as_str()), text(" has no value.")],
        BadSetting::Unknown(word) => vec![
            text("There is nothing called "),
            code(word.as_str()),
            text(" here."),
        ],
        BadSetting::Value(setting, value) => {
            let kind = if setting.whole {
                "a whole number"
            } else {
                "a number"
            };
            vec![
                code(setting.name),
                text(format!(
                    " should be {kind} from {} to {}, not ",
                    setting.least, setting.most
                )),
                code(value.as_str()),
                text("."),
            ]
        }
    };
    let content = Content::new().paragraph(what);
    let settings = model.settings();
    if settings.is_empty() {
        return content.paragraph("This model has no settings.");
    }
    let line = |setting: &Setting| {
        vec![
            code(format!("{}={}", setting.name, setting.usual)),
            text(format!(" from {} to {}", setting.least, setting.most)),
        ]
    };
    content
        .paragraph("These can be set:")
        .list(settings.iter().map(line).collect::<Vec<_>>())
}

/// The answer to more trials than can be done in good time.
pub(crate) fn too_many_trials(model: &Model, most: u64) -> Content {
    Content::text(format!(
        "{} with these settings can be tried up to {} times.",
        title(model),
        count(most)
    ))
}
