//! The shipped bot behind a proxy: Telegram's webhook and Discord's endpoint, and who is turned away there.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use duologue_sandbox::{Network, Sandbox, SandboxConfig, SandboxHandle};
use duologue_tests::world::{PATIENCE, Person};
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::process::Program;
use crate::shipped::COMMANDS;

const SECRET: &str = "SPARROW-in-the-chimney_1";

/// What a proxy does: its address is known before the bot's.
struct Proxy {
    address: SocketAddr,
    bot: watch::Sender<Option<SocketAddr>>,
}

impl Proxy {
    #[expect(clippy::disallowed_methods, reason = "they end with the test's runtime")]
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (bot, known) = watch::channel(None);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut known = known.clone();
                tokio::spawn(async move {
                    let bot = known.wait_for(Option::is_some).await.ok().and_then(|bot| *bot);
                    let mut behind = TcpStream::connect(bot?).await.ok()?;
                    tokio::io::copy_bidirectional(&mut stream, &mut behind).await.ok()
                });
            }
        });
        Self { address, bot }
    }

    fn lead_to(&self, bot: SocketAddr) {
        self.bot.send_replace(Some(bot));
    }
}

/// Where the program says that it listens for this path.
async fn listens(program: &mut Program, path: &str) -> SocketAddr {
    let log = program.logs(&format!("path=\"{path}\"")).await;
    let address = log.rsplit("address=").next().unwrap();
    let address = address.trim_start_matches("Some(");
    let end = address.find([' ', ')']).unwrap();
    address[..end].parse().unwrap()
}

/// Waits until the network's bot is reached in this way and has its menu.
async fn ready(sandbox: &SandboxHandle, connection: &str) {
    let ready = |sandbox: &SandboxHandle| {
        let status = sandbox.status();
        let mut bots = status.telegram_bots.iter().chain(&status.discord_bots);
        bots.any(|bot| bot.connection == connection && bot.commands.len() >= COMMANDS)
            .then_some(())
    };
    sandbox.wait_for(PATIENCE, ready).await.unwrap();
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

async fn ends_well(program: Program) {
    program.terminate().await;
    let (status, log) = program.ends().await;
    assert!(
        status.success() && log.contains("nothing was left undone"),
        "{log}"
    );
    assert!(!log.contains(SECRET), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn telegram_brings_updates_by_webhook_and_strangers_bring_none() {
    let sandbox = Sandbox::start(SandboxConfig::default()).await.unwrap();
    let proxy = Proxy::start().await;
    let url = format!("http://{}/telegram", proxy.address);
    let token = sandbox.telegram_token("duologue");
    let variables = [
        ("TELEGRAM_TOKEN", token.as_str()),
        ("TELEGRAM_API_URL", &sandbox.telegram_api_url()),
        ("TELEGRAM_WEBHOOK_URL", &url),
        ("TELEGRAM_WEBHOOK_SECRET", SECRET),
        ("TELEGRAM_WEBHOOK_LISTEN", "127.0.0.1:0"),
    ];
    let mut program = Program::start(&["run"], &variables, "");
    proxy.lead_to(listens(&mut program, "/telegram").await);
    ready(&sandbox, "webhook").await;
    let anna = Person::new(&sandbox, Network::Telegram, "Anna");
    anna.command("ping");
    anna.finds(|message| message.text.contains("pong")).await;

    let client = Client::builder().no_proxy().build().unwrap();
    let user = json!({ "id": 1, "is_bot": false, "first_name": "Eve" });
    let chat = json!({ "id": 1, "type": "private", "first_name": "Eve" });
    let message = json!({ "message_id": 1, "date": 1, "from": user, "chat": chat, "text": "/ping" });
    let update = json!({ "update_id": 999_999_999, "message": message }).to_string();
    let bring = |secret: Option<&str>| {
        let request = client.post(&url).body(update.clone());
        match secret {
            Some(secret) => request.header("X-Telegram-Bot-Api-Secret-Token", secret),
            None => request,
        }
    };
    let sends = || sandbox.requests_of("sendMessage").len();
    // A chat shows a message a moment before its request is written down.
    let written = |count: usize| {
        sandbox.wait_for(PATIENCE, move |sandbox| {
            (sandbox.requests_of("sendMessage").len() >= count).then_some(())
        })
    };
    written(1).await.unwrap();
    let before = sends();
    for secret in [None, Some(""), Some("sparrow"), Some(&SECRET[1..])] {
        assert_eq!(status(bring(secret)).await, 401, "{secret:?}");
    }
    anna.command("ping");
    anna.hears(2).await;
    written(before + 1).await.unwrap();
    assert_eq!(sends(), before + 1, "only anna was answered");
    // With the secret the same update is taken.
    assert_eq!(status(bring(Some(SECRET))).await, 200);
    sandbox
        .wait_for(PATIENCE, |_| (sends() > before + 1).then_some(()))
        .await
        .unwrap();
    ends_well(program).await;
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discord_posts_signed_interactions_and_what_is_not_signed_now_is_refused() {
    let sandbox = Sandbox::start(SandboxConfig::default()).await.unwrap();
    let token = sandbox.discord_token("duologue");
    let discord = sandbox.discord();
    let bot = discord.bot_of(&token).unwrap();
    let variables = [
        ("DISCORD_TOKEN", token.as_str()),
        ("DISCORD_API_URL", &sandbox.discord_api_url()),
        ("DISCORD_PUBLIC_KEY", &discord.public_key(bot)),
    ];
    let config = "[discord]\ninteractions = \"endpoint\"\n[discord.endpoint]\nlisten = \"127.0.0.1:0\"\n";
    let mut program = Program::configured(&["run"], &variables, "", config);
    let address = listens(&mut program, "/interactions").await;
    let url = format!("http://{address}/interactions");
    // With a PING and with a wrong signature, as the developer portal does.
    discord.post_interactions(bot, &url).await.unwrap();
    ready(&sandbox, "endpoint").await;
    let anna = Person::new(&sandbox, Network::Discord, "Anna");
    anna.command("ping");
    anna.finds(|message| message.text.contains("pong")).await;
    anna.command("roll dice=3 sides=d20");
    anna.finds(|message| message.button("Roll again").is_some()).await;
    let before = anna.heard().len();
    anna.press("Roll again");
    anna.hears(before + 1).await;

    let client = Client::builder().no_proxy().build().unwrap();
    let ping = json!({ "id": "1", "application_id": bot.to_string(), "type": 1 }).to_string();
    let posted = |bot: i64, at: SystemTime| {
        let [(signature, signed), (timestamp, seconds)] = discord.signature(bot, &ping, at);
        let request = client.post(&url).body(ping.clone());
        request.header(signature, signed).header(timestamp, seconds)
    };
    let (now, minutes) = (SystemTime::now(), Duration::from_secs(10 * 60));
    assert_eq!(status(posted(bot, now)).await, 200);
    assert_eq!(
        status(posted(bot + 1, now)).await,
        401,
        "another application's key"
    );
    assert_eq!(status(posted(bot, now - minutes)).await, 401, "an old request");
    assert_eq!(
        status(client.post(&url).body(ping.clone())).await,
        401,
        "no signature"
    );
    ends_well(program).await;

    // Over the gateway nothing would come as long as the portal names the endpoint.
    let mut program = Program::start(&["run"], &variables, "");
    program
        .logs("discord's developer portal names an interactions endpoint")
        .await;
    ends_well(program).await;
    sandbox.shutdown().await;
}
