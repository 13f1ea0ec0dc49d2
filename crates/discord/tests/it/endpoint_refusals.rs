//! What the endpoint refuses: strangers, old requests, too much, too slow; and what is wrong with a configuration.

use std::net::TcpListener;
use std::time::Duration;

use duologue_core::SourceError;
use duologue_discord::{Config, Delivery, EndpointConfig, EndpointError, Listen, PublicKey, SetupError};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::bot::{Bot, config};
use crate::fake::{Fake, member, slash_body, soon};
use crate::poster::{NOW, Poster, accepted, answer, online, pair, status_line};

const SOON: Duration = Duration::from_millis(80);

fn command() -> Value {
    slash_body(7, member("0"), "ping", json!([]), json!({}))
}

fn signed_by(request: RequestBuilder, signature: &str, timestamp: &str) -> RequestBuilder {
    request
        .header("X-Signature-Ed25519", signature)
        .header("X-Signature-Timestamp", timestamp)
}

#[tokio::test]
async fn a_ping_is_answered_with_a_pong() {
    let fake = Fake::start().await;
    let (poster, bot) = Poster::online(&fake).await;
    let ping = json!({ "id": "1", "application_id": "200", "type": 1, "token": "t", "version": 1 });
    // Discord looks again and again.
    for _ in 0..2 {
        let pong = poster.post(&ping).await;
        assert_eq!((pong.status, pong.body), (200, json!({ "type": 1 })));
    }
    assert_eq!(bot.waiting_events(), 0);
}

#[tokio::test]
async fn what_is_not_signed_by_discord_is_refused_before_it_is_read() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online(&fake).await;
    let body = command().to_string();
    let time = NOW.to_string();
    let good = poster.sign(&time, &body);
    let (stranger, _) = Poster::new(&fake, |_| {});
    let mut changed = command();
    changed["data"]["name"] = "ban".into();
    let unsigned = || poster.request(&body);
    let other_digit = if good.starts_with('0') { "1" } else { "0" };
    let flipped = format!("{other_digit}{}", &good[1..]);
    for (what, request) in [
        ("no headers", unsigned()),
        ("no signature", unsigned().header("X-Signature-Timestamp", &time)),
        ("no timestamp", unsigned().header("X-Signature-Ed25519", &good)),
        ("an empty signature", signed_by(unsigned(), "", &time)),
        (
            "no hexadecimal digits",
            signed_by(unsigned(), &"zz".repeat(64), &time),
        ),
        ("a short signature", signed_by(unsigned(), &good[2..], &time)),
        ("half a digit", signed_by(unsigned(), &good[1..], &time)),
        (
            "a long signature",
            signed_by(unsigned(), &format!("{good}00"), &time),
        ),
        (
            "two signatures",
            signed_by(unsigned(), &good, &time).header("X-Signature-Ed25519", &good),
        ),
        ("one bit changed", signed_by(unsigned(), &flipped, &time)),
        (
            "nothing but zeros",
            signed_by(unsigned(), &"00".repeat(64), &time),
        ),
        (
            "another key",
            signed_by(unsigned(), &stranger.sign(&time, &body), &time),
        ),
        (
            "another body",
            signed_by(poster.request(&changed.to_string()), &good, &time),
        ),
        ("no body", signed_by(poster.request(""), &good, &time)),
        (
            "another time",
            signed_by(unsigned(), &good, &(NOW + 1).to_string()),
        ),
        (
            "no time",
            signed_by(unsigned(), &poster.sign("now", &body), "now"),
        ),
        (
            "a body that is no json",
            signed_by(poster.request("{"), &good, &time),
        ),
    ] {
        assert_eq!(answer(request).await.status, 401, "{what}");
    }
    assert_eq!(bot.waiting_events(), 0);
    // And none of them was in the way of the right one.
    assert_eq!(answer(signed_by(unsigned(), &good, &time)).await, accepted());
    assert_eq!(bot.event().await.id.as_str(), "7");
}

