//! A bot on both networks of a sandbox, in one process, over real sockets. Owns the sandbox and the running engine.

use std::time::Duration;

use anyhow::{Context, Result};
use duologue::{Adapter, Ended, Engine, EngineConfig, EngineHandle, Router, Secret, SourceStatus};
use duologue_discord::Config as DiscordConfig;
use duologue_sandbox::{
    ChatKey, ChatSnapshot, DiscordUser, MessageView, Network, Sandbox, SandboxConfig, SandboxHandle, Slash,
    TelegramUser, Upload,
};
use duologue_telegram::{TelegramConfig, Timing};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a test waits for a state before it fails and says what was there.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Both networks, in the order of every table.
pub const NETWORKS: [Network; 2] = [Network::Telegram, Network::Discord];

/// A sandbox and a bot in it.
pub struct World {
    /// The sandbox.
    pub sandbox: SandboxHandle,
    /// The bot, seen from outside.
    pub bot: EngineHandle,
    stop: CancellationToken,
    running: JoinHandle<Ended>,
    /// How many commands a menu should hold.
    commands: usize,
}

/// How a world differs from the usual one.
#[derive(Default)]
pub struct Setting {
    /// The sandbox's rules.
    pub sandbox: SandboxConfig,
    /// The engine's settings.
    pub engine: EngineConfig,
    /// Only this network.
    pub only: Option<Network>,
    /// A token that Telegram does not know.
    pub bad_telegram_token: bool,
    /// A token that Discord does not know.
    pub bad_discord_token: bool,
}

impl World {
    /// A world with the usual settings, once the bot is online and its menus are registered.
    ///
    /// # Panics
    ///
    /// When the bot does not come online: then no test means anything.
    pub async fn start(set_up: impl FnOnce(&mut Router)) -> Self {
        let world = Self::begin(Setting::default(), set_up).await;
        world.ready(&NETWORKS).await;
        world
    }

    /// A world with other settings, without waiting for the bot.
    ///
    /// # Panics
    ///
    /// When the sandbox or an adapter cannot be made.
    pub async fn begin(setting: Setting, set_up: impl FnOnce(&mut Router)) -> Self {
        let sandbox = Sandbox::start(setting.sandbox)
            .await
            .expect("the sandbox starts on a free port");
        let mut router = Router::new();
        set_up(&mut router);
        let commands = router.specs().iter().filter(|spec| !spec.hidden).count();
        let mut adapters = Vec::new();
        if setting.only != Some(Network::Discord) {
            adapters
                .push(telegram(&sandbox, setting.bad_telegram_token).expect("the adapter takes the token"));
        }
        if setting.only != Some(Network::Telegram) {
            adapters.push(discord(&sandbox, setting.bad_discord_token).expect("the adapter takes the token"));
        }
        let engine = Engine::new(setting.engine, router, adapters);
        let (bot, stop) = (engine.handle(), CancellationToken::new());
        #[expect(clippy::disallowed_methods, reason = "the world joins it when it ends")]
        let running = tokio::spawn(engine.run(stop.clone()));
        Self {
            sandbox,
            bot,
            stop,
            running,
            commands,
        }
    }

    /// Waits until the bot is online on these networks and its commands stand in their menus.
    ///
    /// # Panics
    ///
    /// When that does not happen in time.
    pub async fn ready(&self, networks: &[Network]) {
        let ready = |sandbox: &SandboxHandle| {
            let status = sandbox.status();
            let all = networks.iter().all(|network| {
                let (bots, connection) = match network {
                    Network::Telegram => (&status.telegram_bots, "polling"),
                    Network::Discord => (&status.discord_bots, "connected"),
                };
                bots.iter()
                    .any(|bot| bot.connection == connection && bot.commands.len() == self.commands)
            });
            all.then_some(())
        };
        self.sandbox
            .wait_for(PATIENCE, ready)
            .await
            .unwrap_or_else(|error| panic!("not ready: {error}"));
    }

