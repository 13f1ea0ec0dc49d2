//! Drawing in a worker process, for all features that show pictures. Owns nothing.

use duologue::prelude::*;
use duologue::{ConfigError, TaskFile};
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

/// The section `features.charts` of the configuration, a resource of the bot.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ChartSettings {
    theme: Theme,
}

impl ChartSettings {
    pub(crate) fn new(app: &App) -> Result<Self, ConfigError> {
        app.config().feature("charts")
    }
}

/// The colours that the bot is set to. Networks do not tell in which the people of a chat look at a picture.
pub(crate) fn theme(ctx: &Context) -> Theme {
    let settings = ctx.resource::<ChartSettings>();
    settings.map_or_else(Theme::default, |settings| settings.theme)
}

/// Drawing
#[task(lane = "process", processor = "30s")]
pub(crate) fn chart(task: &TaskContext, chart: &Chart, theme: Theme) -> Result<Drawn, TaskError> {
    let drawing = chart.draw(theme);
    let file = task.wait(task.write_file(words::CHART_NAME, drawing.png))?;
    Ok(Drawn {
        file,
        description: drawing.description,
    })
}
