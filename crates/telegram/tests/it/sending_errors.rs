//! What went wrong with a send, and whether it may have been sent all the same.

use std::time::Duration;

use duologue_core::{
    AccountId, ChatId, LimitScope, MessageId, MessageRef, Operation, ReplyToken, Retry, SendError,
    SendErrorKind,
};
use duologue_telegram::Telegram;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::fake::{Answer, Fake, config};
use crate::sending::{chat, perform, send, text};

async fn refused_with(answer: Answer) -> SendErrorKind {
    let fake = Fake::start().await;
    fake.script("sendMessage", [answer]);
    let error = perform(&fake, Operation::Send(send(text("a"))))
        .await
        .unwrap_err();
    assert_eq!(error.operation, "send");
    assert_eq!(fake.methods(), ["sendMessage"], "nothing is tried twice here");
    error.kind
}

async fn check(code: u16, description: &str, expected: fn(String) -> SendErrorKind) {
    let kind = refused_with(Answer::refuse(code, description)).await;
    assert_eq!(kind, expected(description.to_owned()));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    use SendErrorKind::{Forbidden, NotFound, Refused, Transient};
    check(403, "Forbidden: bot was blocked by the user", Forbidden).await;
    check(
        403,
        "Forbidden: bot can't initiate conversation with a user",
        Forbidden,
    )
    .await;
    check(
        400,
        "Bad Request: not enough rights to send text messages to the chat",
        Forbidden,
    )
    .await;
    check(400, "Bad Request: CHAT_WRITE_FORBIDDEN", Forbidden).await;
    check(400, "Bad Request: TOPIC_CLOSED", Forbidden).await;
    check(400, "Bad Request: chat not found", NotFound).await;
    check(400, "Bad Request: message to edit not found", NotFound).await;
    check(400, "Bad Request: message thread not found", NotFound).await;
    check(
        400,
        "Bad Request: query is too old and response timeout expired",
        NotFound,
    )
    .await;
    check(
        400,
        "Bad Request: wrong file identifier/HTTP URL specified",
        NotFound,
    )
    .await;
    check(404, "Not Found: method not found", NotFound).await;
    check(400, "Bad Request: message text is empty", Refused).await;
    check(400, "Bad Request: a rule of tomorrow", Refused).await;
    check(500, "Internal Server Error", Transient).await;
    check(401, "Unauthorized", |_| SendErrorKind::Unauthorized).await;
    check(404, "Not Found", |_| SendErrorKind::Unauthorized).await;
}

#[tokio::test]
async fn what_is_too_long_says_what_goes() {
    let table = [
        (400, "Bad Request: message is too long", 4096),
        (400, "Bad Request: message caption is too long", 1024),
        (413, "Request Entity Too Large", 50 << 20),
    ];
    for (code, description, expected) in table {
        let kind = refused_with(Answer::refuse(code, description)).await;
        assert!(
            matches!(kind, SendErrorKind::TooLong { limit, .. } if limit == expected),
            "{kind:?}"
        );
    }
    let page = Answer::text(413, "<html>413 Request Entity Too Large</html>");
    assert!(matches!(refused_with(page).await, SendErrorKind::TooLong { .. }));
}

#[tokio::test]
async fn a_limit_says_how_long_and_what_waits() {
    let limited = |parameters: Value| {
        let body = json!({ "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 7",
                           "parameters": parameters });
        Answer::json(429, &body)
    };
    let expected = |seconds, scope| SendErrorKind::RateLimited {
        after: Duration::from_secs(seconds),
        scope,
    };
    let kind = refused_with(limited(json!({ "retry_after": 7 }))).await;
    assert_eq!(kind, expected(7, LimitScope::Chat));
    assert_eq!(
        refused_with(limited(json!({}))).await,
        expected(1, LimitScope::Chat)
    );
    assert_eq!(
        refused_with(limited(json!(null))).await,
        expected(1, LimitScope::Chat)
    );

    let fake = Fake::start().await;
    fake.script("answerCallbackQuery", [limited(json!({ "retry_after": 3 }))]);
    let acknowledge = Operation::Acknowledge {
        chat: chat("7"),
        reply: ReplyToken::new("q"),
        note: None,
    };
    let error = perform(&fake, acknowledge).await.unwrap_err();
    assert_eq!(error.kind, expected(3, LimitScope::Network));
    assert_eq!(error.retry(true), Retry::After(Duration::from_secs(3)));
}

