//! `/remind`, `/reminders` and `/timezone`: reminders that keep to the person's clock. Owns nothing; the store does, and
//! they last as long as it does.

mod elsewhere;
mod when;
mod zone;

use duologue::jobs::{JobAsk, JobContext, Schedule};
use duologue::prelude::*;
use duologue::store::{Job, Missed, Timestamp};
use duologue::{ChatKind, EventKind, MessageRef};
use serde::{Deserialize, Serialize};

pub(crate) use self::when::{SHORTEST, Unclear, When};
pub(crate) use self::zone::{Zone, timezone};
use crate::words::remind as words;

/// The name of the jobs.
pub(crate) const JOB: &str = "reminder";

/// The most reminders of one person.
pub(crate) const MOST: usize = 100;

/// The longest text, in characters.
const LONGEST: usize = 500;

/// How long a reminder is put off.
const SNOOZES: [Duration; 2] = [Duration::from_secs(600), Duration::from_secs(3600)];

/// What a job of ours needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reminder {
    pub(crate) text: String,
    /// Whether its chat is private.
    private: bool,
    /// The zone that its times are shown in.
    pub(crate) zone: String,
}

/// Remind you of something: in 20 minutes, tomorrow at 9, every weekday
///
/// The time comes first or last: `in 20 minutes tea`, `tomorrow 9:00 stand-up`, `every weekday at 8:30 look at the mail`,
/// `call Ben friday at 10`. It is on your clock: see `/timezone`.
#[command(example = "in 20 minutes tea")]
pub(crate) async fn remind(
    ctx: Context,
    /// when and of what, such as `tomorrow 9:00 stand-up`
    what: Rest,
) -> Result<Content, HandlerError> {
    let zone: Zone = ctx.state(duologue::state::Of::Person).await?;
    let now = zone.at(ctx.now())?;
    let asked =
        when::read(&what.0.text, &now).map_err(|unclear| HandlerError::say(words::unclear(&unclear)))?;
    if asked.text.chars().count() > LONGEST {
        return Err(HandlerError::say(words::too_long(LONGEST)));
    }
    if ctx.jobs(JOB).await?.len() >= MOST {
        return Err(HandlerError::say(words::too_many(MOST)));
    }
    let reminder = Reminder {
        text: asked.text,
        private: ctx.event().chat_kind == ChatKind::Private,
        zone: zone.name(),
    };
    let schedule = schedule(&asked.when, ctx.now(), &zone)?;
    let first = schedule
        .first(ctx.now())
        .map_err(|_| HandlerError::say(words::NEVER))?;
    let id = ctx.schedule(ask(schedule, &reminder)?).await?;
    let at = zone.at(first)?;
    Ok(words::set(
        id,
        &reminder.text,
        &at,
        &now,
        &asked.when,
        zone.is_set(),
    ))
}

fn ask(schedule: Schedule, reminder: &Reminder) -> Result<JobAsk, HandlerError> {
    Ok(JobAsk {
        name: JOB,
        schedule,
        missed: Missed::Once,
        body: serde_json::to_value(reminder)?,
    })
}

fn schedule(when: &When, now: Timestamp, zone: &Zone) -> Result<Schedule, HandlerError> {
    Ok(match when {
        When::Once(at) => Schedule::Once(Timestamp(at.timestamp().as_millisecond())),
        When::Every(interval) => Schedule::Every {
            first: now.plus(*interval),
            interval: *interval,
        },
        When::Cron(cron) => Schedule::Cron {
            cron: cron.parse()?,
            zone: zone.name(),
        },
    })
}

/// What to do with reminders.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// List: show them all
    List,
    /// Delete: take one away
    Delete,
    /// Change: give one another time
    Change,
}

/// List your reminders, delete one, or give one another time
#[command(example = "list")]
pub(crate) async fn reminders(
    ctx: Context,
    /// what to do
    deed: Option<Deed>,
    /// the number in the list
    #[range(1..=9_007_199_254_740_991)]
    number: Option<u64>,
    /// the new time, such as `tomorrow 9:00`
    when: Option<Rest>,
) -> Result<Content, HandlerError> {
    let zone: Zone = ctx.state(duologue::state::Of::Person).await?;
    let jobs = ctx.jobs(JOB).await?;
    let named = || {
        let job = number.and_then(|number| jobs.iter().find(|job| job.id.0 == number));
        job.ok_or_else(|| HandlerError::say(words::no_such(number)))
    };
    match deed.unwrap_or(Deed::List) {
        Deed::List => list(&ctx, &jobs, &zone).await,
        Deed::Delete => {
            let job = named()?;
            ctx.drop_job(job.id).await?;
            Ok(words::deleted(&reminder(job)?.text))
        }
        Deed::Change => {
            let job = named()?;
            let text = when.map(|rest| rest.0.text).unwrap_or_default();
            let now = zone.at(ctx.now())?;
            let when = when::read_time(&text, &now)
                .map_err(|unclear| HandlerError::say(words::unclear(&unclear)))?;
            let When::Once(at) = when else {
                return Err(HandlerError::say(words::ONE_TIME));
            };
            ctx.move_job(job.id, Timestamp(at.timestamp().as_millisecond()))
                .await?;
            Ok(words::changed(
                &reminder(job)?.text,
                &at,
                &now,
                job.ask.repeat.is_some(),
            ))
        }
    }
}