#[tokio::test]
async fn what_was_signed_long_ago_or_in_the_future_is_refused() {
    let fake = Fake::start().await;
    let (poster, bot) = Poster::online(&fake).await;
    let request = || poster.signed_at(NOW, &command().to_string());
    for (clock, status) in [
        (NOW + 301, 401),
        (NOW - 301, 401),
        (NOW + 300, 202),
        (NOW - 300, 202),
    ] {
        poster.clock.set(clock);
        assert_eq!(answer(request()).await.status, status, "{clock}");
    }
    assert_eq!(bot.waiting_events(), 1);
}

#[tokio::test]
async fn what_is_signed_and_no_interaction_is_a_bad_request() {
    let fake = Fake::start().await;
    let (poster, bot) = Poster::online(&fake).await;
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"type":2}"#,
        r#"{"type":2,"id":"x"}"#,
        r#"{"type":2,"id":"0"}"#,
    ] {
        assert_eq!(answer(poster.signed_at(NOW, body)).await.status, 400, "{body}");
    }
    assert_eq!(bot.waiting_events(), 0);
}

#[tokio::test]
async fn only_post_at_its_path_is_answered() {
    let fake = Fake::start().await;
    let (poster, _bot) = Poster::online(&fake).await;
    let client = reqwest::Client::new();
    let url = |path: &str| format!("http://{}{path}", poster.address);
    assert_eq!(answer(client.get(url("/interactions"))).await.status, 405);
    assert_eq!(answer(client.put(url("/interactions"))).await.status, 405);
    assert_eq!(answer(client.post(url("/"))).await.status, 404);
    assert_eq!(answer(client.post(url("/interactions/7"))).await.status, 404);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let fake = Fake::start().await;
    let (poster, bot) = Poster::online(&fake).await;
    let largest = " ".repeat(1 << 20);
    // The largest is read, and only then found to be nothing.
    assert_eq!(answer(poster.signed_at(NOW, &largest)).await.status, 400);
    // A length that is announced is believed: nothing is read.
    let mut stream = poster.begin(&(largest + " ")).await;
    assert_eq!(status_line(&mut stream).await, "HTTP/1.1 413 Payload Too Large");
    // And one that is not is counted.
    let mut stream = TcpStream::connect(&poster.address).await.unwrap();
    let head = "POST /interactions HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b' '; (1 << 20) + 1]).await.unwrap();
    assert_eq!(status_line(&mut stream).await, "HTTP/1.1 413 Payload Too Large");
    assert_eq!(bot.waiting_events(), 0);
}

#[tokio::test]
async fn who_sends_too_slowly_is_not_waited_for() {
    let fake = Fake::start().await;
    let (poster, bot) = Poster::online_with(&fake, |endpoint| endpoint.timing.read = SOON, |_| {}).await;
    let mut stream = poster.begin(&command().to_string()).await;
    stream.write_all(b"{").await.unwrap();
    assert_eq!(status_line(&mut stream).await, "HTTP/1.1 408 Request Timeout");
    let mut stream = TcpStream::connect(&poster.address).await.unwrap();
    stream.write_all(b"POST /inter").await.unwrap();
    let line = status_line(&mut stream).await;
    assert!(line.is_empty() || line.contains("408"), "{line}");
    assert_eq!(bot.waiting_events(), 0);
}

#[tokio::test]
async fn connections_that_say_nothing_do_not_keep_discord_out_for_long() {
    let fake = Fake::start().await;
    let (poster, mut bot) =
        Poster::online_with(&fake, |endpoint| endpoint.timing.read = SOON * 20, |_| {}).await;
    let mut silent = Vec::new();
    // More than are served at once.
    for _ in 0..150 {
        silent.push(TcpStream::connect(&poster.address).await.unwrap());
    }
    assert_eq!(poster.post(&command()).await, accepted());
    assert_eq!(bot.event().await.id.as_str(), "7");
}

async fn failure(config: Config) -> SourceError {
    soon("the end", Bot::start(config, false).ended)
        .await
        .unwrap()
        .unwrap_err()
}

