//! What an observer sees: chats, messages, users and bots as plain data, alike on both networks. Owns no state.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One of the two networks the sandbox plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// The Telegram Bot API.
    Telegram,
    /// Discord's REST API and gateway.
    Discord,
}

/// The name of a chat inside the sandbox, for example `telegram:7000001:1001` (a private chat: bot and user),
/// `telegram:-1002000000001` (a group) or `discord:90000000000000003` (a channel).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChatKey(pub String);

impl std::fmt::Display for ChatKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who wrote a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Author {
    /// The network's id.
    #[serde(serialize_with = "as_string")]
    pub id: i64,
    /// The name shown.
    pub name: String,
    /// Whether a bot account wrote it.
    pub bot: bool,
}

/// A button (or select) under a message, as its presser sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ButtonView {
    /// The text on it; the placeholder of a select.
    pub text: String,
    /// Telegram's `callback_data`, Discord's `custom_id`.
    pub data: Option<String>,
    /// Where a link button leads.
    pub url: Option<String>,
    /// Discord's style number, Telegram's style name.
    pub style: Value,
    /// Whether it cannot be pressed.
    pub disabled: bool,
    /// `button`, or the kind of select: `string`, `user`, `role`, `mentionable`, `channel`.
    pub kind: String,
    /// A string select's options, as the network gives them.
    pub options: Vec<Value>,
    /// An emoji before the text.
    pub emoji: Option<String>,
    /// How few and how many values a select takes.
    pub range: (u64, u64),
}

/// A file in a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileView {
    /// `photo`, `document`, `video`, `audio`, `voice`, `animation` or `attachment`.
    pub kind: String,
    /// The file's name.
    pub name: String,
    /// Its MIME type.
    pub mime: String,
    /// Its size in bytes.
    pub size: usize,
    /// Where the page can load it from.
    pub url: String,
    /// Whether it is shown covered.
    pub spoiler: bool,
}

/// A reaction under a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReactionView {
    /// The emoji.
    pub emoji: String,
    /// Who reacted.
    pub by: Vec<String>,
}

/// One message of a chat.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MessageView {
    /// The network's message id.
    #[serde(serialize_with = "as_string")]
    pub id: i64,
    /// The chat.
    pub chat: String,
    /// The forum topic, on Telegram.
    pub thread: Option<i64>,
    /// Who wrote it.
    pub from: Author,
    /// Milliseconds since the Unix epoch, on the sandbox's clock.
    pub at_ms: u64,
    /// The text or the caption (Telegram), the content in markdown (Discord).
    pub text: String,
    /// Telegram's entities over `text`.
    pub entities: Vec<Value>,
    /// The rows of buttons under it.
    pub buttons: Vec<Vec<ButtonView>>,
    /// Discord's embeds.
    pub embeds: Vec<Value>,
    /// Discord's components, as sent.
    pub components: Vec<Value>,
    /// The files in it.
    pub files: Vec<FileView>,
    /// A poll, as the network writes it.
    pub poll: Value,
    /// The reactions under it.
    pub reactions: Vec<ReactionView>,
    /// The message it answers.
    pub reply_to: Option<i64>,
    /// How many times it was edited.
    pub edits: u32,
    /// What the text was before each edit.
    pub history: Vec<String>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// The one user who sees it, when it is ephemeral.
    pub only_for: Option<Author>,
    /// Whether it still shows "thinking…".
    pub thinking: bool,
    /// The command it answers: its name and who used it.
    pub used: Option<(String, String)>,
    /// Whether it was sent without a sound.
    pub silent: bool,
    /// A service message's kind (Telegram), for example `new_chat_members`.
    pub service: Option<String>,
    /// The API calls that made and changed it: ids in the request log.
    pub calls: Vec<u64>,
    /// The message as the network writes it.
    pub raw: Value,
}

impl MessageView {
    /// The button whose text or data is this.
    #[must_use]
    pub fn button(&self, name: &str) -> Option<&ButtonView> {
        self.buttons
            .iter()
            .flatten()
            .find(|b| b.text == name || b.data.as_deref() == Some(name))
    }
}

/// A message that a Telegram bot is writing in a private chat: shown, but not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DraftView {
    /// The `draft_id` that the bot gave it.
    #[serde(serialize_with = "as_string")]
    pub id: i64,
    /// The topic it is written in.
    pub thread: Option<i64>,
    /// The text so far. An empty one is shown as "Thinking…".
    pub text: String,
    /// Telegram's entities over `text`.
    pub entities: Vec<Value>,
    /// Whether it has a Stop button.
    pub can_stop: bool,
    /// Whether the person stopped it, and it is kept for a moment.
    pub stopped: bool,
}

