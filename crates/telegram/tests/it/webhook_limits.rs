//! The bounds of a webhook and its end: large and slow requests, slow clients, and a stop in the middle.

use std::time::Duration;

use duologue_telegram::{TelegramConfig, Updates, Webhook};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::collector::{Collector, DEADLINE};
use crate::fake::Fake;
use crate::source::text;
use crate::webhook::{HEADER, SECRET, Served, webhook, webhook_config};

/// A connection on which a test writes what it wants.
struct Wire(TcpStream);

impl Wire {
    async fn to(served: &Served) -> Self {
        Self(TcpStream::connect(served.address).await.unwrap())
    }

    async fn write(&mut self, part: &str) {
        self.0.write_all(part.as_bytes()).await.unwrap();
    }

    /// The head of a request with the secret.
    async fn head(&mut self, length: &str) {
        let head = format!("POST /hook HTTP/1.1\r\nHost: bot\r\n{HEADER}: {SECRET}\r\n{length}\r\n\r\n");
        self.write(&head).await;
    }

    /// Everything until the server closes; an end that is not in order counts as one.
    async fn rest(&mut self) -> String {
        let mut all = Vec::new();
        let read = tokio::time::timeout(DEADLINE, self.0.read_to_end(&mut all)).await;
        drop(read.expect("the server closes in time"));
        String::from_utf8(all).unwrap()
    }

    /// The next answer, which has no body.
    async fn answer(&mut self) -> String {
        let mut all = Vec::new();
        while !all.ends_with(b"\r\n\r\n") {
            let read = tokio::time::timeout(DEADLINE, self.0.read_u8()).await;
            all.push(read.expect("the answer comes in time").unwrap());
        }
        String::from_utf8(all).unwrap()
    }
}

fn with_patience(fake: &Fake, patience: Duration) -> TelegramConfig {
    let mut config = webhook_config(fake);
    config.timing.webhook_request = patience;
    config
}

/// Short enough to wait for, and long enough for what is in time.
const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_body_that_says_that_it_is_too_large_is_not_waited_for() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let mut wire = Wire::to(&served).await;
    wire.head("Content-Length: 1048577").await;
    let said = wire.rest().await;
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    served.running.stop().await;
}

#[tokio::test]
async fn a_body_that_grows_too_large_is_cut() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let mut wire = Wire::to(&served).await;
    wire.head("Transfer-Encoding: chunked").await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..16 {
        wire.write(&chunk).await;
    }
    // One byte more than the bound, and no end.
    wire.write("1\r\nx\r\n").await;
    let said = wire.rest().await;
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    served.running.stop().await;
}

#[tokio::test]
async fn a_body_of_the_largest_size_is_taken() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let frame = text(1, "").to_string().len();
    let update = text(1, &"x".repeat((1 << 20) - frame));
    assert_eq!(update.to_string().len(), 1 << 20);
    assert_eq!(served.bring(&update).await, 200);
    assert_eq!(served.running.collector.ids(), ["1"]);
    served.running.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let fake = Fake::start().await;
    let served = Served::start_with(with_patience(&fake, SHORT), Collector::new()).await;
    let mut wire = Wire::to(&served).await;
    wire.head("Content-Length: 100").await;
    wire.write("{\"update_id\":").await;
    let said = wire.rest().await;
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert!(said.to_lowercase().contains("connection: close"), "{said}");
    assert!(served.running.collector.events().is_empty());
    served.running.stop().await;
}

#[tokio::test]
async fn a_head_that_does_not_come_is_given_up() {
    let fake = Fake::start().await;
    let served = Served::start_with(with_patience(&fake, SHORT), Collector::new()).await;
    let mut wire = Wire::to(&served).await;
    wire.write("POST /hook HTTP/1.1\r\nHost: b").await;
    assert_eq!(wire.rest().await, "");
    let mut silent = Wire::to(&served).await;
    assert_eq!(silent.rest().await, "");
    served.running.stop().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let mut wire = Wire::to(&served).await;
    let large = "x".repeat(16 << 10);
    wire.write(&format!("POST /hook HTTP/1.1\r\nHost: bot\r\nX-Large: {large}"))
        .await;
    let said = wire.rest().await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 431 "), "{said}");
    served.running.stop().await;
}

