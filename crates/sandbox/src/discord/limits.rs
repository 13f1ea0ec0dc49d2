//! Discord's rate limits: a window per route and resource, and 50 calls a second in all. Owns one bot's windows.
//!
//! Discord publishes no numbers for its routes; these are what its headers usually say.

use std::collections::BTreeMap;

use serde_json::json;

use super::error::ApiError;
use crate::bucket::Window;
use crate::world::World;

/// Calls a second of one bot to all routes together; interactions do not count.
const GLOBAL: u32 = 50;
/// Windows remembered per bot. Past it they begin anew.
const WINDOWS: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Limits {
    global: Window,
    routes: BTreeMap<String, Window>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            global: Window::new(GLOBAL, 1000),
            routes: BTreeMap::new(),
        }
    }
}

/// Calls and milliseconds of a route's window.
fn window(route: &str) -> Window {
    match route {
        _ if route.contains("/reactions/") => Window::new(4, 1000),
        "POST /channels/{channel_id}/messages" | "PATCH /channels/{channel_id}/messages/{message_id}" => {
            Window::new(5, 5000)
        }
        _ if route.contains("/webhooks/") => Window::new(5, 2000),
        _ if route.contains("/commands") => Window::new(20, 5000),
        _ if route.contains("/interactions/") => Window::new(10, 1000),
        _ => Window::new(20, 1000),
    }
}

/// Counts a call. Returns the headers; too many are refused with 429.
pub(crate) fn count(
    world: &mut World,
    bot: i64,
    route: &str,
    major: &str,
) -> Result<Vec<(&'static str, String)>, ApiError> {
    if !world.config.rate_limits {
        return Ok(Vec::new());
    }
    let now = world.now_ms;
    let Some(limits) = world.discord.bots.get_mut(&bot).map(|bot| &mut bot.limits) else {
        return Ok(Vec::new());
    };
    let exempt = route.contains("/interactions/") || route.contains("/webhooks/");
    if !exempt && let Err(wait) = limits.global.take(now) {
        return Err(too_many(wait, true, Vec::new()));
    }
    if limits.routes.len() > WINDOWS {
        limits.routes.clear();
    }
    let key = format!("{route}:{major}");
    let slot = limits.routes.entry(key).or_insert_with(|| window(route));
    let taken = slot.take(now);
    let headers = headers(slot, route, now);
    match taken {
        Ok(()) => Ok(headers),
        Err(wait) => Err(too_many(wait, false, headers)),
    }
}

/// Milliseconds as seconds with three places.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

fn headers(window: &Window, route: &str, now: u64) -> Vec<(&'static str, String)> {
    let hash = route.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    vec![
        ("x-ratelimit-limit", window.limit.to_string()),
        ("x-ratelimit-remaining", window.remaining().to_string()),
        ("x-ratelimit-reset", seconds(window.ends_ms)),
        (
            "x-ratelimit-reset-after",
            seconds(window.ends_ms.saturating_sub(now)),
        ),
        ("x-ratelimit-bucket", format!("{hash:016x}{hash:016x}")),
    ]
}

/// The 429 answer.
pub(crate) fn too_many(wait_ms: u64, global: bool, mut headers: Vec<(&'static str, String)>) -> ApiError {
    let wait: f64 = seconds(wait_ms).parse().unwrap_or(1.0);
    headers.push(("retry-after", (wait_ms.div_ceil(1000)).to_string()));
    headers.push((
        "x-ratelimit-scope",
        if global { "global" } else { "user" }.to_owned(),
    ));
    if global {
        headers.push(("x-ratelimit-global", "true".to_owned()));
    }
    let body = json!({ "message": "You are being rate limited.", "retry_after": wait, "global": global });
    ApiError {
        status: 429,
        body,
        headers,
    }
}
