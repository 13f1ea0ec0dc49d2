//! `/broadcast`: the same words into every private chat that the bot knows, one after the other and behind everything
//! else, also over a restart. Owns nothing; the store has how far it is.

use duologue::jobs::{JobAsk, JobContext, Schedule};
use duologue::prelude::*;
use duologue::store::{Commit, Job, Missed, NewJob, Store, Write};
use duologue::{AccountId, ButtonAction, Chat, ChatId, ChatKind, MessageId, MessageRef, SendErrorKind};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::book;
use super::link::private;
use super::owner;
use crate::words::owner as words;

/// The name of the jobs.
pub(crate) const JOB: &str = "broadcast";

/// The name of the value that says how far it is, and of the one that stops it.
const RUN: &str = "broadcast.run";
const STOP: &str = "broadcast.stop";

/// The longest text, in characters.
const LONGEST: usize = 2000;

/// How long one job goes on before the next one takes over.
const LEG: Duration = Duration::from_secs(20);

/// How often the card is changed.
const NEWS_EVERY: Duration = Duration::from_secs(3);

/// How far a broadcast is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Its number: each broadcast has the next one.
    number: u64,
    /// The number of the job that goes on with it. An older one does nothing.
    leg: u64,
    text: String,
    /// The next place in the list of accounts.
    page: u64,
    place: usize,
    /// How many there were when it began.
    pub(crate) all: u64,
    pub(crate) sent: u64,
    /// Those that have blocked the bot, or are gone.
    pub(crate) blocked: u64,
    pub(crate) failed: u64,
    /// The card: its chat's account and id, and the message.
    card: Option<(String, String, String)>,
    pub(crate) ended: Option<End>,
}

/// How a broadcast ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum End {
    /// Everybody was written to, or could not be.
    Done,
    /// The owner has stopped it.
    Stopped,
}

/// What a job of ours needs.
#[derive(Serialize, Deserialize)]
struct Leg {
    number: u64,
    leg: u64,
}

/// The button that begins it.
#[derive(Button, Debug, PartialEq)]
#[button(name = "broadcast")]
pub(crate) struct Begin {
    text: String,
}

/// The button that stops it.
#[derive(Button, Debug, PartialEq)]
#[button(name = "stop broadcast", control)]
pub(crate) struct Stop {
    number: u64,
}

/// Say something in every private chat that I know
#[command(hidden, ephemeral, example = "I will be away on Sunday")]
pub(crate) async fn broadcast(
    ctx: Context,
    /// what to say
    text: Rest,
) -> Result<Content, HandlerError> {
    let account = private(&ctx)?;
    owner::of(&ctx)?.must(&ctx).await?;
    let text = text.0.text;
    if text.chars().count() > LONGEST {
        return Err(HandlerError::say(words::too_long(LONGEST)));
    }
    if let Some(run) = running(&**ctx.store()).await? {
        return Err(HandlerError::say(words::still_running(&run)));
    }
    let all = count(&ctx).await?;
    let begin = ButtonCall::new(&Begin { text: text.clone() })?;
    let begin = begin.only(account.user).once();
    Ok(words::broadcast_what(&text, all, ButtonAction::Value(begin)))
}

async fn running(store: &dyn Store) -> Result<Option<Run>, HandlerError> {
    let run: Option<Run> = book::read(store, RUN).await?;
    Ok(run.filter(|run| run.ended.is_none()))
}

/// How many chats there are.
async fn count(ctx: &Context) -> Result<u64, HandlerError> {
    let networks: Vec<_> = ctx
        .engine()
        .health()
        .iter()
        .map(|health| health.network)
        .collect();
    let mut all = 0;
    for page in 0..=book::pages(&**ctx.store()).await? {
        let accounts = book::accounts(&**ctx.store(), page, &networks).await?;
        all += accounts.iter().flatten().count() as u64;
    }
    Ok(all)
}

/// Begins a broadcast.
pub(crate) async fn begin(ctx: Context, button: Begin) -> Result<(), HandlerError> {
    owner::of(&ctx)?.must(&ctx).await?;
    if let Some(run) = running(&**ctx.store()).await? {
        return Err(HandlerError::say(words::still_running(&run)));
    }
    let before: Option<Run> = book::read(&**ctx.store(), RUN).await?;
    let mut run = Run {
        number: before.map_or(1, |run| run.number + 1),
        leg: 0,
        text: button.text,
        page: 0,
        place: 0,
        all: count(&ctx).await?,
        sent: 0,
        blocked: 0,
        failed: 0,
        card: None,
        ended: None,
    };
    let receipt = ctx.reply(card(&run)?).await?;
    run.card = receipt.first().map(|message| {
        let chat = &message.chat;
        (
            chat.account.to_string(),
            chat.id.to_string(),
            message.id.to_string(),
        )
    });
    let write = book::value(RUN.to_owned(), Some(&run))?;
    ctx.store()
        .commit(vec![Commit::writes(vec![write], ctx.now())])
        .await?;
    let leg = Leg {
        number: run.number,
        leg: run.leg,
    };
    ctx.schedule(JobAsk {
        name: JOB,
        schedule: Schedule::Once(ctx.now()),
        missed: Missed::Once,
        body: serde_json::to_value(leg)?,
    })
    .await?;
    Ok(())
}

