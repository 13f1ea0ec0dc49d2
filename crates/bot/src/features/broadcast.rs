//! `/broadcast`: the same words into every private chat that the bot knows, one after the other and behind everything
//! else, also over a restart. Owns nothing; the store has how far it is.

use duologue::jobs::{JobAsk, JobContext, Schedule};
use duologue::prelude::*;
use duologue::store::{Account, Commit, Job, JobOwner, Missed, NewJob, Store, Write};
use duologue::{
    AccountId, ButtonAction, Chat, ChatId, ChatKind, MessageId, MessageRef, NetworkId, SendErrorKind,
    SourceStatus, ThreadId,
};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::access::Gate;
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

/// How long one job goes on before the next one takes over, and how long one message and one change of the card may
/// take, at most. All of them together stay below the deadline for a job.
const LEG: Duration = Duration::from_secs(20);
const SEND: Duration = Duration::from_secs(10);
const TELL: Duration = Duration::from_secs(5);

/// How often the card is changed.
const NEWS_EVERY: Duration = Duration::from_secs(3);

/// How long the parts of a job may take, as a resource.
pub(crate) struct Times {
    leg: Duration,
    send: Duration,
    tell: Duration,
}

impl Times {
    /// For jobs that have so long. After a leg there may be one more message, and the card twice.
    pub(crate) fn new(deadline: Duration) -> Self {
        Self {
            leg: LEG.min(deadline / 2),
            send: SEND.min(deadline / 5),
            tell: TELL.min(deadline / 10),
        }
    }
}

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
    /// The press that began it, and the chat of it, which has its jobs.
    #[serde(default)]
    press: String,
    #[serde(default)]
    home: Option<Home>,
    pub(crate) ended: Option<End>,
}

/// A chat as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Home {
    network: String,
    account: String,
    chat: String,
    thread: Option<String>,
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
    if let Some(run) = running(&ctx).await? {
        return Err(HandlerError::say(words::still_running(&run)));
    }
    let all = count(&ctx).await?;
    let begin = ButtonCall::new(&Begin { text: text.clone() })?;
    let begin = begin.only(account.user).once();
    Ok(words::broadcast_what(&text, all, ButtonAction::Value(begin)))
}

/// The broadcast that is on its way. One whose job is gone has ended, whatever it says of itself.
async fn running(ctx: &Context) -> Result<Option<Run>, HandlerError> {
    let run: Option<Run> = book::read(&**ctx.store(), RUN).await?;
    match run {
        Some(run) if run.ended.is_none() && goes_on(ctx, &run).await? => Ok(Some(run)),
        _ => Ok(None),
    }
}

/// Whether a job that the bot can run goes on with a broadcast. There is none when the owner who began it was forgotten,
/// when the process ended before there was one, or when it was given up; with another account of the bot nobody runs it.
async fn goes_on(ctx: &Context, run: &Run) -> Result<bool, HandlerError> {
    let Some(home) = &run.home else {
        return Ok(false);
    };
    let networks = ctx.engine().metrics().networks;
    let Some(seen) = networks.iter().find(|seen| seen.network.as_str() == home.network) else {
        return Ok(false);
    };
    if let SourceStatus::Online(identity) = &seen.status
        && identity.account.as_str() != home.account
    {
        return Ok(false);
    }
    let chat = Chat {
        network: seen.network,
        account: AccountId::new(home.account.as_str()),
        id: ChatId::new(home.chat.as_str()),
        thread: home.thread.as_deref().map(ThreadId::new),
    };
    let jobs = ctx.store().jobs(&JobOwner::Chat(chat)).await?;
    Ok(jobs.iter().any(|job| {
        let leg = || serde_json::from_slice::<Leg>(&job.ask.body).ok();
        job.ask.name == JOB && leg().is_some_and(|leg| leg.number == run.number)
    }))
}

/// The chat of an account, where one is known and the lists do not keep it out.
async fn chat_for(store: &dyn Store, gate: &Gate, account: &Account) -> Result<Option<Chat>, HandlerError> {
    match book::chat_of(store, account).await? {
        Some(chat) if gate.reaches(store, account, &chat).await? => Ok(Some(chat)),
        _ => Ok(None),
    }
}

/// How many chats there are.
async fn count(ctx: &Context) -> Result<u64, HandlerError> {
    let networks: Vec<_> = ctx
        .engine()
        .health()
        .iter()
        .map(|health| health.network)
        .collect();
    let gate = ctx.resource::<Gate>().ok_or("there is no gate")?;
    let mut all = 0;
    for page in 0..=book::pages(&**ctx.store()).await? {
        let accounts = book::accounts(&**ctx.store(), page, &networks).await?;
        for account in accounts.iter().flatten() {
            all += u64::from(chat_for(&**ctx.store(), &gate, account).await?.is_some());
        }
    }
    Ok(all)
}

/// Begins a broadcast. The press may come again after the process ended in the middle of it.
pub(crate) async fn begin(ctx: Context, button: Begin) -> Result<(), HandlerError> {
    owner::of(&ctx)?.must(&ctx).await?;
    let before: Option<Run> = book::read(&**ctx.store(), RUN).await?;
    let press = format!("{} {}", ctx.chat(), ctx.event().id);
    if let Some(run) = &before
        && run.ended.is_none()
    {
        match (run.press == press, goes_on(&ctx, run).await?) {
            (true, false) => return schedule(&ctx, run).await,
            (true, true) => return Ok(()),
            (false, true) => return Err(HandlerError::say(words::still_running(run))),
            (false, false) => {}
        }
    }
    let chat = ctx.chat();
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
        press,
        home: Some(Home {
            network: chat.network.to_string(),
            account: chat.account.to_string(),
            chat: chat.id.to_string(),
            thread: chat.thread.as_ref().map(ToString::to_string),
        }),
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
    keep_now(&ctx, RUN, &run).await?;
    schedule(&ctx, &run).await
}

