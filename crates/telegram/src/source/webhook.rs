//! A webhook: listens where the proxy comes to, lets the network know, and looks whether it gets through. Owns the
//! listener.

mod health;
mod keeper;
mod listen;
mod reception;

use std::io;
use std::sync::Arc;

use duologue_core::{SourceError, SourceStatus};
use tokio::net::TcpListener;

use crate::source::link::{Flow, Link};
use crate::source::webhook::keeper::Keeper;
use crate::source::webhook::reception::Reception;
use crate::webhook::Endpoint;

/// How often a port that is taken is tried: the run of the bot before this one may be about to leave it.
const BINDS: u32 = 5;

/// One run of the source.
pub(super) struct Server<'a> {
    link: Link<'a>,
    endpoint: &'a Endpoint,
}

impl<'a> Server<'a> {
    pub(super) fn new(link: Link<'a>, endpoint: &'a Endpoint) -> Self {
        Self { link, endpoint }
    }

    pub(super) async fn run(mut self) -> Result<(), SourceError> {
        self.link.report(SourceStatus::Connecting);
        let result = self.receive().await;
        self.endpoint.set_bound(None);
        if result.is_ok() {
            self.link.report(SourceStatus::Stopped);
        }
        result
    }

    async fn receive(&mut self) -> Result<(), SourceError> {
        // First: what is wrong here shows before the network hears of anything.
        let Some(listener) = self.bind().await? else {
            return Ok(());
        };
        let Some(me) = self.link.introduce().await? else {
            return Ok(());
        };
        let timing = self.link.shared.calls.timing();
        let reception = Arc::new(Reception::new(
            self.link.inbox.clone(),
            me,
            self.endpoint,
            timing.webhook_request,
        ));
        // Also cancelled when the keeper ends by itself.
        let stop = self.link.stop.child_token();
        let served = listen::serve(
            listener,
            reception::router(Arc::clone(&reception), &self.endpoint.path),
            timing.webhook_request,
            &stop,
        );
        let kept = async {
            let result = Keeper::new(&mut self.link, self.endpoint, &reception).run().await;
            stop.cancel();
            result
        };
        let ((), result) = tokio::join!(served, kept);
        result
    }

    /// `None` when stopped before.
    async fn bind(&mut self) -> Result<Option<TcpListener>, SourceError> {
        let mut tries = 1;
        loop {
            let bound = TcpListener::bind(self.endpoint.listen).await;
            let error = match bound.and_then(|listener| Ok((listener.local_addr()?, listener))) {
                Ok((address, listener)) => {
                    tracing::info!(%address, path = self.endpoint.path, "listening for telegram's webhook");
                    self.endpoint.set_bound(Some(address));
                    return Ok(Some(listener));
                }
                Err(error) => error,
            };
            let sentence = no_listener(self.endpoint, &error);
            if error.kind() != io::ErrorKind::AddrInUse || tries == BINDS {
                return Err(SourceError {
                    sentence,
                    source: Some(Box::new(error)),
                });
            }
            tries += 1;
            self.link.faults.degraded(sentence);
            let pause = self.link.faults.backoff();
            if self.link.pause(pause).await == Flow::Stop {
                return Ok(None);
            }
        }
    }
}

/// Why nothing can listen, and what to do.
fn no_listener(endpoint: &Endpoint, error: &io::Error) -> String {
    let listen = endpoint.listen;
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "Another program listens on {listen}, where Telegram's webhook is to arrive. Stop it, or set \
             TELEGRAM_WEBHOOK_LISTEN to a free port and send the proxy there."
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "This machine has no address {}. Set TELEGRAM_WEBHOOK_LISTEN to one that it has, such as 127.0.0.1:8080.",
            listen.ip()
        ),
        io::ErrorKind::PermissionDenied => format!(
            "The bot may not listen on {listen}. Set TELEGRAM_WEBHOOK_LISTEN to a port above 1023 and send the proxy \
             there."
        ),
        _ => format!("The bot cannot listen on {listen}. See TELEGRAM_WEBHOOK_LISTEN."),
    }
}
