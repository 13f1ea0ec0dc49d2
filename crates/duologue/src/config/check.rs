//! The checks of single values. Pure functions; none of them repeats a token.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use duologue_core::Secret;
use tracing_subscriber::EnvFilter;

use super::problem::Problems;
use super::variables::{DISCORD, TELEGRAM};
use crate::log::shape;
use crate::words;

/// A token for Telegram. Servers that are not Telegram's own may have tokens of another shape.
pub(crate) fn telegram_token(token: &str, own_server: bool, problems: &mut Problems) -> Option<Secret> {
    if (own_server && harmless(token)) || shape::telegram(token) {
        return Some(Secret::new(token));
    }
    problems.add(TELEGRAM.token, words::bad_telegram_token());
    None
}

/// A token for Discord. Servers that are not Discord's own may have tokens of another shape.
pub(crate) fn discord_token(token: &str, own_server: bool, problems: &mut Problems) -> Option<Secret> {
    let trouble = if token.starts_with("Bot ") {
        words::token_with_bot()
    } else if (own_server && harmless(token)) || shape::discord(token) {
        return Some(Secret::new(token));
    } else {
        words::bad_discord_token()
    };
    problems.add(DISCORD.token, trouble);
    None
}

/// Whether a token can stand in a path and in a header.
fn harmless(token: &str) -> bool {
    token
        .chars()
        .all(|c| c.is_ascii_graphic() && !matches!(c, '/' | '?' | '#' | '%' | '\\'))
}

/// A size such as `512 MiB`, in bytes.
pub(crate) fn size(key: &str, text: &str, problems: &mut Problems) -> Option<u64> {
    const UNITS: [(&str, u64); 7] = [
        ("B", 1),
        ("kB", 1000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ];
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = text[end..].trim();
    let factor = UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))
        .map(|(_, factor)| factor);
    let bytes = text[..end].parse::<u64>().ok().zip(factor);
    let bytes = bytes
        .and_then(|(number, factor)| number.checked_mul(*factor))
        .filter(|bytes| *bytes > 0);
    if bytes.is_none() {
        problems.add(key, words::bad_size());
    }
    bytes
}

/// The guild's id.
pub(crate) fn guild(key: &str, id: &str, problems: &mut Problems) -> Option<u64> {
    match id.parse() {
        Ok(id) if id > 0 => Some(id),
        _ => {
            problems.add(key, words::bad_guild());
            None
        }
    }
}

/// A filter of the log.
pub(crate) fn filter(key: &str, filter: &str, problems: &mut Problems) -> Option<String> {
    if EnvFilter::try_new(filter).is_ok() {
        return Some(filter.to_owned());
    }
    problems.add(key, words::bad_filter());
    None
}

/// The address of a server, without a slash at its end.
pub(crate) fn url(
    key: &str,
    url: &str,
    added: &str,
    plain_http: bool,
    problems: &mut Problems,
) -> Option<String> {
    match checked_url(url, added, plain_http) {
        Ok(url) => Some(url),
        Err(trouble) => {
            problems.add(key, trouble);
            None
        }
    }
}

fn checked_url(url: &str, added: &str, plain_http: bool) -> Result<String, words::Trouble> {
    let url = Url::read(url)?;
    let path = url.path.trim_end_matches('/');
    let last = path.rfind(added).map(|at| &path[at + added.len()..]);
    if last.is_some_and(|behind| added == "/bot" || behind.is_empty() || behind.starts_with("/v")) {
        return Err(words::url_with_path(added));
    }
    if !url.secure && !plain_http && !loopback(url.host) {
        return Err(words::url_without_tls());
    }
    let scheme = if url.secure { "https" } else { "http" };
    Ok(format!("{scheme}://{}{path}", url.authority))
}

/// The ports that Telegram calls
/// ([`setWebhook`](https://core.telegram.org/bots/api#setwebhook)).
const WEBHOOK_PORTS: [u16; 4] = [443, 80, 88, 8443];

