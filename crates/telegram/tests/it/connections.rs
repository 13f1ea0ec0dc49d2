//! The connections that calls share: kept, found closed, given up, bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use duologue_core::{Operation, SendErrorKind, Sender};
use duologue_telegram::{Telegram, TelegramConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::fake::{Fake, config};
use crate::sending::{send, text};

const ANSWER: &str = r#"{"ok":true,"result":{"message_id":5}}"#;

/// A server that answers a number of requests on each connection, closes it, and tells that it did.
async fn short_lived(
    requests: usize,
    head: &'static str,
) -> (String, Arc<AtomicUsize>, mpsc::Receiver<()>, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let (closed, closes) = mpsc::channel(100);
    let mut tasks = JoinSet::new();
    let connections = Arc::clone(&count);
    tasks.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            connections.fetch_add(1, Ordering::Relaxed);
            for _ in 0..requests {
                answer(&mut stream, head).await;
            }
            drop(stream);
            closed.send(()).await.unwrap();
        }
    });
    (url, count, closes, tasks)
}

async fn answer(stream: &mut TcpStream, head: &str) {
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "the request comes whole");
        request.extend_from_slice(&piece[..read]);
    }
    let answer = format!(
        "HTTP/1.1 200 OK\r\n{head}content-length: {}\r\n\r\n{ANSWER}",
        ANSWER.len()
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
}

async fn say(sender: &Arc<dyn Sender>) {
    let performed = sender.perform(&Operation::Send(send(text("a")))).await.unwrap();
    assert_eq!(performed.messages[0].as_str(), "5");
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let (url, count, _closes, _tasks) = short_lived(10, "").await;
    let sender = Telegram::new(config(&url)).unwrap().adapter().sender;
    for _ in 0..10 {
        say(&sender).await;
    }
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_costs_nothing() {
    let elsewhere = Fake::start().await;
    let (url, count, mut closes, _tasks) = short_lived(1, "").await;
    let sender = Telegram::new(config(&url)).unwrap().adapter().sender;
    for _ in 0..3 {
        say(&sender).await;
        closes.recv().await.unwrap();
        // Whatever has arrived by the time of this answer is known.
        elsewhere.telegram().call_raw("getMe", &()).await.unwrap();
    }
    assert_eq!(count.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_server_that_says_that_it_closes_is_believed() {
    let (url, count, _closes, _tasks) = short_lived(1, "connection: close\r\n").await;
    let sender = Telegram::new(config(&url)).unwrap().adapter().sender;
    for _ in 0..5 {
        say(&sender).await;
    }
    assert_eq!(count.load(Ordering::Relaxed), 5);
}

#[tokio::test]
async fn a_call_that_is_given_up_takes_its_connection_along_and_no_other() {
    let fake = Fake::start().await;
    let sender = fake.telegram().adapter().sender;
    fake.hold(true);
    let operation = Operation::Send(send(text("given up")));
    tokio::select! {
        result = sender.perform(&operation) => panic!("{result:?}"),
        () = fake.until_called("sendMessage", |_| true) => {}
    }
    fake.hold(false);
    let performed = sender
        .perform(&Operation::Send(send(text("next"))))
        .await
        .unwrap();
    assert_eq!(performed.messages.len(), 1);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 9000000000\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let piece = vec![b' '; 1 << 20];
        // It ends when nobody listens any more.
        while stream.write_all(&piece).await.is_ok() {}
    });
    let sender = Telegram::new(config(&url)).unwrap().adapter().sender;
    let error = sender
        .perform(&Operation::Send(send(text("a"))))
        .await
        .unwrap_err();
    assert!(matches!(error.kind, SendErrorKind::Unknown(_)), "{error}");
}

#[tokio::test]
async fn calls_share_a_bounded_number_of_connections() {
    let fake = Fake::start().await;
    let config = TelegramConfig {
        connections: 3,
        ..config(&fake.url)
    };
    let sender: Arc<dyn Sender> = Telegram::new(config).unwrap().adapter().sender;
    fake.hold(true);
    let mut calls = JoinSet::new();
    for _ in 0..20 {
        let sender = Arc::clone(&sender);
        calls.spawn(async move { sender.perform(&Operation::Send(send(text("a")))).await.map(drop) });
    }
    fake.until(|it| it.load().1 == 3).await;
    fake.hold(false);
    for result in calls.join_all().await {
        result.unwrap();
    }
    assert_eq!((fake.load().0, fake.bodies("sendMessage").len()), (3, 20));
}
