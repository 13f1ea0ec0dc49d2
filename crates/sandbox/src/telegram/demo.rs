//! The people and chats that are there from the start. Owns no state.

use super::rooms::add_topic;
use super::state::{Kind, add_group, add_user};
use crate::world::World;

/// The names of the users on both networks.
pub(crate) const PEOPLE: [&str; 3] = ["Ada", "Grace", "Linus"];

pub(crate) fn furnish(world: &mut World) {
    // Nothing here can fail: the bounds are far away.
    for name in PEOPLE {
        add_user(world, name).ok();
    }
    add_group(world, Kind::Supergroup, "Sandbox Group", false).ok();
    if let Ok(forum) = add_group(world, Kind::Supergroup, "Sandbox Forum", true) {
        for topic in ["Questions", "Off-topic"] {
            add_topic(world, forum, topic).ok();
        }
    }
}
