//! The features, one file each, and what joins them to a bot. Owns nothing.

pub(crate) mod compare;
mod echo;
mod help;
mod ping;
mod roll;
mod start;
mod text;

pub(crate) use self::text::Guess;

use duologue::Router;

/// Adds every feature, in the order in which help lists them.
pub(crate) fn add(router: &mut Router) {
    router.command(start::start);
    router.command(help::help);
    router.command(ping::ping);
    router.command(echo::echo);
    router.press(echo::send_back);
    router.command(roll::roll);
    compare::add(router);
    router.text(text::answer);
}