async fn list(ctx: &Context, jobs: &[Job], zone: &Zone) -> Result<Content, HandlerError> {
    let mut lines = Vec::with_capacity(jobs.len());
    for job in jobs {
        let went = elsewhere::went(&**ctx.store(), job).await?;
        lines.push((job, reminder(job)?, zone.at(job.ask.due)?, went));
    }
    Ok(words::list(&lines, &elsewhere::known(ctx).await?))
}

fn reminder(job: &Job) -> Result<Reminder, HandlerError> {
    Ok(serde_json::from_slice(&job.ask.body)?)
}

/// The button that puts a reminder off.
#[derive(Button, Debug, PartialEq)]
#[button(name = "snooze", control)]
pub(crate) struct Snooze {
    text: String,
    seconds: u64,
}

/// The button that takes the buttons away.
#[derive(Button, Debug, PartialEq)]
#[button(name = "reminded", control)]
pub(crate) struct Done {
    text: String,
}

/// Puts a reminder off.
pub(crate) async fn snooze(ctx: Context, button: Snooze) -> Result<(), HandlerError> {
    let zone: Zone = ctx.state(duologue::state::Of::Person).await?;
    let at = ctx.now().plus(Duration::from_secs(button.seconds));
    let reminder = Reminder {
        text: button.text,
        private: ctx.event().chat_kind == ChatKind::Private,
        zone: zone.name(),
    };
    ctx.schedule(ask(Schedule::Once(at), &reminder)?).await?;
    replace(&ctx, words::snoozed(&reminder.text, &zone.at(at)?)).await
}

/// Takes the buttons of a reminder away.
pub(crate) async fn done(ctx: Context, button: Done) -> Result<(), HandlerError> {
    replace(&ctx, words::done(&button.text)).await
}

/// Puts other words in place of the message whose button was pressed.
pub(crate) async fn replace(ctx: &Context, content: Content) -> Result<(), HandlerError> {
    let EventKind::Press(press) = &ctx.event().kind else {
        return Ok(());
    };
    match &press.message {
        Some(id) => {
            let message = MessageRef {
                chat: ctx.chat().clone(),
                id: id.clone(),
            };
            ctx.edit(&message, content).await?;
        }
        None => {
            ctx.reply(content).await?;
        }
    }
    Ok(())
}

/// Says a reminder. It is delivered when its network has taken it.
pub(crate) async fn ring(job: JobContext) -> Result<(), HandlerError> {
    let reminder: Reminder = job.body()?;
    let zone = Zone::named(&reminder.zone);
    let late = (!job.late().is_zero())
        .then(|| zone.at(job.job().ask.due))
        .transpose()?;
    let mut buttons = Vec::new();
    for length in SNOOZES {
        let call = ButtonCall::new(&Snooze {
            text: reminder.text.clone(),
            seconds: length.as_secs(),
        })?;
        let label = words::snooze(length);
        buttons.push(duologue::Button::with_action(
            label,
            duologue::ButtonAction::Value(call),
        ));
    }
    let call = ButtonCall::new(&Done {
        text: reminder.text.clone(),
    })?;
    buttons.insert(
        0,
        duologue::Button::with_action(words::DONE, duologue::ButtonAction::Value(call)),
    );
    let content = words::ring(&reminder.text, late.as_ref(), job.may_repeat());
    let kind = if reminder.private {
        ChatKind::Private
    } else {
        ChatKind::Group
    };
    let chat = &job.job().ask.chat;
    let said = job
        .say(chat, kind, content.clone().buttons(buttons.clone()))
        .await;
    match said {
        Err(error) if elsewhere::is_final(&error) => elsewhere::ring(&job, error, content, buttons).await,
        said => Ok(said.map(drop)?),
    }
}

#[cfg(test)]
mod tests;