/// Makes the job that goes on with a broadcast.
async fn schedule(ctx: &Context, run: &Run) -> Result<(), HandlerError> {
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

/// Stops a broadcast: its job ends it, or this does where there is none.
pub(crate) async fn stop(ctx: Context, button: Stop) -> Result<Reply, HandlerError> {
    owner::of(&ctx)?.must(&ctx).await?;
    keep_now(&ctx, STOP, &button.number).await?;
    if let Some(run) = unended(&ctx, button.number).await?
        && !goes_on(&ctx, &run).await?
        // A job that ended it between the two looks has said so itself.
        && let Some(mut run) = unended(&ctx, button.number).await?
    {
        run.ended = Some(End::Stopped);
        keep_now(&ctx, RUN, &run).await?;
        if let Some(message) = shown_on(&run, ctx.network())
            && let Err(error) = ctx.edit(&message, card(&run)?).await
        {
            tracing::debug!(%error, "the card of a broadcast was not changed");
        }
        return Ok(Reply::new(words::STOPPED).ephemeral());
    }
    Ok(Reply::new(words::STOPPING).ephemeral())
}

async fn unended(ctx: &Context, number: u64) -> Result<Option<Run>, HandlerError> {
    let run: Option<Run> = book::read(&**ctx.store(), RUN).await?;
    Ok(run.filter(|run| run.number == number && run.ended.is_none()))
}

async fn keep_now<T: Serialize>(ctx: &Context, key: &str, kept: &T) -> Result<(), HandlerError> {
    let write = book::value(key.to_owned(), Some(kept))?;
    ctx.store()
        .commit(vec![Commit::writes(vec![write], ctx.now())])
        .await?;
    Ok(())
}

fn card(run: &Run) -> Result<Content, HandlerError> {
    let stop = ButtonCall::new(&Stop { number: run.number })?;
    Ok(words::broadcast_card(run, ButtonAction::Value(stop)))
}

/// Goes on with a broadcast for a while. How far it is, is kept before each message, with the message as failed: one that
/// is cut off leaves a chat out rather than writing to it twice, and says so.
pub(crate) async fn go_on(job: JobContext) -> Result<(), HandlerError> {
    let store = job.store();
    let leg: Leg = job.body()?;
    let run: Option<Run> = book::read(&**store, RUN).await?;
    let Some(mut run) = run else { return Ok(()) };
    if (run.number, run.leg) != (leg.number, leg.leg) || run.ended.is_some() {
        return Ok(());
    }
    let times = job.resource::<Times>().ok_or("there are no times")?;
    let gate = job.resource::<Gate>().ok_or("there is no gate")?;
    let networks = job.networks();
    let (until, mut told) = (Instant::now() + times.leg, Instant::now());
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
        let Some(account) = account else { continue };
        let Some(chat) = chat_for(&**store, &gate, &account).await? else {
            continue;
        };
        run.failed += 1;
        keep(&job, &run, None).await?;
        send(&job, &chat, &mut run, times.send).await;
        if told.elapsed() >= NEWS_EVERY {
            told = Instant::now();
            tell(&job, &run, times.tell).await;
        }
    }
    let next = run.ended.is_none().then(|| {
        run.leg += 1;
        next_leg(job.job(), &run, job.now())
    });
    keep(&job, &run, next.transpose()?).await?;
    tell(&job, &run, times.tell).await;
    Ok(())
}

/// Sends it into a chat that is counted as failed so far. One that the network does not take in time stays that, although
/// it may come there later.
async fn send(job: &JobContext, chat: &Chat, run: &mut Run, patience: Duration) {
    let sent = job.broadcast(chat, ChatKind::Private, Content::text(run.text.clone()));
    let counted = match tokio::time::timeout(patience, sent).await {
        Ok(Ok(_)) => &mut run.sent,
        Ok(Err(error))
            if matches!(
                error.kind,
                SendErrorKind::Forbidden(_) | SendErrorKind::NotFound(_)
            ) =>
        {
            &mut run.blocked
        }
        Ok(Err(error)) => {
            tracing::warn!(%chat, %error, "a broadcast was not sent here");
            return;
        }
        Err(_) => {
            tracing::warn!(%chat, "a broadcast was not sent here in time");
            return;
        }
    };
    *counted += 1;
    run.failed -= 1;
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
async fn tell(job: &JobContext, run: &Run, patience: Duration) {
    let Some(message) = shown_on(run, job.job().ask.chat.network) else {
        return;
    };
    let Ok(content) = card(run) else { return };
    let shown = job.edit(&message, ChatKind::Private, content);
    match tokio::time::timeout(patience, shown).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the card of a broadcast was not changed"),
        Err(_) => tracing::debug!("the card of a broadcast was not changed in time"),
    }
}

/// The message with the card.
fn shown_on(run: &Run, network: NetworkId) -> Option<MessageRef> {
    let (account, chat, id) = run.card.as_ref()?;
    Some(MessageRef {
        chat: Chat {
            network,
            account: AccountId::new(account.as_str()),
            id: ChatId::new(chat.as_str()),
            thread: None,
        },
        id: MessageId::new(id.as_str()),
    })
}
