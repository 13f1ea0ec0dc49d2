//! The two ways in which updates come: asked for, or brought by the network. Owns nothing.

mod fault;
mod link;
mod poll;
mod request;
mod webhook;

use std::sync::Arc;

use duologue_core::{Inbox, NetworkId, Source, SourceError};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::adapter::{NETWORK, Shared};
use crate::source::link::Link;
use crate::source::poll::Poller;
use crate::source::webhook::Server;

pub(crate) struct TelegramSource {
    shared: Arc<Shared>,
}

impl TelegramSource {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Source for TelegramSource {
    fn network(&self) -> NetworkId {
        NETWORK
    }

    fn run<'a>(
        &'a self,
        inbox: &'a Inbox,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        let link = Link::new(&self.shared, inbox, stop);
        match &self.shared.endpoint {
            Some(endpoint) => Box::pin(Server::new(link, endpoint).run()),
            None => Box::pin(Poller::new(link).run()),
        }
    }
}
