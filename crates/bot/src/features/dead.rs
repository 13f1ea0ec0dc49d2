//! `/dead`: the events that were given up, for the owner to try again or delete. Owns nothing; the store has them.

use duologue::prelude::*;
use duologue::store::{DeadId, DeadLetter, Page};
use duologue::{Button, ButtonAction, UserId};

use super::link::private;
use super::owner;
use super::remind::replace;
use crate::words::dead as words;

/// How many stand on one page: with a row of buttons for each and one to turn the page, as many as every network shows.
const PAGE: usize = 4;

/// The button that has an event handled once more.
#[derive(Button, Debug, PartialEq)]
#[button(name = "dead again")]
pub(crate) struct Again {
    id: u64,
    /// Where its page begins: behind this one.
    after: Option<u64>,
}

/// The button that deletes an event.
#[derive(Button, Debug, PartialEq)]
#[button(name = "dead away")]
pub(crate) struct Away {
    id: u64,
    after: Option<u64>,
}

/// The button that turns the page.
#[derive(Button, Debug, PartialEq)]
#[button(name = "dead page")]
pub(crate) struct Turn {
    after: Option<u64>,
}

/// Events that I gave up
#[command(hidden, ephemeral)]
pub(crate) async fn dead(ctx: Context) -> Result<Content, HandlerError> {
    let account = private(&ctx)?;
    owner::of(&ctx)?.must(&ctx).await?;
    list(&ctx, &account.user, None, None).await
}

/// Has an event handled once more.
pub(crate) async fn again(ctx: Context, button: Again) -> Result<(), HandlerError> {
    owner::of(&ctx)?.must(&ctx).await?;
    let done = match letter(&ctx, button.id).await? {
        Some(letter) => ctx.engine().retry_dead(&letter).await?,
        None => false,
    };
    if done {
        tracing::info!(dead = button.id, "an event that was set aside is tried again");
    }
    shows(&ctx, words::tried(button.id, done), button.after).await
}

/// Deletes an event.
pub(crate) async fn away(ctx: Context, button: Away) -> Result<(), HandlerError> {
    owner::of(&ctx)?.must(&ctx).await?;
    let done = ctx.store().delete_dead(vec![DeadId(button.id)]).await? > 0;
    if done {
        tracing::info!(dead = button.id, "an event that was set aside is deleted");
    }
    shows(&ctx, words::deleted(button.id, done), button.after).await
}

/// Shows another page.
pub(crate) async fn turn(ctx: Context, button: Turn) -> Result<(), HandlerError> {
    owner::of(&ctx)?.must(&ctx).await?;
    let user = &private(&ctx)?.user;
    replace(&ctx, list(&ctx, user, None, button.after).await?).await
}

/// Shows a page anew, with what was done.
async fn shows(ctx: &Context, done: String, after: Option<u64>) -> Result<(), HandlerError> {
    let user = &private(ctx)?.user;
    replace(ctx, list(ctx, user, Some(done), after).await?).await
}

async fn letter(ctx: &Context, id: u64) -> Result<Option<DeadLetter>, HandlerError> {
    let page = Page {
        after: id.checked_sub(1).map(DeadId),
        limit: 1,
    };
    let found = ctx.store().dead(page).await?.into_iter().next();
    Ok(found.filter(|letter| letter.id == DeadId(id)))
}

/// A page with its buttons, for one person alone.
async fn list(
    ctx: &Context,
    user: &UserId,
    done: Option<String>,
    mut after: Option<u64>,
) -> Result<Content, HandlerError> {
    let mut letters = page(ctx, after).await?;
    if letters.is_empty() && after.is_some() {
        after = None;
        letters = page(ctx, None).await?;
    }
    let more = letters.len() > PAGE;
    letters.truncate(PAGE);
    let all = ctx.store().counts().await?.dead.max(letters.len() as u64);
    let mut content = words::list(all, &letters, done, ctx.now());
    for letter in &letters {
        let id = letter.id.0;
        let again = ButtonCall::new(&Again { id, after })?.only(user.clone());
        let away = ButtonCall::new(&Away { id, after })?.only(user.clone());
        content = content.buttons([
            words::again(id, ButtonAction::Value(again)),
            words::away(id, ButtonAction::Value(away)),
        ]);
    }
    let turn = |label: &str, after: Option<u64>| -> Result<Button, HandlerError> {
        let call = ButtonCall::new(&Turn { after })?.only(user.clone());
        Ok(Button::with_action(label, ButtonAction::Value(call)))
    };
    let mut turns = Vec::new();
    if after.is_some() {
        turns.push(turn(words::FIRST, None)?);
    }
    if let Some(last) = letters.last().filter(|_| more) {
        turns.push(turn(words::MORE, Some(last.id.0))?);
    }
    Ok(if turns.is_empty() {
        content
    } else {
        content.buttons(turns)
    })
}

/// The letters of a page, and one more where there are more.
async fn page(ctx: &Context, after: Option<u64>) -> Result<Vec<DeadLetter>, HandlerError> {
    let page = Page {
        after: after.map(DeadId),
        limit: PAGE + 1,
    };
    Ok(ctx.store().dead(page).await?)
}

#[cfg(test)]
mod tests;