fn listening_at(fake: &Fake, listen: Listen) -> Config {
    let mut endpoint = EndpointConfig::new(pair().1);
    endpoint.listen = listen;
    let mut config = config(fake);
    config.delivery = Delivery::Endpoint(endpoint);
    config
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_with_what_to_do() {
    let fake = Fake::start().await;
    let other = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = other.local_addr().unwrap();
    let error = failure(listening_at(&fake, Listen::Address(address))).await;
    assert_eq!(
        error.sentence,
        format!(
            "The interactions endpoint cannot listen on {address}, another program does: stop that one, or choose \
             another port here and in the proxy before it"
        )
    );
    // Nothing was asked of Discord before.
    assert_eq!(fake.calls().len(), 0);
}

#[tokio::test]
async fn an_address_of_another_machine_is_told() {
    let fake = Fake::start().await;
    // TEST-NET-1 (RFC 5737) is no machine's.
    let address = "192.0.2.1:8081".parse().unwrap();
    let error = failure(listening_at(&fake, Listen::Address(address))).await;
    assert!(
        error.sentence.contains("choose an address of this machine"),
        "{}",
        error.sentence
    );
}

#[tokio::test]
async fn the_endpoint_listens_at_an_address_of_its_own() {
    let fake = Fake::start().await;
    let mut bot = Bot::start(
        listening_at(&fake, Listen::Address(([127, 0, 0, 1], 0).into())),
        false,
    );
    online(&mut bot).await;
    bot.stop.cancel();
    soon("the end", bot.ended).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_key_of_another_application_is_found_at_the_start() {
    let fake = Fake::start().await;
    let (_, real) = pair();
    fake.script(
        "GET",
        "/applications/@me",
        200,
        json!({ "id": "200", "verify_key": real.to_string(), "interactions_endpoint_url": null }),
    );
    let (_, config) = Poster::new(&fake, |_| {});
    let error = failure(config).await;
    assert!(
        error
            .sentence
            .starts_with("The public key is not the one of this bot's application")
            && error.sentence.contains(&real.to_string()),
        "{}",
        error.sentence
    );
}

#[tokio::test]
async fn the_right_key_and_a_portal_that_does_not_answer_are_no_errors() {
    let fake = Fake::start().await;
    let (poster, config) = Poster::new(&fake, |_| {});
    let Delivery::Endpoint(endpoint) = &config.delivery else {
        panic!("it is an endpoint")
    };
    let application = json!({ "id": "200", "verify_key": endpoint.public_key.to_string(),
        "interactions_endpoint_url": "https://bot.example.com/interactions" });
    fake.script("GET", "/applications/@me", 200, application);
    fake.script("GET", "/applications/@me", 500, json!("down"));
    for id in 1..3 {
        let mut bot = Bot::online_with(config.clone()).await;
        fake.nth_call("GET", "/applications/@me", id - 1).await;
        let mut body = command();
        body["id"] = id.to_string().into();
        assert_eq!(poster.post(&body).await, accepted());
        bot.event().await;
        bot.stop.cancel();
        soon("the end", bot.ended).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_an_endpoint_can_never_bring_is_refused_at_once() {
    let fake = Fake::start().await;
    let refused = |change: fn(&mut Config)| {
        let (_, mut config) = Poster::new(&fake, |_| {});
        change(&mut config);
        match duologue_discord::adapter(config) {
            Err(SetupError::Endpoint(error)) => Some(error),
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        }
    };
    assert!(refused(|_| {}).is_none());
    let members = refused(|config| config.members = true).unwrap();
    assert!(
        members
            .to_string()
            .contains("use the gateway beside the endpoint"),
        "{members}"
    );
    let path = refused(|config| {
        if let Delivery::Endpoint(endpoint) = &mut config.delivery {
            endpoint.path = "https://bot.example.com/interactions".to_owned();
        }
    });
    assert!(matches!(path, Some(EndpointError::Path(_))));
    let beside = refused(|config| {
        config.members = true;
        if let Delivery::Endpoint(endpoint) = &mut config.delivery {
            endpoint.gateway = true;
        }
    });
    assert!(beside.is_none());
}

#[test]
fn the_defaults_are_a_port_on_this_machine_alone() {
    let config = EndpointConfig::new(PublicKey::new([0; 32]));
    let Listen::Address(address) = config.listen else {
        panic!("it is an address")
    };
    assert!(address.ip().is_loopback());
    assert_eq!((config.path.as_str(), config.gateway), ("/interactions", false));
}
