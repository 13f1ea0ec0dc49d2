//! What people say to the shipped bot on both networks of a sandbox.

use std::time::{Duration, Instant};

use duologue_sandbox::{Network, Sandbox, SandboxConfig, SandboxHandle, Upload};
use duologue_tests::world::{NETWORKS, PATIENCE, Person};

use crate::process::Program;

struct Shipped {
    sandbox: SandboxHandle,
    program: Program,
}

impl Shipped {
    async fn start() -> Self {
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
        let program = Program::start(&["run"], &variables, "");
        let ready = |sandbox: &SandboxHandle| {
            let status = sandbox.status();
            let bots = [status.telegram_bots.first()?, status.discord_bots.first()?];
            (bots[1].connection == "connected" && bots.iter().map(|bot| bot.commands.len()).min()? >= 6)
                .then_some(())
        };
        sandbox.wait_for(PATIENCE, ready).await.unwrap();
        Self { sandbox, program }
    }

    fn person(&self, network: Network, name: &str) -> Person {
        Person::new(&self.sandbox, network, name)
    }

    async fn stop(self) -> String {
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
async fn the_lesson_runs_in_one_message_ends_with_a_picture_and_the_chat_goes_on() {
    let bot = Shipped::start().await;
    let people = NETWORKS.map(|network| bot.person(network, "Anna"));
    let start = Instant::now();
    for anna in &people {
        anna.command("compare tasks=3 seconds=1");
        anna.finds(|message| message.button("Stop").is_some()).await;
    }
    for anna in &people {
        anna.command("ping");
        anna.finds(|message| message.text.contains("pong")).await;
    }
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "the chat waited {:?}",
        start.elapsed()
    );
    for anna in &people {
        let picture = anna.finds(|message| !message.files.is_empty()).await;
        assert!(picture.files[0].mime.contains("image/"), "{:?}", picture.files);
        let live = anna.finds(|message| message.edits > 2).await;
        assert!(live.text.contains("Done"), "{}", live.text);
    }
    assert!(
        start.elapsed() >= Duration::from_secs(4),
        "3 s one after another and 1 s side by side"
    );
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lesson_can_be_stopped_by_who_began_it() {
    let bot = Shipped::start().await;
    for network in NETWORKS {
        let anna = bot.person(network, "Anna");
        anna.command("compare");
        anna.finds(|message| message.button("Stop").is_some()).await;
        let start = Instant::now();
        anna.press("Stop");
        anna.finds(|message| message.text.contains("topped") && message.button("Stop").is_none())
            .await;
        assert!(
            start.elapsed() < Duration::from_secs(3),
            "{network:?}: {:?}",
            start.elapsed()
        );
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_in_the_middle_of_the_lesson_ends_it_in_order() {
    let bot = Shipped::start().await;
    let people = NETWORKS.map(|network| bot.person(network, "Anna"));
    for anna in &people {
        anna.command("compare");
        anna.finds(|message| message.button("Stop").is_some()).await;
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
        assert!(
            last.buttons.is_empty(),
            "the last edit took the button away: {chat}"
        );
    }
    bot.sandbox.shutdown().await;
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
