//! Discord's accounts, the guild, its channels and the interactions. Owns them and the gateway sessions.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::limits::Limits;
use super::session::Session;
use crate::bounds::{BOTS, CHATS, INTERACTIONS, USERS};
use crate::error::ActError;
use crate::store::History;
use crate::world::World;

/// Discord's epoch: the first second of 2015, in milliseconds.
const EPOCH_MS: u64 = 1_420_070_400_000;
/// The one guild of the sandbox.
pub(crate) const GUILD: i64 = 100_000_000_000_000_001;
/// Its first channel.
const FIRST_CHANNEL: i64 = 100_000_000_000_000_011;
/// The first user.
const FIRST_USER: i64 = 100_000_000_000_001_001;

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) bots: BTreeMap<i64, Bot>,
    pub(crate) users: BTreeMap<i64, User>,
    /// The users who have the moderators' role.
    pub(crate) moderators: BTreeSet<i64>,
    pub(crate) channels: BTreeMap<i64, Channel>,
    pub(crate) interactions: BTreeMap<i64, Interaction>,
    pub(crate) last_id: i64,
    pub(crate) last_connection: u64,
}

#[derive(Debug)]
pub(crate) struct Bot {
    pub(crate) id: i64,
    pub(crate) token: String,
    pub(crate) name: String,
    pub(crate) revoked: bool,
    /// Whether the privileged intents are switched on for it.
    pub(crate) privileged: bool,
    /// The permissions that it has been denied in the guild, as bits.
    pub(crate) denied: u64,
    /// Registered commands, by the guild (0: global) and the command's id.
    pub(crate) commands: BTreeMap<(i64, i64), Value>,
    pub(crate) sessions: VecDeque<Session>,
    pub(crate) limits: Limits,
    /// Where its interactions are posted, instead of going over the gateway.
    pub(crate) endpoint: Option<Endpoint>,
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) username: String,
    pub(crate) locale: String,
}

#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// The bot and the user of a direct message channel.
    pub(crate) dm: Option<(i64, i64)>,
    pub(crate) history: History,
    /// Who types, and until when.
    pub(crate) typing: Vec<(i64, u64)>,
    pub(crate) last_message: Option<i64>,
    /// Whether bots may write here; the switch for 50013.
    pub(crate) writable: bool,
}

/// What a user did that a bot must answer.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    pub(crate) id: i64,
    pub(crate) token: String,
    pub(crate) bot: i64,
    /// 2 command, 3 component, 4 autocomplete, 5 form.
    pub(crate) kind: u64,
    pub(crate) channel: i64,
    pub(crate) user: i64,
    pub(crate) at_ms: u64,
    /// The callback type of the first answer.
    pub(crate) answered: Option<u64>,
    pub(crate) ephemeral: bool,
    /// The message `@original` stands for.
    pub(crate) original: Option<i64>,
    /// The message whose component was used.
    pub(crate) source: Option<i64>,
    /// The command's name.
    pub(crate) command: Option<String>,
    /// The form that was opened.
    pub(crate) form: Option<Value>,
    /// The choices that autocomplete answered.
    pub(crate) choices: Option<Value>,
}

impl User {
    pub(crate) fn json(&self) -> Value {
        json!({ "id": self.id.to_string(), "username": self.username, "discriminator": "0", "global_name": self.name,
                "avatar": null, "avatar_decoration_data": null, "banner": null, "accent_color": null,
                "public_flags": 0, "flags": 0, "bot": false, "system": false })
    }
}

impl Bot {
    pub(crate) fn json(&self) -> Value {
        json!({ "id": self.id.to_string(), "username": self.name, "discriminator": "0000", "global_name": null,
                "avatar": null, "avatar_decoration_data": null, "banner": null, "accent_color": null,
                "public_flags": 0, "flags": 0, "bot": true, "system": false })
    }
}

