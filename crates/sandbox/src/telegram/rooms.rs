//! What happens to chats from the users' side: topics, blocking, upgrades. Owns no state.

use serde_json::{Value, json};

use super::methods::tell_message;
use super::state::{Key, Kind, add_group, bots_of, chat_json};
use super::{draft, members, updates};
use crate::error::ActError;
use crate::store::Stored;
use crate::world::World;

fn no_chat(key: Key) -> ActError {
    ActError::NoChat(super::state::key_name(key))
}

/// A new topic of a forum; returns its thread id.
pub(crate) fn add_topic(world: &mut World, key: Key, name: &str) -> Result<i64, ActError> {
    let forum = world.telegram.chats.get(&key).is_some_and(|chat| chat.forum);
    if !forum {
        return Err(ActError::Refused("the chat is not a forum".to_owned()));
    }
    let creator = world.telegram.users.keys().next().copied().unwrap_or(0);
    let content = json!({ "forum_topic_created": { "name": name, "icon_color": 7_322_096 } });
    let id = service(world, key, creator, content)?;
    let chat = world.telegram.chats.get_mut(&key).ok_or_else(|| no_chat(key))?;
    chat.topics.insert(id, name.to_owned());
    world.tell_status();
    Ok(id)
}

/// A service message: something happened in the chat. All bots see it, whatever their privacy.
pub(crate) fn service(world: &mut World, key: Key, from: i64, content: Value) -> Result<i64, ActError> {
    let chat = chat_json(world, key);
    let person = world.telegram.users.get(&from).map(super::state::User::json);
    let (date, at_ms) = (world.now_s(), world.now_ms);
    let room = world.telegram.chats.get_mut(&key).ok_or_else(|| no_chat(key))?;
    let id = room.next_message();
    let mut raw = json!({ "message_id": id, "from": person, "chat": chat, "date": date });
    if let (Some(raw), Value::Object(content)) = (raw.as_object_mut(), content) {
        raw.extend(content);
    }
    room.history.push(Stored {
        id,
        raw: raw.clone(),
        from,
        at_ms,
        ..Stored::default()
    });
    for bot in bots_of(world, key) {
        updates::push(world, bot, "message", raw.clone());
    }
    tell_message(world, key, id);
    Ok(id)
}

/// A user blocks or unblocks the bot of a private chat, or throws it out of a group.
pub(crate) fn block(world: &mut World, key: Key, user: i64, blocked: bool) -> Result<(), ActError> {
    let chat = world.telegram.chats.get_mut(&key).ok_or_else(|| no_chat(key))?;
    if chat.blocked == blocked {
        return Ok(());
    }
    chat.blocked = blocked;
    draft::end(world, key);
    let date = world.now_s();
    let chat = chat_json(world, key);
    let person = world.telegram.users.get(&user).map(super::state::User::json);
    for bot in bots_of(world, key) {
        let Some(me) = world.telegram.bots.get(&bot) else {
            continue;
        };
        let (old, new) = (members::of_bot(me, blocked), members::of_bot(me, !blocked));
        let update = json!({ "chat": chat, "from": person, "date": date, "old_chat_member": old,
                             "new_chat_member": new });
        updates::push(world, bot, "my_chat_member", update);
    }
    world.tell_status();
    Ok(())
}

/// A group becomes a supergroup with a new id. Calls to the old one answer with `migrate_to_chat_id`.
pub(crate) fn migrate(world: &mut World, key: Key) -> Result<Key, ActError> {
    let group = world
        .telegram
        .chats
        .get(&key)
        .filter(|chat| chat.kind == Kind::Group && chat.migrated_to.is_none());
    let title = group.ok_or_else(|| no_chat(key))?.title.clone();
    let new = add_group(world, Kind::Supergroup, &title, false)?;
    let creator = world.telegram.users.keys().next().copied().unwrap_or(0);
    service(world, key, creator, json!({ "migrate_to_chat_id": new.1 }))?;
    if let Some(old) = world.telegram.chats.get_mut(&key) {
        old.migrated_to = Some(new.1);
    }
    service(world, new, creator, json!({ "migrate_from_chat_id": key.1 }))?;
    Ok(new)
}
