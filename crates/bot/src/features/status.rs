//! `/status` and `/jobs`: what whoever owns the bot wants to know of it. Owns nothing.

use std::path::PathBuf;

use duologue::SourceStatus;
use duologue::prelude::*;
use duologue::store::{BotAccount, DueRequest, Timestamp};

use super::owner;
use crate::words::owner as words;

/// How many jobs are listed, and how many are counted by name.
const LISTED: usize = 10;
const COUNTED: usize = 1000;

/// The folder for data, as a resource.
pub(crate) struct DataFolder(pub(crate) PathBuf);

/// How the bot is
#[command(hidden, ephemeral)]
pub(crate) async fn status(ctx: Context) -> Result<Content, HandlerError> {
    let owners = owner::of(&ctx)?;
    owners.must(&ctx).await?;
    let counts = ctx.store().counts().await?;
    let free = ctx
        .resource::<DataFolder>()
        .and_then(|folder| free_bytes(&folder.0));
    let metrics = ctx.engine().metrics();
    Ok(words::status(
        &metrics,
        &counts,
        free,
        owners.uptime(),
        owners.paused(),
        ctx.now(),
    ))
}

/// How many bytes a folder's disk has left, where the system says so.
#[cfg(unix)]
pub(crate) fn free_bytes(folder: &std::path::Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
pub(crate) fn free_bytes(_folder: &std::path::Path) -> Option<u64> {
    None
}

/// What is due next, of all people
#[command(hidden, ephemeral)]
pub(crate) async fn jobs(ctx: Context) -> Result<Content, HandlerError> {
    owner::of(&ctx)?.must(&ctx).await?;
    let online = |network: duologue::metrics::NetworkMetrics| match network.status {
        SourceStatus::Online(identity) => Some(BotAccount {
            network: network.network,
            account: identity.account,
        }),
        _ => None,
    };
    let request = DueRequest {
        bots: ctx
            .engine()
            .metrics()
            .networks
            .into_iter()
            .filter_map(online)
            .collect(),
        limit: COUNTED,
        // Everything is due by then.
        now: Timestamp(i64::MAX),
    };
    let jobs = ctx.store().due(request).await?;
    let all = ctx.store().counts().await?.jobs;
    let mut names: Vec<(&str, usize)> = Vec::new();
    for job in &jobs {
        match names.iter_mut().find(|(name, _)| *name == job.ask.name) {
            Some((_, number)) => *number += 1,
            None => names.push((&job.ask.name, 1)),
        }
    }
    Ok(words::jobs(
        all,
        &names,
        &jobs[..jobs.len().min(LISTED)],
        ctx.now(),
    ))
}