/// A chat and what is in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChatSnapshot {
    /// The chat.
    pub chat: ChatInfo,
    /// Its messages, oldest first; deleted ones are marked.
    pub messages: Vec<MessageView>,
    /// Who types now: names.
    pub typing: Vec<String>,
    /// What Telegram bots are writing: at most one draft for each bot.
    pub drafts: Vec<DraftView>,
    /// The keyboard a Telegram bot put in place of the user's own, if any.
    pub reply_keyboard: Value,
}

impl ChatSnapshot {
    /// The messages that bots sent and that are not deleted, oldest first.
    pub fn from_bots(&self) -> impl DoubleEndedIterator<Item = &MessageView> {
        self.messages.iter().filter(|m| m.from.bot && !m.deleted)
    }

    /// The newest message of a bot.
    #[must_use]
    pub fn last_from_bot(&self) -> Option<&MessageView> {
        self.from_bots().next_back()
    }

    /// The message with this id.
    #[must_use]
    pub fn message(&self, id: i64) -> Option<&MessageView> {
        self.messages.iter().find(|m| m.id == id)
    }
}

impl std::fmt::Display for ChatSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} ({})", self.chat.title, self.chat.key)?;
        for m in &self.messages {
            let mark = if m.deleted {
                " deleted"
            } else if m.thinking {
                " thinking"
            } else {
                ""
            };
            let buttons: Vec<&str> = m.buttons.iter().flatten().map(|b| b.text.as_str()).collect();
            writeln!(
                f,
                "  #{}{mark} x{} {}: {:?} {buttons:?}",
                m.id, m.edits, m.from.name, m.text
            )?;
        }
        if !self.typing.is_empty() {
            writeln!(f, "  typing: {:?}", self.typing)?;
        }
        for draft in &self.drafts {
            let mark = if draft.stopped { " stopped" } else { "" };
            writeln!(f, "  draft {}{mark}: {:?}", draft.id, draft.text)?;
        }
        Ok(())
    }
}

/// A chat in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChatInfo {
    /// Its name inside the sandbox.
    pub key: String,
    /// Which network it is on.
    pub network: Network,
    /// `private`, `group`, `supergroup`, `channel` (a Discord guild's) or `dm`.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The network's chat or channel id.
    #[serde(serialize_with = "as_string")]
    pub id: i64,
    /// The bot of a private chat.
    pub bot: Option<String>,
    /// The user of a private chat.
    pub user: Option<String>,
    /// The topics of a forum: thread id and name.
    pub topics: Vec<(i64, String)>,
    /// Whether it is a forum.
    pub forum: bool,
    /// The people who may moderate it, its owner first. Empty for a private chat.
    #[serde(serialize_with = "as_strings")]
    pub moderators: Vec<i64>,
}

impl Default for ChatInfo {
    fn default() -> Self {
        Self {
            key: String::new(),
            network: Network::Telegram,
            kind: String::new(),
            title: String::new(),
            id: 0,
            bot: None,
            user: None,
            topics: Vec::new(),
            forum: false,
            moderators: Vec::new(),
        }
    }
}

/// A user in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UserView {
    /// The network's id.
    #[serde(serialize_with = "as_string")]
    pub id: i64,
    /// The name shown.
    pub name: String,
    /// The name after the `@`.
    pub username: String,
    /// The language, as an IETF tag.
    pub language: String,
}

/// A bot account.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BotView {
    /// The network's id.
    #[serde(serialize_with = "as_string")]
    pub id: i64,
    /// The name shown.
    pub name: String,
    /// The name after the `@`.
    pub username: String,
    /// `polling`, `webhook`, `connected`, `resumable`, `endpoint` or `offline`.
    pub connection: String,
    /// Updates that wait for it (Telegram).
    pub pending: usize,
    /// Its commands, as registered: for Telegram the default scope, for Discord global and guild ones.
    pub commands: Vec<Value>,
    /// Whether its token was revoked.
    pub revoked: bool,
}

/// Everything but the messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Status {
    /// Telegram's bots.
    pub telegram_bots: Vec<BotView>,
    /// Telegram's users.
    pub telegram_users: Vec<UserView>,
    /// Discord's bots.
    pub discord_bots: Vec<BotView>,
    /// Discord's users.
    pub discord_users: Vec<UserView>,
    /// The chats of both.
    pub chats: Vec<ChatInfo>,
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Counts up by one for each event.
    pub seq: u64,
    /// `message` (new or changed), `draft` (all drafts of a chat), `typing`, `answer` (a pressed Telegram button's), `form` (a Discord modal),
    /// `choices` (autocomplete), `interaction`, `status` (bots, users, chats), `request`, `faults`.
    pub kind: &'static str,
    /// The chat it is about, or empty.
    pub chat: String,
    /// What it is, as JSON.
    pub data: Value,
}

fn as_strings<S: serde::Serializer>(ids: &[i64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ids.iter().map(ToString::to_string))
}

fn as_string<S: serde::Serializer>(id: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
