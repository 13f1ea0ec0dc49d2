//! The source as a whole: what it asks for, how it starts, and how it ends.

use duologue_core::{SourceError, SourceStatus};
use duologue_discord::SetupError;
use serde_json::json;

use crate::bot::{Bot, config};
use crate::fake::{Fake, soon};

const MESSAGE_CONTENT: u64 = 1 << 15;
const GUILD_MEMBERS: u64 = 1 << 1;

async fn intents(all_text: bool, members: bool) -> u64 {
    let fake = Fake::start().await;
    let mut config = config(&fake);
    config.members = members;
    let mut bot = Bot::start(config, all_text);
    soon(
        "a session",
        bot.status
            .wait_for(|status| matches!(status, SourceStatus::Online(_))),
    )
    .await
    .unwrap();
    fake.identified().unwrap()["intents"].as_u64().unwrap()
}

#[tokio::test]
async fn the_content_of_messages_is_asked_for_only_if_somebody_reads_it() {
    assert_eq!(intents(false, false).await & (MESSAGE_CONTENT | GUILD_MEMBERS), 0);
    assert_eq!(intents(true, false).await & MESSAGE_CONTENT, MESSAGE_CONTENT);
    assert_eq!(intents(false, true).await & GUILD_MEMBERS, GUILD_MEMBERS);
}

async fn failure(bot: Bot) -> SourceError {
    soon("the end", bot.ended).await.unwrap().unwrap_err()
}

fn refuse_token(fake: &Fake, times: usize) {
    for _ in 0..times {
        let body = json!({ "code": 0, "message": "401: Unauthorized" });
        fake.script("GET", "/users/@me", 401, body);
    }
}

#[tokio::test]
async fn a_token_that_is_refused_now_and_then_is_asked_again() {
    let fake = Fake::start().await;
    refuse_token(&fake, 2);
    let mut bot = Bot::start(config(&fake), false);
    let online = |status: &SourceStatus| matches!(status, SourceStatus::Online(_));
    soon("a session", bot.status.wait_for(online)).await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_refused_three_times_ends_it_with_a_sentence() {
    let fake = Fake::start().await;
    refuse_token(&fake, 3);
    let error = failure(Bot::start(config(&fake), false)).await;
    assert_eq!(
        error.sentence,
        "Discord refused the bot's token: check DISCORD_TOKEN"
    );
}

#[tokio::test]
async fn the_real_gateway_is_refused_when_another_server_is_configured() {
    let fake = Fake::start().await;
    fake.set_gateway("wss://gateway.discord.gg");
    let error = failure(Bot::start(config(&fake), false)).await;
    assert!(
        error
            .sentence
            .contains("Discord's real gateway gateway.discord.gg: refused"),
        "{}",
        error.sentence
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_waited_for() {
    let fake = Fake::start().await;
    fake.script("GET", "/users/@me", 500, json!("down"));
    let mut bot = Bot::start(config(&fake), false);
    let degraded =
        |status: &SourceStatus| matches!(status, SourceStatus::Degraded(why) if why.contains("500"));
    soon("bad news", bot.status.wait_for(degraded)).await.unwrap();
    soon(
        "a session",
        bot.status
            .wait_for(|status| matches!(status, SourceStatus::Online(_))),
    )
    .await
    .unwrap();
    bot.stop.cancel();
    soon("the end", bot.ended).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_server_without_an_identify_budget_will_do() {
    let fake = Fake::start().await;
    fake.script(
        "GET",
        "/gateway/bot",
        404,
        json!({ "code": 0, "message": "404: Not Found" }),
    );
    let url = fake.url.replace("http://", "ws://") + "/gateway";
    fake.script("GET", "/gateway", 200, json!({ "url": url }));
    Bot::online(&fake).await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_at_once() {
    let fake = Fake::start().await;
    let mut config = config(&fake);
    config.api_url = "discord.example".to_owned();
    assert!(matches!(
        duologue_discord::adapter(config),
        Err(SetupError::ApiUrl(_))
    ));
}
