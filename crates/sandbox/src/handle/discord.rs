//! Discord's side of the handle: channels, users and what they do. Owns no state.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::{SandboxHandle, object};
use crate::discord::endpoint;
use crate::discord::form;
use crate::discord::invoke::{self, Filled};
use crate::discord::people;
use crate::discord::permissions;
use crate::discord::state::{self, key_name, parse_key};
use crate::error::{ActError, WaitError};
use crate::files::Upload;
use crate::view::{BotView, ChatKey};
use crate::world::{Shared, World};

/// Discord's channels, users and bots. There is one guild, and every bot is in it.
#[derive(Clone)]
pub struct DiscordHandle {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) fn id(chat: &ChatKey) -> Result<i64, ActError> {
    parse_key(&chat.0).ok_or_else(|| ActError::NoChat(chat.0.clone()))
}

impl DiscordHandle {
    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.shared.with(act)
    }

    /// The guild's id.
    #[must_use]
    pub fn guild_id(&self) -> i64 {
        state::GUILD
    }

    /// The bot accounts.
    #[must_use]
    pub fn bots(&self) -> Vec<BotView> {
        self.shared.read(World::status).discord_bots
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
    pub fn user(&self, name: &str) -> Result<DiscordUser, ActError> {
        let id = self.with(|world| state::add_user(world, name))?;
        Ok(DiscordUser {
            shared: Arc::clone(&self.shared),
            id,
        })
    }

    /// A text channel of the guild by name; a new name makes a new channel.
    ///
    /// # Errors
    /// When there are too many channels.
    pub fn channel(&self, name: &str) -> Result<ChatKey, ActError> {
        self.with(|world| state::add_channel(world, name))
            .map(|id| ChatKey(key_name(id)))
    }

    /// The direct message channel of a bot and a user.
    ///
    /// # Errors
    /// When there is no such bot.
    pub fn dm(&self, bot: i64, user: &DiscordUser) -> Result<ChatKey, ActError> {
        self.with(|world| state::open_dm(world, bot, user.id))
            .map(|id| ChatKey(key_name(id)))
    }

    /// Makes a person a moderator of the guild (the role with `MANAGE_MESSAGES` and its like), or a plain member.
    ///
    /// # Errors
    /// When there is no such user. The owner of the guild (the first person of the sandbox) stays its owner.
    pub fn promote(&self, user: &DiscordUser, on: bool) -> Result<(), ActError> {
        self.with(|world| permissions::promote(world, user.id, on))
    }

    /// Whether bots may write into a channel; if not, they get 50013.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn set_writable(&self, channel: &ChatKey, writable: bool) -> Result<(), ActError> {
        let id = id(channel)?;
        self.with(|world| {
            let room = world
                .discord
                .channels
                .get_mut(&id)
                .ok_or_else(|| ActError::NoChat(channel.0.clone()))?;
            room.writable = writable;
            Ok(())
        })
    }

    /// Whether a bot may ask for the privileged intents; if not, IDENTIFY ends with 4014.
    ///
    /// # Errors
    /// When there is no such bot.
    pub fn set_privileged(&self, bot: i64, allowed: bool) -> Result<(), ActError> {
        self.with(|world| {
            let account = world
                .discord
                .bots
                .get_mut(&bot)
                .ok_or_else(|| ActError::NoBot(bot.to_string()))?;
            account.privileged = allowed;
            Ok(())
        })
    }

    /// Takes permissions in the guild away from a bot, as Discord's bits; 0 gives all of them back. It is what
    /// `GET /users/@me/guilds` tells; to close a channel as well, see [`DiscordHandle::set_writable`].
    ///
    /// # Errors
    /// When there is no such bot.
    pub fn deny(&self, bot: i64, permissions: u64) -> Result<(), ActError> {
        self.with(|world| {
            let account = world
                .discord
                .bots
                .get_mut(&bot)
                .ok_or_else(|| ActError::NoBot(bot.to_string()))?;
            account.denied = permissions;
            Ok(())
        })
    }

    /// The public key of a bot's application, as 64 hexadecimal digits: "Public Key" in Discord's developer portal.
    #[must_use]
    pub fn public_key(&self, bot: i64) -> String {
        endpoint::public_key(bot)
    }

    /// The two headers of a request with this body that a bot's application would have signed at this time.
    #[must_use]
    pub fn signature(&self, bot: i64, body: &str, at: SystemTime) -> [(&'static str, String); 2] {
        endpoint::signature(bot, body, at)
    }

    /// Posts a bot's interactions to this address from now on, as "Interactions Endpoint URL" in the developer portal
    /// does. The address is on loopback, over plain HTTP. The sandbox understands 202 as an answer, and no callback in
    /// a response's body.
    ///
    /// # Errors
    /// When there is no such bot, or the endpoint does not answer a PING well or takes one with a wrong signature.
    pub async fn post_interactions(&self, bot: i64, url: &str) -> Result<(), ActError> {
        endpoint::set(&self.shared, bot, url).await
    }

    /// Sends any JSON as a gateway event to a bot.
    pub fn inject_event(&self, bot: i64, name: &str, data: &Value) {
        self.with(|world| crate::discord::dispatch::to_bot(world, bot, name, data));
    }

    /// The callback type of the first answer to an interaction: 4 message, 5 deferred, 6 and 7 update, 8 choices,
    /// 9 form. `None`: not answered yet.
    #[must_use]
    pub fn answered(&self, interaction: i64) -> Option<u64> {
        self.shared
            .read(|world| world.discord.interactions.get(&interaction)?.answered)
    }

    /// The form that answered an interaction.
    #[must_use]
    pub fn form(&self, interaction: i64) -> Option<Value> {
        self.shared
            .read(|world| world.discord.interactions.get(&interaction)?.form.clone())
    }

    /// The message that answered an interaction.
    #[must_use]
    pub fn response(&self, interaction: i64) -> Option<i64> {
        self.shared
            .read(|world| world.discord.interactions.get(&interaction)?.original)
    }

    /// The commands that a channel's picker offers to those who may use them all.
    #[must_use]
    pub fn picker(&self, channel: &ChatKey) -> Vec<Value> {
        let Ok(id) = id(channel) else { return Vec::new() };
        self.shared.read(|world| {
            invoke::offered(world, id)
                .into_iter()
                .map(|(_, command)| command)
                .collect()
        })
    }
}

