//! What the page does when things happen in an order that is rare: late answers, files that change, quick people.

use anyhow::Result;
use duologue_sandbox::ChatKey;
use duologue_tests::browser::Browser;
use duologue_tests::world::World;
use serde_json::json;

use super::{picture, telegram, with_browser};

/// Wraps the page's calls whose address holds the words of the first argument: they wait before they leave, or their
/// answers wait before the page sees them.
const WRAP: &str = "const [part, early] = arguments; \
    const gate = new Promise((open) => { window.letGo = open; }); \
    const real = window.fetch; window.asked = window.held = 0; \
    window.fetch = async (url, init) => { \
        if (!url.includes(part)) return real(url, init); \
        window.asked += 1; \
        if (early) { window.held += 1; await gate; return real(url, init); } \
        const answer = await real(url, init); \
        const text = await answer.text(); \
        window.held += 1; \
        await gate; \
        return new Response(text, { status: answer.status }); };";

/// Keeps calls of the page back whose address holds these words.
async fn hold_calls(browser: &Browser, part: &str) -> Result<()> {
    browser
        .client
        .execute(WRAP, vec![part.into(), true.into()])
        .await?;
    Ok(())
}

/// Lets calls of the page whose address holds these words go to the sandbox, and keeps the answers back.
async fn hold_answers(browser: &Browser, part: &str) -> Result<()> {
    browser
        .client
        .execute(WRAP, vec![part.into(), false.into()])
        .await?;
    Ok(())
}

/// Keeps answers back from the page's very first call on: the page is opened once more.
async fn hold_answers_from_the_start(browser: &Browser, world: &World, part: &str) -> Result<()> {
    let script = format!("((...arguments) => {{ {WRAP} }})('{part}', false)");
    browser.before_pages(&script).await?;
    browser.client.goto(&world.sandbox.url()).await?;
    Ok(())
}

/// Waits until so many calls or answers are kept back.
async fn held(browser: &Browser, count: u64) -> Result<()> {
    let script = "const [count, done] = arguments; \
        const look = () => window.held >= count ? done() : requestAnimationFrame(look); look();";
    browser.client.execute_async(script, vec![count.into()]).await?;
    Ok(())
}

/// Lets everything go that was kept back.
async fn let_go(browser: &Browser) -> Result<()> {
    browser.client.execute("window.letGo()", vec![]).await?;
    Ok(())
}

