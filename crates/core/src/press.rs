//! What a button does, and the table of tokens that stand for it on the wire. The table owns the actions of buttons
//! that were sent.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use rand::Rng;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use tokio::time::Instant;

use crate::id::{MessageRef, UserId};

/// What a button does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ButtonAction {
    /// It opens an address.
    Open(String),
    /// It does what a command does.
    Command {
        /// The command's name.
        name: SmolStr,
        /// The arguments, as one would type them.
        arguments: String,
    },
    /// It hands a value to the handler of its type.
    Value(ButtonCall),
}

/// A typed value on a button, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ButtonCall {
    /// The name of its type; see [`ButtonValue::NAME`].
    pub name: SmolStr,
    /// The value as JSON.
    pub json: String,
    /// Who may press it; `None` is everybody.
    pub only: Option<UserId>,
    /// Whether it works once.
    pub once: bool,
}

/// A value that a button can carry. `#[derive(Button)]` writes this.
pub trait ButtonValue: Serialize + DeserializeOwned + Send + 'static {
    /// The name by which the handler is found. It must not change while buttons of this type are out.
    const NAME: &'static str;

    /// Whether a press goes past the queue of its conversation: for stopping what runs.
    const CONTROL: bool = false;
}

impl ButtonCall {
    /// Keeps a value, for everybody and for any number of presses.
    ///
    /// # Errors
    ///
    /// When the value cannot be written as JSON, such as a map with keys that are no text.
    pub fn new<T: ButtonValue>(value: &T) -> Result<Self, serde_json::Error> {
        Ok(Self {
            name: SmolStr::new_static(T::NAME),
            json: serde_json::to_string(value)?,
            only: None,
            once: false,
        })
    }

    /// Only this person may press it.
    #[must_use]
    pub fn only(mut self, user: UserId) -> Self {
        self.only = Some(user);
        self
    }

    /// It works once.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }
}

/// How many buttons are remembered; the oldest goes first. At some 200 bytes each, 20 MB.
pub const BUTTONS_KEPT: usize = 100_000;

/// How long a button works.
pub const BUTTON_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// The length of a token on the wire, in bytes: 16 random bytes as base64url without padding. Telegram takes 64, Discord 100.
pub const TOKEN_BYTES: usize = 22;

/// The tokens of the buttons that were sent, in memory.
#[derive(Debug, Default)]
pub(crate) struct PressTable {
    inner: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    by_token: HashMap<SmolStr, Entry>,
    /// The tokens under each message, so that an edit that leaves a button as it is leaves its token too.
    by_message: HashMap<MessageRef, Vec<SmolStr>>,
    /// Tokens by age, the oldest first.
    ages: VecDeque<(Instant, SmolStr)>,
}

#[derive(Clone, Debug)]
struct Entry {
    action: ButtonAction,
    /// Whether a store that outlives the process has it.
    kept: bool,
    /// Whether it was used up: a store may have it until the turn that did so has ended.
    used: bool,
    /// The message that it stands under, once that is known.
    message: Option<MessageRef>,
}

/// What became of a press.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pressed {
    /// Do this.
    Action {
        /// What the button does.
        action: ButtonAction,
        /// Whether it was used up by that, and a store has to forget it.
        used: bool,
    },
    /// It is another person's button.
    NotYours,
    /// It is unknown, too old, or was used up.
    Expired,
}

impl PressTable {
    /// Remembers an action and gives the token that stands for it.
    pub(crate) fn mint(&self, action: &ButtonAction) -> SmolStr {
        let token = random_token();
        let now = Instant::now();
        let mut entries = self.lock();
        entries.evict(now);
        entries.by_token.insert(
            token.clone(),
            Entry {
                action: action.clone(),
                kept: false,
                used: false,
                message: None,
            },
        );
        entries.ages.push_back((now, token.clone()));
        token
    }

    /// What a store is to keep of a button, where it does not yet.
    pub(crate) fn unkept(&self, token: &str) -> Option<Bytes> {
        let entries = self.lock();
        let entry = entries.by_token.get(token).filter(|entry| !entry.kept)?;
        // Every part of it can be written.
        serde_json::to_vec(&entry.action).ok().map(Bytes::from)
    }

