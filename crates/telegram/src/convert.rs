//! Between the Bot API's JSON and `core`'s words, both ways. Pure functions.

mod entities;
mod incoming;
mod keyboard;
mod loose;
mod message;
mod outgoing;
mod update;
mod uploads;
mod wire;

use duologue_core::{AccountId, Chat, ChatId, Identity, ThreadId, UserId};
use serde::Deserialize;
use smol_str::SmolStr;

use crate::adapter::NETWORK;

pub(crate) use self::incoming::{Envelope, Known, event};
pub(crate) use self::outgoing::{
    EditText, chat_address, edit_buttons, edit_caption, edit_text, message_number, send_draft, send_text,
    thread,
};
pub(crate) use self::uploads::{FilesRequest, check_files, edit_media, send_files};

/// Who the bot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Me {
    pub(crate) id: i64,
    pub(crate) account: AccountId,
    pub(crate) username: SmolStr,
}

/// What `getMe` answers, as far as it is of use.
#[derive(Debug, Deserialize)]
pub(crate) struct MeAnswer {
    id: i64,
    #[serde(default)]
    username: String,
}

impl From<MeAnswer> for Me {
    fn from(answer: MeAnswer) -> Self {
        Self {
            id: answer.id,
            account: AccountId::number(answer.id),
            username: answer.username.into(),
        }
    }
}

impl Me {
    pub(crate) fn identity(&self) -> Identity {
        Identity {
            account: self.account.clone(),
            handle: self.username.to_string(),
        }
    }

    /// A chat as this bot's account sees it.
    fn chat(&self, id: i64, thread: Option<i64>) -> Chat {
        Chat {
            network: NETWORK,
            account: self.account.clone(),
            id: ChatId::number(id),
            thread: thread.map(ThreadId::number),
        }
    }

    fn is(&self, user: &UserId) -> bool {
        user.parse() == Some(self.id)
    }
}