async fn value(browser: &Browser, test_id: &str) -> Result<String> {
    let script = "return document.querySelector(`[data-testid='${arguments[0]}']`).value";
    let value = browser.client.execute(script, vec![test_id.into()]).await?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// Chooses both files of the command that compares them.
async fn choose(browser: &Browser, world: &World) -> Result<()> {
    for (option, name) in [("left", "comb.png"), ("right", "flower.webp")] {
        let field = browser.find(&format!("discord-option-{option}")).await?;
        field.send_keys(&picture(browser, world, name).await?).await?;
    }
    Ok(())
}

/// The channel that the Discord pane shows first.
fn general(world: &World) -> Result<ChatKey> {
    Ok(world.sandbox.discord().channel("general")?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_browser_has_files_that_nobody_else_writes() -> Result<()> {
    with_browser(async |browser, _| {
        let other = Browser::start(400, 800).await?;
        let chosen = browser.file("comb.png", b"chosen")?;
        let written = std::fs::metadata(&chosen)?.modified()?;
        let elsewhere = other.file("comb.png", b"of another test")?;
        other.close().await?;
        assert_ne!(chosen, elsewhere);
        assert_eq!(chosen, browser.file("comb.png", b"chosen once more")?);
        assert_eq!(std::fs::read(&chosen)?, b"chosen");
        assert_eq!(std::fs::metadata(&chosen)?.modified()?, written);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changes_on_the_disk_while_it_is_sent_does_not_stop_the_call() -> Result<()> {
    with_browser(async |browser, world| {
        browser.find("discord-input").await?.send_keys("/compare").await?;
        browser.find("discord-picker-item").await?.click().await?;
        choose(browser, world).await?;
        hold_calls(browser, "/control/slash").await?;
        browser.find("discord-submit").await?.click().await?;
        held(browser, 1).await?;
        for name in ["comb.png", "flower.webp"] {
            std::fs::remove_file(picture(browser, world, name).await?)?;
        }
        let_go(browser).await?;
        browser
            .read("[data-testid='discord-message']", "comb.png and flower.webp")
            .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_went_away_after_it_was_chosen_is_named_and_can_be_chosen_again() -> Result<()> {
    with_browser(async |browser, world| {
        browser.find("discord-input").await?.send_keys("/compare").await?;
        browser.find("discord-picker-item").await?.click().await?;
        choose(browser, world).await?;
        std::fs::remove_file(picture(browser, world, "comb.png").await?)?;
        browser.find("discord-submit").await?.click().await?;
        browser
            .read("[data-testid='discord-toast']", "comb.png changed or went away")
            .await?;
        let left = browser.find("discord-option-left").await?;
        left.send_keys(&picture(browser, world, "comb.png").await?)
            .await?;
        browser.find("discord-submit").await?.click().await?;
        browser
            .read("[data-testid='discord-message']", "comb.png and flower.webp")
            .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_while_a_chat_is_being_read_stays() -> Result<()> {
    with_browser(async |browser, world| {
        let general = general(world)?;
        let anna = world.sandbox.discord().user("Anna")?;
        let log = "[data-testid='discord-message']";
        anna.send_text(&general, "before")?;
        browser.read(log, "before").await?;
        hold_answers(browser, "/control/chat").await?;
        let open = "const chats = document.querySelector(\"[data-testid='discord-chat']\"); \
            window.old = document.querySelector(arguments[0]); chats.dispatchEvent(new Event('change'))";
        browser.client.execute(open, vec![log.into()]).await?;
        held(browser, 1).await?;
        // The sandbox has answered, and the page has not heard it yet.
        anna.send_text(&general, "meanwhile")?;
        browser.read(log, "meanwhile").await?;
        let_go(browser).await?;
        let drawn = "const [done] = arguments; \
            const look = () => window.old.isConnected ? requestAnimationFrame(look) : done(); look();";
        browser.client.execute_async(drawn, vec![]).await?;
        browser.read(log, "meanwhile").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_can_write_before_the_page_knows_where_to() -> Result<()> {
    with_browser(async |browser, world| {
        hold_answers_from_the_start(browser, world, "/control/chat").await?;
        held(browser, 1).await?;
        for network in ["telegram", "discord"] {
            browser.gone(&format!("[data-testid='{network}-input']")).await?;
        }
        let_go(browser).await?;
        let input = browser.find("telegram-input").await?;
        input.send_keys("at once\u{e007}").await?;
        browser
            .read("[data-testid='telegram-message']", "you wrote: at once")
            .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_was_typed_before_it_was_known_is_offered() -> Result<()> {
    with_browser(async |browser, world| {
        let hidden = |network: &str, list: &str| {
            format!("#{network} .popup[hidden], #{network} .popup:not(:has([data-testid='{list}']))")
        };
        let late = json!({ "name": "late", "description": "Comes late", "type": 1 });
        let token = format!("Bot {}", world.sandbox.discord_token("duologue"));
        let bot = world.sandbox.status().discord_bots[0].id;
        let url = format!(
            "{}/api/v10/applications/{bot}/commands",
            world.sandbox.discord_api_url()
        );
        browser.find("discord-input").await?.send_keys("/late").await?;
        browser
            .find_css(&hidden("discord", "discord-picker-item"))
            .await?;
        let post = reqwest::Client::new().post(url).header("authorization", token);
        post.json(&late).send().await?.error_for_status()?;
        browser
            .find_css("#discord .popup:not([hidden]) [data-command='late']")
            .await?;

        browser.find("telegram-input").await?.send_keys("/late").await?;
        browser
            .find_css(&hidden("telegram", "telegram-menu-item"))
            .await?;
        let late = json!({ "commands": [{ "command": "late", "description": "Comes late" }] });
        telegram(world, "setMyCommands", late).await?;
        browser
            .find_css("#telegram .popup:not([hidden]) [data-command='/late']")
            .await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_opened_stays_open_when_the_menu_changes() -> Result<()> {
    with_browser(async |browser, world| {
        let menu = browser.find("telegram-menu").await?;
        let keep = "window.person = document.querySelector(\"[data-testid='telegram-user'] option\")";
        browser.client.execute(keep, vec![]).await?;
        menu.click().await?;
        browser
            .find_css("#telegram .popup:not([hidden]) [data-command='/count']")
            .await?;
        let late = json!({ "commands": [{ "command": "late", "description": "Comes late" }] });
        telegram(world, "setMyCommands", late).await?;
        browser
            .find_css("#telegram .popup:not([hidden]) [data-command='/late']")
            .await?;
        // The list of people is the same, and so are its elements: somebody may be choosing one of them.
        let kept = browser
            .client
            .execute("return window.person.isConnected", vec![])
            .await?;
        assert_eq!(kept, json!(true));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_while_a_message_is_sent_belongs_to_the_next() -> Result<()> {
    with_browser(async |browser, _| {
        let log = "[data-testid='discord-message']";
        let input = browser.find("discord-input").await?;
        input.send_keys("first\u{e007}").await?;
        browser.read(log, "first").await?;
        hold_answers(browser, "/control/send").await?;
        input.send_keys("second\u{e007}").await?;
        held(browser, 1).await?;
        input.send_keys("third").await?;
        let_go(browser).await?;
        input.send_keys("\u{e007}").await?;
        browser.read(log, "second").await?;
        browser.read(log, "third").await?;
        assert_eq!(value(browser, "discord-input").await?, "");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_press_while_a_command_is_sent_is_no_second_command() -> Result<()> {
    with_browser(async |browser, world| {
        browser.find("discord-input").await?.send_keys("/add").await?;
        browser.find("discord-picker-item").await?.click().await?;
        browser.find("discord-option-left").await?.send_keys("20").await?;
        hold_answers(browser, "/control/slash").await?;
        let submit = browser.find("discord-submit").await?;
        submit.click().await?;
        held(browser, 1).await?;
        submit.click().await?;
        let asked = browser.client.execute("return window.asked", vec![]).await?;
        assert_eq!(asked, json!(1));
        let_go(browser).await?;
        browser.gone("[data-testid='discord-command']").await?;
        browser
            .read("[data-testid='discord-message']", "The sum is 21")
            .await?;
        let answers = world.sandbox.snapshot(&general(world)?).expect("it is there");
        assert_eq!(answers.from_bots().count(), 1);
        Ok(())
    })
    .await
}
