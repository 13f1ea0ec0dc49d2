//! The commands that look after a bot and its data, as a person who hosts one gives them.

use std::path::Path;

use duologue_sandbox::Network;
use duologue_tests::world::{NETWORKS, Person};

use crate::process::{Ran, run_in};
use crate::shipped::Shipped;

/// A folder that is gone with the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("duologue-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that is left behind does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn run(folder: &Path, line: &str) -> Ran {
    let words: Vec<&str> = line.split(' ').collect();
    run_in(folder, &words, &[], "").await
}

async fn good(folder: &Path, line: &str) -> String {
    let ran = run(folder, line).await;
    assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
    ran.out
}

async fn bad(folder: &Path, line: &str) -> String {
    let ran = run(folder, line).await;
    assert_eq!(ran.code, Some(1), "{line}: {ran:?}");
    ran.err
}

/// Each of them makes one reminder.
async fn remind(people: &[Person]) {
    for person in people {
        person.call("remind", &[("what", "tomorrow 9:00 feed the bees")], Vec::new());
        person
            .finds(|message| message.text.contains("feed the bees"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_is_copied_while_the_bot_runs_checked_and_put_back_when_it_does_not() {
    let bot = Shipped::start().await;
    let kept = Folder::new("backup");
    let file = kept.0.join("bees.db").display().to_string();
    let folder = bot.program.folder().to_owned();
    let people = NETWORKS.map(|network| bot.person(network, "Anna"));
    remind(&people).await;

    let made = good(&folder, &format!("backup {file}")).await;
    assert!(made.contains(&file) && made.contains("2 reminders"), "{made}");
    let again = bad(&folder, &format!("backup {file}")).await;
    assert!(again.contains("is there already"), "{again}");
    let whole = good(&folder, &format!("restore {file} --verify")).await;
    assert!(whole.contains("2 reminders"), "{whole}");
    for line in [
        format!("restore {file}"),
        "export telegram:1".to_owned(),
        "forget telegram:1 --yes".to_owned(),
    ] {
        let refused = bad(&folder, &line).await;
        assert!(refused.contains("the bot runs (process "), "{refused}");
    }
    people[0].call("remind", &[("what", "tomorrow 10:00 a third one")], Vec::new());
    people[0]
        .finds(|message| message.text.contains("a third one"))
        .await;

    // Its folder goes with it: what is asked from here on is asked elsewhere.
    let elsewhere = Folder::new("restored");
    let whole = std::fs::read(&file).unwrap();
    let broken = kept.0.join("broken.db");
    std::fs::write(&broken, &whole[..whole.len() / 2]).unwrap();
    let refused = bad(&elsewhere.0, &format!("restore {}", broken.display())).await;
    assert!(refused.contains("damaged"), "{refused}");
    let put = good(&elsewhere.0, &format!("restore {file}")).await;
    assert!(put.contains("Nothing was there before"), "{put}");
    let put = good(&elsewhere.0, &format!("restore {file}")).await;
    assert!(put.contains("duologue.db.replaced-"), "{put}");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_handed_out_and_forgotten_and_nobody_else() {
    let bot = Shipped::start().await;
    let folder = Folder::new("forgotten");
    let file = folder.0.join("all.db").display().to_string();
    let anna = bot.person(Network::Telegram, "Anna");
    let dora = bot.person(Network::Telegram, "Dora");
    remind(&[anna, dora]).await;
    let id = |name: &str| bot.sandbox.telegram().user(name).unwrap().id;
    let (anna, dora) = (id("Anna"), id("Dora"));
    good(bot.program.folder(), &format!("backup {file}")).await;
    bot.stop().await;

    let here = &folder.0;
    let none = bad(here, "export telegram:1").await;
    assert!(none.contains("there is no data"), "{none}");
    good(here, &format!("restore {file}")).await;
    let export = good(here, &format!("export telegram:{anna}")).await;
    let json: serde_json::Value = serde_json::from_str(&export).unwrap();
    assert_eq!(json["jobs"][0]["body"]["text"], "feed the bees", "{export}");
    assert_eq!(json["jobs"].as_array().unwrap().len(), 1);

    let forget = format!("forget telegram:{anna}");
    let words: Vec<&str> = forget.split(' ').collect();
    let asked = run_in(here, &words, &[], "no\n").await;
    assert!(asked.out.contains("Nothing was deleted"), "{asked:?}");
    let asked = run_in(here, &words, &[], "yes\n").await;
    assert!(asked.out.contains("1 reminder or other job\n"), "{asked:?}");
    assert!(asked.out.contains("Backups are not touched"), "{asked:?}");
    let nothing = good(here, &format!("{forget} --yes")).await;
    assert!(nothing.contains("Nothing is kept"), "{nothing}");
    let other = good(here, &format!("export telegram:{dora}")).await;
    assert!(other.contains("feed the bees"), "{other}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_is_sent_beside_the_bot_that_runs() {
    let bot = Shipped::start().await;
    let (telegram, discord) = (
        bot.sandbox.telegram_token("duologue"),
        bot.sandbox.discord_token("duologue"),
    );
    let variables = [
        ("TELEGRAM_TOKEN", telegram.as_str()),
        ("TELEGRAM_API_URL", &bot.sandbox.telegram_api_url()),
        ("DISCORD_TOKEN", discord.as_str()),
        ("DISCORD_API_URL", &bot.sandbox.discord_api_url()),
    ];
    let folder = bot.program.folder().to_owned();
    for network in NETWORKS {
        let anna = bot.person(network, "Anna");
        anna.command("ping");
        anna.finds(|message| message.text.contains("pong")).await;
        let name = match network {
            Network::Telegram => "telegram",
            Network::Discord => "discord",
        };
        let chat = format!("{name}:{}", anna.chat.0.rsplit(':').next().unwrap());
        let ran = run_in(&folder, &["send", &chat, "the bees", "are back"], &variables, "").await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains(&chat) && ran.out.contains("message "), "{ran:?}");
        anna.finds(|message| message.text == "the bees are back").await;
        let ran = run_in(&folder, &["send", &chat, "-"], &variables, "from the\ninput\n").await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        anna.finds(|message| message.text == "from the\ninput").await;
        // The bot goes on hearing.
        anna.command("roll dice=1");
        anna.finds(|message| message.text.contains("1 × d6")).await;

        let nowhere = run_in(&folder, &["send", &format!("{name}:77"), "hello"], &variables, "").await;
        assert_eq!(nowhere.code, Some(1), "{nowhere:?}");
        assert!(
            nowhere.err.contains("not found") || nowhere.err.contains("forbidden"),
            "{nowhere:?}"
        );
    }
    let without = run_in(&folder, &["send", "telegram:1", "hello"], &[], "").await;
    assert_eq!(without.code, Some(1));
    assert!(without.err.contains("TELEGRAM_TOKEN"), "{without:?}");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_containers_check_asks_the_bot_how_it_is() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let asked_at = [("DUOLOGUE_HEALTH", address.as_str())];
    let bot = Shipped::start_with(&asked_at, "").await;
    let folder = bot.program.folder().to_owned();
    let well = run_in(&folder, &["health"], &asked_at, "").await;
    assert_eq!(well.code, Some(0), "{well:?}");
    assert_eq!(well.out, "well: telegram online, discord online\n");
    let not_set = run_in(&folder, &["health"], &[], "").await;
    assert_eq!(not_set.code, Some(1));
    assert!(not_set.err.contains("DUOLOGUE_HEALTH"), "{not_set:?}");
    bot.stop().await;
    let elsewhere = Folder::new("health");
    let gone = run_in(&elsewhere.0, &["health"], &asked_at, "").await;
    assert_eq!(gone.code, Some(1));
    assert!(gone.err.contains("nobody listens"), "{gone:?}");
    assert_eq!(gone.err.lines().count(), 1);
}

#[tokio::test]
async fn a_command_without_what_it_needs_says_so() {
    let folder = Folder::new("usage");
    for line in [
        "backup",
        "restore",
        "send telegram:1",
        "export anna",
        "forget telegram:x",
    ] {
        let ran = run(&folder.0, line).await;
        assert_eq!(ran.code, Some(2), "{line}: {ran:?}");
        assert!(
            ran.err.contains("telegram:123456789") || ran.err.contains("duologue help"),
            "{ran:?}"
        );
    }
    // Nothing was made on the way.
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0);
}
