//! The features, one file each, and what joins them to a bot. Owns nothing.

pub(crate) mod compare;
mod drawing;
mod echo;
pub(crate) mod fetch;
mod files;
mod help;
pub(crate) mod image;
mod ping;
mod roll;
pub(crate) mod simulate;
mod start;
mod text;
mod web;

pub(crate) use self::text::Guess;

use duologue::App;

/// Adds every feature, in the order in which help lists them.
///
/// # Errors
///
/// With what is wrong in the features' sections of the configuration.
pub(crate) fn add(app: App) -> duologue::Result<App> {
    let web = web::Web::new(&app).map_err(duologue::Error::Config)?;
    Ok(app
        .resource(web)
        .command(start::start)
        .command(help::help)
        .command(ping::ping)
        .command(echo::echo)
        .press(echo::send_back)
        .command(roll::roll)
        .command(fetch::fetch)
        .command(image::image)
        .press(image::edit_image)
        .command(simulate::simulate)
        .command(compare::compare)
        .task_commands()
        .text(text::answer))
}
