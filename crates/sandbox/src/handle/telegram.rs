//! Telegram's side of the handle: chats, users and what they do. Owns no state.

use std::sync::Arc;

use serde_json::Value;

use crate::error::ActError;
use crate::files::Upload;
use crate::telegram::media::ALBUM;
use crate::telegram::people::{self, Outgoing};
use crate::telegram::state::{self, Key, Kind, key_name, parse_key};
use crate::telegram::{commands, draft, members, poll, reaction, rooms, updates};
use crate::view::{BotView, ChatKey};
use crate::world::{Shared, World};

/// Telegram's chats, users and bots.
#[derive(Clone)]
pub struct TelegramHandle {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) fn key(chat: &ChatKey) -> Result<Key, ActError> {
    parse_key(&chat.0).ok_or_else(|| ActError::NoChat(chat.0.clone()))
}

fn named(key: Key) -> ChatKey {
    ChatKey(key_name(key))
}

impl TelegramHandle {
    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.shared.with(act)
    }

    /// The bot accounts.
    #[must_use]
    pub fn bots(&self) -> Vec<BotView> {
        self.shared.read(World::status).telegram_bots
    }

    /// The bot whose token this is. A token of the right shape makes an account.
    #[must_use]
    pub fn bot_of(&self, token: &str) -> Option<i64> {
        self.with(|world| state::login(world, token))
    }

    /// A user by name; a new name makes a new user.
    ///
    /// # Errors
    /// When there are too many users.
    pub fn user(&self, name: &str) -> Result<TelegramUser, ActError> {
        let id = self.with(|world| state::add_user(world, name))?;
        Ok(TelegramUser {
            shared: Arc::clone(&self.shared),
            id,
        })
    }

    /// The private chat of a bot and a user, opened when it is not open yet.
    ///
    /// # Errors
    /// When there is no such bot.
    pub fn private_chat(&self, bot: i64, user: &TelegramUser) -> Result<ChatKey, ActError> {
        self.with(|world| state::open_private(world, bot, user.id))
            .map(named)
    }

    /// A new basic group with everybody in it.
    ///
    /// # Errors
    /// When there are too many chats.
    pub fn group(&self, title: &str) -> Result<ChatKey, ActError> {
        self.with(|world| state::add_group(world, Kind::Group, title, false))
            .map(named)
    }

    /// A new supergroup with everybody in it.
    ///
    /// # Errors
    /// When there are too many chats.
    pub fn supergroup(&self, title: &str) -> Result<ChatKey, ActError> {
        self.with(|world| state::add_group(world, Kind::Supergroup, title, false))
            .map(named)
    }

    /// A new supergroup with topics.
    ///
    /// # Errors
    /// When there are too many chats.
    pub fn forum(&self, title: &str) -> Result<ChatKey, ActError> {
        self.with(|world| state::add_group(world, Kind::Supergroup, title, true))
            .map(named)
    }

    /// A new topic of a forum. Returns its thread id.
    ///
    /// # Errors
    /// When the chat is not a forum.
    pub fn topic(&self, forum: &ChatKey, name: &str) -> Result<i64, ActError> {
        let key = key(forum)?;
        self.with(|world| rooms::add_topic(world, key, name))
    }

    /// Turns a basic group into a supergroup. Calls to the old id answer with `migrate_to_chat_id`.
    ///
    /// # Errors
    /// When the chat is not a basic group.
    pub fn migrate(&self, group: &ChatKey) -> Result<ChatKey, ActError> {
        let key = key(group)?;
        self.with(|world| rooms::migrate(world, key)).map(named)
    }

    /// A user joins or leaves a group.
    ///
    /// # Errors
    /// When there is no such group or user.
    pub fn set_member(&self, group: &ChatKey, user: &TelegramUser, joins: bool) -> Result<(), ActError> {
        let key = key(group)?;
        self.with(|world| members::join(world, key, user.id, joins))
    }

    /// Makes a member of a group a moderator (an administrator), or a moderator a plain member again.
    ///
    /// # Errors
    /// When there is no such group or member. A private chat has no moderators, and the owner of a group (the
    /// first person of the sandbox) stays its owner.
    pub fn promote(&self, group: &ChatKey, user: &TelegramUser, on: bool) -> Result<(), ActError> {
        let key = key(group)?;
        self.with(|world| members::promote(world, key, user.id, on))
    }

    /// Takes the right to write from a member of a supergroup, or gives it back.
    ///
    /// # Errors
    /// When there is no such supergroup or user, or the user is its owner.
    pub fn restrict(&self, group: &ChatKey, user: &TelegramUser, on: bool) -> Result<(), ActError> {
        let key = key(group)?;
        self.with(|world| members::restrict(world, key, user.id, on))
    }

    /// Throws a person out of a group for good, or lets them come back.
    ///
    /// # Errors
    /// When there is no such group or user, or the user is its owner.
    pub fn ban(&self, group: &ChatKey, user: &TelegramUser, on: bool) -> Result<(), ActError> {
        let key = key(group)?;
        self.with(|world| members::ban(world, key, user.id, on))
    }

    /// Blocks a bot in its private chat or throws it out of a group; `false` lets it back in.
    ///
    /// # Errors
    /// When there is no such chat.
    pub fn set_blocked(&self, chat: &ChatKey, user: &TelegramUser, blocked: bool) -> Result<(), ActError> {
        let key = key(chat)?;
        self.with(|world| rooms::block(world, key, user.id, blocked))
    }

    /// Switches a bot's privacy mode.
    ///
    /// # Errors
    /// When there is no such bot.
    pub fn set_privacy(&self, bot: i64, on: bool) -> Result<(), ActError> {
        self.with(|world| {
            let account = world
                .telegram
                .bots
                .get_mut(&bot)
                .ok_or_else(|| ActError::NoBot(bot.to_string()))?;
            account.privacy = on;
            Ok(())
        })
    }

    /// Puts any JSON into a bot's queue as an update; `update_id` is filled in and returned.
    ///
    /// # Errors
    /// When there is no such bot, or the JSON is not an object.
    pub fn inject_update(&self, bot: i64, update: Value) -> Result<i64, ActError> {
        if !update.is_object() {
            return Err(ActError::Refused("an update is an object".to_owned()));
        }
        self.with(|world| {
            let account = world
                .telegram
                .bots
                .get_mut(&bot)
                .ok_or_else(|| ActError::NoBot(bot.to_string()))?;
            Ok(updates::push_raw(account, update))
        })
    }

    /// The answer a pressed button got: `{"text", "show_alert", "url"}`.
    #[must_use]
    pub fn answer(&self, query: &str) -> Option<Value> {
        self.shared.read(|world| {
            let press = world
                .telegram
                .presses
                .iter()
                .rev()
                .find(|press| press.id == query)?;
            press.answer.clone()
        })
    }
}

