//! Messages that are shown while a Telegram bot writes them.

use std::time::Duration;

use serde_json::{Value, json};

use duologue_sandbox::{ActError, ChatKey, ChatSnapshot, DraftSupport, DraftView, SandboxConfig};

use crate::support::{Bench, SOON};

/// A bench whose clock stands still.
async fn paused() -> (Bench, ChatKey) {
    let bench = Bench::new().await;
    bench.sandbox.clock().pause();
    let chat = bench.private();
    (bench, chat)
}

impl Bench {
    async fn draft(&self, id: i64, text: &str) {
        let draft = json!({ "chat_id": 1001, "draft_id": id, "text": text, "can_stop": true });
        assert_eq!(self.ok("sendMessageDraft", draft).await, true);
    }

    fn drafts(&self, chat: &ChatKey) -> Vec<DraftView> {
        self.sandbox.snapshot(chat).unwrap().drafts
    }
}

fn texts(drafts: &[DraftView]) -> Vec<&str> {
    drafts.iter().map(|draft| draft.text.as_str()).collect()
}

#[tokio::test]
async fn a_draft_is_shown_but_is_no_message() {
    let (bench, chat) = paused().await;
    bench.draft(7, "It was a dark").await;
    bench.draft(7, "It was a dark and stormy").await;
    let seen = bench.sandbox.snapshot(&chat).unwrap();
    assert_eq!(texts(&seen.drafts), ["It was a dark and stormy"]);
    assert_eq!((seen.drafts[0].id, seen.drafts[0].can_stop), (7, true));
    assert!(seen.messages.is_empty() && seen.typing.is_empty());
    bench.draft(8, "Once upon").await;
    assert_eq!(
        texts(&bench.drafts(&chat)),
        ["Once upon"],
        "another one takes its place"
    );
    let formatted = json!({ "chat_id": 1001, "draft_id": 8, "text": "<b>bold</b>", "parse_mode": "HTML" });
    bench.ok("sendMessageDraft", formatted).await;
    let drafts = bench.drafts(&chat);
    assert_eq!(texts(&drafts), ["bold"]);
    assert_eq!(
        drafts[0].entities,
        [json!({ "type": "bold", "offset": 0, "length": 4 })]
    );
    assert!(
        !drafts[0].can_stop,
        "every change says anew whether it can be stopped"
    );
    bench
        .ok("sendMessageDraft", json!({ "chat_id": 1001, "draft_id": -5 }))
        .await;
    assert_eq!(texts(&bench.drafts(&chat)), [""], "an empty one is a placeholder");
    let sent = bench
        .ok("sendMessage", json!({ "chat_id": 1001, "text": "done" }))
        .await;
    assert_eq!(sent["message_id"], 1, "drafts take no message ids");
    assert!(
        bench.drafts(&chat).is_empty(),
        "the message takes the draft's place"
    );
}

#[tokio::test]
async fn a_draft_lives_for_thirty_seconds_after_its_last_change() {
    let (bench, chat) = paused().await;
    let clock = bench.sandbox.clock();
    bench.draft(1, "one").await;
    clock.advance(Duration::from_secs(20));
    bench.draft(1, "two").await;
    clock.advance(Duration::from_secs(29));
    assert_eq!(texts(&bench.drafts(&chat)), ["two"]);
    let gone = |chat: &ChatSnapshot| chat.drafts.is_empty();
    let (waited, ()) = tokio::join!(bench.sandbox.wait_for_chat(&chat, SOON, gone), async {
        clock.advance(Duration::from_secs(1));
    });
    waited.unwrap();
}

#[tokio::test]
async fn whoever_waits_for_a_chat_sees_its_drafts_come_change_and_go() {
    let (bench, chat) = paused().await;
    let mut events = bench.sandbox.subscribe();
    let shows = |text: &'static str| move |chat: &ChatSnapshot| texts(&chat.drafts) == [text];
    for text in ["Let me", "Let me think"] {
        let seen = bench.sandbox.wait_for_chat(&chat, SOON, shows(text));
        let (seen, ()) = tokio::join!(seen, bench.draft(3, text));
        seen.unwrap();
    }
    bench.sandbox.clock().advance(Duration::from_secs(30));
    let mut told = Vec::new();
    while told.len() < 3 {
        let event = tokio::time::timeout(SOON, events.recv()).await.unwrap().unwrap();
        if event.kind == "draft" {
            assert_eq!(event.chat, chat.0);
            told.push(event.data["drafts"][0]["text"].clone());
        }
    }
    assert_eq!(told, [json!("Let me"), json!("Let me think"), Value::Null]);
}

#[tokio::test]
async fn stopping_a_draft_ends_it_and_tells_the_bot() {
    let (bench, chat) = paused().await;
    let ada = bench.ada();
    let nothing = ActError::Refused("there is nothing to stop in this chat".to_owned());
    assert_eq!(ada.stop_draft(&chat), Err(nothing.clone()));
    bench.draft(9_007_199_254_740_993, "a long").await;
    assert_eq!(ada.stop_draft(&chat), Ok(9_007_199_254_740_993));
    assert!(bench.drafts(&chat).is_empty());
    assert_eq!(ada.stop_draft(&chat), Err(nothing.clone()), "once is enough");
    let updates = bench.updates().await;
    assert_eq!(updates.len(), 1);
    let stopped = &updates[0]["stopped_message_generation"];
    assert_eq!(
        (&stopped["chat"]["id"], &stopped["chat"]["type"]),
        (&json!(1001), &json!("private"))
    );
    assert_eq!(stopped["draft_id"], 9_007_199_254_740_993_i64);
    assert!(stopped.get("message_thread_id").is_none());

    bench.draft(9_007_199_254_740_993, "a long story").await;
    assert!(bench.drafts(&chat).is_empty(), "no more of what was stopped");
    bench.draft(2, "another").await;
    assert_eq!(texts(&bench.drafts(&chat)), ["another"]);
    let grace = bench.sandbox.telegram().user("Grace").unwrap();
    assert_eq!(grace.stop_draft(&chat), Err(nothing), "it is not her chat");
}

