//! Updates that are brought: who is let in, what becomes of an update, and what the network is told of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use duologue_core::{Secret, SourceStatus};
use duologue_telegram::{Telegram, TelegramConfig, Updates, Webhook};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::collector::{Collector, Running};
use crate::fake::{Fake, config};
use crate::source::{onlines, text};

/// A secret that is looked for wherever it must not be.
pub(crate) const SECRET: &str = "SPARROW-in-the-chimney_1";

pub(crate) const HEADER: &str = "X-Telegram-Bot-Api-Secret-Token";

/// A webhook that is served on a port of its own.
pub(crate) struct Served {
    pub(crate) running: Running,
    pub(crate) telegram: Telegram,
    pub(crate) address: SocketAddr,
    client: Client,
}

/// A configuration with short times, except for the looks at the network's end: those come when a test wants them.
pub(crate) fn webhook_config(fake: &Fake) -> TelegramConfig {
    let mut config = config(&fake.url);
    config.timing.webhook_request = Duration::from_secs(5);
    config.timing.webhook_check = Duration::from_secs(36_000);
    config.updates = Updates::Webhook(webhook());
    config
}

pub(crate) fn webhook() -> Webhook {
    Webhook {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        ..Webhook::new("https://bot.example/hook", Secret::new(SECRET))
    }
}

impl Served {
    pub(crate) async fn start(fake: &Fake) -> Self {
        Self::start_with(webhook_config(fake), Collector::new()).await
    }

    /// Waits until it is online.
    pub(crate) async fn start_with(config: TelegramConfig, collector: Arc<Collector>) -> Self {
        let telegram = Telegram::new(config).unwrap();
        let running = Running::start_with(&telegram.adapter(), collector);
        running
            .collector
            .until(|it| {
                it.statuses()
                    .iter()
                    .any(|status| matches!(status, SourceStatus::Online(_)))
            })
            .await;
        Self {
            address: telegram.webhook_address().unwrap(),
            client: Client::builder().no_proxy().build().unwrap(),
            running,
            telegram,
        }
    }

    pub(crate) async fn request(&self, method: Method, path: &str, secret: &str, body: String) -> Response {
        let url = format!("http://{}{path}", self.address);
        let request = self.client.request(method, url).header(HEADER, secret).body(body);
        request.send().await.unwrap()
    }

    /// Brings an update and says what became of it.
    pub(crate) async fn bring(&self, update: &Value) -> u16 {
        let response = self
            .request(Method::POST, "/hook", SECRET, update.to_string())
            .await;
        response.status().as_u16()
    }
}

#[tokio::test]
async fn an_update_with_the_secret_is_taken_and_answered_with_nothing() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let body = r#" { "update_id" : 9,  "brand_new":{"x" : [1, 2.50]} } "#;
    let response = served
        .request(Method::POST, "/hook", SECRET, body.to_owned())
        .await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.bytes().await.unwrap(), "");
    // It was taken before it was answered.
    let event = served.running.collector.events().remove(0);
    assert_eq!(event.raw.to_json(), body.trim());
    assert_eq!(onlines(&served.running), 1);
    assert!(!fake.methods().contains(&"getUpdates".to_owned()));
    served.running.stop().await;
}

#[tokio::test]
async fn an_update_is_answered_only_once_it_is_stored() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let collector = &served.running.collector;
    collector.set_writing(true);
    let update = text(1, "hello");
    let mut brought = Box::pin(served.bring(&update));
    tokio::select! {
        status = &mut brought => panic!("it was answered with {status} before it was stored"),
        () = collector.until_written_to() => {}
    }
    assert!(collector.events().is_empty());
    collector.set_writing(false);
    assert_eq!(brought.as_mut().await, 200);
    drop(brought);
    assert_eq!(collector.ids(), ["1"]);
    served.running.stop().await;
}

#[tokio::test]
async fn who_does_not_have_the_secret_learns_nothing_and_is_not_heard() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let longer = format!("{SECRET}1");
    for secret in ["", "wrong", &SECRET[1..], &SECRET.to_lowercase(), &longer] {
        let response = served
            .request(Method::POST, "/hook", secret, text(1, "hello").to_string())
            .await;
        assert_eq!(response.status(), 401, "{secret}");
        assert_eq!(response.headers()["connection"], "close");
        assert_eq!(response.bytes().await.unwrap(), "");
    }
    let bare = Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/hook", served.address);
    let response = bare.post(url).body("{").send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(served.running.collector.events().is_empty());
    served.running.stop().await;
}

#[tokio::test]
async fn there_is_one_path_and_one_method() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let update = text(1, "hello").to_string();
    for (method, path, status) in [
        (Method::GET, "/hook", 405),
        (Method::PUT, "/hook", 405),
        (Method::DELETE, "/hook", 405),
        (Method::POST, "/", 404),
        (Method::POST, "/hook/", 404),
        (Method::POST, "/hook/more", 404),
        (Method::POST, "/Hook", 404),
        (Method::GET, "/health", 404),
    ] {
        let response = served.request(method.clone(), path, SECRET, update.clone()).await;
        assert_eq!(response.status(), status, "{method} {path}");
        assert_eq!(response.headers()["connection"], "close");
        assert_eq!(response.bytes().await.unwrap(), "");
    }
    assert!(served.running.collector.events().is_empty());
    served.running.stop().await;
}

