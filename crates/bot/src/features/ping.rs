//! `/ping`: answers at once, and says how long each part of the way took. Owns nothing.

use std::time::SystemTime;

use duologue::Support;
use duologue::prelude::*;
use tokio::time::Instant;

use crate::words::{self, Age, Times};

/// Answer pong, and say how long it took
///
/// You see how long your message took to reach me, how long it waited for its turn, and how long my answer took to
/// reach the network and to be confirmed.
#[command]
pub(crate) async fn ping(ctx: Context) -> Result<(), HandlerError> {
    let event = ctx.event();
    let mut times = Times {
        arrival: age(event.sent, arrived(event.received)),
        queue: ctx.started().saturating_duration_since(event.received),
        trip: None,
    };
    let sent = Instant::now();
    let receipt = ctx.reply(words::pong(&times)).await?;
    // Pauses that the network asked for are no part of the trip.
    times.trip = Some(sent.elapsed().saturating_sub(receipt.waited));
    if let Some(message) = receipt.first()
        && ctx.capabilities().edit != Support::No
        && let Err(error) = ctx.edit(message, words::pong(&times)).await
    {
        // The answer stands; only its last line is missing.
        tracing::debug!(%error, "the trip of a ping was not shown");
    }
    Ok(())
}

/// When an event was received, by the wall clock.
fn arrived(received: Instant) -> SystemTime {
    let now = SystemTime::now();
    now.checked_sub(received.elapsed()).unwrap_or(now)
}

/// How long an event was under way, where the network tells when it happened.
fn age(sent: Option<SystemTime>, arrived: SystemTime) -> Option<Age> {
    let sent = sent?;
    // Clocks differ: what seems to come from the future has just been sent.
    let age = arrived.duration_since(sent).unwrap_or_default();
    let since_epoch = sent.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(if since_epoch.subsec_nanos() == 0 {
        Age::WholeSeconds(age.as_secs())
    } else {
        Age::Exact(age)
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::age;
    use crate::testing::Stage;
    use crate::words::Age;

    #[tokio::test(start_paused = true)]
    async fn ping_answers_pong_and_then_adds_the_round_trip() {
        let stage = Stage::run();
        stage.network.takes(Duration::from_millis(40));
        stage.types("/ping").await;
        let answer = stage.said(0).await;
        assert!(answer.text.text.starts_with("pong"));
        let whole = stage.shows(0, "there and back").await;
        assert!(whole.text.text.contains("40 ms"), "{:?}", whole.text.text);
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn ping_stays_answered_where_the_edit_fails() {
        let stage = Stage::run();
        stage.network.refuses_edits(true);
        stage.types("/ping").await;
        stage.said(0).await;
        stage.types("/ping").await;
        assert!(stage.said(1).await.text.text.starts_with("pong"));
        stage.ends().await;
    }

    #[test]
    fn a_clock_of_whole_seconds_is_not_taken_for_an_exact_one() {
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        assert_eq!(age(Some(at(5000)), at(5900)), Some(Age::WholeSeconds(0)));
        assert_eq!(
            age(Some(at(5100)), at(5900)),
            Some(Age::Exact(Duration::from_millis(800)))
        );
        assert_eq!(age(Some(at(7001)), at(5900)), Some(Age::Exact(Duration::ZERO)));
        assert_eq!(age(None, at(5900)), None);
    }
}
