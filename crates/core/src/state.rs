//! Typed state that survives the process: what a feature remembers about a person, a chat, a person in a chat, or at all.
//! Owns nothing; the store does.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::context::Context;
use crate::event::User;
use crate::reply::HandlerError;
use crate::store::{Account, Commit, Outcome, Scope, StateKey, StateValue, StateWrite, Write};

/// How often a change is tried again when another one came first.
const TRIES: u32 = 20;

/// Something that is remembered. The name is its place in the store; a change of its form is a new version.
///
/// ```
/// use duologue_core::state::State;
/// use serde::{Deserialize, Serialize};
/// use serde_json::Value;
///
/// #[derive(Default, Serialize, Deserialize)]
/// struct Taste {
///     sugar: u8,
/// }
///
/// impl State for Taste {
///     const NAME: &'static str = "taste";
///     const VERSION: u32 = 2;
///
///     // Version 1 was the number alone.
///     fn migrate(version: u32, old: Value) -> Option<Self> {
///         let sugar = u8::try_from(old.as_u64()?).ok()?;
///         (version == 1).then_some(Self { sugar })
///     }
/// }
/// ```
pub trait State: Serialize + DeserializeOwned + Default + Send + 'static {
    /// The name, unique within the bot.
    const NAME: &'static str;

    /// The version of its form.
    const VERSION: u32 = 1;

    /// Makes the newest form of an older one. Without it, or where it gives `None`, reading an older one is an error and
    /// nothing is lost.
    #[must_use]
    fn migrate(version: u32, old: Value) -> Option<Self> {
        let _ = (version, old);
        None
    }
}

/// What a state is about, seen from a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The bot.
    Bot,
    /// The person, in all chats and on all linked accounts.
    Person,
    /// The chat.
    Chat,
    /// The person in this chat.
    PersonInChat,
}

/// A state as it is written.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    state: Value,
}

impl Context {
    /// A state, or its default where nothing is kept.
    ///
    /// # Errors
    ///
    /// That of the store, that the network does not say who it is about, or that what is kept has a form that cannot be
    /// read any more.
    pub async fn state<T: State>(&self, of: Of) -> Result<T, HandlerError> {
        let key = self.state_key::<T>(of).await?;
        Ok(self.read_state::<T>(&key).await?.0)
    }

    /// Changes a state. Another change that comes at the same time is not lost: this one is then made again on top of it,
    /// so the closure may run more than once. In a turn of a bot with a store, the change is kept together with the turn's
    /// end, or not at all; where another one came first, the whole turn runs again. What runs beside the turn and was given
    /// its context writes with it for as long as the turn is open, and then at once.
    ///
    /// # Errors
    ///
    /// As for [`Context::state`].
    pub async fn change_state<T: State, R>(
        &self,
        of: Of,
        mut change: impl FnMut(&mut T) -> R,
    ) -> Result<R, HandlerError> {
        let key = self.state_key::<T>(of).await?;
        for _ in 0..TRIES {
            let (mut state, version) = self.read_state::<T>(&key).await?;
            let result = change(&mut state);
            let kept = Kept {
                version: T::VERSION,
                state: serde_json::to_value(&state)?,
            };
            let write = StateWrite {
                key: key.clone(),
                expected: Some(version),
                body: Some(serde_json::to_vec(&kept)?.into()),
            };
            // A turn's writes are kept with its end; what runs beside it keeps each at once.
            let Some(write) = self.write_state(write) else {
                return Ok(result);
            };
            let outcomes = self
                .store()
                .commit(vec![Commit::writes(vec![Write::State(write)], self.now())])
                .await?;
            if matches!(outcomes.as_slice(), [Outcome::Committed(_)]) {
                return Ok(result);
            }
        }
        Err(format!("the state {} changes faster than it can be written", T::NAME).into())
    }

    async fn state_key<T: State>(&self, of: Of) -> Result<StateKey, HandlerError> {
        let user = || self.user().ok_or("this network does not say who it is about");
        let scope = match of {
            Of::Bot => Scope::Bot,
            Of::Person => self.person_scope(user()?).await?,
            Of::Chat => Scope::Chat(self.chat().clone()),
            Of::PersonInChat => Scope::UserInChat(self.chat().clone(), user()?.id.clone()),
        };
        let name = T::NAME.into();
        Ok(StateKey { scope, name })
    }

    async fn person_scope(&self, user: &User) -> Result<Scope, HandlerError> {
        let account = Account {
            network: self.network(),
            user: user.id.clone(),
        };
        Ok(match self.store().person(&account).await? {
            Some(person) => Scope::Person(person.id),
            None => Scope::User(account.network, account.user),
        })
    }

    /// A state with the version that the store has of it.
    async fn read_state<T: State>(&self, key: &StateKey) -> Result<(T, u64), HandlerError> {
        let (body, version) = match self.written_state(key) {
            Some(written) => written,
            None => match self.store().state(vec![key.clone()]).await?.pop().flatten() {
                Some(StateValue { version, body }) => (body, version),
                None => return Ok((T::default(), 0)),
            },
        };
        let Some(body) = body else {
            return Ok((T::default(), version));
        };
        let kept: Kept = serde_json::from_slice(&body)?;
        let state = if kept.version == T::VERSION {
            serde_json::from_value(kept.state)?
        } else {
            T::migrate(kept.version, kept.state).ok_or_else(|| {
                format!(
                    "the state {} of version {} cannot be read any more",
                    T::NAME,
                    kept.version
                )
            })?
        };
        Ok((state, version))
    }
}