/// A user of Telegram, to act as.
#[derive(Clone)]
pub struct TelegramUser {
    pub(crate) shared: Arc<Shared>,
    /// Telegram's user id.
    pub id: i64,
}

impl TelegramUser {
    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.shared.with(act)
    }

    fn send(&self, chat: &ChatKey, outgoing: &Outgoing) -> Result<Vec<i64>, ActError> {
        let key = key(chat)?;
        self.with(|world| people::send(world, key, self.id, outgoing))
    }

    fn send_one(&self, chat: &ChatKey, outgoing: &Outgoing) -> Result<i64, ActError> {
        let sent = self.send(chat, outgoing)?;
        sent.first()
            .copied()
            .ok_or_else(|| ActError::Refused("nothing to send".to_owned()))
    }

    /// Sends a text. Returns the message's id.
    ///
    /// # Errors
    /// When there is no such chat, or the text is empty or too long.
    pub fn send_text(&self, chat: &ChatKey, text: &str) -> Result<i64, ActError> {
        self.send_one(
            chat,
            &Outgoing {
                text: text.to_owned(),
                ..Outgoing::default()
            },
        )
    }

    /// Sends a text into a topic of a forum.
    ///
    /// # Errors
    /// As [`TelegramUser::send_text`], and when there is no such topic.
    pub fn send_text_to_topic(&self, chat: &ChatKey, topic: i64, text: &str) -> Result<i64, ActError> {
        self.send_one(
            chat,
            &Outgoing {
                text: text.to_owned(),
                thread: Some(topic),
                ..Outgoing::default()
            },
        )
    }

    /// Answers a message.
    ///
    /// # Errors
    /// As [`TelegramUser::send_text`], and when there is no such message.
    pub fn reply(&self, chat: &ChatKey, message: i64, text: &str) -> Result<i64, ActError> {
        self.send_one(
            chat,
            &Outgoing {
                text: text.to_owned(),
                reply_to: Some(message),
                ..Outgoing::default()
            },
        )
    }

    /// Sends a file as a document.
    ///
    /// # Errors
    /// When there is no such chat.
    pub fn send_document(&self, chat: &ChatKey, file: Upload, caption: &str) -> Result<i64, ActError> {
        self.send_files(chat, vec![("document", file)], caption)
            .map(|ids| ids[0])
    }

    /// Sends a picture as a photo.
    ///
    /// # Errors
    /// When there is no such chat, or the file cannot be a photo: over 10 MB, no picture, or of a strange shape.
    pub fn send_photo(&self, chat: &ChatKey, picture: Upload, caption: &str) -> Result<i64, ActError> {
        self.send_files(chat, vec![("photo", picture)], caption)
            .map(|ids| ids[0])
    }

    /// Sends up to 10 files of these kinds (`photo`, `document`, `video`, `audio`, `voice`), with the caption at the
    /// first; they arrive as one update each. Photos and videos are an album together, and so are documents alone
    /// and audio alone.
    ///
    /// # Errors
    /// When there is no such chat, no file or too many, or a photo that cannot be one.
    pub fn send_files(
        &self,
        chat: &ChatKey,
        files: Vec<(&str, Upload)>,
        caption: &str,
    ) -> Result<Vec<i64>, ActError> {
        if files.is_empty() {
            return Err(ActError::Refused("no file".to_owned()));
        }
        let files = files
            .into_iter()
            .map(|(kind, upload)| (kind.to_owned(), upload))
            .collect();
        self.send(
            chat,
            &Outgoing {
                text: caption.to_owned(),
                files,
                ..Outgoing::default()
            },
        )
    }

    /// Sends 2 to 10 pictures at once, as an album: one update each, which share a `media_group_id`, with the
    /// caption at the first. Returns the messages' ids.
    ///
    /// # Errors
    /// When there is no such chat, there are too few or too many pictures, or one cannot be a photo.
    pub fn send_album(
        &self,
        chat: &ChatKey,
        pictures: Vec<Upload>,
        caption: &str,
    ) -> Result<Vec<i64>, ActError> {
        if pictures.len() < *ALBUM.start() {
            return Err(ActError::Refused("an album has at least 2 pictures".to_owned()));
        }
        let photos = pictures.into_iter().map(|picture| ("photo", picture));
        self.send_files(chat, photos.collect(), caption)
    }

    /// Edits an own message.
    ///
    /// # Errors
    /// When it is not there or not this user's.
    pub fn edit(&self, chat: &ChatKey, message: i64, text: &str) -> Result<(), ActError> {
        let key = key(chat)?;
        self.with(|world| people::edit(world, key, self.id, message, text))
    }

    /// Deletes a message. The Bot API tells bots nothing about it.
    ///
    /// # Errors
    /// When it is not there.
    pub fn delete(&self, chat: &ChatKey, message: i64) -> Result<(), ActError> {
        let key = key(chat)?;
        self.with(|world| people::delete(world, key, message))
    }

    /// Adds a reaction, or takes it back.
    ///
    /// # Errors
    /// When the message is not there, or Telegram has no such reaction.
    pub fn react(&self, chat: &ChatKey, message: i64, emoji: &str, on: bool) -> Result<(), ActError> {
        let key = key(chat)?;
        self.with(|world| reaction::react(world, key, self.id, message, emoji, on))
    }

    /// Presses the button with this text or data. Returns the callback query's id; see [`TelegramHandle::answer`].
    ///
    /// # Errors
    /// When there is no such message or button.
    pub fn press(&self, chat: &ChatKey, message: i64, button: &str) -> Result<String, ActError> {
        let key = key(chat)?;
        self.with(|world| people::press(world, key, self.id, message, button))
    }

    /// Stops what the bot is writing in this private chat: the bot gets the update `stopped_message_generation`.
    /// Returns the draft's id.
    ///
    /// # Errors
    /// When there is no such chat, or nothing in it that can be stopped.
    pub fn stop_draft(&self, chat: &ChatKey) -> Result<i64, ActError> {
        let key = key(chat)?;
        self.with(|world| draft::stop(world, key, self.id))
    }

    /// Votes in a poll, for these options.
    ///
    /// # Errors
    /// When there is no such poll or option, or it is closed.
    pub fn vote(&self, chat: &ChatKey, message: i64, options: &[usize]) -> Result<(), ActError> {
        let key = key(chat)?;
        self.with(|world| poll::vote(world, key, self.id, message, options))
    }

    /// The commands this user finds in a chat's menu: name and description, for each bot there.
    #[must_use]
    pub fn menu(&self, chat: &ChatKey) -> Vec<Value> {
        let Ok(key) = key(chat) else { return Vec::new() };
        self.shared.read(|world| menu(world, key, self.id))
    }
}

pub(crate) fn menu(world: &World, key: Key, user: i64) -> Vec<Value> {
    let language = world
        .telegram
        .users
        .get(&user)
        .map(|user| user.language.clone())
        .unwrap_or_default();
    let bots = state::bots_of(world, key);
    let several = bots.len() > 1;
    let mut all = Vec::new();
    for bot in bots.iter().filter_map(|bot| world.telegram.bots.get(bot)) {
        for mut command in commands::visible(bot, key, user, &language) {
            command["bot"] = Value::from(bot.username.clone());
            command["addressed"] = Value::Bool(several);
            all.push(command);
        }
    }
    all
}
