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
    let rest = rest.trim_end_matches('/');
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(words::url_with_login());
    }
    let host = host(authority).ok_or_else(words::url_without_host)?;
    if !path.chars().all(|c| c.is_ascii_graphic()) {
        return Err(words::url_without_host());
    }
    let last = path.rfind(added).map(|at| &path[at + added.len()..]);
    if last.is_some_and(|behind| added == "/bot" || behind.is_empty() || behind.starts_with("/v")) {
        return Err(words::url_with_path(added));
    }
    if !secure && !plain_http && !loopback(host) {
        return Err(words::url_without_tls());
    }
    Ok(format!("{}://{rest}", if secure { "https" } else { "http" }))
}

/// The host of `host`, `host:port` or `[v6]:port`.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, behind) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        (host, behind)
    } else {
        authority.split_at(authority.find(':').unwrap_or(authority.len()))
    };
    let port_fits = match port.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    (port_fits && !host.is_empty() && host.chars().all(letters)).then_some(host)
}

fn loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
        || host.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback())
}

/// An address to listen at.
pub(crate) fn address(key: &str, text: &str, problems: &mut Problems) -> Option<SocketAddr> {
    let address = text.trim().parse().ok();
    if address.is_none() {
        problems.add(key, words::bad_address());
    }
    address
}