#[tokio::test]
async fn a_group_that_became_a_supergroup_has_another_id() {
    let body = json!({ "ok": false, "error_code": 400,
                       "description": "Bad Request: group chat was upgraded to a supergroup chat",
                       "parameters": { "migrate_to_chat_id": -1_001_234 } });
    let kind = refused_with(Answer::json(400, &body)).await;
    assert_eq!(kind, SendErrorKind::Moved(ChatId::number(-1_001_234)));
}

#[tokio::test]
async fn pages_of_gateways_are_faults_that_pass() {
    for status in [500, 502, 503, 400, 404, 200] {
        let kind = refused_with(Answer::text(status, "<html><h1>Oops</h1></html>")).await;
        assert!(matches!(kind, SendErrorKind::Transient(_)), "{status}: {kind:?}");
    }
    let kind = refused_with(Answer::text(502, "")).await;
    assert!(matches!(kind, SendErrorKind::Transient(_)), "{kind:?}");
}

#[tokio::test]
async fn a_gateway_that_waited_in_vain_leaves_it_open() {
    let kind = refused_with(Answer::text(504, "<html>504 Gateway Time-out</html>")).await;
    assert!(matches!(kind, SendErrorKind::Unknown(_)), "{kind:?}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_leaves_it_open() {
    for body in [
        "{\"ok\":true,\"result\":{\"mess",
        "",
        "{\"ok\":true,\"result\":{\"id\":1}}",
        "{\"ok\":true}",
    ] {
        let kind = refused_with(Answer::text(200, body)).await;
        assert!(matches!(kind, SendErrorKind::Unknown(_)), "{body}: {kind:?}");
    }
}

/// A server that does one thing with every connection.
async fn server<F: Future<Output = ()> + Send + 'static>(serve: fn(TcpStream) -> F) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            serve(stream).await;
        }
    });
    (url, tasks)
}

async fn send_to(url: &str) -> SendError {
    let mut config = config(url);
    config.timing.call = Duration::from_millis(300);
    let sender = Telegram::new(config).unwrap().adapter().sender;
    sender
        .perform(&Operation::Send(send(text("a"))))
        .await
        .unwrap_err()
}

async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "the request comes whole");
        request.extend_from_slice(&piece[..read]);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_leaves_it_open() {
    let (closed, _tasks) = server(|mut stream| async move {
        read_request(&mut stream).await;
    })
    .await;
    let (half, _tasks_too) = server(|mut stream| async move {
        read_request(&mut stream).await;
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":true,";
        stream.write_all(answer).await.unwrap();
    })
    .await;
    let (silent, _tasks_three) = server(|mut stream| async move {
        read_request(&mut stream).await;
        // It says nothing until the other side gives up.
        drop(stream.read(&mut [0; 1]).await);
    })
    .await;
    for url in [closed, half, silent] {
        let error = send_to(&url).await;
        assert!(matches!(error.kind, SendErrorKind::Unknown(_)), "{error}");
        assert_eq!(error.retry(false), Retry::Never);
    }
}

#[tokio::test]
async fn a_connection_that_is_never_made_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (no_tls, _tasks) = server(|mut stream| async move {
        stream.write_all(b"I do not speak TLS\r\n\r\n").await.unwrap();
    })
    .await;
    for url in [
        closed,
        no_tls.replace("http:", "https:"),
        "http://no-such-host.invalid".to_owned(),
    ] {
        let error = send_to(&url).await;
        assert!(
            matches!(error.kind, SendErrorKind::Transient(_)),
            "{url}: {error}"
        );
        assert_eq!(error.retry(false), Retry::Soon);
    }
}

#[tokio::test]
async fn ids_of_another_network_are_not_found() {
    let fake = Fake::start().await;
    let message = MessageRef {
        chat: duologue_core::Chat {
            account: AccountId::new("1"),
            ..chat("7")
        },
        id: MessageId::new("snowflake"),
    };
    let error = perform(&fake, Operation::Delete { message, reply: None })
        .await
        .unwrap_err();
    assert!(matches!(error.kind, SendErrorKind::NotFound(_)), "{error}");
}
