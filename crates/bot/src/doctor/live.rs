//! What the networks say about the bot: whether they know its token, where events go, what it may read, and what its menu
//! shows. Owns nothing; what it says holds no token.

mod servers;

use std::time::Duration;

use duologue::{Config, DiscordSettings, TelegramSettings};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;

use super::{Finding, Verdict};
use crate::words::doctor as words;

/// How long a network has to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How far this machine's clock may be from a network's. Signed requests are five minutes good, and reminders should be
/// on time.
const CLOCK: Duration = Duration::from_secs(30);

/// The part of Discord's daily sessions that the bot never spends: one in this many.
const RESERVE: u64 = 20;

/// `GATEWAY_MESSAGE_CONTENT` and its form for small bots (resources/application, application flags).
const MESSAGE_CONTENT: u64 = 1 << 18 | 1 << 19;

/// What the bot needs of the networks.
pub(crate) struct Needs {
    /// Whether it reads messages that do not speak to it.
    pub(crate) all_text: bool,
    /// The commands of its menu.
    pub(crate) commands: Vec<String>,
}

/// Asks each network that is set up.
pub(crate) async fn ask(config: &Config, needs: &Needs) -> Vec<Finding> {
    let client = match Client::builder().timeout(PATIENCE).build() {
        Ok(client) => client,
        Err(error) => {
            return vec![Finding::new(
                words::TELEGRAM,
                Verdict::Bad,
                error.to_string(),
                None,
            )];
        }
    };
    let mut findings = Vec::new();
    if let Some(settings) = &config.telegram {
        findings.extend(telegram(&client, settings, needs).await);
    }
    if let Some(settings) = &config.discord {
        findings.extend(discord(&client, settings, needs).await);
    }
    findings
}

/// An answer that could be read.
struct Answer {
    status: StatusCode,
    json: Value,
    /// How far the machine's clock is from the network's, where that says the time.
    skew: Option<Duration>,
}

async fn get(network: &'static str, request: RequestBuilder) -> Result<Answer, Finding> {
    let unreachable = |error: reqwest::Error| {
        let error = error.without_url();
        let remedy = Some(words::UNREACHABLE_REMEDY.to_owned());
        Finding::new(network, Verdict::Note, words::unreachable(&error), remedy)
    };
    let answer = request.send().await.map_err(unreachable)?;
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let skew = date
        .and_then(|date| rfc2822::parse(date).ok())
        .map(|date| Timestamp::now().duration_since(date.timestamp()).unsigned_abs());
    let status = answer.status();
    let text = answer.text().await.map_err(unreachable)?;
    let json = serde_json::from_str(&text).unwrap_or_default();
    Ok(Answer { status, json, skew })
}

async fn telegram(client: &Client, settings: &TelegramSettings, needs: &Needs) -> Vec<Finding> {
    let base = settings.api_url.as_deref().unwrap_or(duologue::telegram::API_URL);
    let call = |method: &str| {
        let token = settings.token.expose();
        let url = format!("{}/bot{token}/{method}", base.trim_end_matches('/'));
        get(words::TELEGRAM, client.get(url))
    };
    let me = match call("getMe").await {
        Ok(me) => me,
        Err(finding) => return vec![finding],
    };
    let Some(name) = me.json["result"]["username"].as_str() else {
        return vec![refused(words::TELEGRAM, me.status)];
    };
    let mut findings = vec![Finding::well(words::TELEGRAM, words::known(name))];
    findings.extend(clock(words::TELEGRAM, me.skew));
    if needs.all_text && me.json["result"]["can_read_all_group_messages"] == Value::Bool(false) {
        findings.push(bad(words::TELEGRAM, words::PRIVACY, words::PRIVACY_REMEDY));
    }
    match call("getWebhookInfo").await {
        Ok(info) => findings.extend(webhook(&info.json["result"], settings)),
        Err(finding) => findings.push(finding),
    }
    match call("getMyCommands").await {
        Ok(menu) => findings.extend(commands(words::TELEGRAM, &menu.json["result"], "command", needs)),
        Err(finding) => findings.push(finding),
    }
    findings
}

fn webhook(info: &Value, settings: &TelegramSettings) -> Option<Finding> {
    let url = info["url"].as_str().unwrap_or_default();
    match &settings.webhook {
        None if !url.is_empty() => Some(bad(
            words::TELEGRAM,
            words::WEBHOOK_IN_THE_WAY,
            words::WEBHOOK_REMEDY,
        )),
        Some(webhook) if !url.is_empty() && url != webhook.url => Some(Finding::new(
            words::TELEGRAM,
            Verdict::Note,
            words::OTHER_WEBHOOK,
            None,
        )),
        _ => info["last_error_message"]
            .as_str()
            .map(|error| Finding::new(words::TELEGRAM, Verdict::Note, words::webhook_error(error), None)),
    }
}

