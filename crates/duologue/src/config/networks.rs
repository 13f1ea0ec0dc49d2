//! How the networks are reached: what is set about each, and how it is read. Owns nothing.

use std::net::{Ipv4Addr, SocketAddr};

use duologue_core::Secret;

use super::file::File;
use super::problem::{ConfigProblem, Problems};
use super::variables::{DISCORD, HEALTH, TELEGRAM};
use super::{Config, Environment, check};
use crate::words;

/// Where the file says at which address Discord's endpoint listens.
const ENDPOINT_LISTEN: &str = "discord.endpoint.listen";

/// A shorter secret than this, in characters, can be guessed.
const SHORT_SECRET: usize = 16;

/// How to reach Telegram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelegramSettings {
    /// The token from @BotFather.
    pub token: Secret,
    /// What stands before `/bot<token>`; `None` is Telegram's own.
    pub api_url: Option<String>,
    /// Whether the card of a task in a private chat is a draft with a stop button, as far as the server knows those.
    pub drafts: bool,
    /// Where Telegram brings updates to; `None` is long polling: the bot asks for them.
    pub webhook: Option<WebhookSettings>,
}

/// A webhook: Telegram calls a proxy by HTTPS, and the proxy the bot by HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSettings {
    /// The public address that Telegram calls.
    pub url: String,
    /// What Telegram shows with each update: 1 to 256 characters of `A-Z a-z 0-9 _ -`.
    pub secret: Secret,
    /// Where the proxy finds the bot.
    pub listen: SocketAddr,
    /// The path that is served, where it is not that of `url`.
    pub path: Option<String>,
    /// How many updates Telegram may bring at once, 1 to 100.
    pub max_connections: u8,
}

/// How to reach Discord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscordSettings {
    /// The token from the developer portal.
    pub token: Secret,
    /// What stands before `/api/v10`; `None` is Discord's own.
    pub api_url: Option<String>,
    /// The guild where commands are registered at once, instead of everywhere.
    pub guild: Option<u64>,
    /// Where Discord posts interactions to; `None` is the gateway.
    pub endpoint: Option<EndpointSettings>,
}

/// An endpoint for interactions: Discord calls a proxy by HTTPS, and the proxy the bot by HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSettings {
    /// The application's public key, as 64 hexadecimal digits.
    pub public_key: String,
    /// Where the proxy finds the bot.
    pub listen: SocketAddr,
    /// The path that is served.
    pub path: String,
    /// Whether the gateway is used beside it, for messages, reactions and members.
    pub gateway: bool,
}

impl TelegramSettings {
    /// Telegram itself with this token, by long polling.
    #[must_use]
    pub fn new(token: Secret) -> Self {
        Self {
            token,
            api_url: None,
            drafts: true,
            webhook: None,
        }
    }
}

impl WebhookSettings {
    /// A webhook with the defaults: on 127.0.0.1:8080, at the path of the address, 40 updates at once.
    #[must_use]
    pub fn new(url: impl Into<String>, secret: Secret) -> Self {
        Self {
            url: url.into(),
            secret,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            path: None,
            max_connections: 40,
        }
    }
}

impl DiscordSettings {
    /// Discord itself with this token, by the gateway.
    #[must_use]
    pub fn new(token: Secret) -> Self {
        Self {
            token,
            api_url: None,
            guild: None,
            endpoint: None,
        }
    }
}

impl EndpointSettings {
    /// An endpoint with the defaults: on 127.0.0.1:8081, at `/interactions`, without the gateway.
    #[must_use]
    pub fn new(public_key: impl Into<String>) -> Self {
        Self {
            public_key: public_key.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
            path: "/interactions".to_owned(),
            gateway: false,
        }
    }
}

/// Reads what is said about the networks into the configuration; gives back what is wrong with one network's token
/// alone.
pub(super) fn read(
    config: &mut Config,
    environment: &Environment,
    file: &File,
    problems: &mut Problems,
) -> Vec<ConfigProblem> {
    let mut broken = Problems::default();
    let http = |allowed: Option<bool>| allowed.unwrap_or(false);
    let telegram_url = environment.value(TELEGRAM.api_url, problems).and_then(|url| {
        check::url(
            TELEGRAM.api_url,
            &url,
            "/bot",
            http(file.telegram.plain_http),
            problems,
        )
    });
    let discord_url = environment.value(DISCORD.api_url, problems).and_then(|url| {
        check::url(
            DISCORD.api_url,
            &url,
            "/api",
            http(file.discord.plain_http),
            problems,
        )
    });
    let guild = environment
        .value(DISCORD.guild, problems)
        .and_then(|id| check::guild(DISCORD.guild, &id, problems));
    let webhook = webhook(config, environment, file, problems);
    let endpoint = endpoint(config, environment, file, problems);
    let telegram_token = environment
        .value(TELEGRAM.token, &mut broken)
        .and_then(|token| check::telegram_token(&token, telegram_url.is_some(), &mut broken));
    let discord_token = environment
        .value(DISCORD.token, &mut broken)
        .and_then(|token| check::discord_token(&token, discord_url.is_some(), &mut broken));
    for (name, value, token) in [
        (TELEGRAM.api_url, telegram_url.is_some(), &telegram_token),
        (TELEGRAM.webhook_url, webhook.is_some(), &telegram_token),
        (DISCORD.api_url, discord_url.is_some(), &discord_token),
        (DISCORD.guild, guild.is_some(), &discord_token),
    ] {
        if value && token.is_none() {
            config.warnings.push(words::without_token(name));
        }
    }
    config.telegram = telegram_token.map(|token| TelegramSettings {
        token,
        api_url: telegram_url,
        drafts: file.telegram.drafts.unwrap_or(true),
        webhook,
    });
    config.discord = discord_token.map(|token| DiscordSettings {
        token,
        api_url: discord_url,
        guild,
        endpoint,
    });
    check_addresses(config, problems);
    broken.into_inner()
}

