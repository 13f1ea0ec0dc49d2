//! The people and channels that are there from the start. Owns no state.

use super::state::{add_channel, add_user};
use crate::telegram::demo::PEOPLE;
use crate::world::World;

pub(crate) fn furnish(world: &mut World) {
    // Nothing here can fail: the bounds are far away.
    for name in PEOPLE {
        add_user(world, name).ok();
    }
    for name in ["general", "random"] {
        add_channel(world, name).ok();
    }
}