impl Channel {
    fn new(id: i64, name: &str, dm: Option<(i64, i64)>) -> Self {
        Self {
            id,
            name: name.to_owned(),
            dm,
            history: History::default(),
            typing: Vec::new(),
            last_message: None,
            writable: true,
        }
    }
}

/// A new snowflake: later ones are larger.
pub(crate) fn snowflake(world: &mut World) -> i64 {
    let fresh = i64::try_from(world.now_ms.saturating_sub(EPOCH_MS) << 22).unwrap_or(i64::MAX);
    world.discord.last_id = fresh.max(world.discord.last_id + 1);
    world.discord.last_id
}

/// Time in the form Discord writes it.
pub(crate) fn timestamp(ms: u64) -> String {
    let (days, rest) = (ms / 86_400_000, ms % 86_400_000);
    // Days since 1970 to a civil date, by eras of 400 years that begin in March.
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (h, m, s, milli) = (
        rest / 3_600_000,
        rest / 60_000 % 60,
        rest / 1000 % 60,
        rest % 1000,
    );
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{milli:03}000+00:00")
}

/// The bot's number in a token of Discord's shape: three parts, the first of them the number in base64.
pub(crate) fn token_bot(token: &str) -> Option<i64> {
    let parts: Vec<&str> = token.split('.').collect();
    let url_safe = |part: &&str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    if parts.len() != 3 || !parts.iter().all(url_safe) || token.len() < 20 {
        return None;
    }
    if let Some(id) = decode_base64(parts[0])
        .and_then(|text| text.parse::<i64>().ok())
        .filter(|id| *id > 0)
    {
        return Some(id);
    }
    // Of the right shape, but the number is not readable: the same token always makes the same account.
    let hash = parts[0].bytes().fold(7_u64, |hash, byte| {
        (hash * 131 + u64::from(byte)) % 1_000_000_000_000
    });
    i64::try_from(200_000_000_000_000_000 + hash).ok()
}

fn decode_base64(text: &str) -> Option<String> {
    let mut bits = 0_u32;
    let mut count = 0;
    let mut out = Vec::new();
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    String::from_utf8(out).ok()
}

/// The first part of a token for a bot's number.
pub(crate) fn encode_base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let mut bits = 0_u32;
        for index in 0..3 {
            bits = (bits << 8) | u32::from(chunk.get(index).copied().unwrap_or(0));
        }
        for index in 0..=chunk.len() {
            let at = usize::try_from((bits >> (18 - 6 * index)) & 63).unwrap_or(0);
            out.push(char::from(ALPHABET[at]));
        }
    }
    out
}

/// The account of a token; one of the right shape makes an account.
pub(crate) fn login(world: &mut World, token: &str) -> Option<i64> {
    let id = token_bot(token)?;
    if let Some(bot) = world.discord.bots.get(&id) {
        return (bot.token == token && !bot.revoked).then_some(id);
    }
    if world.discord.bots.len() >= BOTS {
        return None;
    }
    let name = if world.discord.bots.is_empty() {
        "Sandbox Bot".to_owned()
    } else {
        format!("Bot {id}")
    };
    add_bot(world, id, token, &name);
    Some(id)
}

pub(crate) fn add_bot(world: &mut World, id: i64, token: &str, name: &str) {
    let bot = Bot {
        id,
        token: token.to_owned(),
        name: name.to_owned(),
        revoked: false,
        privileged: true,
        denied: 0,
        commands: BTreeMap::new(),
        sessions: VecDeque::new(),
        limits: Limits::default(),
        endpoint: None,
    };
    world.discord.bots.insert(id, bot);
    let users: Vec<i64> = world.discord.users.keys().copied().take(DEMO_DMS).collect();
    for user in users {
        open_dm(world, id, user).ok();
    }
    world.tell_status();
}

/// How many users get a direct message channel with a new bot at once.
const DEMO_DMS: usize = 8;

