//! The words about what did not come from the web. Pure functions.

use std::time::Duration;

use duologue::words::bytes;
use duologue_web::{FetchError, FetchErrorKind, Refusal, Retry, TimeOut, Url};

/// Why a file is not there.
pub(crate) const NO_ROOM: &str = "there is no room for it";
pub(crate) const NOT_UNDERSTOOD: &str = "it arrived, and could not be looked into";

/// What of an address is said: host and path, cut in the middle of a long one.
pub(crate) fn address(url: &Url) -> String {
    const LONGEST: usize = 60;
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path().trim_end_matches('/');
    let whole = format!("{host}{port}{path}");
    let characters = whole.chars().count();
    if characters <= LONGEST {
        return whole;
    }
    let head: String = whole.chars().take(LONGEST / 2).collect();
    let tail: String = whole.chars().skip(characters - LONGEST / 2).collect();
    format!("{head}…{tail}")
}

/// Why something was not fetched.
pub(crate) fn not_fetched(error: &FetchError) -> String {
    use FetchErrorKind as Kind;
    let why = match &error.kind {
        Kind::Unreadable => "that is no address".to_owned(),
        Kind::Refused(refusal) => refused(refusal),
        Kind::NameNotFound => "there is no such host".to_owned(),
        Kind::NameUnresolved => "the name could not be looked up".to_owned(),
        Kind::Unreachable => "the host does not answer".to_owned(),
        Kind::Tls => "no secure connection came about".to_owned(),
        Kind::TimedOut(TimeOut::Place) => "the host was too busy with others of mine".to_owned(),
        Kind::TimedOut(TimeOut::Total) => "it took too long".to_owned(),
        Kind::TimedOut(_) => "the host did not answer in time".to_owned(),
        Kind::TooSlow { .. } => "it came in too slowly".to_owned(),
        Kind::TooLarge { limit, .. } => format!("it is larger than {}", bytes(*limit)),
        Kind::HeadTooLarge => "the host says too much before it comes to the point".to_owned(),
        Kind::TooManyRedirects(_) => "the host sends me from one address to the next".to_owned(),
        Kind::Redirect => "the host sends me to something that is no address".to_owned(),
        Kind::Status { status, .. } => match status.as_u16() {
            number @ (401 | 403) => format!("the host keeps it to itself ({number})"),
            number @ (404 | 410) => format!("there is nothing at this address ({number})"),
            429 => "the host asks me to come back later (429)".to_owned(),
            number @ 500..=599 => format!("the host has a problem ({number})"),
            number => format!("the host answered with {number}"),
        },
        Kind::Coding | Kind::Garbled => "what came cannot be unpacked".to_owned(),
        Kind::Broken => "the connection broke".to_owned(),
        Kind::NotHttp => "what answers there is no web server".to_owned(),
        _ => "it did not work".to_owned(),
    };
    match error.retry() {
        Retry::After(pause) if pause > Duration::from_secs(1) => format!("{why}, in {} s", pause.as_secs()),
        _ => why,
    }
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Scheme => "I fetch http and https alone".to_owned(),
        Refusal::Credentials => "I use no names and passwords in addresses".to_owned(),
        Refusal::Port(port) => format!("I do not go to port {port}"),
        Refusal::Address { range, .. } => format!("it leads to {range}, where I do not go"),
        Refusal::Downgrade => "it leads from a secure address to an insecure one".to_owned(),
        _ => "I do not go there".to_owned(),
    }
}
