//! `/start`: a greeting with the first steps as buttons. Owns nothing.

use duologue::prelude::*;

use crate::words;

/// Say hello and show the first steps
///
/// A link to the bot can carry a word of its own behind it; it is taken without a complaint.
#[command]
pub(crate) async fn start(
    ctx: Context,
    /// what a link to me may carry
    #[rest]
    from: Option<String>,
) -> Content {
    tracing::debug!(link = from.is_some(), "somebody starts");
    words::greeting(ctx.user().map(|user| user.name.as_str()))
}

#[cfg(test)]
mod tests {
    use crate::testing::Stage;

    #[tokio::test(start_paused = true)]
    async fn start_greets_by_name_and_its_buttons_run_commands() {
        let stage = Stage::run();
        stage.types("/start").await;
        let greeting = stage.said(0).await;
        assert!(greeting.text.text.contains("Ada"), "{:?}", greeting.text);
        stage.presses(&greeting, "What can you do?").await;
        assert!(stage.said(1).await.text.text.contains("/compare"));
        stage.presses(&greeting, "Roll two dice").await;
        assert!(stage.said(2).await.text.text.contains("2 × d6"));
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_that_carries_a_word_starts_like_any_other() {
        let stage = Stage::run();
        stage.types("/start from-a-poster").await;
        assert!(stage.said(0).await.text.text.contains("Ada"));
        stage.ends().await;
    }
}
