//! Telegram's accounts and chats. Owns them, their messages and the updates that wait.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::draft::Draft;
use super::limits::Limits;
use super::members::Standing;
use crate::bounds::{BOTS, CHATS, INTERACTIONS, USERS};
use crate::error::ActError;
use crate::store::History;
use crate::world::World;

/// A chat's place: the bot (0 for a group, which all bots share) and Telegram's chat id.
pub(crate) type Key = (i64, i64);

/// The first id of a sandbox user.
const FIRST_USER: i64 = 1001;
/// Group ids count down from here.
const FIRST_GROUP: i64 = -4_000_000_001;
/// Supergroup ids count down from here.
const FIRST_SUPERGROUP: i64 = -1_002_000_000_001;

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) bots: BTreeMap<i64, Bot>,
    pub(crate) users: BTreeMap<i64, User>,
    pub(crate) chats: BTreeMap<Key, Chat>,
    /// Presses of buttons, oldest first.
    pub(crate) presses: VecDeque<Press>,
    pub(crate) last_group: i64,
    pub(crate) last_album: u64,
    pub(crate) last_poll: u64,
    /// What bots are writing, one draft for each private chat.
    pub(crate) drafts: BTreeMap<Key, Draft>,
    /// The draft that the person of a chat stopped last.
    pub(crate) stopped_drafts: BTreeMap<Key, i64>,
    /// Says that the next draft may end at another time now.
    pub(crate) draft_changed: Arc<Notify>,
}

#[derive(Debug)]
pub(crate) struct Bot {
    pub(crate) id: i64,
    pub(crate) token: String,
    pub(crate) name: String,
    pub(crate) username: String,
    pub(crate) privacy: bool,
    pub(crate) revoked: bool,
    pub(crate) updates: VecDeque<Value>,
    pub(crate) next_update: i64,
    pub(crate) allowed: Vec<String>,
    /// Goes up with every `getUpdates`: an older one that still waits sees it and ends with 409.
    pub(crate) poll: u64,
    pub(crate) polls_open: u32,
    pub(crate) last_poll_ms: u64,
    pub(crate) wake: Arc<Notify>,
    pub(crate) webhook: Option<Webhook>,
    /// Goes up with every `setWebhook` and `deleteWebhook`: an older delivery task sees it and ends.
    pub(crate) webhook_version: u64,
    pub(crate) commands: BTreeMap<(String, String), Vec<Value>>,
    /// What `setMyName`, `setMyDescription`, `setMyShortDescription` and `setChatMenuButton` keep.
    pub(crate) profile: BTreeMap<String, Value>,
    pub(crate) limits: Limits,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret: Option<String>,
    pub(crate) max_connections: i64,
    pub(crate) last_error: Option<(u64, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) first_name: String,
    pub(crate) username: String,
    pub(crate) language: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Private,
    Group,
    Supergroup,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Group => "group",
            Self::Supergroup => "supergroup",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Chat {
    pub(crate) key: Key,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) forum: bool,
    pub(crate) topics: BTreeMap<i64, String>,
    pub(crate) members: BTreeSet<i64>,
    /// What people are beyond members.
    pub(crate) standings: BTreeMap<i64, Standing>,
    pub(crate) history: History,
    pub(crate) last_message: i64,
    /// Who shows a chat action, which one, and until when.
    pub(crate) actions: Vec<(String, String, u64)>,
    pub(crate) blocked: bool,
    pub(crate) migrated_to: Option<i64>,
    pub(crate) reply_keyboard: Value,
    pub(crate) pinned: Option<i64>,
}

/// A press of a button under a message.
#[derive(Clone, Debug)]
pub(crate) struct Press {
    pub(crate) id: String,
    pub(crate) bot: i64,
    pub(crate) chat: Key,
    pub(crate) message: i64,
    pub(crate) at_ms: u64,
    pub(crate) answer: Option<Value>,
}