#[tokio::test]
async fn a_stopped_draft_is_kept_for_a_moment_when_the_bot_asks_for_it() {
    let (bench, chat) = paused().await;
    let draft =
        json!({ "chat_id": 1001, "draft_id": 4, "text": "half", "can_stop": true, "keep_on_stop": true });
    bench.ok("sendMessageDraft", draft.clone()).await;
    bench.ada().stop_draft(&chat).unwrap();
    let kept = bench.drafts(&chat);
    assert_eq!(texts(&kept), ["half"]);
    assert!(kept[0].stopped && !kept[0].can_stop);
    bench
        .sandbox
        .clock()
        .advance(duologue_sandbox::bounds::DRAFT_KEPT);
    assert!(bench.drafts(&chat).is_empty());

    bench
        .ok("sendMessage", json!({ "chat_id": 1001, "text": "half" }))
        .await;
    bench.ok("sendMessageDraft", draft).await;
    assert_eq!(
        texts(&bench.drafts(&chat)),
        ["half"],
        "after a message an id counts anew"
    );
}

#[tokio::test]
async fn the_bot_hears_of_a_stop_only_when_its_filter_lets_it() {
    let (bench, chat) = paused().await;
    for (allowed, heard) in [
        (json!(["message"]), 0),
        (json!(["stopped_message_generation"]), 1),
        (json!([]), 1),
    ] {
        bench
            .ok("getUpdates", json!({ "allowed_updates": allowed }))
            .await;
        bench.draft(5, "text").await;
        bench.ada().stop_draft(&chat).unwrap();
        bench
            .ok("sendMessage", json!({ "chat_id": 1001, "text": "text" }))
            .await;
        assert_eq!(bench.updates().await.len(), heard, "{allowed}");
    }
}

#[tokio::test]
async fn what_the_network_refuses_of_drafts_is_refused() {
    let (bench, chat) = paused().await;
    let group = bench.number(&bench.sandbox.telegram().supergroup("Crowd").unwrap());
    for (draft, why) in [
        (
            json!({ "chat_id": group, "draft_id": 1, "text": "x" }),
            "TEXTDRAFT_PEER_INVALID",
        ),
        (
            json!({ "chat_id": 1001, "draft_id": 0, "text": "x" }),
            "RANDOM_ID_INVALID",
        ),
        (
            json!({ "chat_id": 1001, "draft_id": 1, "text": "x".repeat(4097) }),
            "message is too long",
        ),
        (
            json!({ "chat_id": 1001, "draft_id": 1, "text": "x", "message_thread_id": 77 }),
            "message thread not found",
        ),
        (
            json!({ "chat_id": 1001, "text": "x" }),
            "parameter \"draft_id\" is required",
        ),
    ] {
        let (code, description) = bench.refused("sendMessageDraft", draft).await;
        assert_eq!((code, description), (400, format!("Bad Request: {why}")));
    }
    assert!(bench.drafts(&chat).is_empty());
}

#[tokio::test]
async fn an_old_server_knows_no_drafts_and_a_younger_one_no_stop() {
    let with = |telegram_drafts| SandboxConfig {
        telegram_drafts,
        ..SandboxConfig::default()
    };
    let draft = json!({ "chat_id": 1001, "draft_id": 1, "text": "x", "can_stop": true });
    let old = Bench::with(with(DraftSupport::Missing)).await;
    let (chat, refused) = (
        old.private(),
        old.refused("sendMessageDraft", draft.clone()).await,
    );
    assert_eq!(refused, (404, "Not Found: method not found".to_owned()));
    assert!(old.drafts(&chat).is_empty());

    let younger = Bench::with(with(DraftSupport::NoStop)).await;
    let chat = younger.private();
    younger.ok("sendMessageDraft", draft).await;
    assert_eq!(texts(&younger.drafts(&chat)), ["x"]);
    assert!(!younger.drafts(&chat)[0].can_stop);
    assert!(younger.ada().stop_draft(&chat).is_err());
    let call = &younger.sandbox.requests_of("sendMessageDraft")[0];
    assert_eq!(
        call.warnings,
        ["sendMessageDraft has no parameter \"can_stop\": Telegram ignores it"]
    );
}

#[tokio::test]
async fn the_control_api_shows_and_stops_drafts() {
    let (bench, chat) = paused().await;
    bench.draft(6, "text").await;
    let seen = bench.look(&format!("chat?key={chat}&user=1001")).await;
    assert_eq!(
        seen["drafts"][0],
        json!({ "id": "6", "thread": null, "text": "text", "entities": [], "can_stop": true, "stopped": false })
    );
    let stop = json!({ "chat": chat.0, "user": "1001" });
    assert_eq!(
        bench.control("stop", stop.clone()).await,
        (200, json!({ "draft": "6" }))
    );
    assert_eq!(bench.control("stop", stop).await.0, 422);
    assert_eq!(
        bench.updates().await[0]["stopped_message_generation"]["draft_id"],
        6
    );
}
