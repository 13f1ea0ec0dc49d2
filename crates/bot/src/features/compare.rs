//! `/compare`: the classic lesson of concurrent programming: the same work in every lane, measured, with the timelines as
//! a picture. Owns nothing.

mod lesson;
mod timelines;

use duologue::AttachmentKind;
use duologue::prelude::*;
use duologue_draw::Theme;

pub(crate) use self::lesson::{Lesson, Outcome, Way, Work};
use crate::features::drawing::{self, Drawn};
use crate::words::compare as words;

/// What the pieces of work do.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Waiting: as for an answer from far away
    Waiting,
    /// Computing: as for a picture or a sum
    Computing,
    /// Both, one after the other
    Both,
}

/// Compare one after another, async, threads and processes
///
/// The same pieces of work are done in four ways, while you watch and can go on chatting: one after another, all in the
/// async lane, on threads, and in worker processes. Who wins depends on what the work is: waiting or computing. At the
/// end you see when each piece ran.
#[command(example = "3 1 computing")]
pub(crate) async fn compare(
    ctx: Context,
    /// how many pieces of work there are
    #[range(1..=6)]
    pieces: Option<u8>,
    /// how many seconds each of them takes
    #[range(1..=5)]
    seconds: Option<u8>,
    /// what they do
    work: Option<Which>,
) -> Result<(), HandlerError> {
    let lesson = Lesson {
        pieces: u32::from(pieces.unwrap_or(3)),
        each: Duration::from_secs(u64::from(seconds.unwrap_or(1))),
    };
    let works: &[Work] = match work.unwrap_or(Which::Both) {
        Which::Waiting => &[Work::Waiting],
        Which::Computing => &[Work::Computing],
        Which::Both => &[Work::Waiting, Work::Computing],
    };
    ctx.start(teach(lesson, works, drawing::theme(&ctx)))?;
    Ok(())
}

/// The whole lesson: each kind of work in each way, and then the pictures.
fn teach(lesson: Lesson, works: &'static [Work], theme: Theme) -> Task<Content> {
    Task::new(words::name(&lesson), move |task: TaskContext| async move {
        let steps = (works.len() * Way::ALL.len()) as u64;
        task.progress(0, steps);
        let mut outcomes = Vec::with_capacity(works.len());
        for (work, done) in works.iter().zip(0..) {
            let begun = done * Way::ALL.len() as u64;
            outcomes.push(lesson::perform(&task, lesson, *work, (begun, steps)).await?);
            task.show(words::so_far(&outcomes));
        }
        let mut content = words::result(&lesson, &outcomes);
        for drawn in draw(&task, &lesson, &outcomes, theme).await? {
            let picture = task.media(AttachmentKind::Photo, &drawn.file)?;
            content = content.media(picture.description(drawn.description));
        }
        Ok(content.buttons([words::again(&lesson, works)]))
    })
}

async fn draw(
    task: &TaskContext,
    lesson: &Lesson,
    outcomes: &[Outcome],
    theme: Theme,
) -> Result<Vec<Drawn>, TaskError> {
    let charts = outcomes.iter().map(|outcome| timelines::chart(lesson, outcome));
    task.gather(charts.map(|chart| drawing::chart::task(&chart, theme)))
        .await
}

#[cfg(test)]
mod tests;
