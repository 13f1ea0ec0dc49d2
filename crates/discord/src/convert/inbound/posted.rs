//! From an interaction that was posted to core's event: the same one as over the gateway, with its JSON as it came.
//! Total: what serenity cannot read becomes `Other`, and can be answered. Owns no state.

use std::sync::Arc;

use bytes::Bytes;
use duologue_core::{Event, EventId, EventKind, Other, Raw};
use serde::Deserialize;
use serenity::model::event::{Event as Dispatch, InteractionCreateEvent};
use smol_str::SmolStr;
use tracing::debug;

use super::{Envelope, Inbound, RawEvent, time_of, unnamed};
use crate::interaction::{Arrived, Origin};

/// What an interaction is called where it has no word of its own.
const NAME: &str = "INTERACTION_CREATE";

/// What is read of an interaction before anything else.
/// Source: discord-api-docs, interactions/receiving-and-responding, "Interaction Object".
#[derive(Deserialize)]
pub(crate) struct Posted<'a> {
    #[serde(rename = "type")]
    kind: u8,
    #[serde(borrow)]
    id: Option<&'a str>,
    #[serde(borrow)]
    application_id: Option<&'a str>,
    #[serde(borrow)]
    token: Option<&'a str>,
    #[serde(borrow)]
    channel_id: Option<&'a str>,
    #[serde(borrow)]
    guild_id: Option<&'a str>,
    #[serde(borrow)]
    user: Option<WithId<'a>>,
    #[serde(borrow)]
    member: Option<PostedMember<'a>>,
    #[serde(borrow)]
    message: Option<WithId<'a>>,
}

#[derive(Deserialize)]
struct PostedMember<'a> {
    #[serde(borrow)]
    user: Option<WithId<'a>>,
}

#[derive(Deserialize)]
struct WithId<'a> {
    #[serde(borrow)]
    id: &'a str,
}

impl Posted<'_> {
    /// Discord looks whether somebody is there.
    pub(crate) fn is_ping(&self) -> bool {
        self.kind == 1
    }

    /// Somebody is typing a command's option.
    pub(crate) fn is_autocomplete(&self) -> bool {
        self.kind == 4
    }

    /// Its id, if it has one.
    pub(crate) fn id(&self) -> Option<u64> {
        self.id?.parse().ok().filter(|id| *id != 0)
    }

    fn asker(&self) -> Option<u64> {
        let of_member = || self.member.as_ref()?.user.as_ref();
        self.user.as_ref().or_else(of_member)?.id.parse().ok()
    }
}

impl Inbound {
    /// The event of a posted interaction. One that can be answered is entered into the book of open ones, and its
    /// deadline counts from now.
    pub(crate) fn posted(&self, posted: &Posted<'_>, body: &Bytes) -> Event {
        let json = as_dispatched(body);
        match serde_json::from_slice::<InteractionCreateEvent>(body) {
            Ok(created) => {
                if let Some((envelope, kind)) = self.interaction(&created.interaction) {
                    let raw = RawEvent {
                        dispatch: Dispatch::InteractionCreate(created),
                        json: Some(json),
                    };
                    return self.event(envelope, kind, Raw::native(Arc::new(raw)));
                }
            }
            Err(error) => debug!(%error, kind = posted.kind, "an interaction is newer than this program"),
        }
        self.bare(posted, json)
    }

    /// An event with nothing but the envelope.
    fn bare(&self, posted: &Posted<'_>, json: Bytes) -> Event {
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
        let id = posted.id().unwrap_or_default();
        let channel = number(posted.channel_id).or(number(posted.guild_id));
        let token = number(posted.application_id)
            .zip(posted.token)
            .filter(|_| !posted.is_autocomplete());
        let reply = token.map(|(application, token)| {
            self.interactions.arrive(&Arrived {
                id,
                application,
                token,
                channel: channel.unwrap_or_default(),
                // A command is not deferred by itself here: if nobody knows it, it would be "thinking" for ever.
                origin: match posted.kind {
                    3 => Origin::Component(
                        posted
                            .message
                            .as_ref()
                            .and_then(|message| message.id.parse().ok()),
                    ),
                    _ => Origin::Other,
                },
                ephemeral: false,
            })
        });
        let envelope = Envelope {
            id: EventId::number(id),
            channel: channel.unwrap_or(self.bot),
            guild: number(posted.guild_id),
            user: posted.asker().map(unnamed),
            sent: Some(time_of(id)),
            reply,
        };
        let name = SmolStr::new_static(NAME);
        self.event(envelope, EventKind::Other(Other { name }), Raw::json(json))
    }
}

/// The same JSON as the gateway would have sent.
fn as_dispatched(body: &Bytes) -> Bytes {
    let head: &[u8] = br#"{"t":"INTERACTION_CREATE","d":"#;
    [head, body, b"}"].concat().into()
}
