//! Drawing in a worker process, for all features that show pictures. Owns nothing.

use duologue::TaskFile;
use duologue::prelude::*;
use duologue_draw::Theme;
use duologue_draw::chart::Chart;
use serde::{Deserialize, Serialize};

use crate::words;

/// A picture that was drawn, as a file of its task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Drawn {
    pub(crate) file: TaskFile,
    /// What it shows, for those who cannot see it.
    pub(crate) description: String,
}

/// Drawing
#[task(lane = "process", processor = "30s")]
pub(crate) fn chart(task: &TaskContext, chart: &Chart) -> Result<Drawn, TaskError> {
    let drawing = chart.draw(Theme::Light);
    let file = task.wait(task.write_file(words::CHART_NAME, drawing.png))?;
    Ok(Drawn {
        file,
        description: drawing.description,
    })
}
