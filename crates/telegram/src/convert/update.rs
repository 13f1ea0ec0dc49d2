//! One update, read in one pass: its number, which kind it is, and what that kind holds. Pure data.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::call::Text;
use crate::convert::wire::{CallbackQuery, MemberUpdate, Message, ReactionUpdate, StoppedGeneration};

/// An update whose kind we have words for, or the name of another kind.
#[derive(Debug)]
pub(super) struct Update<'a> {
    pub(super) id: i64,
    pub(super) kind: Kind<'a>,
}

#[derive(Debug)]
pub(super) enum Kind<'a> {
    Message(Box<Message<'a>>),
    Edited(Box<Message<'a>>),
    Callback(Box<CallbackQuery<'a>>),
    Reaction(Box<ReactionUpdate<'a>>),
    Member(Box<MemberUpdate<'a>>),
    Stopped(Box<StoppedGeneration<'a>>),
    /// Without words of ours.
    Other,
}

/// An update of which nothing is certain but its number.
#[derive(Debug)]
pub(super) struct LooseUpdate<'a> {
    pub(super) id: i64,
    /// The name of its kind, and what it holds.
    pub(super) kind: Option<(Text<'a>, &'a RawValue)>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Update<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Update<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an update")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut id = None;
                let mut kind = Kind::Other;
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    match &*key {
                        "update_id" => id = Some(map.next_value()?),
                        "message" | "channel_post" => kind = Kind::Message(map.next_value()?),
                        "edited_message" | "edited_channel_post" => kind = Kind::Edited(map.next_value()?),
                        "callback_query" => kind = Kind::Callback(map.next_value()?),
                        "message_reaction" => kind = Kind::Reaction(map.next_value()?),
                        "stopped_message_generation" => kind = Kind::Stopped(map.next_value()?),
                        "my_chat_member" | "chat_member" => kind = Kind::Member(map.next_value()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                let id = id.ok_or_else(|| serde::de::Error::missing_field("update_id"))?;
                Ok(Update { id, kind })
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for LooseUpdate<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = LooseUpdate<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an update")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut id = None;
                let mut kind = None;
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    if &*key == "update_id" {
                        id = Some(map.next_value()?);
                    } else {
                        kind = Some((key, map.next_value()?));
                    }
                }
                let id = id.ok_or_else(|| serde::de::Error::missing_field("update_id"))?;
                Ok(LooseUpdate { id, kind })
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
