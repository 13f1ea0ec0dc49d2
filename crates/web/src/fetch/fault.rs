//! What the HTTP client's errors mean: the cause deep in their chain decides. Pure functions.

use std::error::Error;
use std::io;

use url::Url;

use crate::error::{FetchError, FetchErrorKind, TimeOut};
use crate::guard::Refusal;
use crate::resolve::ResolveError;

/// The error of a request that got no answer.
pub(crate) fn fetch_error(url: &Url, error: reqwest::Error) -> FetchError {
    // The address has a query, and a secret perhaps.
    let error = error.without_url();
    let fetch_error = FetchError::new(Some(url), kind(&error));
    match fetch_error.kind {
        // The cause says nothing more, but would name the address inside.
        FetchErrorKind::Refused(_) => fetch_error,
        _ => fetch_error.with_source(error),
    }
}

fn kind(error: &reqwest::Error) -> FetchErrorKind {
    if let Some(refusal) = find::<Refusal>(error) {
        return FetchErrorKind::Refused(*refusal);
    }
    match find::<ResolveError>(error) {
        Some(ResolveError::NotFound) => return FetchErrorKind::NameNotFound,
        Some(ResolveError::Failed(_)) => return FetchErrorKind::NameUnresolved,
        None => {}
    }
    if error.is_connect() {
        return match error {
            error if error.is_timeout() => FetchErrorKind::TimedOut(TimeOut::Connect),
            error if find::<rustls::Error>(error).is_some() => FetchErrorKind::Tls,
            _ => FetchErrorKind::Unreachable,
        };
    }
    match find::<hyper::Error>(error) {
        Some(error) if is_head_too_large(error) => FetchErrorKind::HeadTooLarge,
        Some(error) if error.is_parse() => FetchErrorKind::NotHttp,
        _ => FetchErrorKind::Broken,
    }
}

/// hyper tells this from other faults of a head in its words alone, as long as its server half is not built. The
/// tests over real sockets see to it that the words stay.
fn is_head_too_large(error: &hyper::Error) -> bool {
    error.is_parse() && error.to_string().contains("too large")
}

/// The first error of a type in a chain. An [`io::Error`] leaves out of its chain what it was made of.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] io::Error);

    #[test]
    fn a_cause_is_found_through_every_wrapping() {
        let error = Outer(io::Error::other(io::Error::other(Refusal::Scheme)));
        assert_eq!(find::<Refusal>(&error), Some(&Refusal::Scheme));
        let error = Outer(io::Error::other(Outer(io::Error::other(Refusal::Scheme))));
        assert_eq!(find::<Refusal>(&error), Some(&Refusal::Scheme));
        assert!(find::<hyper::Error>(&error).is_none());
    }
}
