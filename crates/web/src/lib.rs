//! The web, as a chat needs it: addresses that anybody types are fetched without being led inside or kept waiting, and
//! what arrives is read.
//!
//! - [`Fetcher`] gets an address through a [`Guard`], under [`Limits`], and gives a [`Response`] in pieces.
//! - [`Robots`] says whether a host lets the bot read an address.
//! - [`sniff`] tells what the bytes are: media type, charset, a safe name for the file.
//! - [`readable`] makes text of pages, in pure functions that a worker process can run.

#![warn(missing_docs)]

mod address;
mod body;
mod config;
mod error;
mod fetch;
mod guard;
pub mod readable;
mod request;
mod resolve;
mod response;
mod robots;
pub mod sniff;

pub use reqwest::StatusCode;
pub use url::Url;

pub use self::address::{ADDRESS_BYTES, Origin, OriginError, address};
pub use self::config::{
    AT_ONCE, CONNECT, DECODED_BYTES, FIRST_BYTE, FetchConfig, GRACE, HEAD_BYTES, HEADERS, LOWEST_RATE,
    Limits, PER_HOST, REDIRECTS, TOTAL, WIRE_BYTES,
};
pub use self::error::{FetchError, FetchErrorKind, Part, Retry, SetupError, TimeOut};
pub use self::fetch::Fetcher;
pub use self::guard::{Guard, PORTS, Policy, Range, Reach, Refusal, not_public};
pub use self::request::Request;
pub use self::resolve::{LOOKUPS, ResolveError, Resolver, Resolving, SystemResolver};
pub use self::response::{Head, Prefix, Response};
pub use self::robots::{
    Basis, LONGEST_CRAWL_DELAY, Permission, ROBOTS_BYTES, ROBOTS_ENTRIES, ROBOTS_KEPT_BYTES, ROBOTS_LIFETIME,
    ROBOTS_PAUSE, Robots, RobotsConfig,
};