/// A slash command as a user fills it in.
#[derive(Debug, Default)]
pub struct Slash {
    filled: Filled,
}

impl Slash {
    /// A command by its path: `roll`, or `config set` for a sub-command.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self {
            filled: Filled {
                path: path.to_owned(),
                ..Filled::default()
            },
        }
    }

    /// Fills in an option: a text, a number, true or false, or the id of a user, channel or role as text.
    #[must_use]
    pub fn option(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.filled.options.insert(name.to_owned(), value.into());
        self
    }

    /// Fills in a file option. A command can have several.
    #[must_use]
    pub fn file(mut self, name: &str, file: Upload) -> Self {
        self.filled.files.push((name.to_owned(), file));
        self
    }

    /// The bot, where several offer the same command.
    #[must_use]
    pub fn of_bot(mut self, bot: i64) -> Self {
        self.filled.bot = Some(bot);
        self
    }
}

/// A user of Discord, to act as.
#[derive(Clone)]
pub struct DiscordUser {
    pub(crate) shared: Arc<Shared>,
    /// Discord's user id.
    pub id: i64,
}

impl DiscordUser {
    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.shared.with(act)
    }

    /// Sends a text. Returns the message's id.
    ///
    /// # Errors
    /// When there is no such channel, or the text is empty or too long.
    pub fn send_text(&self, channel: &ChatKey, text: &str) -> Result<i64, ActError> {
        self.send(channel, text, Vec::new())
    }

    /// Sends a text with files.
    ///
    /// # Errors
    /// As [`DiscordUser::send_text`], and when a file is too large.
    pub fn send(&self, channel: &ChatKey, text: &str, files: Vec<Upload>) -> Result<i64, ActError> {
        let id = id(channel)?;
        self.with(|world| people::send(world, id, self.id, text, files, None))
    }

    /// Answers a message.
    ///
    /// # Errors
    /// As [`DiscordUser::send_text`], and when there is no such message.
    pub fn reply(&self, channel: &ChatKey, message: i64, text: &str) -> Result<i64, ActError> {
        let id = id(channel)?;
        self.with(|world| people::send(world, id, self.id, text, Vec::new(), Some(message)))
    }

    /// Edits an own message.
    ///
    /// # Errors
    /// When it is not there or not this user's.
    pub fn edit(&self, channel: &ChatKey, message: i64, text: &str) -> Result<(), ActError> {
        let id = id(channel)?;
        self.with(|world| people::edit(world, id, self.id, message, text))
    }

    /// Deletes a message.
    ///
    /// # Errors
    /// When it is not there.
    pub fn delete(&self, channel: &ChatKey, message: i64) -> Result<(), ActError> {
        let id = id(channel)?;
        self.with(|world| people::delete(world, id, message))
    }

    /// Adds a reaction, or takes it back.
    ///
    /// # Errors
    /// When the message is not there.
    pub fn react(&self, channel: &ChatKey, message: i64, emoji: &str, on: bool) -> Result<(), ActError> {
        let id = id(channel)?;
        self.with(|world| people::react(world, (id, message), self.id, emoji, on))
    }

    /// Shows the user as typing.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn typing(&self, channel: &ChatKey) -> Result<(), ActError> {
        let id = id(channel)?;
        self.with(|world| people::typing(world, id, self.id))
    }

    /// Issues a slash command, checked as the client checks it. Returns the interaction's id.
    ///
    /// # Errors
    /// When no bot has registered the command here, or an option does not fit.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a command is built where it is issued"
    )]
    pub fn slash(&self, channel: &ChatKey, command: Slash) -> Result<i64, ActError> {
        let id = id(channel)?;
        self.with(|world| invoke::slash(world, id, self.id, &command.filled))
    }

    /// Asks for the choices of an option while it is typed. `command` holds what is filled in so far, the typed
    /// text of the option included.
    ///
    /// # Errors
    /// As [`DiscordUser::slash`]; see [`WaitError`] for a bot that does not answer by the deadline.
    pub async fn autocomplete(
        &self,
        channel: &ChatKey,
        mut command: Slash,
        option: &str,
        deadline: Duration,
    ) -> Result<Result<Value, WaitError>, ActError> {
        let id = id(channel)?;
        command.filled.focused = Some(option.to_owned());
        let interaction = self.with(|world| invoke::slash(world, id, self.id, &command.filled))?;
        let handle = SandboxHandle {
            shared: Arc::clone(&self.shared),
        };
        let look = |handle: &SandboxHandle| {
            handle
                .shared
                .read(|world| world.discord.interactions.get(&interaction)?.choices.clone())
        };
        Ok(handle.wait_for(deadline, look).await)
    }

    /// Presses the button with this `custom_id` or label. Returns the interaction's id.
    ///
    /// # Errors
    /// When there is no such message or button.
    pub fn press(&self, channel: &ChatKey, message: i64, button: &str) -> Result<i64, ActError> {
        self.select(channel, message, button, &[])
    }

    /// Chooses values in the select with this `custom_id`. Returns the interaction's id.
    ///
    /// # Errors
    /// When there is no such message, select or value.
    pub fn select(
        &self,
        channel: &ChatKey,
        message: i64,
        select: &str,
        values: &[&str],
    ) -> Result<i64, ActError> {
        let id = id(channel)?;
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        self.with(|world| invoke::press(world, (id, message), self.id, select, &values))
    }

    /// Sends in the form that answered an interaction. Returns the new interaction's id.
    ///
    /// # Errors
    /// When there is no such form, or a field does not fit.
    pub fn submit(&self, interaction: i64, fields: &[(&str, &str)]) -> Result<i64, ActError> {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        let fields: Map<String, Value> = object(fields);
        self.with(|world| form::submit(world, interaction, self.id, &fields))
    }
}