#[tokio::test]
async fn the_path_may_be_another_one_than_telegrams() {
    let fake = Fake::start().await;
    let mut config = webhook_config(&fake);
    config.updates = Updates::Webhook(Webhook {
        path: Some("/inside".to_owned()),
        ..webhook()
    });
    let served = Served::start_with(config, Collector::new()).await;
    let update = text(1, "hello").to_string();
    let response = served
        .request(Method::POST, "/hook", SECRET, update.clone())
        .await;
    assert_eq!(response.status(), 404);
    let response = served.request(Method::POST, "/inside", SECRET, update).await;
    assert_eq!(response.status(), 200);
    assert_eq!(fake.only("setWebhook").body["url"], "https://bot.example/hook");
    served.running.stop().await;
}

#[tokio::test]
async fn what_there_is_no_room_for_comes_again_and_is_taken_then() {
    let fake = Fake::start().await;
    let collector = Collector::new();
    collector.set_room(Some(1));
    let served = Served::start_with(webhook_config(&fake), collector).await;
    assert_eq!(served.bring(&text(1, "a")).await, 200);
    let update = text(2, "b").to_string();
    let response = served.request(Method::POST, "/hook", SECRET, update).await;
    assert_eq!(response.status(), 503);
    let seconds = response.headers()["retry-after"].to_str().unwrap();
    assert!((1..=60).contains(&seconds.parse::<u32>().unwrap()), "{seconds}");
    assert_eq!(response.bytes().await.unwrap(), "");
    served.running.collector.set_room(None);
    assert_eq!(served.bring(&text(2, "b")).await, 200);
    assert_eq!(served.running.collector.ids(), ["1", "2"]);
    served.running.stop().await;
}

#[tokio::test]
async fn an_inbox_that_is_stopping_takes_nothing_and_the_update_comes_again() {
    let fake = Fake::start().await;
    let collector = Collector::new();
    collector.refuse();
    let served = Served::start_with(webhook_config(&fake), collector).await;
    assert_eq!(served.bring(&text(1, "a")).await, 503);
    served.running.stop().await;
}

#[tokio::test]
async fn a_second_delivery_is_answered_well_and_not_handled() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    for update in [text(1, "a"), text(1, "a"), text(2, "b"), text(1, "a")] {
        assert_eq!(served.bring(&update).await, 200);
    }
    assert_eq!(served.running.collector.ids(), ["1", "2"]);
    served.running.stop().await;
}

#[tokio::test]
async fn what_can_never_be_read_does_not_come_again() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    for body in [
        "",
        "{",
        "[]",
        "17",
        r#"{"message":{}}"#,
        "<html>",
        r#"{"update_id":1"#,
    ] {
        let response = served
            .request(Method::POST, "/hook", SECRET, body.to_owned())
            .await;
        assert_eq!(response.status(), 200, "{body}");
    }
    assert!(served.running.collector.events().is_empty());
    // What has a number is an event, whatever else it holds.
    for odd in [
        json!({ "update_id": 3, "message": 17 }),
        json!({ "update_id": 4 }),
    ] {
        assert_eq!(served.bring(&odd).await, 200);
    }
    let events = served.running.collector.events();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.name()).collect();
    assert_eq!(kinds, ["other", "other"]);
    served.running.stop().await;
}

#[tokio::test]
async fn a_chat_keeps_its_order_over_many_connections() {
    /// An update of a chat; ids say where it stands.
    fn of(chat: i64, nth: i64) -> Value {
        let mut update = text(chat * 1000 + nth, "hello");
        update["message"]["chat"]["id"] = json!(chat);
        update
    }

    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    // As Telegram does it: many chats at once, and of each chat the next one after the last one's answer. Some have to
    // come twice.
    let chats = (1..=30).map(|chat| {
        let served = &served;
        async move {
            for nth in 0..20 {
                assert_eq!(served.bring(&of(chat, nth)).await, 200);
                if nth % 7 == 0 {
                    assert_eq!(served.bring(&of(chat, nth)).await, 200);
                }
            }
        }
    });
    futures_util::future::join_all(chats).await;
    let ids = served.running.collector.ids();
    assert_eq!(ids.len(), 600);
    for chat in 1..=30 {
        let of_chat = ids.iter().map(|id| id.parse::<i64>().unwrap());
        let of_chat: Vec<i64> = of_chat.filter(|id| id / 1000 == chat).collect();
        assert!(of_chat.is_sorted(), "{of_chat:?}");
    }
    served.running.stop().await;
}

#[tokio::test]
async fn the_address_is_known_while_it_is_listened_on() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let telegram = served.telegram.clone();
    assert_eq!(telegram.webhook_address(), Some(served.address));
    served.running.stop().await;
    assert_eq!(telegram.webhook_address(), None);
    assert_eq!(fake.telegram().webhook_address(), None);
}
