//! The bots that are measured, each in a process of its own, all on a runtime as `#[tokio::main]` makes it.

mod bare_serenity;
mod bare_teloxide;
mod ours;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::child;

use self::ours::Keeps;
pub(crate) use self::ours::{ping_spec, router as ping_router};

/// A token of Telegram's shape.
const TELEGRAM_TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

/// A token of Discord's shape.
const DISCORD_TOKEN: &str = "MTAwMDAwMDAwMDAwMDAwMDAwMQ.Gbench.abcdefghijklmnopqrstuvwxyz0123456789ab";

/// What the bot speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Network {
    Telegram,
    Discord,
}

/// A bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bot {
    DuologueTelegram,
    DurableTelegram,
    BareTeloxide,
    DuologueDiscord,
    DurableDiscord,
    BareSerenity,
}

impl Bot {
    pub(crate) const ALL: [Self; 6] = [
        Self::DuologueTelegram,
        Self::DurableTelegram,
        Self::BareTeloxide,
        Self::DuologueDiscord,
        Self::DurableDiscord,
        Self::BareSerenity,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DuologueTelegram => "telegram-duologue",
            Self::DurableTelegram => "telegram-durable",
            Self::BareTeloxide => "telegram-teloxide",
            Self::DuologueDiscord => "discord-duologue",
            Self::DurableDiscord => "discord-durable",
            Self::BareSerenity => "discord-serenity",
        }
    }

    pub(crate) fn network(self) -> Network {
        match self {
            Self::DuologueTelegram | Self::DurableTelegram | Self::BareTeloxide => Network::Telegram,
            Self::DuologueDiscord | Self::DurableDiscord | Self::BareSerenity => Network::Discord,
        }
    }
}

impl FromStr for Bot {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let same = |bot: &Self| bot.name() == name;
        Self::ALL
            .into_iter()
            .find(same)
            .ok_or_else(|| format!("there is no bot {name}"))
    }
}

/// Runs a bot against a server until the process is killed, or whoever started it is gone.
pub(crate) fn run(bot: Bot, url: &str) {
    child::end_with_parent();
    child::runtime_of_a_bot().block_on(async {
        match bot {
            Bot::DuologueTelegram => ours::telegram(url, Keeps::Nothing).await,
            Bot::DurableTelegram => ours::telegram(url, Keeps::Everything).await,
            Bot::BareTeloxide => bare_teloxide::run(url).await,
            Bot::DuologueDiscord => ours::discord(url, Keeps::Nothing).await,
            Bot::DurableDiscord => ours::discord(url, Keeps::Everything).await,
            Bot::BareSerenity => bare_serenity::run(url).await,
        }
    });
}
