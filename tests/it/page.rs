//! The sandbox's page in a headless browser: a click path through both panes, with pictures kept as artifacts.

mod order;

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

/// Compare two files.
#[command]
async fn compare(
    /// The first
    left: Attachment,
    /// The second
    right: Attachment,
) -> String {
    let name = |file: &Attachment| file.name.clone().unwrap_or_default();
    format!("{} and {}", name(&left), name(&right))
}

fn commands(router: &mut Router) {
    router.command(add);
    router.command(compare);
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
    // What went wrong is easier seen than told. Tests run beside each other, so each has a picture of its own.
    let thread = std::thread::current();
    let test = thread.name().and_then(|name| name.rsplit("::").next());
    let pictured = match &result {
        Ok(()) => Ok(()),
        Err(_) => {
            browser
                .screenshot(&format!("page-failed-{}.png", test.unwrap_or("test")))
                .await
        }
    };
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

/// The bytes of a picture of the sandbox's site.
async fn drawn(world: &World, name: &str) -> Result<Vec<u8>> {
    let url = format!("{}/pictures/{name}", world.sandbox.site_url());
    let answer = reqwest::get(url).await?.error_for_status()?;
    Ok(answer.bytes().await?.to_vec())
}

/// A picture of the sandbox's site, as a file that the browser can choose.
async fn picture(browser: &Browser, world: &World, name: &str) -> Result<String> {
    let path = browser.file(name, &drawn(world, name).await?)?;
    Ok(path.to_string_lossy().into_owned())
}

/// A multipart body with a picture in it.
async fn with_picture(world: &World, part: &'static str, name: &str) -> Result<reqwest::multipart::Form> {
    let bytes = drawn(world, name).await?;
    let file = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
    Ok(reqwest::multipart::Form::new().part(part, file.mime_str("image/png")?))
}

/// Pictures of the page with one of its panes as on a telephone, and in the dark.
async fn small_and_dark(browser: &Browser, pane: &str, name: &str) -> Result<()> {
    for theme in ["light", "dark"] {
        let script = "document.documentElement.dataset.theme = arguments[0]";
        browser.client.execute(script, vec![theme.into()]).await?;
        browser.client.set_window_size(400, 800).await?;
        browser.find(&format!("{pane}-tab")).await?.click().await?;
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
        small_and_dark(browser, "telegram", "page-draft").await?;
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
        small_and_dark(browser, "telegram", "page-moderator").await?;
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
async fn pictures_chosen_at_once_are_an_album_and_can_be_answered() -> Result<()> {
    with_browser(async |browser, world| {
        let mut paths = Vec::new();
        for name in ["comb.png", "hives.jpg", "flower.webp"] {
            paths.push(picture(browser, world, name).await?);
        }
        browser
            .find("telegram-file")
            .await?
            .send_keys(&paths.join("\n"))
            .await?;
        browser
            .read("[data-testid='telegram-reply-bar']", "flower.webp")
            .await?;
        browser
            .find("telegram-input")
            .await?
            .send_keys("from the meadow\u{e007}")
            .await?;
        browser
            .find_css(".album [data-testid='telegram-message']:nth-child(3) img")
            .await?;
        let album: Vec<_> = world
            .sandbox
            .status()
            .chats
            .iter()
            .filter_map(|chat| {
                world
                    .sandbox
                    .snapshot(&duologue_sandbox::ChatKey(chat.key.clone()))
            })
            .flat_map(|chat| chat.messages)
            .filter(|message| !message.from.bot && message.service.is_none())
            .collect();
        assert_eq!(album.len(), 3);
        assert!(
            album
                .iter()
                .all(|one| one.raw["media_group_id"] == album[0].raw["media_group_id"])
        );
        assert_eq!(album[0].text, "from the meadow");
        small_and_dark(browser, "telegram", "page-album").await?;
        let reply = format!("[data-message-id='{}'] [data-testid='reply']", album[1].id);
        let click = "document.querySelector(arguments[0]).click()";
        browser.client.execute(click, vec![reply.into()]).await?;
        browser
            .find("telegram-input")
            .await?
            .send_keys("this one\u{e007}")
            .await?;
        browser
            .read("[data-testid='telegram-message'] .quote", "Ada")
            .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_becomes_a_picture_on_both_panes() -> Result<()> {
    with_browser(async |browser, world| {
        browser
            .find("telegram-input")
            .await?
            .send_keys("draw\u{e007}")
            .await?;
        browser
            .read("[data-testid='telegram-message']", "you wrote: draw")
            .await?;
        let text = serde_json::json!({ "chat_id": 1001, "text": "drawing…" });
        let id = telegram(world, "sendMessage", text).await?["message_id"].clone();
        browser
            .read("[data-testid='telegram-message']", "drawing…")
            .await?;
        let media = serde_json::json!({ "type": "photo", "media": "attach://fresh", "caption": "drawn" });
        let form = with_picture(world, "fresh", "comb.png").await?;
        let form = form
            .text("chat_id", "1001")
            .text("message_id", id.to_string())
            .text("media", media.to_string());
        let token = world.sandbox.telegram_token("duologue");
        let url = format!("{}/bot{token}/editMessageMedia", world.sandbox.telegram_api_url());
        let client = reqwest::Client::new();
        client
            .post(url)
            .multipart(form)
            .send()
            .await?
            .error_for_status()?;
        browser
            .find_css(&format!("#telegram [data-message-id='{id}'][data-edits='1'] img"))
            .await?;
        browser.read("[data-testid='telegram-message']", "drawn").await?;

        let token = format!("Bot {}", world.sandbox.discord_token("duologue"));
        let general = world.sandbox.discord().channel("general")?;
        let channel = world.sandbox.snapshot(&general).expect("it is there").chat.id;
        let url = format!(
            "{}/api/v10/channels/{channel}/messages",
            world.sandbox.discord_api_url()
        );
        let post = client.post(&url).header("authorization", &token);
        let sent: serde_json::Value = post
            .json(&serde_json::json!({ "content": "drawing…" }))
            .send()
            .await?
            .json()
            .await?;
        browser
            .read("[data-testid='discord-message']", "drawing…")
            .await?;
        let id = sent["id"].as_str().unwrap_or_default();
        let form = with_picture(world, "files[0]", "flower.webp")
            .await?
            .text("payload_json", r#"{"content":"drawn"}"#);
        let patch = client
            .patch(format!("{url}/{id}"))
            .header("authorization", &token);
        patch.multipart(form).send().await?.error_for_status()?;
        browser
            .find_css(&format!("#discord [data-message-id='{id}'][data-edits='1'] img"))
            .await?;
        browser.screenshot("page-media.png").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slash_command_takes_several_files() -> Result<()> {
    with_browser(async |browser, world| {
        browser.find("discord-input").await?.send_keys("/compare").await?;
        browser.find("discord-picker-item").await?.click().await?;
        for (option, name) in [("left", "comb.png"), ("right", "flower.webp")] {
            let field = browser.find(&format!("discord-option-{option}")).await?;
            field.send_keys(&picture(browser, world, name).await?).await?;
        }
        small_and_dark(browser, "discord", "page-options").await?;
        browser.find("discord-submit").await?.click().await?;
        browser
            .read("[data-testid='discord-message']", "comb.png and flower.webp")
            .await?;
        // The answer can be seen before the page knows that its call went through.
        browser.gone("[data-testid='discord-command']").await?;
        // Several files in one message as well.
        let paths = [
            picture(browser, world, "comb.png").await?,
            picture(browser, world, "hives.jpg").await?,
        ];
        browser
            .find("discord-file")
            .await?
            .send_keys(&paths.join("\n"))
            .await?;
        browser.find("discord-send").await?.click().await?;
        browser
            .find_css("#discord [data-from-bot='false'] img[alt='hives.jpg']")
            .await?;
        browser.screenshot("page-files.png").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_leads_to_the_site_and_its_pictures_can_be_seen() -> Result<()> {
    with_browser(async |browser, world| {
        let link = browser.find("site-link").await?;
        let href = link.attr("href").await?.unwrap_or_default();
        assert_eq!(href, world.sandbox.site_url());
        browser.client.goto(&href).await?;
        browser.read("main", "How Bees Tell Each Other Where to Fly").await?;
        browser.screenshot("site-front.png").await?;
        browser.client.goto(&format!("{href}/articles/why-colonies-die")).await?;
        browser.read("article", "A mite the size of a pinhead").await?;
        browser.client.set_window_size(400, 800).await?;
        browser.screenshot("site-narrow.png").await?;
        browser.client.set_window_size(1400, 900).await?;
        browser.client.goto(&format!("{href}/pictures/")).await?;
        // Every picture is decoded by the browser, at the size that the page says.
        let script = "const [done] = arguments; Promise.all([...document.images].map(async (image) => { \
            image.loading = 'eager'; await image.decode(); \
            return image.naturalWidth === image.width || image.naturalWidth > 700; })).then(done, (e) => done([String(e)]));";
        let shown = browser.client.execute_async(script, vec![]).await?;
        assert_eq!(shown, serde_json::json!([true, true, true, true, true]));
        browser.screenshot("site-pictures.png").await
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
