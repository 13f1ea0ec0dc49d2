//! What becomes of a reminder that its chat does not take: it goes to another private chat of the same person. Owns
//! nothing.

use duologue::jobs::JobContext;
use duologue::prelude::*;
use duologue::store::{Account, Commit, Job, Store, Write};
use duologue::{Chat, ChatKind, NetworkId, Person, SendErrorKind};

use super::super::book;
use crate::words::remind as words;

/// How long it is told that a reminder went elsewhere.
const TOLD: Duration = Duration::from_secs(32 * 24 * 3600);

/// Whether a chat takes nothing, however often it is tried: the bot was blocked, or the chat is gone.
pub(super) fn is_final(error: &SendError) -> bool {
    matches!(
        error.kind,
        SendErrorKind::Forbidden(_) | SendErrorKind::NotFound(_)
    )
}

/// Says a reminder in the first other private chat of its person that takes it.
///
/// # Errors
///
/// The first error where there is no such chat.
pub(super) async fn ring(
    job: &JobContext,
    error: SendError,
    content: Content,
    buttons: Vec<duologue::Button>,
) -> Result<(), HandlerError> {
    let (from, store) = (&job.job().ask.chat, job.store());
    for chat in chats(&**store, &job.job().ask.person).await? {
        if chat == *from {
            continue;
        }
        let content = words::elsewhere(content.clone(), from.network).buttons(buttons.clone());
        match job.say(&chat, ChatKind::Private, content).await {
            Ok(_) => {
                let told = Write::Value {
                    key: key(job.job()).into(),
                    body: Some(chat.network.as_str().into()),
                    until: Some(job.now().plus(TOLD)),
                };
                store.commit(vec![Commit::writes(vec![told], job.now())]).await?;
                return Ok(());
            }
            Err(error) if is_final(&error) => {}
            // Whether it was said there is not known, or it goes later.
            Err(error) => return Err(error.into()),
        }
    }
    Err(error.into())
}

/// Where a reminder went the last time, if its chat did not take it.
pub(super) async fn went(store: &dyn Store, job: &Job) -> Result<Option<String>, HandlerError> {
    let went = store.value(&key(job)).await?;
    Ok(went.map(|went| String::from_utf8_lossy(&went).into_owned()))
}

/// The networks of the other private chats that a person's reminders can go to.
pub(super) async fn known(ctx: &Context) -> Result<Vec<NetworkId>, HandlerError> {
    let chats = chats(&**ctx.store(), &ctx.person()).await?;
    let others = chats.into_iter().map(|chat| chat.network);
    let mut networks: Vec<NetworkId> = others.filter(|network| *network != ctx.network()).collect();
    networks.dedup();
    Ok(networks)
}

/// The private chats of a person on all linked accounts.
async fn chats(store: &dyn Store, person: &Person) -> Result<Vec<Chat>, HandlerError> {
    let Person::User(network, user) = person else {
        return Ok(Vec::new());
    };
    let account = Account {
        network: *network,
        user: user.clone(),
    };
    let accounts = match store.person(&account).await? {
        Some(person) => person.accounts,
        None => vec![account],
    };
    let mut chats = Vec::new();
    for account in accounts {
        chats.extend(book::chat_of(store, &account).await?);
    }
    Ok(chats)
}

fn key(job: &Job) -> String {
    format!("reminder.{}.elsewhere", job.id.0)
}