pub(crate) fn add_user(world: &mut World, name: &str) -> Result<i64, ActError> {
    if let Some(user) = world.discord.users.values().find(|user| user.name == name) {
        return Ok(user.id);
    }
    if world.discord.users.len() >= USERS {
        return Err(ActError::Full {
            what: "users",
            limit: USERS,
        });
    }
    let id = world
        .discord
        .users
        .keys()
        .next_back()
        .map_or(FIRST_USER, |last| last + 1);
    let slug: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    let username = if slug.len() < 2 {
        format!("user{id}")
    } else {
        slug.to_lowercase()
    };
    let user = User {
        id,
        name: name.to_owned(),
        username,
        locale: "en-US".to_owned(),
    };
    world.discord.users.insert(id, user);
    world.tell_status();
    Ok(id)
}

/// A new text channel of the guild.
pub(crate) fn add_channel(world: &mut World, name: &str) -> Result<i64, ActError> {
    if let Some(channel) = world
        .discord
        .channels
        .values()
        .find(|c| c.dm.is_none() && c.name == name)
    {
        return Ok(channel.id);
    }
    if world.discord.channels.len() >= CHATS {
        return Err(ActError::Full {
            what: "channels",
            limit: CHATS,
        });
    }
    let last = world
        .discord
        .channels
        .values()
        .filter(|c| c.dm.is_none())
        .map(|c| c.id)
        .max();
    let id = last.map_or(FIRST_CHANNEL, |last| last + 1);
    world.discord.channels.insert(id, Channel::new(id, name, None));
    let created = super::guild::channel_json(world, id);
    super::dispatch::to_guild(world, "CHANNEL_CREATE", &created, super::dispatch::GUILDS);
    world.tell_status();
    Ok(id)
}

/// The direct message channel of a bot and a user, made when it does not exist yet.
pub(crate) fn open_dm(world: &mut World, bot: i64, user: i64) -> Result<i64, ActError> {
    let found = world
        .discord
        .channels
        .values()
        .find(|channel| channel.dm == Some((bot, user)));
    if let Some(channel) = found {
        return Ok(channel.id);
    }
    if !world.discord.bots.contains_key(&bot) {
        return Err(ActError::NoBot(bot.to_string()));
    }
    let name = world.discord.users.get(&user).map(|user| user.name.clone());
    let name = name.ok_or_else(|| ActError::NoUser(user.to_string()))?;
    if world.discord.channels.len() >= CHATS {
        return Err(ActError::Full {
            what: "channels",
            limit: CHATS,
        });
    }
    let id = snowflake(world);
    world
        .discord
        .channels
        .insert(id, Channel::new(id, &name, Some((bot, user))));
    world.tell_status();
    Ok(id)
}

/// The channel's name inside the sandbox.
pub(crate) fn key_name(channel: i64) -> String {
    format!("discord:{channel}")
}

/// The channel that a name inside the sandbox stands for.
pub(crate) fn parse_key(name: &str) -> Option<i64> {
    name.strip_prefix("discord:")?.parse().ok()
}

/// The bots in a channel.
pub(crate) fn bots_of(world: &World, channel: i64) -> Vec<i64> {
    match world.discord.channels.get(&channel).map(|channel| channel.dm) {
        Some(Some((bot, _))) => vec![bot],
        Some(None) => world.discord.bots.keys().copied().collect(),
        None => Vec::new(),
    }
}

/// The user object of a user or a bot.
pub(crate) fn user_json(world: &World, id: i64) -> Option<Value> {
    let user = world.discord.users.get(&id).map(User::json);
    user.or_else(|| world.discord.bots.get(&id).map(Bot::json))
}

impl State {
    pub(crate) fn remember(&mut self, interaction: Interaction) {
        if self.interactions.len() >= INTERACTIONS {
            self.interactions.pop_first();
        }
        self.interactions.insert(interaction.id, interaction);
    }

    /// The interaction of a token.
    pub(crate) fn by_token(&mut self, token: &str) -> Option<&mut Interaction> {
        let id: i64 = token.split('-').nth(1)?.parse().ok()?;
        self.interactions
            .get_mut(&id)
            .filter(|interaction| interaction.token == token)
    }
}