/// A webhook, where its address is set.
fn webhook(
    config: &mut Config,
    environment: &Environment,
    file: &File,
    problems: &mut Problems,
) -> Option<WebhookSettings> {
    let file = &file.telegram.webhook;
    // What the file says is checked whether it is used or not, as all that stands there.
    let mut settings = WebhookSettings::new(String::new(), Secret::new(String::new()));
    let example = settings.listen.to_string();
    if let Some(listen) = &file.listen {
        let listen = check::address("telegram.webhook.listen", listen, &example, problems);
        settings.listen = listen.unwrap_or(settings.listen);
    }
    if let Some(path) = &file.path {
        settings.path = check::path("telegram.webhook.path", path, problems);
    }
    match file.max_connections.map(u8::try_from) {
        Some(Ok(most @ 1..=100)) => settings.max_connections = most,
        Some(_) => problems.add("telegram.webhook.max_connections", words::out_of_bounds(1, 100)),
        None => {}
    }
    let secret = environment
        .value(TELEGRAM.webhook_secret, problems)
        .and_then(|secret| check::webhook_secret(TELEGRAM.webhook_secret, &secret, problems));
    let listen = environment
        .value(TELEGRAM.webhook_listen, problems)
        .and_then(|listen| check::address(TELEGRAM.webhook_listen, &listen, &example, problems));
    settings.listen = listen.unwrap_or(settings.listen);
    if !environment.has(TELEGRAM.webhook_url) {
        for name in [TELEGRAM.webhook_secret, TELEGRAM.webhook_listen] {
            if environment.has(name) {
                problems.add(name, words::without_webhook());
            }
        }
        return None;
    }
    if !environment.has(TELEGRAM.webhook_secret) {
        problems.add(TELEGRAM.webhook_secret, words::webhook_without_secret());
    }
    let url = environment
        .value(TELEGRAM.webhook_url, problems)
        .and_then(|url| check::webhook_url(TELEGRAM.webhook_url, &url, problems));
    let (url, secret) = url.zip(secret)?;
    if secret.expose().len() < SHORT_SECRET {
        config.warnings.push(words::short_webhook_secret());
    }
    Some(WebhookSettings {
        url,
        secret,
        ..settings
    })
}

/// An endpoint, where interactions are to come by HTTP and the bot is on Discord at all.
fn endpoint(
    config: &mut Config,
    environment: &Environment,
    file: &File,
    problems: &mut Problems,
) -> Option<EndpointSettings> {
    let endpoint = &file.discord.endpoint;
    let mut settings = EndpointSettings::new(String::new());
    if let Some(listen) = &endpoint.listen {
        let example = settings.listen.to_string();
        let listen = check::address(ENDPOINT_LISTEN, listen, &example, problems);
        settings.listen = listen.unwrap_or(settings.listen);
    }
    if let Some(path) = &endpoint.path {
        let path = check::path("discord.endpoint.path", path, problems);
        settings.path = path.unwrap_or(settings.path);
    }
    settings.gateway = endpoint.gateway.unwrap_or(settings.gateway);
    let wanted = match file.discord.interactions.as_deref() {
        Some("endpoint") => true,
        Some("gateway") | None => false,
        Some(_) => {
            problems.add("discord.interactions", words::bad_interactions());
            return None;
        }
    };
    if !wanted {
        if environment.has(DISCORD.public_key) {
            config.warnings.push(words::key_without_endpoint());
        }
        return None;
    }
    // Without a token there is nobody to post to, as in the sandbox.
    if !environment.has(DISCORD.token) {
        return None;
    }
    if !environment.has(DISCORD.public_key) {
        problems.add(DISCORD.public_key, words::endpoint_without_key());
    }
    settings.public_key = environment
        .value(DISCORD.public_key, problems)
        .and_then(|key| check::public_key(DISCORD.public_key, &key, problems))?;
    Some(settings)
}

/// Two that listen at one address would fail later, and one of them only.
fn check_addresses(config: &Config, problems: &mut Problems) {
    let webhook = config
        .telegram
        .iter()
        .filter_map(|settings| settings.webhook.as_ref());
    let endpoint = config
        .discord
        .iter()
        .filter_map(|settings| settings.endpoint.as_ref());
    let taken = webhook
        .map(|webhook| (TELEGRAM.webhook_listen, webhook.listen))
        .chain(endpoint.map(|endpoint| (ENDPOINT_LISTEN, endpoint.listen)))
        .chain(config.health.map(|address| (HEALTH, address)));
    let taken: Vec<(&str, SocketAddr)> = taken.filter(|(_, address)| address.port() != 0).collect();
    for (at, (name, address)) in taken.iter().enumerate() {
        if let Some((other, _)) = taken[..at].iter().find(|(_, other)| other == address) {
            problems.add(*name, words::address_twice(other));
        }
    }
}