    /// Notes that a store keeps these.
    pub(crate) fn kept(&self, tokens: &[SmolStr]) {
        let mut entries = self.lock();
        for token in tokens {
            if let Some(entry) = entries.by_token.get_mut(token) {
                entry.kept = true;
            }
        }
    }

    /// Takes a button in that a store has kept.
    pub(crate) fn restore(&self, token: &str, body: &[u8]) {
        let Ok(action) = serde_json::from_slice(body) else {
            tracing::warn!("a button of an earlier version cannot be read; it has expired");
            return;
        };
        let (now, token) = (Instant::now(), SmolStr::new(token));
        let mut entries = self.lock();
        entries.evict(now);
        let entry = Entry {
            action,
            kept: true,
            used: false,
            message: None,
        };
        // One that is here knows better: it may have been used up since the store was asked.
        if !entries.by_token.contains_key(&token) {
            entries.by_token.insert(token.clone(), entry);
            entries.ages.push_back((now, token));
        }
    }

    /// Notes under which message tokens stand.
    pub(crate) fn attach(&self, message: &MessageRef, tokens: impl Iterator<Item = SmolStr>) {
        let mut entries = self.lock();
        for token in tokens {
            let Some(entry) = entries.by_token.get_mut(&token) else {
                continue;
            };
            if entry.message.replace(message.clone()).is_none() {
                entries.by_message.entry(message.clone()).or_default().push(token);
            }
        }
    }

    /// The tokens under a message with what they stand for.
    pub(crate) fn under(&self, message: &MessageRef) -> Vec<(SmolStr, ButtonAction)> {
        let entries = self.lock();
        let tokens = entries.by_message.get(message).into_iter().flatten();
        tokens
            .filter_map(|token| Some((token.clone(), entries.by_token.get(token)?.action.clone())))
            .collect()
    }

    /// Looks a token up for the one who pressed, and uses it up where it works once.
    pub(crate) fn press(&self, token: &str, user: Option<&UserId>) -> Pressed {
        let mut entries = self.lock();
        let Some(entry) = entries.by_token.get(token).filter(|entry| !entry.used) else {
            return Pressed::Expired;
        };
        let (action, mut used) = (entry.action.clone(), false);
        if let ButtonAction::Value(call) = &action {
            if call.only.is_some() && call.only.as_ref() != user {
                return Pressed::NotYours;
            }
            if call.once {
                used = entry.kept;
                entries.use_up(token);
            }
        }
        Pressed::Action { action, used }
    }

    /// Reads a token without using it up: routing asks before the turn runs.
    pub(crate) fn peek(&self, token: &str) -> Option<ButtonAction> {
        let entries = self.lock();
        entries.by_token.get(token).map(|entry| entry.action.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn evict(&mut self, now: Instant) {
        while let Some((born, _)) = self.ages.front()
            && (self.by_token.len() >= BUTTONS_KEPT || now - *born > BUTTON_LIFETIME)
            && let Some((_, oldest)) = self.ages.pop_front()
        {
            self.forget(&oldest);
        }
    }

    /// One that a store has stays here as used up, or it would be read back from there.
    fn use_up(&mut self, token: &str) {
        let Some(entry) = self.by_token.get_mut(token).filter(|entry| entry.kept) else {
            return self.forget(token);
        };
        entry.used = true;
        let message = entry.message.take();
        self.detach(token, message);
    }

    fn forget(&mut self, token: &str) {
        let message = self.by_token.remove(token).and_then(|entry| entry.message);
        self.detach(token, message);
    }

    fn detach(&mut self, token: &str, message: Option<MessageRef>) {
        let Some(message) = message else { return };
        if let Some(tokens) = self.by_message.get_mut(&message) {
            tokens.retain(|other| other != token);
            if tokens.is_empty() {
                self.by_message.remove(&message);
            }
        }
    }
}

fn random_token() -> SmolStr {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bits: u128 = rand::rng().random();
    let mut token = [0_u8; TOKEN_BYTES];
    for place in &mut token {
        *place = ALPHABET[(bits & 63) as usize];
        bits >>= 6;
    }
    SmolStr::new(std::str::from_utf8(&token).unwrap_or_default())
}