/// Stops a broadcast.
pub(crate) async fn stop(ctx: Context, button: Stop) -> Result<Reply, HandlerError> {
    owner::of(&ctx)?.must(&ctx).await?;
    let write = book::value(STOP.to_owned(), Some(&button.number))?;
    ctx.store()
        .commit(vec![Commit::writes(vec![write], ctx.now())])
        .await?;
    Ok(Reply::new(words::STOPPING).ephemeral())
}

fn card(run: &Run) -> Result<Content, HandlerError> {
    let stop = ButtonCall::new(&Stop { number: run.number })?;
    Ok(words::broadcast_card(run, ButtonAction::Value(stop)))
}

/// Goes on with a broadcast for a while. How far it is, is kept before each message: one that is cut off leaves a chat
/// out rather than writing to it twice.
pub(crate) async fn go_on(job: JobContext) -> Result<(), HandlerError> {
    let store = job.store();
    let leg: Leg = job.body()?;
    let run: Option<Run> = book::read(&**store, RUN).await?;
    let Some(mut run) = run else { return Ok(()) };
    if (run.number, run.leg) != (leg.number, leg.leg) || run.ended.is_some() {
        return Ok(());
    }
    let networks = job.networks();
    let (until, mut told) = (Instant::now() + LEG, Instant::now());
    let mut accounts = book::accounts(&**store, run.page, &networks).await?;
    while run.ended.is_none() && Instant::now() < until && !job.stopping().is_cancelled() {
        if book::read(&**store, STOP).await? == Some(run.number) {
            run.ended = Some(End::Stopped);
            break;
        }
        let Some(account) = accounts.get(run.place).cloned() else {
            if run.page >= book::pages(&**store).await? {
                run.ended = Some(End::Done);
            } else {
                (run.page, run.place) = (run.page + 1, 0);
                accounts = book::accounts(&**store, run.page, &networks).await?;
            }
            continue;
        };
        run.place += 1;
        keep(&job, &run, None).await?;
        let Some(account) = account else { continue };
        let Some(chat) = book::chat_of(&**store, &account).await? else {
            continue;
        };
        match job
            .broadcast(&chat, ChatKind::Private, Content::text(run.text.clone()))
            .await
        {
            Ok(_) => run.sent += 1,
            Err(error) => match error.kind {
                SendErrorKind::Forbidden(_) | SendErrorKind::NotFound(_) => run.blocked += 1,
                _ => {
                    tracing::warn!(%chat, %error, "a broadcast was not sent here");
                    run.failed += 1;
                }
            },
        }
        if told.elapsed() >= NEWS_EVERY {
            told = Instant::now();
            tell(&job, &run).await;
        }
    }
    let next = run.ended.is_none().then(|| {
        run.leg += 1;
        next_leg(job.job(), &run, job.now())
    });
    keep(&job, &run, next.transpose()?).await?;
    tell(&job, &run).await;
    Ok(())
}

/// Keeps how far it is, together with the job that goes on, where there is one.
async fn keep(job: &JobContext, run: &Run, next: Option<Write>) -> Result<(), HandlerError> {
    let mut writes = vec![book::value(RUN.to_owned(), Some(run))?];
    writes.extend(next);
    job.store()
        .commit(vec![Commit::writes(writes, job.now())])
        .await?;
    Ok(())
}

fn next_leg(job: &Job, run: &Run, now: duologue::store::Timestamp) -> Result<Write, HandlerError> {
    let leg = Leg {
        number: run.number,
        leg: run.leg,
    };
    Ok(Write::AddJob(NewJob {
        due: now,
        origin: None,
        body: serde_json::to_vec(&leg)?.into(),
        ..job.ask.clone()
    }))
}

/// Shows on the card how far it is. That it cannot be shown stops nothing.
async fn tell(job: &JobContext, run: &Run) {
    let Some((account, chat, id)) = &run.card else {
        return;
    };
    let message = MessageRef {
        chat: Chat {
            network: job.job().ask.chat.network,
            account: AccountId::new(account.as_str()),
            id: ChatId::new(chat.as_str()),
            thread: None,
        },
        id: MessageId::new(id.as_str()),
    };
    let Ok(content) = card(run) else { return };
    if let Err(error) = job.edit(&message, ChatKind::Private, content).await {
        tracing::debug!(%error, "the card of a broadcast was not changed");
    }
}