async fn discord(client: &Client, settings: &DiscordSettings, needs: &Needs) -> Vec<Finding> {
    let base = settings.api_url.as_deref().unwrap_or("https://discord.com");
    let call = |path: String| {
        let url = format!("{}/api/v10{path}", base.trim_end_matches('/'));
        let token = format!("Bot {}", settings.token.expose());
        get(words::DISCORD, client.get(url).header("Authorization", token))
    };
    let me = match call("/users/@me".to_owned()).await {
        Ok(me) => me,
        Err(finding) => return vec![finding],
    };
    let Some(name) = me.json["username"].as_str() else {
        return vec![refused(words::DISCORD, me.status)];
    };
    let mut findings = vec![Finding::well(words::DISCORD, words::known(name))];
    findings.extend(clock(words::DISCORD, me.skew));
    let application = match call("/applications/@me".to_owned()).await {
        Ok(application) => application.json,
        Err(finding) => {
            findings.push(finding);
            return findings;
        }
    };
    findings.extend(portal(&application, settings, needs));
    match call("/gateway/bot".to_owned()).await {
        Ok(gateway) => findings.extend(sessions(&gateway.json["session_start_limit"])),
        Err(finding) => findings.push(finding),
    }
    match call("/users/@me/guilds".to_owned()).await {
        Ok(guilds) => findings.extend(servers::permissions(&guilds.json)),
        Err(finding) => findings.push(finding),
    }
    if let Some(id) = application["id"].as_str() {
        let guild = settings
            .guild
            .map(|guild| format!("/guilds/{guild}"))
            .unwrap_or_default();
        match call(format!("/applications/{id}{guild}/commands")).await {
            Ok(menu) => findings.extend(commands(words::DISCORD, &menu.json, "name", needs)),
            Err(finding) => findings.push(finding),
        }
    }
    findings
}

/// What the portal has for the application.
fn portal(application: &Value, settings: &DiscordSettings, needs: &Needs) -> Vec<Finding> {
    let mut findings = Vec::new();
    let flags = application["flags"].as_u64().unwrap_or_default();
    if needs.all_text && flags & MESSAGE_CONTENT == 0 {
        findings.push(bad(words::DISCORD, words::NO_CONTENT, words::NO_CONTENT_REMEDY));
    }
    let endpoint = application["interactions_endpoint_url"]
        .as_str()
        .unwrap_or_default();
    match (&settings.endpoint, endpoint) {
        (None, "") => {}
        (None, _) => findings.push(bad(
            words::DISCORD,
            words::ENDPOINT_IN_THE_WAY,
            words::ENDPOINT_REMEDY,
        )),
        (Some(_), "") => findings.push(bad(words::DISCORD, words::NO_ENDPOINT, words::NO_ENDPOINT_REMEDY)),
        (Some(_), _) => {}
    }
    findings
}

/// How many sessions of the gateway are left today.
fn sessions(limit: &Value) -> Option<Finding> {
    let (total, remaining) = (limit["total"].as_u64()?, limit["remaining"].as_u64()?);
    let found = words::sessions(remaining, total);
    Some(if remaining <= total / RESERVE {
        bad(words::DISCORD, found, words::SESSIONS_REMEDY)
    } else {
        Finding::well(words::DISCORD, found)
    })
}

/// Whether the menu shows the commands that the bot has.
fn commands(network: &'static str, menu: &Value, key: &str, needs: &Needs) -> Option<Finding> {
    let shown: Vec<&str> = menu
        .as_array()?
        .iter()
        .filter_map(|entry| entry[key].as_str())
        .collect();
    let missing = needs
        .commands
        .iter()
        .filter(|name| !shown.contains(&name.as_str()))
        .count();
    let foreign = shown
        .iter()
        .filter(|name| !needs.commands.iter().any(|own| own == *name))
        .count();
    Some(if missing + foreign == 0 {
        Finding::well(network, words::menu(shown.len()))
    } else {
        let remedy = Some(words::MENU_REMEDY.to_owned());
        Finding::new(
            network,
            Verdict::Note,
            words::other_menu(missing, foreign),
            remedy,
        )
    })
}

fn clock(network: &'static str, skew: Option<Duration>) -> Option<Finding> {
    let skew = skew.filter(|skew| *skew > CLOCK)?;
    Some(bad(network, words::clock(skew), words::CLOCK_REMEDY))
}

fn refused(network: &'static str, status: StatusCode) -> Finding {
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND) {
        bad(network, words::REFUSED, words::refused_remedy(network))
    } else {
        let remedy = Some(words::UNREACHABLE_REMEDY.to_owned());
        Finding::new(network, Verdict::Note, words::odd_answer(status.as_u16()), remedy)
    }
}

fn bad(network: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding::new(network, Verdict::Bad, found, Some(remedy.into()))
}
