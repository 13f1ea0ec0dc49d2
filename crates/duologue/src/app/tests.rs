//! That no token is told to anybody, whatever the servers answer; and that settings and adapters mean the same.

use std::io;
use std::time::Duration;

use duologue_core::Secret;
use duologue_core::tasks::Tracker;
use duologue_discord::{EndpointConfig, Listen};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::util::SubscriberInitExt;

use super::App;
use crate::config::{
    Config, DiscordSettings, Durability, EndpointSettings, LogFormat, LogSettings, TelegramSettings,
    WebhookSettings,
};
use crate::log::subscriber;
use crate::log::testing::Lines;

const TELEGRAM: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALcanary";
const DISCORD: &str = "MTEwMjAxNTQzMTEwMjAxNTQz.GabcDe.canaryCANARYcanaryCANARYcanary";

/// What a server does with a request.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// It sends the request back, with a status.
    Echo(&'static str),
    /// It says something that is no HTTP, and the request.
    Garbage,
    /// It hangs up.
    Nothing,
}

async fn serve(listener: TcpListener, answer: Answer) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = reply(stream, answer).await;
    }
}

async fn reply(mut stream: TcpStream, answer: Answer) -> io::Result<()> {
    let mut request = vec![0; 16 * 1024];
    let length = stream.read(&mut request).await?;
    let request = String::from_utf8_lossy(&request[..length]).replace(['\r', '\n', '"'], " ");
    let text = match answer {
        Answer::Echo(status) => {
            let body = format!(
                r#"{{"ok":false,"error_code":0,"code":0,"description":"{request}","message":"{request}"}}"#
            );
            format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\
                 \r\n{body}",
                body.len()
            )
        }
        Answer::Garbage => format!("{request}\r\n\r\n"),
        Answer::Nothing => return Ok(()),
    };
    stream.write_all(text.as_bytes()).await
}

#[tokio::test]
async fn no_token_is_told_whatever_the_servers_answer() {
    for answer in [
        Answer::Echo("200 OK"),
        Answer::Echo("401 Unauthorized"),
        Answer::Echo("404 Not Found"),
        Answer::Echo("500 Internal Server Error"),
        Answer::Garbage,
        Answer::Nothing,
    ] {
        let lines = Lines::default();
        let writer = lines.clone();
        let settings = LogSettings {
            filter: Some("trace".to_owned()),
            format: LogFormat::Text,
        };
        let _guard = subscriber(&settings, &[], move || writer.clone()).set_default();

        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let servers = Tracker::new(CancellationToken::new());
        servers.spawn("server", serve(listener, answer));
        let config = Config {
            telegram: Some(TelegramSettings {
                api_url: Some(address.clone()),
                ..TelegramSettings::new(Secret::new(TELEGRAM))
            }),
            discord: Some(DiscordSettings {
                api_url: Some(address),
                ..DiscordSettings::new(Secret::new(DISCORD))
            }),
            durability: Durability::None,
            ..Config::default()
        };
        let bot = App::new(config).start().await.unwrap();
        let handle = bot.handle();
        let ended = bot
            .run_until(tokio::time::sleep(Duration::from_millis(700)))
            .await;

        let told = format!("{ended:?} {:?}", handle.health());
        assert!(!told.to_lowercase().contains("canary"), "{answer:?}: {told}");
        let lines = lines.text();
        assert!(
            lines.contains("telegram") && lines.contains("discord"),
            "{answer:?}: {lines}"
        );
        assert!(!lines.to_lowercase().contains("canary"), "{answer:?}: {lines}");
        servers.finish(tokio::time::Instant::now()).await;
    }
}

#[test]
fn the_defaults_are_those_of_the_adapters() {
    let webhook = WebhookSettings::new("https://bot.example/x", Secret::new("s"));
    let theirs = duologue_telegram::Webhook::new("https://bot.example/x", Secret::new("s"));
    assert_eq!(
        (webhook.listen, webhook.path, webhook.max_connections),
        (theirs.listen, theirs.path, theirs.max_connections)
    );
    let endpoint = EndpointSettings::new("0".repeat(64));
    let theirs = EndpointConfig::new(endpoint.public_key.parse().unwrap());
    assert!(matches!(theirs.listen, Listen::Address(address) if address == endpoint.listen));
    assert_eq!((endpoint.path, endpoint.gateway), (theirs.path, theirs.gateway));
}
