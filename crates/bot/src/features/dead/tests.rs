//! What the owner does with events that were given up.

use std::sync::Arc;
use std::time::Duration;

use duologue::store::{
    Batch, BotAccount, ClaimRequest, Commit, DeadId, Failure, Keep, NewEvent, Page, SourceId, Store, Then,
    Timestamp, TurnEnd,
};
use duologue::{CommandCall, CommandInput, Config, Conversation, EventId, EventKind, StyledText};
use duologue_core::store::MemoryStore;
use duologue_core::testing::chat;
use tokio::time::Instant;

use crate::features::book;
use crate::testing::{ADA, BOB, Stage};

/// A store in which Ada owns the bot, and so many rolls of Bob's dice were given up.
async fn with_dead(letters: u64) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    let owners = vec![("paper".to_owned(), ADA.to_owned())];
    let write = book::value("owner.accounts".to_owned(), Some(&owners)).unwrap();
    let now = Timestamp::now();
    store
        .commit(vec![Commit::writes(vec![write], now)])
        .await
        .unwrap();
    for number in 0..letters {
        gives_up(&store, &format!("old {number}"), body()).await;
    }
    store
}

/// A roll of one die as the store keeps it.
fn body() -> Vec<u8> {
    let call = CommandCall {
        name: "roll".into(),
        input: CommandInput::Text(StyledText::plain("1")),
        attachments: Vec::new(),
        message: None,
        replies_to: None,
        group: None,
    };
    let event = serde_json::json!({
        "chat_kind": "Private", "user": null, "reply": null, "event": EventKind::Command(call), "raw": null,
    });
    serde_json::to_vec(&event).unwrap()
}

async fn gives_up(store: &MemoryStore, id: &str, body: Vec<u8>) {
    let (chat, now) = (chat(BOB), Timestamp::now());
    let bot = BotAccount::of(&chat);
    let event = NewEvent {
        id: EventId::new(id),
        conversation: Conversation { chat, user: None },
        user: None,
        kind: "command".into(),
        sent: None,
        keep: Keep::Queue,
        wait: Duration::ZERO,
        body: body.into(),
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
            error: "it panicked:\n  the dice are gone".to_owned(),
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
}

async fn left(store: &MemoryStore) -> Vec<u64> {
    let letters = store.dead(Page::first(100)).await.unwrap();
    letters.into_iter().map(|letter| letter.id.0).collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_given_up_is_listed_for_the_owner_and_the_status_leads_there() {
    let stage = Stage::with(Config::default(), with_dead(1).await);
    stage.types_as(BOB, "/dead").await;
    assert!(stage.said(0).await.text.text.contains("for whoever owns me"));
    stage.types("/status").await;
    let status = stage.said(1).await.text.text.clone();
    assert!(
        status.contains("1 events (dead letters); /dead lists them"),
        "{status}"
    );
    stage.types("/dead").await;
    let list = stage.said(2).await;
    for part in [
        "1 event that I gave up",
        "#1 command · Paper Bob · ",
        " ago · 1 attempt",
        "it panicked: the dice are gone",
    ] {
        assert!(
            list.text.text.contains(part),
            "{part} is not in {}",
            list.text.text
        );
    }
    // The buttons are the owner's alone. What Bob does comes in order, so his press is over when his dice have fallen.
    stage.presses_as(BOB, &list, "Delete #1").await;
    stage.types_as(BOB, "/roll 1").await;
    assert!(stage.said(3).await.text.text.contains("1 × d6"));
    stage.types("/owner").await;
    assert!(stage.said(4).await.text.text.contains("/dead"));
    stage.types("/dead").await;
    assert!(stage.said(5).await.text.text.contains("1 event that I gave up"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_is_tried_again_is_handled_at_once_and_one_can_be_deleted() {
    let store = with_dead(2).await;
    let stage = Stage::with(Config::default(), Arc::clone(&store));
    stage.types("/dead").await;
    let list = stage.said(0).await;
    let begun = Instant::now();
    stage.presses(&list, "Try #1 again").await;
    assert!(stage.said(1).await.text.text.contains("1 × d6"));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    let now = stage.shows(0, "I try #1 again").await;
    assert!(now.text.text.contains("1 event that I gave up"));
    stage.presses(&now, "Delete #2").await;
    let now = stage.shows(0, "#2 is deleted").await;
    assert!(now.text.text.contains("There are no events that I gave up") && now.buttons.is_empty());
    assert!(left(&store).await.is_empty());
    stage.types("/dead").await;
    assert!(stage.said(2).await.text.text.contains("There are no events"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_button_for_what_is_gone_says_so_and_one_that_fails_again_comes_back() {
    let store = with_dead(1).await;
    gives_up(&store, "broken", b"no event".to_vec()).await;
    let stage = Stage::with(Config::default(), Arc::clone(&store));
    stage.types("/dead").await;
    let list = stage.said(0).await;
    store.delete_dead(vec![DeadId(1)]).await.unwrap();
    stage.presses(&list, "Try #1 again").await;
    let now = stage.shows(0, "#1 is not here any more").await;
    stage.presses(&now, "Try #2 again").await;
    stage.shows(0, "I try #2 again").await;
    let back = async {
        while left(&store).await != [3] {
            tokio::task::yield_now().await;
        }
    };
    back.await;
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn many_stand_on_pages() {
    let store = with_dead(9).await;
    let stage = Stage::with(Config::default(), Arc::clone(&store));
    stage.types("/dead").await;
    let list = stage.said(0).await;
    assert!(list.text.text.contains("9 events") && list.text.text.contains("#4"));
    assert_eq!(
        list.buttons.len(),
        9,
        "four have two buttons each, and there are more"
    );
    stage.presses(&list, "More").await;
    let second = stage.shows(0, "#8").await;
    stage.presses(&second, "More").await;
    let third = stage.shows(0, "#9").await;
    assert_eq!(third.buttons.len(), 3);
    // The last one of a page gone, the list begins again.
    stage.presses(&third, "Delete #9").await;
    let first = stage.shows(0, "#9 is deleted").await;
    assert!(first.text.text.contains("#1 command"));
    stage.presses(&first, "More").await;
    let second = stage.shows(0, "#5 command").await;
    stage.presses(&second, "From the start").await;
    stage.shows(0, "#1 command").await;
    assert_eq!(left(&store).await.len(), 8);
    stage.ends().await;
}
