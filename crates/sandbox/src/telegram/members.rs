//! Who is what in a chat: owner, moderator, member, restricted, banned, gone. What people are stands in the chats.

use serde_json::{Value, json};

use super::error::{ApiError, Outcome};
use super::methods::Call;
use super::rooms::service;
use super::state::{Bot, Chat, Key, Kind, User, bots_of, chat_json, key_name};
use super::updates;
use crate::error::ActError;
use crate::world::World;

/// What a person is in a group beyond being in it or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// An administrator with every right but that of making others administrators.
    Moderator,
    /// May read and not write. Supergroups only.
    Restricted,
    Banned,
}

/// The person who made the groups: the first one.
pub(crate) fn owner(world: &World) -> Option<i64> {
    world.telegram.users.keys().next().copied()
}

/// The people who may moderate a group: its owner and its administrators.
pub(crate) fn moderators(world: &World, chat: &Chat) -> Vec<i64> {
    if chat.kind == Kind::Private {
        return Vec::new();
    }
    let owner = owner(world).filter(|owner| chat.members.contains(owner));
    let appointed = chat.standings.iter();
    let appointed = appointed.filter(|(_, standing)| **standing == Standing::Moderator);
    owner
        .into_iter()
        .chain(appointed.map(|(user, _)| *user))
        .collect()
}

/// The rights of an administrator, as the network lists them for this kind of chat.
fn rights(kind: Kind) -> Value {
    let mut rights = json!({ "can_be_edited": false, "is_anonymous": false, "can_manage_chat": true,
        "can_delete_messages": true, "can_manage_video_chats": true, "can_manage_voice_chats": true,
        "can_restrict_members": true, "can_promote_members": false, "can_change_info": true,
        "can_invite_users": true, "can_post_stories": true, "can_edit_stories": true, "can_delete_stories": true,
        "can_pin_messages": true, "can_manage_tags": true, "can_send_welcome_messages": true });
    if kind == Kind::Supergroup {
        rights["can_manage_topics"] = Value::Bool(true);
    }
    rights
}

/// What a restricted person may still do: react, and nothing else.
fn permissions() -> Value {
    json!({ "can_send_messages": false, "can_send_media_messages": false, "can_send_audios": false,
        "can_send_documents": false, "can_send_photos": false, "can_send_videos": false,
        "can_send_video_notes": false, "can_send_voice_notes": false, "can_send_polls": false,
        "can_send_other_messages": false, "can_add_web_page_previews": false, "can_react_to_messages": true,
        "can_edit_tag": false, "can_change_info": false, "can_invite_users": false, "can_pin_messages": false,
        "can_manage_topics": false })
}

/// The `ChatMember` of a person in a group.
fn person_json(world: &World, chat: &Chat, person: &User) -> Value {
    let there = chat.members.contains(&person.id);
    let (status, more) = match chat.standings.get(&person.id) {
        _ if there && owner(world) == Some(person.id) => ("creator", json!({ "is_anonymous": false })),
        Some(Standing::Moderator) => ("administrator", rights(chat.kind)),
        Some(Standing::Restricted) => {
            let mut more = permissions();
            more["is_member"] = Value::Bool(there);
            more["until_date"] = Value::from(0);
            ("restricted", more)
        }
        Some(Standing::Banned) => ("kicked", json!({ "until_date": 0 })),
        None if there => ("member", json!({})),
        None => ("left", json!({})),
    };
    let mut member = json!({ "user": person.json(), "status": status });
    if let (Some(member), Value::Object(more)) = (member.as_object_mut(), more) {
        member.extend(more);
    }
    member
}

/// The `ChatMember` of a person or a bot. The bots of a sandbox are administrators nowhere.
fn member_json(world: &World, key: Key, id: i64) -> Option<Value> {
    let plain = |user: Value| json!({ "user": user, "status": "member" });
    if let Some(bot) = world.telegram.bots.get(&id) {
        return bots_of(world, key).contains(&id).then(|| plain(bot.json()));
    }
    let person = world.telegram.users.get(&id)?;
    let chat = world.telegram.chats.get(&key)?;
    if chat.kind == Kind::Private {
        // A private chat has two members, and nobody in it is more than the other.
        return (id == key.1).then(|| plain(person.json()));
    }
    Some(person_json(world, chat, person))
}

/// `getChatMember`.
pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let user = call.int("user_id").filter(|user| *user > 0);
    let user = user.ok_or_else(|| ApiError::bad("invalid user_id specified"))?;
    member_json(call.world, key, user).ok_or_else(|| ApiError::bad("member not found"))
}

/// `getChatMemberCount`.
pub(crate) fn count(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let chat = call.world.telegram.chats.get(&key);
    let users = chat.map_or(0, |chat| chat.members.len());
    Ok(Value::from(users + bots_of(call.world, key).len()))
}

/// `getChatAdministrators`.
pub(crate) fn administrators(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    if key.0 != 0 {
        return Err(ApiError::bad("there are no administrators in the private chat"));
    }
    let world = &*call.world;
    let chat = world.telegram.chats.get(&key);
    let all = chat.map(|chat| moderators(world, chat)).unwrap_or_default();
    Ok(all
        .into_iter()
        .filter_map(|user| member_json(world, key, user))
        .collect())
}

