//! Names to addresses: the resolver as a trait, and the machine's own. Owns the number of look-ups at once.

use std::future::Future;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task;

/// The most look-ups that the machine's own resolver does at once. One that hangs keeps its thread until the
/// machine gives up, which can be long after the fetch did; the next ones wait then, and no thread is added.
pub const LOOKUPS: usize = 16;

/// The addresses of a name, on their way.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, ResolveError>> + Send + 'a>>;

/// Who turns the name of a host into addresses. It is asked once for each connection; what it says is checked and
/// connected to, and nothing asks again in between.
pub trait Resolver: Send + Sync + 'static {
    /// All addresses of a host, the best first.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

impl<R: Resolver + ?Sized> Resolver for Arc<R> {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        (**self).resolve(host)
    }
}

/// Why a name has no addresses.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// Nobody has this name, or it has no addresses.
    #[error("the name has no addresses")]
    NotFound,
    /// It could not be found out.
    #[error("the name could not be looked up")]
    Failed(#[source] io::Error),
}

/// The machine's own resolver (`getaddrinfo`), with its hosts file and its search domains.
pub struct SystemResolver {
    lookups: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self {
            lookups: Arc::new(Semaphore::new(LOOKUPS)),
        }
    }
}

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let place = Arc::clone(&self.lookups).acquire_owned().await;
            let host = host.to_owned();
            let lookup = move || {
                // Given back when the look-up has ended, not when nobody waits for it any more.
                let _place = place;
                (host.as_str(), 0)
                    .to_socket_addrs()
                    .map(|found| found.map(|address| address.ip()).collect::<Vec<_>>())
            };
            let found = task::spawn_blocking(lookup)
                .await
                .map_err(io::Error::other)
                .flatten();
            match found {
                Ok(found) if found.is_empty() => Err(ResolveError::NotFound),
                Ok(found) => Ok(found),
                Err(error) if is_not_found(&error) => Err(ResolveError::NotFound),
                Err(error) => Err(ResolveError::Failed(error)),
            }
        })
    }
}

/// Whether the machine says that there is no such name. The standard library keeps only the C library's words.
fn is_not_found(error: &io::Error) -> bool {
    // glibc, musl, and the BSDs.
    const WORDS: [&str; 4] = [
        "name or service not known",
        "no address associated",
        "name does not resolve",
        "nodename nor servname",
    ];
    let words = error.to_string().to_lowercase();
    WORDS.iter().any(|part| words.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_machine_knows_itself() {
        let found = SystemResolver::default().resolve("localhost").await.unwrap();
        assert!(found.iter().all(IpAddr::is_loopback) && !found.is_empty());
    }

    #[test]
    fn a_name_that_nobody_has_is_told_from_a_resolver_that_is_down() {
        let error = |words: &str| io::Error::other(format!("failed to lookup address information: {words}"));
        assert!(is_not_found(&error("Name or service not known")));
        assert!(is_not_found(&error("No address associated with hostname")));
        assert!(is_not_found(&error("Name does not resolve")));
        assert!(!is_not_found(&error("Temporary failure in name resolution")));
    }

    #[test]
    fn at_most_sixteen_lookups_run_at_once() {
        assert_eq!(SystemResolver::default().lookups.available_permits(), LOOKUPS);
        assert_eq!(LOOKUPS, 16);
    }
}
