//! One message from a program that is no running bot, such as a command line. Owns the outbox while it is on its way.

use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::action::{Action, Priority, Send};
use crate::adapter::Sender;
use crate::content::Content;
use crate::error::{SendError, SendErrorKind};
use crate::event::ChatKind;
use crate::id::Chat;
use crate::outbox::{Delivery, Outbox};
use crate::press::PressTable;
use crate::receipt::Receipt;
use crate::tasks::Tracker;

/// Sends content into a chat and waits for the receipt, with the rendering, the pace and the retries of a bot. Nothing is
/// received, so it does no harm beside a bot that runs. Buttons that carry values do nothing: nobody waits for them.
///
/// Dropping the future leaves open whether it was sent.
///
/// # Errors
///
/// [`SendError`], typed by what can be done about it.
pub async fn send_once(
    sender: &Arc<dyn Sender>,
    chat: Chat,
    chat_kind: ChatKind,
    content: Content,
) -> Result<Receipt, SendError> {
    let outbox = Outbox::new(Arc::clone(sender), Arc::new(PressTable::default()), None);
    let workers = Tracker::new(CancellationToken::new());
    let _guard = workers.stop().clone().drop_guard();
    outbox.start(&workers);
    let action = Action::Send(Send {
        chat,
        chat_kind,
        reply: None,
        replies_to: None,
        content,
        ephemeral: false,
    });
    let delivery = Delivery::unasked(Priority::Answer, chat_kind);
    let ended = || SendError::new("send", SendErrorKind::NotTaken("nobody sends any more"));
    let result = outbox
        .push(action, &delivery)?
        .await
        .unwrap_or_else(|_| Err(ended()));
    workers.stop().cancel();
    workers.finish(Instant::now()).await;
    result
}

#[cfg(test)]
mod tests {
    use super::send_once;
    use crate::content::Content;
    use crate::event::ChatKind;
    use crate::testing::{Paper, chat};

    #[tokio::test(start_paused = true)]
    async fn one_message_is_sent_without_a_bot() {
        let paper = Paper::new();
        let sender = paper.adapter().sender;
        let receipt = send_once(&sender, chat("anna"), ChatKind::Private, Content::text("hello"));
        assert_eq!(receipt.await.unwrap().messages.len(), 1);
        assert_eq!(paper.heard(1).await, ["hello"]);
    }
}