    /// The person Anna in her private chat with the bot on Telegram, or in the demo channel on Discord.
    ///
    /// # Panics
    ///
    /// When the sandbox lacks its demo people.
    #[must_use]
    pub fn anna(&self, network: Network) -> Person {
        self.person(network, "Anna")
    }

    /// A person with a chat of their own.
    ///
    /// # Panics
    ///
    /// When the sandbox refuses the person.
    #[must_use]
    pub fn person(&self, network: Network, name: &str) -> Person {
        Person::new(&self.sandbox, network, name)
    }

    /// Waits until the bot says this of a network.
    ///
    /// # Panics
    ///
    /// When it does not in time; the message says what it says instead.
    pub async fn health(&self, network: &str, wanted: impl Fn(&SourceStatus) -> bool) -> SourceStatus {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let health = self.bot.health();
            let status = health
                .iter()
                .find(|health| health.network.as_str() == network)
                .map(|h| h.status.clone());
            match status {
                Some(status) if wanted(&status) => return status,
                status => assert!(tokio::time::Instant::now() < deadline, "{network} is {status:?}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Stops the bot as a signal would, then the sandbox.
    ///
    /// # Panics
    ///
    /// When the engine panicked.
    pub async fn stop(self) -> Ended {
        self.stop.cancel();
        let ended = self.running.await.expect("the engine does not panic");
        self.sandbox.shutdown().await;
        ended
    }

    /// Stops the bot and leaves the sandbox.
    ///
    /// # Panics
    ///
    /// When the engine panicked.
    pub async fn stop_bot(self) -> (SandboxHandle, Ended) {
        self.stop.cancel();
        (
            self.sandbox,
            self.running.await.expect("the engine does not panic"),
        )
    }
}

/// The Telegram adapter on a sandbox, with short waits.
///
/// # Errors
///
/// When the adapter refuses the token or the address.
pub fn telegram(sandbox: &SandboxHandle, bad_token: bool) -> Result<Adapter> {
    let mut token = sandbox.telegram_token("duologue");
    if bad_token {
        let bot = sandbox.telegram().bot_of(&token).context("the bot's account")?;
        sandbox.faults().revoke_telegram(bot, true);
        token = sandbox.telegram_token("duologue");
    }
    let config = TelegramConfig {
        api_url: sandbox.telegram_api_url(),
        timing: Timing {
            backoff: Duration::from_millis(20),
            backoff_most: Duration::from_millis(200),
            token_doubt: Duration::from_millis(100),
            ..Timing::default()
        },
        ..TelegramConfig::new(Secret::new(token))
    };
    Ok(duologue_telegram::adapter(config)?)
}

/// The Discord adapter on a sandbox, with short waits.
///
/// # Errors
///
/// When the adapter refuses the address.
pub fn discord(sandbox: &SandboxHandle, bad_token: bool) -> Result<Adapter> {
    let token = sandbox.discord_token("duologue");
    if bad_token {
        let bot = sandbox.discord().bot_of(&token).context("the bot's account")?;
        sandbox.faults().revoke_discord(bot, true);
    }
    let mut config = DiscordConfig::new(Secret::new(token));
    config.timing.token_doubt = Duration::from_millis(100);
    config.api_url = sandbox.discord_api_url();
    config.timing.backoff_min = Duration::from_millis(20);
    config.timing.backoff_max = Duration::from_millis(200);
    config.timing.identify_gap = Duration::from_millis(50);
    config.timing.lost_session = Duration::from_millis(50);
    Ok(duologue_discord::adapter(config)?)
}

/// A person in a chat, alike on both networks.
pub struct Person {
    sandbox: SandboxHandle,
    who: Who,
    /// The chat.
    pub chat: ChatKey,
}

enum Who {
    Telegram(TelegramUser),
    Discord(DiscordUser),
}

impl Person {
    /// A person with a chat of their own: a private one on Telegram, a channel on Discord.
    ///
    /// # Panics
    ///
    /// When the sandbox refuses the person.
    #[must_use]
    pub fn new(sandbox: &SandboxHandle, network: Network, name: &str) -> Self {
        let (who, chat) = match network {
            Network::Telegram => {
                let telegram = sandbox.telegram();
                let user = telegram.user(name).expect("the sandbox takes a user");
                let bot = telegram.bots().first().expect("the bot's account").id;
                let chat = telegram.private_chat(bot, &user).expect("a private chat");
                (Who::Telegram(user), chat)
            }
            Network::Discord => {
                let discord = sandbox.discord();
                let user = discord.user(name).expect("the sandbox takes a user");
                let channel = discord
                    .channel(&format!("room-{}", name.to_lowercase()))
                    .expect("a channel");
                (Who::Discord(user), channel)
            }
        };
        Self {
            sandbox: sandbox.clone(),
            who,
            chat,
        }
    }

    /// Gives a command: `roll dice=3 sides=d20`. Telegram gets it as text, Discord with typed options.
    ///
    /// # Panics
    ///
    /// When the client would not let it out.
    pub fn command(&self, line: &str) {
        match &self.who {
            Who::Telegram(user) => {
                user.send_text(&self.chat, &format!("/{line}"))
                    .expect("it is a message");
            }
            Who::Discord(user) => {
                user.slash(&self.chat, slash(line))
                    .expect("the client lets the command out");
            }
        }
    }

    /// Writes plain text.
    ///
    /// # Panics
    ///
    /// When the client would not let it out.
    pub fn say(&self, words: &str) -> i64 {
        match &self.who {
            Who::Telegram(user) => user.send_text(&self.chat, words),
            Who::Discord(user) => user.send_text(&self.chat, words),
        }
        .expect("it is a message")
    }

    /// Gives a command that takes a file by the name of its option.
    ///
    /// # Panics
    ///
    /// When the client would not let it out.
    pub fn command_with_file(&self, name: &str, option: &str, file: Upload) {
        match &self.who {
            Who::Telegram(user) => {
                user.send_document(&self.chat, file, &format!("/{name}"))
                    .expect("it is a message");
            }
            Who::Discord(user) => {
                user.slash(&self.chat, Slash::new(name).file(option, file))
                    .expect("the client lets the command out");
            }
        }
    }

    /// Gives a command with pictures or other files: Telegram gets an album (or one photo) with the command as its
    /// caption, Discord typed options, the files in options of these names.
    ///
    /// # Panics
    ///
    /// When the client would not let it out.
    pub fn call(&self, name: &str, options: &[(&str, &str)], files: Vec<(&str, Upload)>) {
        match &self.who {
            Who::Telegram(user) => {
                let values: Vec<&str> = options.iter().map(|(_, value)| *value).collect();
                let line = format!("/{name} {}", values.join(" "));
                let mut pictures: Vec<Upload> = files.into_iter().map(|(_, file)| file).collect();
                let sent = match pictures.len() {
                    0 => user.send_text(&self.chat, &line).map(drop),
                    1 => {
                        let picture = pictures.remove(0);
                        // What the client does not take as a photo goes as a file.
                        let photo = user.send_photo(&self.chat, picture.clone(), &line);
                        photo
                            .or_else(|_| user.send_document(&self.chat, picture, &line))
                            .map(drop)
                    }
                    _ => user.send_album(&self.chat, pictures, &line).map(drop),
                };
                sent.expect("it is a message");
            }
            Who::Discord(user) => {
                let slash = options.iter().fold(Slash::new(name), |slash, (option, value)| {
                    match value.parse::<i64>() {
                        Ok(number) => slash.option(option, number),
                        Err(_) => slash.option(option, *value),
                    }
                });
                let slash = files
                    .into_iter()
                    .fold(slash, |slash, (option, file)| slash.file(option, file));
                user.slash(&self.chat, slash)
                    .expect("the client lets the command out");
            }
        }
    }

    /// Waits until a task's card shows these words: a draft in a private chat, else a message.
    ///
    /// # Panics
    ///
    /// When none does in time; the message shows the chat.
    pub async fn watches(&self, words: &str) {
        self.sees(|chat| {
            let drafts = chat.drafts.iter().map(|draft| &draft.text);
            let messages = chat.from_bots().map(|message| &message.text);
            drafts.chain(messages).any(|text| text.contains(words))
        })
        .await;
    }

    /// Cancels the task whose card is the newest: by the draft's own button, or by that of the message.
    ///
    /// # Panics
    ///
    /// When no card can be cancelled.
    pub fn cancels(&self) {
        match &self.who {
            Who::Telegram(user) => {
                user.stop_draft(&self.chat).expect("the draft can be stopped");
            }
            Who::Discord(_) => self.press("Cancel"),
        }
    }

    /// Presses the button with this label in the newest message that has one.
    ///
    /// # Panics
    ///
    /// When there is no such button.
    pub fn press(&self, label: &str) {
        let chat = self.snapshot();
        let message = chat
            .from_bots()
            .rev()
            .find(|message| message.button(label).is_some());
        let message = message
            .unwrap_or_else(|| panic!("no button {label} in {chat}"))
            .id;
        match &self.who {
            Who::Telegram(user) => {
                user.press(&self.chat, message, label)
                    .expect("the button can be pressed");
            }
            Who::Discord(user) => {
                user.press(&self.chat, message, label)
                    .expect("the button can be pressed");
            }
        }
    }

    /// Reacts to a message.
    ///
    /// # Panics
    ///
    /// When the client would not let it out.
    pub fn react(&self, message: i64, emoji: &str) {
        match &self.who {
            Who::Telegram(user) => user.react(&self.chat, message, emoji, true),
            Who::Discord(user) => user.react(&self.chat, message, emoji, true),
        }
        .expect("the message is there");
    }

    /// Changes an own message.
    ///
    /// # Panics
    ///
    /// When the client would not let it out.
    pub fn edit(&self, message: i64, words: &str) {
        match &self.who {
            Who::Telegram(user) => user.edit(&self.chat, message, words),
            Who::Discord(user) => user.edit(&self.chat, message, words),
        }
        .expect("the message is there");
    }

    /// The chat as it is now.
    ///
    /// # Panics
    ///
    /// When it does not exist.
    #[must_use]
    pub fn snapshot(&self) -> ChatSnapshot {
        self.sandbox.snapshot(&self.chat).expect("the chat exists")
    }

    /// What the bot said, without what still shows "thinking".
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.snapshot()
            .from_bots()
            .filter(|message| !message.thinking)
            .map(|message| message.text.clone())
            .collect()
    }

    /// Waits until the bot said so much, and gives it.
    ///
    /// # Panics
    ///
    /// When it does not in time; the message shows the chat.
    pub async fn hears(&self, count: usize) -> Vec<String> {
        self.sees(|chat| chat.from_bots().filter(|message| !message.thinking).count() >= count)
            .await;
        self.heard()
    }

    /// Waits until the chat is as wanted.
    ///
    /// # Panics
    ///
    /// When it is not in time; the message shows the chat.
    pub async fn sees(&self, wanted: impl FnMut(&ChatSnapshot) -> bool) -> ChatSnapshot {
        let seen = self.sandbox.wait_for_chat(&self.chat, PATIENCE, wanted).await;
        seen.unwrap_or_else(|error| panic!("it was not seen: {error}"))
    }

    /// Waits for a message of the bot.
    ///
    /// # Panics
    ///
    /// When there is none in time; the message shows the chat.
    pub async fn finds(&self, mut wanted: impl FnMut(&MessageView) -> bool) -> MessageView {
        let found = self.sandbox.wait_for_message(&self.chat, PATIENCE, |message| {
            message.from.bot && !message.deleted && wanted(message)
        });
        found
            .await
            .unwrap_or_else(|error| panic!("it was not found: {error}"))
    }
}

fn slash(line: &str) -> Slash {
    let mut words = line.split(' ');
    let mut slash = Slash::new(words.next().unwrap_or_default());
    for word in words {
        let (name, value) = word.split_once('=').expect("options are given by name");
        slash = match (value.parse::<i64>(), value.parse::<bool>()) {
            (Ok(number), _) => slash.option(name, number),
            (_, Ok(yes)) => slash.option(name, yes),
            _ => slash.option(name, value.replace('_', " ")),
        };
    }
    slash
}
