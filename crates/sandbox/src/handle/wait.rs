//! Waiting for a state: level-triggered, with a deadline and the last status. Owns no state.

use std::time::Duration;

use super::SandboxHandle;
use crate::error::WaitError;
use crate::view::{ChatKey, ChatSnapshot, MessageView};

impl SandboxHandle {
    /// Waits until `look` returns something; it is asked now and after every change. The deadline is real time.
    /// Cancel-safe.
    ///
    /// # Errors
    /// After the deadline: bots, chats and the newest calls as the last status.
    pub async fn wait_for<T>(
        &self,
        deadline: Duration,
        mut look: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T, WaitError> {
        let mut version = self.shared.version.subscribe();
        let found = tokio::time::timeout(deadline, async {
            loop {
                version.mark_unchanged();
                if let Some(found) = look(self) {
                    return found;
                }
                // The sender lives as long as this handle.
                let _ = version.changed().await;
            }
        });
        match found.await {
            Ok(found) => Ok(found),
            Err(_) => look(self).ok_or_else(|| WaitError {
                waited: deadline,
                last: self.describe(),
            }),
        }
    }

    /// Waits until a chat is as wanted, and returns it.
    ///
    /// # Errors
    /// After the deadline: the chat as it was last.
    pub async fn wait_for_chat(
        &self,
        chat: &ChatKey,
        deadline: Duration,
        mut wanted: impl FnMut(&ChatSnapshot) -> bool,
    ) -> Result<ChatSnapshot, WaitError> {
        let found = self
            .wait_for(deadline, |handle| {
                handle.snapshot(chat).filter(|chat| wanted(chat))
            })
            .await;
        found.map_err(|error| {
            let last = self
                .snapshot(chat)
                .map_or_else(|| format!("no chat {chat}"), |chat| chat.to_string());
            WaitError {
                last: format!("{last}{}", self.newest_calls()),
                ..error
            }
        })
    }

    /// Waits for a message in a chat.
    ///
    /// # Errors
    /// After the deadline: the chat as it was last.
    pub async fn wait_for_message(
        &self,
        chat: &ChatKey,
        deadline: Duration,
        mut wanted: impl FnMut(&MessageView) -> bool,
    ) -> Result<MessageView, WaitError> {
        let mut found = None;
        self.wait_for_chat(chat, deadline, |chat| {
            found = chat
                .messages
                .iter()
                .rev()
                .find(|message| wanted(message))
                .cloned();
            found.is_some()
        })
        .await?;
        found.ok_or_else(|| WaitError {
            waited: deadline,
            last: String::new(),
        })
    }

    fn describe(&self) -> String {
        let status = self.status();
        let mut out = String::new();
        for bot in status.telegram_bots.iter().chain(&status.discord_bots) {
            out.push_str(&format!(
                "bot {} ({}): {}, {} waiting\n",
                bot.name, bot.id, bot.connection, bot.pending
            ));
        }
        for chat in &status.chats {
            let snapshot = self.snapshot(&ChatKey(chat.key.clone()));
            if let Some(snapshot) = snapshot.filter(|snapshot| !snapshot.messages.is_empty()) {
                out.push_str(&snapshot.to_string());
            }
        }
        out + &self.newest_calls()
    }

    fn newest_calls(&self) -> String {
        const SHOWN: usize = 12;
        let calls = self.requests();
        let newest = calls.iter().rev().take(SHOWN).rev();
        let lines: Vec<String> = newest
            .map(|call| {
                format!(
                    "  {} {} -> {} {}",
                    call.method, call.request, call.status, call.response
                )
            })
            .collect();
        format!("newest calls:\n{}\n", lines.join("\n"))
    }
}
