//! What was measured as a chart: who was worked on when, in each way. Pure functions.

use duologue_draw::chart::{Axis, Chart, Group, Lane, Plot, Timeline};

use super::lesson::{self, Lesson, Outcome, Work};
use crate::words::compare as words;

/// The timelines of one kind of work.
pub(super) fn chart(lesson: &Lesson, outcome: &Outcome) -> Chart {
    let timeline = Timeline {
        axis: Axis::new(words::TIME, words::SECONDS),
        groups: outcome.ways.iter().map(|way| group(way, outcome.work)).collect(),
        busy_name: words::BUSY.to_owned(),
        waiting_name: words::IDLE.to_owned(),
    };
    Chart {
        subtitle: words::subtitle(lesson),
        captions: vec![words::moral(outcome)],
        ..Chart::new(words::title(outcome.work), Plot::Timeline(timeline))
    }
}

fn group(timeline: &lesson::Timeline, work: Work) -> Group {
    let lanes = timeline.pieces.iter().zip(0..).map(|(stretch, number)| Lane {
        name: words::piece(number),
        stretches: vec![duologue_draw::chart::Stretch {
            from: stretch.from.as_secs_f64(),
            to: stretch.to.as_secs_f64(),
            waiting: work == Work::Waiting,
        }],
    });
    Group {
        name: words::way(timeline.way).to_owned(),
        lanes: lanes.collect(),
        total: Some(timeline.total.as_secs_f64()),
    }
}