/// The group in which people can be more or less than members.
fn group(world: &mut World, key: Key) -> Result<&mut Chat, ActError> {
    let chat = world.telegram.chats.get_mut(&key);
    let chat = chat.ok_or_else(|| ActError::NoChat(key_name(key)))?;
    if chat.kind == Kind::Private {
        let why = "a private chat has no moderators and no members to restrict";
        return Err(ActError::Refused(why.to_owned()));
    }
    Ok(chat)
}

/// Changes what a person is in a group, and tells the bots that ask for such updates.
fn change(world: &mut World, key: Key, user: i64, change: impl FnOnce(&mut Chat)) -> Result<(), ActError> {
    if !world.telegram.users.contains_key(&user) {
        return Err(ActError::NoUser(user.to_string()));
    }
    let old = member_json(world, key, user);
    change(group(world, key)?);
    let new = member_json(world, key, user);
    if old == new {
        return Ok(());
    }
    let by = owner(world).and_then(|owner| world.telegram.users.get(&owner));
    let update = json!({ "chat": chat_json(world, key), "from": by.map(User::json), "date": world.now_s(),
                         "old_chat_member": old, "new_chat_member": new });
    for bot in bots_of(world, key) {
        updates::push(world, bot, "chat_member", update.clone());
    }
    world.tell_status();
    Ok(())
}

/// The owner cannot be made anything else.
fn not_the_owner(world: &World, user: i64) -> Result<(), ActError> {
    if owner(world) == Some(user) {
        return Err(ActError::Refused(
            "the owner of a group stays its owner".to_owned(),
        ));
    }
    Ok(())
}

/// Makes a member a moderator, or a moderator a plain member.
pub(crate) fn promote(world: &mut World, key: Key, user: i64, on: bool) -> Result<(), ActError> {
    let chat = group(world, key)?;
    if on && !chat.members.contains(&user) {
        return Err(ActError::Refused(
            "only a member can become a moderator".to_owned(),
        ));
    }
    not_the_owner(world, user)?;
    set(world, key, user, Standing::Moderator, on)
}

/// Takes the right to write from a member, or gives it back.
pub(crate) fn restrict(world: &mut World, key: Key, user: i64, on: bool) -> Result<(), ActError> {
    if group(world, key)?.kind != Kind::Supergroup {
        return Err(ActError::Refused("only supergroups know restrictions".to_owned()));
    }
    not_the_owner(world, user)?;
    set(world, key, user, Standing::Restricted, on)
}

/// Throws a person out of a group for good, or lets them come back.
pub(crate) fn ban(world: &mut World, key: Key, user: i64, on: bool) -> Result<(), ActError> {
    let there = group(world, key)?.members.contains(&user);
    not_the_owner(world, user)?;
    set(world, key, user, Standing::Banned, on)?;
    if on && there {
        let person = world.telegram.users.get(&user).map(User::json);
        let by = owner(world).unwrap_or(user);
        service(world, key, by, json!({ "left_chat_member": person }))?;
    }
    Ok(())
}

fn set(world: &mut World, key: Key, user: i64, standing: Standing, on: bool) -> Result<(), ActError> {
    change(world, key, user, |chat| {
        if on {
            chat.standings.insert(user, standing);
            if standing == Standing::Banned {
                chat.members.remove(&user);
            }
        } else if chat.standings.get(&user) == Some(&standing) {
            chat.standings.remove(&user);
        }
    })
}

/// A person joins or leaves a group.
pub(crate) fn join(world: &mut World, key: Key, user: i64, joins: bool) -> Result<(), ActError> {
    let person = world.telegram.users.get(&user).map(User::json);
    let person = person.ok_or_else(|| ActError::NoUser(user.to_string()))?;
    let chat = group(world, key)?;
    if joins && chat.standings.get(&user) == Some(&Standing::Banned) {
        return Err(ActError::Refused(
            "the person is banned from this group".to_owned(),
        ));
    }
    if chat.members.contains(&user) == joins {
        return Ok(());
    }
    let content = if joins {
        json!({ "new_chat_members": [person] })
    } else {
        json!({ "left_chat_member": person })
    };
    service(world, key, user, content)?;
    change(world, key, user, |chat| {
        if joins {
            chat.members.insert(user);
        } else {
            chat.members.remove(&user);
            // A restriction stays for when the person comes back; an office does not.
            if chat.standings.get(&user) == Some(&Standing::Moderator) {
                chat.standings.remove(&user);
            }
        }
    })
}

/// Whether the group lets a person write.
pub(crate) fn may_write(chat: &Chat, user: i64) -> Result<(), ActError> {
    match chat.standings.get(&user) {
        Some(Standing::Banned) => Err(ActError::Refused(
            "the person is banned from this group".to_owned(),
        )),
        Some(Standing::Restricted) => Err(ActError::Refused(
            "the person may not write in this group".to_owned(),
        )),
        Some(Standing::Moderator) | None => Ok(()),
    }
}

/// The update about the bot itself, when it is thrown out or blocked, or let in again.
pub(crate) fn of_bot(bot: &Bot, there: bool) -> Value {
    if there {
        json!({ "user": bot.json(), "status": "member" })
    } else {
        json!({ "user": bot.json(), "status": "kicked", "until_date": 0 })
    }
}
