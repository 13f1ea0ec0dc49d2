//! Webhooks: setting one, and the task that delivers to it. Targets are on loopback only, over plain HTTP.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::error::{ApiError, Outcome};
use super::methods::Call;
use super::state::Webhook;
use crate::world::Shared;

/// How long a delivery may take, in real time.
const DELIVERY: Duration = Duration::from_secs(60);
/// The pause after a failed delivery, on the sandbox's clock.
const RETRY: Duration = Duration::from_secs(1);

/// `setWebhook`.
pub(crate) fn set(call: &mut Call<'_>) -> Outcome {
    let url = call.text("url").unwrap_or_default().to_owned();
    if url.is_empty() {
        return delete(call);
    }
    if target(&url).is_none() {
        return Err(ApiError::bad(
            "bad webhook: the sandbox delivers to http://127.0.0.1 and http://localhost only",
        ));
    }
    let secret = call.text("secret_token").map(str::to_owned);
    let fits = |secret: &String| {
        let allowed = secret
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        (1..=256).contains(&secret.len()) && allowed
    };
    if secret.as_ref().is_some_and(|secret| !fits(secret)) {
        return Err(ApiError::bad("secret token contains unallowed characters"));
    }
    let max_connections = call.int("max_connections").unwrap_or(40);
    let drop_pending = call.flag("drop_pending_updates");
    let allowed = call.value("allowed_updates").and_then(Value::as_array).cloned();
    let bot = call
        .world
        .telegram
        .bots
        .get_mut(&call.bot)
        .ok_or_else(ApiError::unauthorized)?;
    if let Some(allowed) = allowed {
        bot.allowed = allowed
            .iter()
            .filter_map(|kind| kind.as_str().map(str::to_owned))
            .collect();
    }
    if drop_pending {
        bot.updates.clear();
    }
    bot.webhook = Some(Webhook {
        url,
        secret,
        max_connections,
        last_error: None,
    });
    bot.webhook_version += 1;
    bot.wake.notify_waiters();
    call.world.tell_status();
    Ok(Value::Bool(true))
}

/// `deleteWebhook`.
pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    let drop_pending = call.flag("drop_pending_updates");
    let bot = call
        .world
        .telegram
        .bots
        .get_mut(&call.bot)
        .ok_or_else(ApiError::unauthorized)?;
    bot.webhook = None;
    bot.webhook_version += 1;
    if drop_pending {
        bot.updates.clear();
    }
    bot.wake.notify_waiters();
    call.world.tell_status();
    Ok(Value::Bool(true))
}

/// `getWebhookInfo`.
pub(crate) fn info(call: &mut Call<'_>) -> Outcome {
    let bot = call
        .world
        .telegram
        .bots
        .get(&call.bot)
        .ok_or_else(ApiError::unauthorized)?;
    let hook = bot.webhook.clone().unwrap_or_default();
    let mut info = json!({ "url": hook.url, "has_custom_certificate": false,
                           "pending_update_count": bot.updates.len() });
    if !hook.url.is_empty() {
        info["max_connections"] = Value::from(hook.max_connections);
        info["ip_address"] = Value::from("127.0.0.1");
    }
    if let Some((at, message)) = hook.last_error {
        info["last_error_date"] = Value::from(at);
        info["last_error_message"] = Value::from(message);
    }
    if !bot.allowed.is_empty() {
        info["allowed_updates"] = json!(bot.allowed);
    }
    Ok(info)
}

/// Host with port, and path, of a webhook's address on this machine.
fn target(url: &str) -> Option<(String, String)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
    port.parse::<u16>().ok()?;
    matches!(name, "127.0.0.1" | "localhost" | "[::1]").then(|| (format!("{name}:{port}"), path.to_owned()))
}

/// Delivers a bot's updates, one at a time and in order, until the webhook changes.
pub(crate) fn start(shared: &Arc<Shared>, bot: i64) {
    let world = Arc::clone(shared);
    shared.tasks.spawn(async move { deliver_all(&world, bot).await });
}

async fn deliver_all(shared: &Shared, bot_id: i64) {
    let Some(version) = shared.read(|world| world.telegram.bots.get(&bot_id).map(|bot| bot.webhook_version))
    else {
        return;
    };
    loop {
        let Some(wake) =
            shared.read(|world| world.telegram.bots.get(&bot_id).map(|bot| Arc::clone(&bot.wake)))
        else {
            return;
        };
        let woken = wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        let next = shared.read(|world| {
            let bot = world.telegram.bots.get(&bot_id)?;
            let hook = bot.webhook.clone().filter(|_| bot.webhook_version == version)?;
            Some((hook, bot.updates.front().cloned()))
        });
        let Some((hook, update)) = next else { return };
        let Some(update) = update else {
            woken.await;
            continue;
        };
        let sent = tokio::time::timeout(DELIVERY, post(&hook, &update)).await;
        let failure = match sent {
            Ok(Ok(status)) if (200..300).contains(&status) => None,
            Ok(Ok(status)) => Some(format!("Wrong response from the webhook: {status}")),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("Read timeout expired".to_owned()),
        };
        settle(shared, bot_id, &update, failure.clone());
        if failure.is_some() {
            shared.clock.sleep(RETRY).await;
        }
    }
}

fn settle(shared: &Shared, bot: i64, update: &Value, failure: Option<String>) {
    shared.with(|world| {
        let now = world.now_s();
        let Some(bot) = world.telegram.bots.get_mut(&bot) else {
            return;
        };
        match failure {
            None if bot.updates.front() == Some(update) => {
                bot.updates.pop_front();
            }
            None => {}
            Some(why) => {
                if let Some(hook) = &mut bot.webhook {
                    hook.last_error = Some((now, why));
                }
            }
        }
    });
}

/// Posts one update and returns the status. One connection each: nothing here is worth a pool.
async fn post(hook: &Webhook, update: &Value) -> std::io::Result<u16> {
    let bad = |why: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, why.to_owned());
    let (host, path) = target(&hook.url).ok_or_else(|| bad("bad address"))?;
    let mut stream = TcpStream::connect(&host).await?;
    let body = update.to_string();
    let secret = hook.secret.as_ref();
    let secret = secret.map_or(String::new(), |s| {
        format!("X-Telegram-Bot-Api-Secret-Token: {s}\r\n")
    });
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{secret}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut answer = [0_u8; 12];
    stream.read_exact(&mut answer).await?;
    let status = std::str::from_utf8(&answer[9..12])
        .ok()
        .and_then(|status| status.parse().ok());
    status.ok_or_else(|| bad("not an HTTP answer"))
}
