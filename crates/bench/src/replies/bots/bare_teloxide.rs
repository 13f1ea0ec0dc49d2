//! The baseline on Telegram: a bot as teloxide's examples write it.

use teloxide::prelude::*;
use teloxide::utils::command::BotCommands;

#[derive(BotCommands, Clone)]
#[command(rename_rule = "lowercase")]
enum Command {
    /// Answers with pong and the number.
    Ping(String),
}

/// Polls and answers.
pub(super) async fn run(url: &str) {
    let url = url.parse().expect("the benchmark gives a valid address");
    let bot = Bot::new(super::TELEGRAM_TOKEN).set_api_url(url);
    let handler = Update::filter_message()
        .filter_command::<Command>()
        .endpoint(answer);
    Dispatcher::builder(bot, handler).build().dispatch().await;
}

async fn answer(bot: Bot, message: Message, command: Command) -> ResponseResult<()> {
    let Command::Ping(number) = command;
    bot.send_message(message.chat.id, format!("pong {number}"))
        .await?;
    Ok(())
}