impl User {
    pub(crate) fn json(&self) -> Value {
        json!({ "id": self.id, "is_bot": false, "first_name": self.first_name, "username": self.username,
                "language_code": self.language })
    }
}

impl Bot {
    pub(crate) fn json(&self) -> Value {
        json!({ "id": self.id, "is_bot": true, "first_name": self.name, "username": self.username })
    }
}

impl Chat {
    fn new(key: Key, kind: Kind, title: &str) -> Self {
        Self {
            key,
            kind,
            title: title.to_owned(),
            forum: false,
            topics: BTreeMap::new(),
            members: BTreeSet::new(),
            standings: BTreeMap::new(),
            history: History::default(),
            last_message: 0,
            actions: Vec::new(),
            blocked: false,
            migrated_to: None,
            reply_keyboard: Value::Null,
            pinned: None,
        }
    }

    pub(crate) fn next_message(&mut self) -> i64 {
        self.last_message += 1;
        self.last_message
    }
}

/// The chat's name inside the sandbox.
pub(crate) fn key_name((bot, chat): Key) -> String {
    if bot == 0 {
        format!("telegram:{chat}")
    } else {
        format!("telegram:{bot}:{chat}")
    }
}

/// The chat that a name inside the sandbox stands for.
pub(crate) fn parse_key(name: &str) -> Option<Key> {
    let rest = name.strip_prefix("telegram:")?;
    match rest.split_once(':') {
        Some((bot, chat)) => Some((bot.parse().ok()?, chat.parse().ok()?)),
        None => Some((0, rest.parse().ok()?)),
    }
}

/// The bot's number in a token of Telegram's shape.
pub(crate) fn token_bot(token: &str) -> Option<i64> {
    let (id, secret) = token.split_once(':')?;
    let shape = secret.len() >= 30
        && secret
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let id: i64 = id
        .parse()
        .ok()
        .filter(|_| id.bytes().all(|b| b.is_ascii_digit()))?;
    (shape && id > 0).then_some(id)
}

/// The account of a token. A token of the right shape makes one; another token of the same bot is a wrong one.
pub(crate) fn login(world: &mut World, token: &str) -> Option<i64> {
    let id = token_bot(token)?;
    if let Some(bot) = world.telegram.bots.get(&id) {
        return (bot.token == token && !bot.revoked).then_some(id);
    }
    if world.telegram.bots.len() >= BOTS {
        return None;
    }
    let name = if world.telegram.bots.is_empty() {
        "Sandbox Bot".to_owned()
    } else {
        format!("Bot {id}")
    };
    add_bot(world, id, token, &name);
    Some(id)
}

pub(crate) fn add_bot(world: &mut World, id: i64, token: &str, name: &str) {
    let slug: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut username = if slug.to_lowercase().ends_with("bot") {
        slug
    } else {
        format!("{slug}_bot")
    };
    if world.telegram.bots.values().any(|bot| bot.username == username) || username.len() < 5 {
        username = format!("sandbox{id}_bot");
    }
    let bot = Bot {
        id,
        token: token.to_owned(),
        name: name.to_owned(),
        username,
        privacy: world.config.telegram_privacy,
        revoked: false,
        updates: VecDeque::new(),
        next_update: 100_000_001,
        allowed: Vec::new(),
        poll: 0,
        polls_open: 0,
        last_poll_ms: 0,
        wake: Arc::default(),
        webhook: None,
        webhook_version: 0,
        commands: BTreeMap::new(),
        profile: BTreeMap::new(),
        limits: Limits::new(world.now_ms),
    };
    world.telegram.bots.insert(id, bot);
    // A person who opens the page finds a chat with the bot: it is what a link to the bot opens.
    let users: Vec<i64> = world.telegram.users.keys().copied().take(DEMO_CHATS).collect();
    for user in users {
        open_private(world, id, user).ok();
    }
    world.tell_status();
}

/// How many users get a private chat with a new bot at once; others open one when they write.
const DEMO_CHATS: usize = 8;

