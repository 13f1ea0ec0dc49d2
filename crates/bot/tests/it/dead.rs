//! What the owner does on both networks with an event that the bot gave up.

use std::path::Path;
use std::time::Duration;

use duologue::store::{
    Batch, BotAccount, ClaimRequest, Commit, Failure, Keep, NewEvent, SourceId, Store as _, Then, Timestamp,
    TurnEnd,
};
use duologue::{
    AccountId, Chat, ChatId, CommandCall, CommandInput, Conversation, EventId, EventKind, NetworkId,
    SqliteOptions, SqliteStore, StyledText,
};
use duologue_sandbox::{Network, SandboxHandle};
use duologue_tests::world::{NETWORKS, PATIENCE, Person};

use crate::shipped::Shipped;

/// A chat of the bot, as the store has it.
fn place(bot: &Shipped, network: Network, ben: &Person) -> Chat {
    let status = bot.sandbox.status();
    let (name, bots) = match network {
        Network::Telegram => ("telegram", &status.telegram_bots),
        Network::Discord => ("discord", &status.discord_bots),
    };
    let (_, id) = ben.chat.0.rsplit_once(':').unwrap();
    Chat {
        network: NetworkId::new(name),
        account: AccountId::number(bots[0].id),
        id: ChatId::new(id),
        thread: None,
    }
}

/// An `/echo` that was given up, in the data of a bot that does not run.
async fn gives_up(folder: &Path, chat: Chat) {
    let call = CommandCall {
        name: "echo".into(),
        input: CommandInput::Text(StyledText::plain("at last")),
        attachments: Vec::new(),
        message: None,
        replies_to: None,
        group: None,
    };
    let body = serde_json::json!({
        "chat_kind": "Group", "user": null, "reply": null, "event": EventKind::Command(call), "raw": null,
    });
    let now = Timestamp::now();
    let bot = BotAccount::of(&chat);
    let event = NewEvent {
        id: EventId::new("an old one"),
        conversation: Conversation { chat, user: None },
        user: None,
        kind: "command".into(),
        sent: None,
        keep: Keep::Queue,
        wait: Duration::ZERO,
        body: serde_json::to_vec(&body).unwrap().into(),
    };
    let source = SourceId {
        bot: bot.clone(),
        part: 0,
    };
    let batch = Batch {
        source,
        events: vec![event],
        position: None,
        now,
    };
    let store = SqliteStore::open(SqliteOptions::new(folder.join("data")))
        .await
        .unwrap();
    store.ingest(batch).await.unwrap();
    let request = ClaimRequest {
        bots: vec![bot],
        conversations: 1,
        events: 1,
        now,
    };
    let claim = store.claim(request).await.unwrap().remove(0);
    let end = TurnEnd {
        failed: Some(Failure {
            number: claim.events[0].number,
            error: "it panicked: the sea is rough".to_owned(),
            pause: Duration::ZERO,
            last: true,
        }),
        hold: claim.hold,
        handled: Vec::new(),
        then: Then::Release,
    };
    store
        .commit(vec![Commit::turn(end, Vec::new(), now)])
        .await
        .unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_has_an_event_tried_again_that_was_given_up() {
    for network in NETWORKS {
        let mut bot = Shipped::start().await;
        let log = bot.program.logs("in a private chat").await;
        let code: String = log.split_once("`/owner ").unwrap().1.chars().take(14).collect();
        let (mut anna, ben) = (bot.person(network, "Anna"), bot.person(network, "Ben"));
        match network {
            Network::Telegram => anna.command(&format!("owner {code}")),
            Network::Discord => anna.command(&format!("owner code={code}")),
        }
        anna.finds(|message| message.text.contains("You own me")).await;
        bot.program.rests().await;
        gives_up(bot.program.folder(), place(&bot, network, &ben)).await;
        bot.start_again();

        if network == Network::Discord {
            // It is in no menu, so it is typed, and in private.
            let discord = bot.sandbox.discord();
            let id = discord.bots()[0].id;
            anna.chat = discord.dm(id, &discord.user("Anna").unwrap()).unwrap();
            let there = |sandbox: &SandboxHandle| {
                let bot = &sandbox.status().discord_bots[0];
                (bot.connection == "connected").then_some(())
            };
            bot.sandbox.wait_for(PATIENCE, there).await.unwrap();
        }
        anna.say("/dead");
        let list = anna.finds(|message| message.text.contains("1 event that")).await;
        assert!(list.text.contains("the sea is rough"), "{}", list.text);
        anna.press("Try #1 again");
        ben.finds(|message| message.text.contains("at last")).await;
        anna.finds(|message| message.text.contains("There are no events"))
            .await;
        bot.stop().await;
    }
}