/// The address that Telegram calls.
pub(crate) fn webhook_url(key: &str, url: &str, problems: &mut Problems) -> Option<String> {
    let checked = Url::read(url).and_then(|address| {
        let port = address.port.unwrap_or(443);
        if !address.path.is_empty() && !is_path(address.path) {
            Err(words::bad_path())
        } else if loopback(address.host) {
            // A server of one's own on this machine calls anything here.
            Ok(())
        } else if !address.secure {
            Err(words::webhook_without_tls())
        } else if !WEBHOOK_PORTS.contains(&port) {
            Err(words::webhook_with_port())
        } else {
            Ok(())
        }
    });
    match checked {
        Ok(()) => Some(url.to_owned()),
        Err(trouble) => {
            problems.add(key, trouble);
            None
        }
    }
}

/// What Telegram shows with each update: "1-256 characters. Only characters A-Z, a-z, 0-9, _ and - are allowed"
/// ([`setWebhook`](https://core.telegram.org/bots/api#setwebhook)).
pub(crate) fn webhook_secret(key: &str, secret: &str, problems: &mut Problems) -> Option<Secret> {
    let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    if (1..=256).contains(&secret.len()) && secret.bytes().all(fits) {
        return Some(Secret::new(secret));
    }
    problems.add(key, words::bad_webhook_secret());
    None
}

/// An application's public key, in hexadecimal digits.
pub(crate) fn public_key(key: &str, digits: &str, problems: &mut Problems) -> Option<String> {
    if digits.len() == 64 && digits.bytes().all(|c| c.is_ascii_hexdigit()) {
        return Some(digits.to_ascii_lowercase());
    }
    problems.add(key, words::bad_public_key());
    None
}

/// A path that is served.
pub(crate) fn path(key: &str, path: &str, problems: &mut Problems) -> Option<String> {
    if is_path(path) {
        return Some(path.to_owned());
    }
    problems.add(key, words::bad_path());
    None
}

fn is_path(path: &str) -> bool {
    let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'/' | b'-' | b'.' | b'_' | b'~');
    path.starts_with('/') && path.bytes().all(fits)
}

/// A web address in its parts, with nothing behind its path.
struct Url<'a> {
    secure: bool,
    authority: &'a str,
    host: &'a str,
    port: Option<u16>,
    path: &'a str,
}

impl<'a> Url<'a> {
    fn read(url: &'a str) -> Result<Self, words::Trouble> {
        let (secure, rest) = if let Some(rest) = url.strip_prefix("https://") {
            (true, rest)
        } else if let Some(rest) = url.strip_prefix("http://") {
            (false, rest)
        } else {
            return Err(words::url_without_scheme());
        };
        if rest.contains(['?', '#']) {
            return Err(words::url_with_query());
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(words::url_with_login());
        }
        let (host, port) = host(authority).ok_or_else(words::url_without_host)?;
        if !path.chars().all(|c| c.is_ascii_graphic()) {
            return Err(words::url_without_host());
        }
        Ok(Self {
            secure,
            authority,
            host,
            port,
            path,
        })
    }
}

/// The host and the port of `host`, `host:port` or `[v6]:port`.
fn host(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, behind) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        (host, behind)
    } else {
        authority.split_at(authority.find(':').unwrap_or(authority.len()))
    };
    let port = match port.strip_prefix(':') {
        Some(port) => Some(port.parse().ok().filter(|port| *port > 0)?),
        None if port.is_empty() => None,
        None => return None,
    };
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    (!host.is_empty() && host.chars().all(letters)).then_some((host, port))
}

fn loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
        || host.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback())
}

/// An address to listen at; `example` is for who wrote none.
pub(crate) fn address(key: &str, text: &str, example: &str, problems: &mut Problems) -> Option<SocketAddr> {
    let address = text.trim().parse().ok();
    if address.is_none() {
        problems.add(key, words::bad_address(example));
    }
    address
}
