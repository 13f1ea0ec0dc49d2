//! The fault switch's handle. Owns no state.

use std::sync::Arc;

use crate::faults::{ActiveFault, Fault, FaultKind, GatewayAction};
use crate::view::Network;
use crate::world::Shared;

/// Switches faults on and off.
#[derive(Clone)]
pub struct FaultsHandle {
    pub(crate) shared: Arc<Shared>,
}

impl FaultsHandle {
    /// Switches a fault on. Returns its number.
    pub fn add(&self, fault: Fault) -> u64 {
        let id = self.shared.faults.add(fault, self.shared.clock.now_ms());
        self.changed();
        id
    }

    /// Switches a fault off. Says whether it was on.
    pub fn remove(&self, id: u64) -> bool {
        let was = self.shared.faults.remove(Some(id));
        self.changed();
        was
    }

    /// Switches every fault off.
    pub fn clear(&self) {
        self.shared.faults.remove(None);
        self.changed();
    }

    /// The faults that are on.
    #[must_use]
    pub fn list(&self) -> Vec<ActiveFault> {
        self.shared.faults.list(self.shared.clock.now_ms())
    }

    /// Answers the next `times` calls of a method or route with 429.
    pub fn rate_limit(&self, network: Network, method: &str, times: u32, retry_after: f64) -> u64 {
        self.add(
            Fault::new(
                network,
                FaultKind::RateLimit {
                    retry_after,
                    global: false,
                },
            )
            .on(method)
            .times(times),
        )
    }

    /// Answers the next `times` calls of a method or route with a server error and a page.
    pub fn server_error(&self, network: Network, method: &str, times: u32, status: u16) -> u64 {
        self.add(
            Fault::new(network, FaultKind::ServerError { status, html: true })
                .on(method)
                .times(times),
        )
    }

    /// Does something once to the gateway connections of a bot, or of all. Returns how many were reached.
    pub fn gateway(&self, bot: Option<i64>, action: GatewayAction) -> usize {
        self.shared
            .with(|world| crate::discord::gateway::order(world, bot, action))
    }

    /// Revokes the token of a Telegram bot, or gives it back; open polls end with 401.
    pub fn revoke_telegram(&self, bot: i64, revoked: bool) {
        self.shared.with(|world| {
            if let Some(bot) = world.telegram.bots.get_mut(&bot) {
                bot.revoked = revoked;
                bot.wake.notify_waiters();
            }
            world.tell_status();
        });
    }

    /// Revokes the token of a Discord bot, or gives it back; its gateway connections close with 4004.
    pub fn revoke_discord(&self, bot: i64, revoked: bool) {
        self.shared.with(|world| {
            if let Some(account) = world.discord.bots.get_mut(&bot) {
                account.revoked = revoked;
            }
            if revoked {
                crate::discord::gateway::order(world, Some(bot), GatewayAction::Close { code: Some(4004) });
            }
            world.tell_status();
        });
    }

    fn changed(&self) {
        self.shared.tell("faults", String::new(), serde_json::Value::Null);
        self.shared.touch();
    }
}