pub(crate) fn add_user(world: &mut World, name: &str) -> Result<i64, ActError> {
    if let Some(user) = world.telegram.users.values().find(|user| user.first_name == name) {
        return Ok(user.id);
    }
    if world.telegram.users.len() >= USERS {
        return Err(ActError::Full {
            what: "users",
            limit: USERS,
        });
    }
    let id = world
        .telegram
        .users
        .keys()
        .next_back()
        .map_or(FIRST_USER, |last| last + 1);
    let slug: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    let username = if slug.is_empty() {
        format!("user{id}")
    } else {
        slug.to_lowercase()
    };
    let user = User {
        id,
        first_name: name.to_owned(),
        username,
        language: "en".to_owned(),
    };
    world.telegram.users.insert(id, user);
    for chat in world
        .telegram
        .chats
        .values_mut()
        .filter(|chat| chat.kind != Kind::Private)
    {
        chat.members.insert(id);
    }
    world.tell_status();
    Ok(id)
}

/// The private chat of a bot and a user, made when it does not exist yet.
pub(crate) fn open_private(world: &mut World, bot: i64, user: i64) -> Result<Key, ActError> {
    let key = (bot, user);
    if world.telegram.chats.contains_key(&key) {
        return Ok(key);
    }
    let name = world
        .telegram
        .users
        .get(&user)
        .map(|user| user.first_name.clone());
    let name = name.ok_or_else(|| ActError::NoUser(user.to_string()))?;
    if !world.telegram.bots.contains_key(&bot) {
        return Err(ActError::NoBot(bot.to_string()));
    }
    room(world)?;
    let mut chat = Chat::new(key, Kind::Private, &name);
    chat.members.insert(user);
    world.telegram.chats.insert(key, chat);
    world.tell_status();
    Ok(key)
}

fn room(world: &World) -> Result<(), ActError> {
    if world.telegram.chats.len() >= CHATS {
        return Err(ActError::Full {
            what: "chats",
            limit: CHATS,
        });
    }
    Ok(())
}

/// A new group with every user and every bot in it.
pub(crate) fn add_group(world: &mut World, kind: Kind, title: &str, forum: bool) -> Result<Key, ActError> {
    room(world)?;
    let first = if kind == Kind::Group {
        FIRST_GROUP
    } else {
        FIRST_SUPERGROUP
    };
    let key = (0, first - world.telegram.last_group);
    world.telegram.last_group += 1;
    let mut chat = Chat::new(key, kind, title);
    chat.forum = forum;
    chat.members = world.telegram.users.keys().copied().collect();
    world.telegram.chats.insert(key, chat);
    world.tell_status();
    Ok(key)
}

/// The bots that are in a chat.
pub(crate) fn bots_of(world: &World, key: Key) -> Vec<i64> {
    if key.0 != 0 {
        vec![key.0]
    } else {
        world.telegram.bots.keys().copied().collect()
    }
}

/// The chat object in messages.
pub(crate) fn chat_json(world: &World, key: Key) -> Value {
    let Some(chat) = world.telegram.chats.get(&key) else {
        return Value::Null;
    };
    if chat.kind == Kind::Private {
        let user = world.telegram.users.get(&key.1);
        let username = user.map(|user| user.username.clone()).unwrap_or_default();
        return json!({ "id": key.1, "type": "private", "first_name": chat.title, "username": username });
    }
    let mut json = json!({ "id": key.1, "type": chat.kind.name(), "title": chat.title });
    if chat.forum {
        json["is_forum"] = Value::Bool(true);
    }
    if chat.kind == Kind::Group {
        json["all_members_are_administrators"] = Value::Bool(false);
    }
    json
}

impl State {
    /// The `media_group_id` of a new album.
    pub(crate) fn next_album(&mut self) -> String {
        self.last_album += 1;
        (13_000_000_000_000_000 + self.last_album).to_string()
    }

    pub(crate) fn remember_press(&mut self, press: Press) {
        if self.presses.len() >= INTERACTIONS {
            self.presses.pop_front();
        }
        self.presses.push_back(press);
    }
}
