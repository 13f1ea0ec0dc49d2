//! An endpoint for interactions: they are posted there, signed, instead of going over the gateway. Owns no state.
//!
//! 202 says that the answer comes by a callback. An answer in the response's body is not understood here, and is named
//! in the log. Targets are on loopback only, over plain HTTP.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::uri::Uri;
// All of it: the trait that gives the public key has a name that the speller takes for a mistake.
use ring::signature::*;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::error::ActError;
use crate::world::{Shared, World};

/// How many interactions may wait to be posted; what is over it is lost, as at an endpoint that does not answer.
const WAITING: usize = 256;

/// How long an endpoint may take: Discord forgets an interaction after this.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a bot's interactions go.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    posts: mpsc::Sender<String>,
}

/// An application's key pair, which follows from its id: it protects nothing here.
fn pair(bot: i64) -> Option<Ed25519KeyPair> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&bot.to_be_bytes());
    Ed25519KeyPair::from_seed_unchecked(&seed).ok()
}

/// An application's public key, in hexadecimal digits.
pub(crate) fn public_key(bot: i64) -> String {
    pair(bot).map_or_else(String::new, |pair| hex(pair.public_key().as_ref()))
}

/// The two headers that show that a body is from here.
pub(crate) fn signature(bot: i64, body: &str, now: SystemTime) -> [(&'static str, String); 2] {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let signed = format!("{seconds}{body}");
    let signature = pair(bot).map_or_else(String::new, |pair| hex(pair.sign(signed.as_bytes()).as_ref()));
    [
        ("X-Signature-Ed25519", signature),
        ("X-Signature-Timestamp", seconds.to_string()),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sets where a bot's interactions are posted, once the endpoint there answered a PING and refused one that is not
/// signed: what Discord's developer portal asks before it keeps the address.
pub(crate) async fn set(shared: &Arc<Shared>, bot: i64, url: &str) -> Result<(), ActError> {
    let unfit = |why: String| ActError::BadEndpoint(why);
    let ping = json!({ "id": "1", "application_id": bot.to_string(), "type": 1, "version": 1 }).to_string();
    let signed = signature(bot, &ping, SystemTime::now());
    let pong = post(url, &signed, &ping)
        .await
        .map_err(|error| unfit(error.to_string()))?;
    if pong.0 != 200 || pong.1["type"] != 1 {
        return Err(unfit(format!("a PING was answered with {} {}", pong.0, pong.1)));
    }
    let refused = post(url, &signature(bot, "another body", SystemTime::now()), &ping).await;
    if !matches!(refused, Ok((401, _))) {
        return Err(unfit("a wrong signature was not refused with 401".to_owned()));
    }
    let (posts, waiting) = mpsc::channel(WAITING);
    shared.with(|world| {
        let account = world
            .discord
            .bots
            .get_mut(&bot)
            .ok_or_else(|| ActError::NoBot(bot.to_string()))?;
        account.endpoint = Some(Endpoint {
            url: url.to_owned(),
            posts,
        });
        Ok(())
    })?;
    shared.tasks.spawn(post_all(bot, url.to_owned(), waiting));
    Ok(())
}

/// Whether an interaction of a bot goes to an endpoint; it is then on its way.
pub(crate) fn take(world: &World, bot: i64, interaction: &Value) -> bool {
    let account = world.discord.bots.get(&bot);
    let Some(endpoint) = account.and_then(|account| account.endpoint.as_ref()) else {
        return false;
    };
    if endpoint.posts.try_send(interaction.to_string()).is_err() {
        tracing::warn!("an interaction was lost: the endpoint does not keep up");
    }
    true
}

/// Posts in order, until another address is set.
async fn post_all(bot: i64, url: String, mut waiting: mpsc::Receiver<String>) {
    while let Some(body) = waiting.recv().await {
        let headers = signature(bot, &body, SystemTime::now());
        match post(&url, &headers, &body).await {
            Ok((202, _)) => {}
            Ok((status, answer)) => {
                tracing::warn!(status, %answer, "an endpoint did not take an interaction");
            }
            Err(error) => tracing::warn!(%error, "an endpoint was not reached"),
        }
    }
}

/// Posts a body and gives the status and the JSON that came back. One connection each.
async fn post(url: &str, headers: &[(&str, String)], body: &str) -> std::io::Result<(u16, Value)> {
    let bad = |why: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, why.to_owned());
    let uri: Uri = url.parse().map_err(|_| bad("bad address"))?;
    let (host, port) = (uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(80));
    if uri.scheme_str() != Some("http") || !matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
        return Err(bad(
            "the sandbox posts to http://127.0.0.1 and http://localhost only",
        ));
    }
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\
         Connection: close\r\n\r\n",
        uri.path(),
        body.len()
    );
    let exchange = async {
        let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let status = answer.get(9..12).and_then(|status| status.parse().ok());
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let json = serde_json::from_str(body).unwrap_or_default();
        Ok((status.ok_or_else(|| bad("not an HTTP answer"))?, json))
    };
    let late = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
    tokio::time::timeout(PATIENCE, exchange).await.map_err(late)?
}
