//! `/simulate`: many trials of a model of chance, side by side in worker processes, with a chart and the numbers. Owns
//! nothing.

mod chart;
pub(crate) mod models;
pub(crate) mod settings;
pub(crate) mod tally;
pub(crate) mod trials;

use duologue::AttachmentKind;
use duologue::prelude::*;
use duologue_draw::Theme;

pub(crate) use self::chart::Findings;
use self::models::Model;
use self::settings::Settings;
use self::tally::Tally;
use self::trials::{PARTS, Plan};
use crate::features::drawing;
use crate::words::simulate as words;

/// The most steps of all trials together: about a minute on one processor.
const MOST_STEPS: u64 = 2_000_000_000;

/// The most trials.
const MOST_TRIALS: u64 = 100_000_000;

/// What can be simulated.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Dice: the sum of several
    Dice,
    /// Walk: one step forward or back at a time
    Walk,
    /// Birthday: until two people share one
    Birthday,
    /// Pi: by darts at a square
    Pi,
    /// Epidemic: well, ill, had it
    Epidemic,
    /// Queue: customers at counters
    Queue,
    /// All of them, side by side
    All,
}

/// Simulate chance: dice, walks, π, an epidemic, a queue
///
/// Many trials run side by side on all processors, and the chat goes on meanwhile. What a model can be set to is
/// written as `name=value`: `dice=3 sides=20`, `steps=500 forward=0.6`, `people=30`, `spread=4`, `arrivals=55`. A seed
/// makes it repeatable: the same one gives the same result, on any machine.
#[command(example = "dice 10000 dice=3 sides=20")]
pub(crate) async fn simulate(
    ctx: Context,
    /// what to simulate
    model: Which,
    /// how many times; what is usual takes some seconds
    #[range(10..=100_000_000)]
    trials: Option<u64>,
    /// a number that makes it repeatable
    #[range(0..=9_007_199_254_740_991)]
    seed: Option<u64>,
    /// settings of the model, such as `dice=3 sides=20`
    settings: Option<Rest>,
) -> Result<(), HandlerError> {
    let settings = settings.map(|rest| rest.0.text).unwrap_or_default();
    let seed = seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let models = chosen(model, &settings)?;
    let mut plans = Vec::with_capacity(models.len());
    for model in models {
        plans.push(plan(model, trials, seed)?);
    }
    let theme = drawing::theme(&ctx);
    match <[Plan; 1]>::try_from(plans) {
        Ok([plan]) => ctx.start(one(plan, theme))?,
        Err(plans) => ctx.start(all(plans, theme))?,
    };
    Ok(())
}

/// The models that were asked for, with their settings.
fn chosen(which: Which, settings: &str) -> Result<Vec<Model>, HandlerError> {
    let [dice, walk, birthday, pi, epidemic, queue] = Model::all();
    let mut model = match which {
        Which::Dice => dice,
        Which::Walk => walk,
        Which::Birthday => birthday,
        Which::Pi => pi,
        Which::Epidemic => epidemic,
        Which::Queue => queue,
        Which::All if settings.trim().is_empty() => return Ok(Model::all().into()),
        Which::All => return Err(HandlerError::say(words::ALL_HAS_NO_SETTINGS)),
    };
    let settings = Settings::parse(settings, model.settings())
        .map_err(|bad| HandlerError::say(words::bad_setting(&model, &bad)))?;
    model.configure(&settings);
    Ok(vec![model])
}

fn plan(model: Model, trials: Option<u64>, seed: u64) -> Result<Plan, HandlerError> {
    let most = (MOST_STEPS / model.cost()).clamp(10, MOST_TRIALS);
    let trials = trials.unwrap_or_else(|| model.usual_trials().min(most));
    if trials > most {
        return Err(HandlerError::say(words::too_many_trials(&model, most)));
    }
    Ok(Plan { model, trials, seed })
}

/// One model: its parts run side by side, and its chart is drawn in a worker too.
fn one(plan: Plan, theme: Theme) -> Task<Content> {
    Task::new(words::name(&plan.model), move |task: TaskContext| async move {
        let begun = tokio::time::Instant::now();
        let tally = run(&task, &plan).await?;
        let took = begun.elapsed();
        let findings = chart::findings(&plan, &tally);
        let drawing = task.run(drawing::chart::task(&findings.chart, theme)).await?;
        let file = task.media(AttachmentKind::Photo, &drawing.file)?;
        Ok(words::result(&plan, &findings, took).media(file.description(drawing.description)))
    })
}

/// All models side by side, each a line of the card; the numbers of all and a chart of each.
fn all(plans: Vec<Plan>, theme: Theme) -> Task<Content> {
    Task::new(words::ALL, move |task: TaskContext| async move {
        let begun = tokio::time::Instant::now();
        let children = plans.iter().map(|plan| {
            let plan = plan.clone();
            Task::new(words::name(&plan.model), move |task: TaskContext| async move {
                let tally = run(&task, &plan).await?;
                let findings = chart::findings(&plan, &tally);
                let drawing = task.run(drawing::chart::task(&findings.chart, theme)).await?;
                Ok((findings, drawing))
            })
        });
        let results = task.gather(children).await?;
        let mut content = words::results(
            &plans,
            results.iter().map(|(findings, _)| findings),
            begun.elapsed(),
        );
        for (_, drawing) in results {
            let file = task.media(AttachmentKind::Photo, &drawing.file)?;
            content = content.media(file.description(drawing.description));
        }
        Ok(content)
    })
}

/// Runs the parts of a plan in worker processes, as many at once as there is room, and puts them together.
async fn run(task: &TaskContext, plan: &Plan) -> Result<Tally, TaskError> {
    task.text(words::TRYING);
    let parts = (0..PARTS).map(|part| trials::part::task(plan, part).named(words::part(part, PARTS)));
    let mut whole = plan.model.tally();
    // In their order, so that the same seed gives the same sums to the last digit.
    for tally in task.gather(parts).await? {
        whole.join(&tally);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests;
