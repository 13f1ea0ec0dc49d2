//! The sandbox's page in a headless browser: a click path through both panes, with pictures kept as artifacts.

use std::io::Write as _;

use anyhow::Result;
use duologue::prelude::*;
use duologue::{HandlerError, Router};
use duologue_tests::browser::{Browser, installed};
use duologue_tests::world::World;

/// Add two numbers.
#[command]
async fn add(
    /// The first
    left: u32,
    /// The second
    right: Option<u32>,
) -> Content {
    let sum = left + right.unwrap_or(1);
    Content::text(format!("The sum is {sum}")).buttons([Button::command(
        "One more",
        "add",
        format!("{sum} 1"),
    )])
}

/// Count down in one message.
#[command]
async fn count(ctx: Context) -> Result<(), HandlerError> {
    let live = ctx.live("three").await?;
    live.finish("liftoff").await?;
    Ok(())
}

fn commands(router: &mut Router) {
    router.command(add);
    router.command(count);
    router.text(|_: Context, message: duologue::Message| async move {
        match message.attachments.first() {
            Some(file) => format!("got {}", file.name.as_deref().unwrap_or("a file")),
            None => format!("you wrote: {}", message.text.text),
        }
    });
}

/// Runs a click path, or says that there is no browser. Where one is required, its absence is a failure.
async fn with_browser(path: impl AsyncFnOnce(&Browser, &World) -> Result<()>) -> Result<()> {
    if !installed() {
        assert!(
            std::env::var_os("REQUIRE_CHROMIUM").is_none(),
            "chromium and chromedriver are required here"
        );
        // Not by a macro: the test runner would keep that line to itself.
        writeln!(
            std::io::stderr(),
            "SKIPPED: the page was not tried, as chromium and chromedriver are not installed"
        )?;
        return Ok(());
    }
    let world = World::start(commands).await;
    let browser = Browser::start(1400, 900).await?;
    browser.client.goto(&world.sandbox.url()).await?;
    let result = path(&browser, &world).await;
    // What went wrong is easier seen than told.
    let pictured = browser.screenshot("page-last.png").await;
    browser.close().await?;
    world.stop().await;
    result.and(pictured)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_chats_on_both_panes() -> Result<()> {
    with_browser(async |browser, _| {
        let input = browser.find("telegram-input").await?;
        input.send_keys("/add 40 2\u{e007}").await?;
        browser
            .read("[data-testid='telegram-message']", "The sum is 42")
            .await?;
        browser.find("telegram-button").await?.click().await?;
        browser
            .read("[data-testid='telegram-message']", "The sum is 43")
            .await?;
        input.send_keys("hello there").await?;
        browser.find("telegram-send").await?.click().await?;
        browser
            .read("[data-testid='telegram-message']", "you wrote: hello there")
            .await?;
        input.send_keys("/count\u{e007}").await?;
        browser
            .read("[data-testid='telegram-message']", "liftoff")
            .await?;
        browser.read("[data-testid='telegram-message']", "edited").await?;
        browser.screenshot("page-telegram.png").await?;

        let input = browser.find("discord-input").await?;
        input.send_keys("/add").await?;
        browser.find("discord-picker-item").await?.click().await?;
        browser.find("discord-option-left").await?.send_keys("20").await?;
        browser
            .find("discord-option-right")
            .await?
            .send_keys("22")
            .await?;
        browser.screenshot("page-picker.png").await?;
        browser.find("discord-submit").await?.click().await?;
        browser
            .read("[data-testid='discord-message']", "The sum is 42")
            .await?;
        browser.find("discord-button").await?.click().await?;
        browser
            .read("[data-testid='discord-message']", "The sum is 43")
            .await?;
        browser.screenshot("page-both.png").await
    })
    .await
}

/// A call of the Bot API with the bot's own token, for what its adapter does not do by itself.
async fn telegram(world: &World, method: &str, body: serde_json::Value) -> Result<serde_json::Value> {
    let token = world.sandbox.telegram_token("duologue");
    let url = format!("{}/bot{token}/{method}", world.sandbox.telegram_api_url());
    let answer: serde_json::Value = reqwest::Client::new()
        .post(url)
        .json(&body)
        .send()
        .await?
        .json()
        .await?;
    anyhow::ensure!(answer["ok"] == true, "{method}: {answer}");
    Ok(answer["result"].clone())
}

/// The same page as on a telephone, and in the dark.
async fn small_and_dark(browser: &Browser, name: &str) -> Result<()> {
    for theme in ["light", "dark"] {
        let script = "document.documentElement.dataset.theme = arguments[0]";
        browser.client.execute(script, vec![theme.into()]).await?;
        browser.client.set_window_size(400, 800).await?;
        browser.screenshot(&format!("{name}-narrow-{theme}.png")).await?;
        browser.client.set_window_size(1400, 900).await?;
        browser.screenshot(&format!("{name}-{theme}.png")).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_seen_while_it_grows_and_can_be_stopped() -> Result<()> {
    with_browser(async |browser, world| {
        let input = browser.find("telegram-input").await?;
        input.send_keys("tell me a story\u{e007}").await?;
        browser
            .read("[data-testid='telegram-message']", "you wrote: tell me")
            .await?;
        let draft = |text: &str, stop: bool| serde_json::json!({ "chat_id": 1001, "draft_id": 5, "text": text, "parse_mode": "HTML", "can_stop": stop });
        let seen = "[data-testid='telegram-draft']";
        telegram(world, "sendMessageDraft", draft("", true)).await?;
        browser.read(seen, "Thinking").await?;
        let stop = browser.find("telegram-draft-stop").await?;
        let story = "Once upon a time there was a bot that wrote <b>slowly</b>, so that everybody";
        telegram(world, "sendMessageDraft", draft(story, true)).await?;
        browser.read(seen, "slowly").await?;
        small_and_dark(browser, "page-draft").await?;
        // The button is still the one that was there before the text grew.
        stop.click().await?;
        browser.gone(seen).await?;
        telegram(world, "sendMessageDraft", serde_json::json!({ "chat_id": 1001, "draft_id": 6, "text": "Another" })).await?;
        browser.read(seen, "Another").await?;
        browser.gone("[data-testid='telegram-draft-stop']").await?;
        telegram(world, "sendMessage", serde_json::json!({ "chat_id": 1001, "text": "Another one." })).await?;
        browser.read("[data-testid='telegram-message']", "Another one.").await?;
        browser.gone(seen).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_made_a_moderator_of_a_group_and_of_the_guild() -> Result<()> {
    with_browser(async |browser, world| {
        let pick = async |select: &str, label: &str| -> Result<()> {
            browser.find(select).await?.select_by_label(label).await?;
            Ok(())
        };
        browser
            .gone("[data-testid='telegram-moderator']:not([hidden])")
            .await?;
        pick("telegram-chat", "Sandbox Group").await?;
        pick("telegram-user", "Grace").await?;
        pick("discord-user", "Grace").await?;
        for network in ["telegram", "discord"] {
            let shield = format!("{network}-moderator");
            browser
                .find_css(&format!("[data-testid='{shield}'][aria-pressed='false']"))
                .await?
                .click()
                .await?;
            browser
                .find_css(&format!("[data-testid='{shield}'][aria-pressed='true']"))
                .await?;
        }
        small_and_dark(browser, "page-moderator").await?;
        let status = world.sandbox.status();
        let names: Vec<usize> = status
            .chats
            .iter()
            .filter(|chat| chat.title == "Sandbox Group" || chat.title == "general")
            .map(|chat| chat.moderators.len())
            .collect();
        assert_eq!(names, [2, 2], "the owner and Grace");
        // The owner stays what they are, and the page says why.
        pick("telegram-user", "Ada").await?;
        browser
            .find_css("[data-testid='telegram-moderator'][aria-pressed='true']")
            .await?
            .click()
            .await?;
        browser
            .read(
                "[data-testid='telegram-toast']",
                "the owner of a group stays its owner",
            )
            .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_telegram_menu_lists_the_commands_and_the_keyboard_reaches_it() -> Result<()> {
    with_browser(async |browser, _| {
        browser.find("telegram-menu").await?.click().await?;
        browser
            .read("[data-testid='telegram-menu-item']", "/count")
            .await?;
        browser.screenshot("page-menu.png").await?;
        let input = browser.find("telegram-input").await?;
        input.send_keys("\u{e00c}/cou").await?;
        browser.find("telegram-menu-item").await?;
        // Down and Enter take the item, Enter sends it.
        input.send_keys("\u{e015}\u{e007}").await?;
        input.send_keys("\u{e007}").await?;
        browser.read("[data-testid='telegram-message']", "liftoff").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_and_the_raw_calls_of_a_message_can_be_seen() -> Result<()> {
    with_browser(async |browser, _| {
        let file = duologue_tests::project().join("Cargo.toml");
        let file = file.to_str().expect("the path is UTF-8");
        browser.find("telegram-file").await?.send_keys(file).await?;
        browser.find("telegram-send").await?.click().await?;
        browser
            .read("[data-testid='telegram-message']", "got Cargo.toml")
            .await?;
        let inspect = "[data-testid='telegram-message'] [data-testid='inspect']";
        browser.find_css(inspect).await?;
        browser
            .client
            .execute(
                &format!("document.querySelectorAll(\"{inspect}\")[1].click()"),
                vec![],
            )
            .await?;
        browser
            .read("[data-testid='inspector-detail']", "sendMessage")
            .await?;
        browser.screenshot("page-inspector.png").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_elsewhere_is_seen_without_a_reload() -> Result<()> {
    with_browser(async |browser, world| {
        browser
            .find("telegram-input")
            .await?
            .send_keys("hello\u{e007}")
            .await?;
        browser
            .read("[data-testid='telegram-message']", "you wrote: hello")
            .await?;
        let status = world.sandbox.status();
        let chat = status
            .chats
            .iter()
            .map(|chat| duologue_sandbox::ChatKey(chat.key.clone()))
            .find(|key| {
                world
                    .sandbox
                    .snapshot(key)
                    .is_some_and(|chat| chat.from_bots().next().is_some())
            });
        let chat = chat.expect("the chat that the page shows");
        let own = world.sandbox.snapshot(&chat).expect("it is there").messages[0].clone();
        let person = world.sandbox.telegram().user(&own.from.name)?;
        person.react(&chat, own.id, "👍", true)?;
        browser.read("[data-testid='telegram-message']", "👍").await?;
        person.delete(&chat, own.id)?;
        browser.gone(&format!("[data-message-id='{}']", own.id)).await
    })
    .await
}