#[tokio::test]
async fn slow_clients_do_not_hold_up_the_others() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let mut slow = Vec::new();
    for nth in 0..60 {
        let mut wire = Wire::to(&served).await;
        match nth % 3 {
            0 => {}
            1 => wire.write("POST /hook HTTP/1.1\r\n").await,
            _ => wire.head("Content-Length: 100").await,
        }
        slow.push(wire);
    }
    for id in 1..=20 {
        assert_eq!(served.bring(&text(id, "hello")).await, 200);
    }
    assert_eq!(served.running.collector.events().len(), 20);
    drop(slow);
    served.running.stop().await;
}

#[tokio::test]
async fn no_more_come_at_once_than_telegram_was_asked_for() {
    let fake = Fake::start().await;
    let mut config = webhook_config(&fake);
    config.updates = Updates::Webhook(Webhook {
        max_connections: 1,
        ..webhook()
    });
    let served = Served::start_with(config, Collector::new()).await;
    let update = text(1, "a").to_string();
    let mut wire = Wire::to(&served).await;
    // That the server asks for the body shows that the request has its place.
    wire.head(&format!(
        "Expect: 100-continue\r\nContent-Length: {}",
        update.len()
    ))
    .await;
    assert!(wire.answer().await.starts_with("HTTP/1.1 100 "));
    assert_eq!(served.bring(&text(2, "b")).await, 503);
    wire.write(&update).await;
    assert!(wire.answer().await.starts_with("HTTP/1.1 200 "));
    assert_eq!(served.bring(&text(2, "b")).await, 200);
    assert_eq!(served.running.collector.ids(), ["1", "2"]);
    served.running.stop().await;
}

#[tokio::test]
async fn one_connection_carries_many_updates() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let mut wire = Wire::to(&served).await;
    for id in 1..=5 {
        let update = text(id, "hello").to_string();
        wire.head(&format!("Content-Length: {}", update.len())).await;
        wire.write(&update).await;
        let said = wire.answer().await;
        assert!(
            said.starts_with("HTTP/1.1 200 ") && !said.contains("close"),
            "{said}"
        );
    }
    served.running.stop().await;
}

#[tokio::test]
async fn a_stop_answers_what_is_in_the_middle_and_refuses_what_is_new() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    let update = text(1, "hello").to_string();
    let mut wire = Wire::to(&served).await;
    wire.head(&format!(
        "Expect: 100-continue\r\nContent-Length: {}",
        update.len()
    ))
    .await;
    assert!(wire.answer().await.starts_with("HTTP/1.1 100 "));
    let (first, rest) = update.split_at(10);
    wire.write(first).await;
    let address = served.address;
    let collector = std::sync::Arc::clone(&served.running.collector);
    let finished = async {
        // New ones are refused as soon as the stop was seen.
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        wire.write(rest).await;
        wire.rest().await
    };
    let ((), said) = tokio::join!(served.running.stop(), finished);
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    assert_eq!(collector.ids(), ["1"]);
    // The webhook stays: what comes meanwhile waits at Telegram.
    assert!(!fake.methods().contains(&"deleteWebhook".to_owned()));
    assert_eq!(fake.bodies("setWebhook").len(), 1);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_who_says_nothing() {
    let fake = Fake::start().await;
    let mut config = webhook_config(&fake);
    config.timing.webhook_request = Duration::from_secs(3600);
    let served = Served::start_with(config, Collector::new()).await;
    let mut idle = Wire::to(&served).await;
    let update = text(1, "hello").to_string();
    idle.head(&format!("Content-Length: {}", update.len())).await;
    idle.write(&update).await;
    assert!(idle.answer().await.starts_with("HTTP/1.1 200 "));
    let mut stuck = Wire::to(&served).await;
    stuck.head("Content-Length: 100").await;
    let _silent = Wire::to(&served).await;
    served.running.stop().await;
    assert_eq!(idle.rest().await, "");
    assert_eq!(stuck.rest().await, "");
}
