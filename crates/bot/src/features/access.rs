//! The gate: who may use the bot, by the lists of the configuration, and nobody but owners while it pauses. Owns whom it
//! has told why not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use duologue::prelude::*;
use duologue::store::{Account, Store, Timestamp};
use duologue::{AccessEntry, AccessSettings, Chat, ChatKind, EventKind, ServerId, UserId};

use super::book::Book;
use super::owner::Owners;
use crate::words::owner as words;

/// How often a chat is told that it is kept out.
const TOLD_EVERY: Duration = Duration::from_secs(3600);

/// How many chats are remembered as told. Beyond it all are forgotten, and told once more.
const TOLD: usize = 10_000;

/// The command that makes an owner: it is open to everybody, as it has a lock of its own.
const OWNER: &str = "owner";

/// What is asked before any handler runs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Gate {
    rules: Arc<AccessSettings>,
    told: Arc<Mutex<HashMap<Chat, Timestamp>>>,
    book: Book,
    owners: Owners,
}

impl Gate {
    pub(crate) fn new(rules: AccessSettings, owners: Owners) -> Self {
        Self {
            rules: Arc::new(rules),
            told: Arc::default(),
            book: Book::default(),
            owners,
        }
    }

    /// Whether an event goes on to its handler, and what is said if not.
    pub(crate) async fn ask(self, ctx: Context, control: bool) -> Result<Option<Reply>, HandlerError> {
        let claims = claims(&ctx);
        let allowed = self.allows(&ctx) || self.owners.has(&ctx).await?;
        if !claims && !allowed {
            return Ok(Some(self.refusal(&ctx)));
        }
        if allowed && let Err(error) = self.book.note(&ctx).await {
            // The chat is noted when it is heard of next; what was asked for does not wait for it.
            tracing::warn!(?error, "a private chat was not noted");
        }
        if !claims && !control && self.owners.paused() && !self.owners.has(&ctx).await? {
            return Ok(Some(Reply::new(words::IS_PAUSED).ephemeral()));
        }
        Ok(None)
    }

    /// Whether the private chat of an account is one for news to all: the lists let it in, or it is an owner's.
    pub(crate) async fn reaches(
        &self,
        store: &dyn Store,
        account: &Account,
        chat: &Chat,
    ) -> Result<bool, HandlerError> {
        Ok(self.lets_in(chat, Some(&account.user), None) || self.owners.has_account(store, account).await?)
    }

    /// Whether the lists let an event in.
    fn allows(&self, ctx: &Context) -> bool {
        let server = ctx.event().server.as_ref();
        self.lets_in(ctx.chat(), ctx.user().map(|user| &user.id), server)
    }

    fn lets_in(&self, chat: &Chat, user: Option<&UserId>, server: Option<&ServerId>) -> bool {
        let meets = |entry: &AccessEntry| match entry {
            AccessEntry::User { network, id } => {
                chat.network.as_str() == network && user.is_some_and(|user| user.as_str() == id)
            }
            AccessEntry::Chat { network, id } => chat.network.as_str() == network && chat.id.as_str() == id,
            AccessEntry::Server { network, id } => {
                chat.network.as_str() == network && server.is_some_and(|server| server.as_str() == id)
            }
        };
        let AccessSettings { allow, deny } = &*self.rules;
        !deny.iter().any(meets) && (allow.is_empty() || allow.iter().any(meets))
    }

    /// Words once in a while, and silence between.
    fn refusal(&self, ctx: &Context) -> Reply {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = ctx.now();
        let lately = told
            .get(ctx.chat())
            .is_some_and(|before| now.since(*before) < TOLD_EVERY);
        if lately {
            return Reply::none();
        }
        if told.len() >= TOLD {
            told.clear();
        }
        told.insert(ctx.chat().clone(), now);
        Reply::new(words::NOT_ALLOWED).ephemeral()
    }
}

/// Whether an event gives `/owner`, also typed as plain text where the network has its own way to give a command.
fn claims(ctx: &Context) -> bool {
    match &ctx.event().kind {
        EventKind::Command(call) => call.name == OWNER,
        EventKind::Message(message) if ctx.event().chat_kind == ChatKind::Private => {
            let word = message.text.text.split(char::is_whitespace).next();
            let name = word.and_then(|word| word.strip_prefix('/'));
            name.is_some_and(|name| name.eq_ignore_ascii_case(OWNER))
        }
        _ => false,
    }
}
