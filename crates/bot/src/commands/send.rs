//! `send`: one message, also beside a bot that runs. Owns nothing.

use std::io::Read;

use anyhow::bail;
use duologue::{App, ChatId, Config, Content};

use super::say;
use crate::cli::Address;
use crate::words::hosting as words;

/// What stands for the text where it is read from the input.
const FROM_INPUT: &str = "-";

/// The longest text from the input, in bytes.
const LONGEST: u64 = 1 << 20;

/// Says something in a chat.
///
/// # Errors
///
/// Where the network has no token, does not know the chat or refuses the message.
pub(crate) async fn send(chat: Address, text: String) -> anyhow::Result<()> {
    let app = App::new(Config::from_env().map_err(duologue::Error::Config)?);
    let text = if text == FROM_INPUT { input()? } else { text };
    let receipt = app
        .send_once(chat.network, ChatId::new(chat.id.as_str()), Content::text(text))
        .await?;
    let ids = receipt.messages.iter().map(|message| message.id.to_string());
    say(&words::sent(
        &format!("{}:{}", chat.network, chat.id),
        &ids.collect::<Vec<_>>(),
    ))
}

fn input() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        bail!(words::too_long(LONGEST));
    }
    let text = text.trim_end();
    if text.is_empty() {
        bail!(words::NO_TEXT);
    }
    Ok(text.to_owned())
}
