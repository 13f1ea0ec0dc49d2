//! A bot that runs on the network of paper while a test chats with it.

use duologue::{App, Config, Durability, Ended};
use duologue_core::testing::Paper;

/// A bot's configuration that keeps nothing on the disk.
pub(crate) fn forgetful() -> Config {
    Config {
        durability: Durability::None,
        ..Config::default()
    }
}

/// Runs a bot of these handlers for as long as the chat goes on.
pub(crate) async fn chat(app: impl FnOnce(App) -> App, chat: impl AsyncFnOnce(&Paper)) -> Ended {
    let paper = Paper::new();
    let app = app(App::new(forgetful()).adapter(paper.adapter()));
    app.run_until(chat(&paper))
        .await
        .expect("the network does not fail")
}
