//! What people say to the shipped bot on both networks of a sandbox.

use std::time::{Duration, Instant};

use duologue_sandbox::{ChatSnapshot, Network, Sandbox, SandboxConfig, SandboxHandle, Upload};
use duologue_tests::world::{NETWORKS, PATIENCE, Person};

use crate::process::Program;

/// How many commands the bot has.
pub(crate) const COMMANDS: usize = 18;

pub(crate) struct Shipped {
    pub(crate) sandbox: SandboxHandle,
    pub(crate) program: Program,
    variables: Vec<(String, String)>,
}

impl Shipped {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[], "").await
    }

    /// With more variables, and more in the configuration file.
    pub(crate) async fn start_with(more: &[(&str, &str)], config: &str) -> Self {
        let sandbox = Sandbox::start(SandboxConfig::default()).await.unwrap();
        let (telegram, discord) = (
            sandbox.telegram_token("duologue"),
            sandbox.discord_token("duologue"),
        );
        let variables = [
            ("TELEGRAM_TOKEN", telegram.as_str()),
            ("TELEGRAM_API_URL", &sandbox.telegram_api_url()),
            ("DISCORD_TOKEN", discord.as_str()),
            ("DISCORD_API_URL", &sandbox.discord_api_url()),
        ];
        let site = sandbox.site_url();
        let config = format!(
            "{config}\n[features.fetch]\nallow = [\"{site}\"]\nseconds = 3\n[features.report]\nsources = [\"{site}/\"]\npages = 4\n"
        );
        let variables: Vec<_> = variables.iter().chain(more).copied().collect();
        let program = Program::configured(&["run"], &variables, "", &config);
        let ready = |sandbox: &SandboxHandle| {
            let status = sandbox.status();
            let bots = [status.telegram_bots.first()?, status.discord_bots.first()?];
            (bots[1].connection == "connected"
                && bots.iter().map(|bot| bot.commands.len()).min()? >= COMMANDS)
                .then_some(())
        };
        sandbox.wait_for(PATIENCE, ready).await.unwrap();
        let owned = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let variables = owned.collect();
        Self {
            sandbox,
            program,
            variables,
        }
    }

    /// Stops the bot and starts it again on the same data.
    pub(crate) async fn restart(&mut self) {
        self.program.rests().await;
        self.start_again();
    }

    /// Starts the bot again on the same data, once it has ended.
    pub(crate) fn start_again(&mut self) {
        let variables = self.variables.iter();
        let variables: Vec<_> = variables
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.program.again(&["run"], &variables);
    }

    pub(crate) fn person(&self, network: Network, name: &str) -> Person {
        Person::new(&self.sandbox, network, name)
    }

    pub(crate) async fn stop(self) -> String {
        self.program.terminate().await;
        let (status, log) = self.program.ends().await;
        assert!(status.success(), "{log}");
        self.sandbox.shutdown().await;
        log
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_visitor_finds_everything() {
    let bot = Shipped::start().await;
    for network in NETWORKS {
        let anna = bot.person(network, "Anna");
        anna.command("help");
        let help = &anna.hears(1).await[0];
        for name in ["/start", "/help", "/ping", "/echo", "/roll", "/compare"] {
            assert!(help.contains(name), "{network:?}: {help}");
        }
        anna.command("ping");
        anna.finds(|message| message.text.contains("pong")).await;
        anna.command("roll dice=3 sides=d20");
        anna.finds(|message| message.button("Roll again").is_some()).await;
        let before = anna.heard().len();
        anna.press("Roll again");
        anna.hears(before + 1).await;
        anna.command_with_file("echo", "file", Upload::new("note.txt", b"hello".to_vec()));
        let echoed = anna.finds(|message| !message.files.is_empty()).await;
        assert_eq!(echoed.files[0].name, "note.txt", "{network:?}");
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lesson_ends_with_a_picture_and_the_chat_goes_on_meanwhile() {
    let bot = Shipped::start().await;
    let people = NETWORKS.map(|network| bot.person(network, "Anna"));
    for anna in &people {
        anna.command("compare pieces=2 seconds=1 work=waiting");
        anna.watches("Comparing 2 pieces").await;
    }
    let asked = Instant::now();
    for anna in &people {
        anna.command("ping");
        anna.finds(|message| message.text.contains("pong")).await;
    }
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "the chat waited {:?}",
        asked.elapsed()
    );
    for anna in &people {
        let end = anna
            .finds(|message| message.text.contains("When the work is waiting"))
            .await;
        assert!(end.text.contains("Processes: "), "{}", end.text);
        anna.sees(|chat| pictures(chat) == 1).await;
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_cancelled_from_its_card_whatever_lane_it_is_in() {
    let bot = Shipped::start().await;
    for network in NETWORKS {
        let anna = bot.person(network, "Anna");
        for (line, words) in [
            ("compare pieces=6 seconds=5", "Comparing 6 pieces"),
            ("simulate model=pi trials=100000000", "Throwing darts"),
        ] {
            anna.command(line);
            anna.watches(words).await;
            let before = anna
                .heard()
                .iter()
                .filter(|text| text.contains("cancelled"))
                .count();
            let pressed = Instant::now();
            anna.cancels();
            anna.sees(|chat| {
                let ended = chat
                    .from_bots()
                    .filter(|message| message.text.contains("cancelled"));
                ended.count() > before
            })
            .await;
            assert!(
                pressed.elapsed() < Duration::from_secs(3),
                "{network:?}: {:?}",
                pressed.elapsed()
            );
        }
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_in_the_middle_of_tasks_ends_them_in_order() {
    let bot = Shipped::start().await;
    let people = NETWORKS.map(|network| bot.person(network, "Anna"));
    for anna in &people {
        anna.command("compare pieces=6 seconds=5");
        anna.watches("Comparing 6 pieces").await;
    }
    let start = Instant::now();
    bot.program.terminate().await;
    let (status, log) = bot.program.ends().await;
    assert!(
        status.success() && start.elapsed() < Duration::from_secs(9),
        "{log}"
    );
    assert!(log.contains("nothing was left undone"), "{log}");
    for anna in &people {
        let chat = anna.snapshot();
        let last = chat.last_from_bot().unwrap();
        assert!(last.text.contains("interrupted"), "{chat}");
        assert!(
            last.button("Start again").is_some() && last.button("Cancel").is_none(),
            "the last edit has other buttons: {chat}"
        );
    }
    bot.sandbox.shutdown().await;
}

/// How many pictures the bot has sent into a chat.
fn pictures(chat: &ChatSnapshot) -> usize {
    let files = chat.from_bots().flat_map(|message| &message.files);
    files.filter(|file| file.mime.starts_with("image/")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_text_in_private_gets_a_helpful_answer() {
    let bot = Shipped::start().await;
    let anna = bot.person(Network::Telegram, "Anna");
    anna.say("rol");
    let guess = anna.finds(|message| !message.buttons.is_empty()).await;
    assert!(guess.buttons[0][0].text.contains("roll"), "{guess:?}");
    anna.say("what is this");
    anna.finds(|message| message.text.contains("I understand commands"))
        .await;
    bot.stop().await;
}

/// A picture of one colour.
fn painted(name: &str, width: u32, height: u32) -> Upload {
    let colour = duologue_draw::canvas::Colour::rgb(0x2457B8);
    let canvas = duologue_draw::canvas::Canvas::new(width, height, colour).unwrap();
    Upload::new(name, canvas.into_png())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_are_changed_on_both_networks_and_a_bomb_is_refused() {
    let bot = Shipped::start().await;
    let bomb = reqwest::get(format!("{}/trap/huge.png", bot.sandbox.site_url()));
    let bomb = bomb.await.unwrap().bytes().await.unwrap().to_vec();
    for network in NETWORKS {
        let anna = bot.person(network, "Anna");
        let picture = vec![("picture", painted("blue.png", 300, 200))];
        anna.call(
            "image",
            &[("operations", "crop square, resize 100, grey")],
            picture,
        );
        anna.finds(|message| message.text.contains("100 × 100") && !message.files.is_empty())
            .await;
        let album = vec![
            ("picture", painted("one.png", 300, 200)),
            ("second", painted("two.png", 300, 200)),
        ];
        anna.call("image", &[("operations", "collage row")], album);
        anna.finds(|message| message.text.contains("612 × 200") && !message.files.is_empty())
            .await;
        anna.call("image", &[], vec![("picture", painted("blue.png", 300, 200))]);
        anna.finds(|message| message.button("Half as large").is_some())
            .await;
        anna.press("Half as large");
        anna.finds(|message| message.text.contains("150 × 100") && !message.files.is_empty())
            .await;
        let huge = vec![("picture", Upload::new("huge.png", bomb.clone()))];
        anna.call("image", &[("operations", "grey")], huge);
        anna.finds(|message| message.text.contains("too large")).await;
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_addresses_are_fetched_at_once_and_each_is_told_about() {
    let bot = Shipped::start().await;
    let site = bot.sandbox.site_url();
    let addresses = [
        "/articles/year-in-the-hive",
        "/files/harvest.csv",
        "/files/five-megabytes.bin",
        "/nothing-there",
        "/trap/flaky/once",
    ];
    let pictures_page = reqwest::get(format!("{site}/pictures/"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let picture = pictures_page
        .split("href=\"/pictures/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let addresses: Vec<String> = addresses
        .iter()
        .map(|path| format!("{site}{path}"))
        .chain([format!("{site}/pictures/{picture}")])
        .collect();
    for network in NETWORKS {
        let anna = bot.person(network, "Anna");
        anna.call("fetch", &[("addresses", &addresses.join(" "))], Vec::new());
        let result = anna.finds(|message| message.text.contains(" of 6 files, ")).await;
        for part in [
            "A Year in the Hive",
            "text/csv",
            "5.0 MB",
            "(404)",
            "SHA-256",
            " × ",
        ] {
            assert!(
                result.text.contains(part),
                "{network:?}: {part} is not in {}",
                result.text
            );
        }
        anna.sees(|chat| pictures(chat) == 1).await;
        anna.finds(|message| {
            message
                .files
                .iter()
                .any(|file| file.name == "year-in-the-hive.txt")
        })
        .await;
        let zip = format!("{} {} zip", addresses[0], addresses[1]);
        anna.call("fetch", &[("addresses", &zip)], Vec::new());
        anna.finds(|message| message.files.iter().any(|file| file.name == "fetched.zip"))
            .await;
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_for_now_is_fetched_again_by_a_button() {
    let bot = Shipped::start().await;
    let site = bot.sandbox.site_url();
    for network in NETWORKS {
        let anna = bot.person(network, "Anna");
        let address = format!("{site}/trap/flaky/{network:?}");
        anna.call("fetch", &[("addresses", &address)], Vec::new());
        let failed = anna.finds(|message| message.text.contains("✗")).await;
        let label = failed.buttons[0][0].text.clone();
        assert!(label.starts_with("Retry"), "{failed:?}");
        anna.press(&label);
        anna.finds(|message| message.text.contains("SHA-256")).await;
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_that_lead_inside_drip_or_never_end_harm_nobody() {
    let bot = Shipped::start().await;
    let site = bot.sandbox.site_url();
    let traps = [
        "/trap/bomb",
        "/trap/redirect/metadata",
        "/trap/redirect/loopback",
        "/trap/deep",
        "/trap/huge.png",
        "/trap/drip",
        "/trap/silent",
        "/trap/endless",
    ];
    let mut addresses: Vec<String> = traps.iter().map(|path| format!("{site}{path}")).collect();
    addresses.extend(
        [
            "http://169.254.169.254/latest/",
            "http://localhost:1/",
            "ftp://example.com/x",
        ]
        .map(str::to_owned),
    );
    for network in NETWORKS {
        let anna = bot.person(network, "Anna");
        let begun = Instant::now();
        anna.call("fetch", &[("addresses", &addresses.join(" "))], Vec::new());
        anna.watches("Fetching 11 files").await;
        anna.command("ping");
        anna.finds(|message| message.text.contains("pong")).await;
        let result = anna
            .finds(|message| message.text.contains(" of 11 files, "))
            .await;
        assert!(begun.elapsed() < Duration::from_secs(18), "{:?}", begun.elapsed());
        for part in ["where I do not go", "http and https alone", "it is larger than"] {
            assert!(
                result.text.contains(part),
                "{network:?}: {part} is not in {}",
                result.text
            );
        }
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_researched_written_and_printed_while_the_chat_goes_on() {
    let bot = Shipped::start().await;
    let site = bot.sandbox.site_url();
    let people = NETWORKS.map(|network| bot.person(network, "Anna"));
    for anna in &people {
        anna.call("report", &[("about", "bees")], Vec::new());
        anna.watches("Report: bees").await;
        anna.command("ping");
        anna.finds(|message| message.text.contains("pong")).await;
    }
    for anna in &people {
        let end = anna.finds(|message| message.text.contains("Outline: ")).await;
        assert!(end.text.contains(" sources, "), "{}", end.text);
        for name in ["report.pdf", "report.md"] {
            anna.finds(|message| message.files.iter().any(|file| file.name == name))
                .await;
        }
        let pages = format!("{site}/articles/waggle-dance {site}/private/notes {site}/nothing");
        anna.call("report", &[("about", &pages)], Vec::new());
        let end = anna.finds(|message| message.text.contains("Not read")).await;
        for why in ["asks robots to stay away", "(404)"] {
            assert!(end.text.contains(why), "{}", end.text);
        }
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_killed_costs_one_task_and_nobody_else() {
    let bot = Shipped::start().await;
    for network in NETWORKS {
        let (anna, ben) = (bot.person(network, "Anna"), bot.person(network, "Ben"));
        anna.command("simulate model=pi trials=100000000");
        anna.watches("Throwing darts").await;
        let workers = wait_for_workers(&bot.program).await;
        for worker in workers {
            kill(worker);
        }
        anna.finds(|message| message.text.contains("something went wrong on my side"))
            .await;
        ben.command("simulate model=pi trials=1000 seed=7");
        ben.finds(|message| message.text.contains("π ≈")).await;
    }
    bot.stop().await;
}

/// The worker processes of the program, once there are some.
async fn wait_for_workers(program: &Program) -> Vec<u32> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let workers = program.children();
        if !workers.is_empty() {
            return workers;
        }
        assert!(Instant::now() < deadline, "no worker was started");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// It may have ended by itself meanwhile.
fn kill(process: u32) {
    let kill = format!("kill -9 {process} 2>/dev/null || true");
    let status = std::process::Command::new("sh").args(["-c", &kill]).status();
    assert!(status.unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_people_at_once_simulate_fetch_chat_and_cancel() {
    let bot = Shipped::start().await;
    let site = bot.sandbox.site_url();
    let names = ["Anna", "Ben", "Cleo", "Dora", "Emil"];
    let people: Vec<Person> = NETWORKS
        .into_iter()
        .flat_map(|network| names.map(|name| bot.person(network, name)))
        .collect();
    for person in &people {
        person.command("simulate model=pi trials=20000 seed=7");
        let address = format!("{site}/slow/30000?rate=30000");
        person.call("fetch", &[("addresses", &address)], Vec::new());
    }
    let asked = Instant::now();
    for person in &people {
        person.command("ping");
    }
    for person in &people {
        person.finds(|message| message.text.contains("pong")).await;
    }
    assert!(
        asked.elapsed() < Duration::from_secs(3),
        "the chat waited {:?}",
        asked.elapsed()
    );
    // Every third one changes their mind about everything.
    for person in people.iter().step_by(3) {
        person.command("cancel task=all");
    }
    for (index, person) in people.iter().enumerate() {
        let cancelled = index % 3 == 0;
        person
            .sees(|chat| {
                let has = |words: &str| {
                    chat.from_bots()
                        .filter(|message| message.text.contains(words))
                        .count()
                };
                let ended = has("π ≈") + has("SHA-256") + has(": cancelled.");
                ended >= 2 && (cancelled || has(": cancelled.") == 0)
            })
            .await;
    }
    let log = bot.stop().await;
    assert!(log.contains("nothing was left undone"), "{log}");
}
