//! The HTTP clients, and the door between names and connections: what a name leads to is checked and handed over in
//! one step, so there is no second look-up that could say something else. Owns the two clients.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use url::Url;

use crate::error::SetupError;
use crate::guard::Reach;
use crate::resolve::{ResolveError, Resolver};

/// The most addresses of one host that are tried, in the resolver's order; all of them are checked.
const ADDRESSES: usize = 8;

/// A client for each reach: a client's resolver sees a name, and not for which origin.
pub(crate) struct Clients {
    public: Client,
    inside: Client,
}

/// A client's resolver: asks, checks, hands over.
#[derive(Clone)]
struct Door {
    resolver: Arc<dyn Resolver>,
    reach: Reach,
}

impl Clients {
    pub(crate) fn new(
        user_agent: &str,
        connect: Duration,
        resolver: &Arc<dyn Resolver>,
    ) -> Result<Self, SetupError> {
        let client = |reach| {
            let door = Door {
                resolver: Arc::clone(resolver),
                reach,
            };
            client(user_agent, connect, door)
        };
        Ok(Self {
            public: client(Reach::Public)?,
            inside: client(Reach::Inside)?,
        })
    }

    pub(crate) fn get(&self, url: Url, reach: Reach) -> RequestBuilder {
        match reach {
            Reach::Public => self.public.get(url),
            Reach::Inside => self.inside.get(url),
        }
    }
}

fn client(user_agent: &str, connect: Duration, door: Door) -> Result<Client, SetupError> {
    Client::builder()
        .user_agent(user_agent)
        .connect_timeout(connect)
        .dns_resolver(Arc::new(door))
        // A proxy of the environment would resolve names itself and could reach everything.
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        // One request, one connection: no answer is left over from another request, and what is dropped is closed.
        .pool_max_idle_per_host(0)
        // hyper's bounds of the head are those of HTTP/1.
        .http1_only()
        // Another crate of the same build can turn these on. Ours are the decoders that count.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .no_hickory_dns()
        .build()
        .map_err(SetupError::Client)
}

impl Door {
    /// What a name leads to, if all of it is allowed.
    async fn pass(&self, host: &str) -> Result<Vec<IpAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let mut addresses = self.resolver.resolve(host).await?;
        if addresses.is_empty() {
            return Err(ResolveError::NotFound.into());
        }
        self.reach.check_addresses(&addresses)?;
        addresses.truncate(ADDRESSES);
        Ok(addresses)
    }
}

impl Resolve for Door {
    fn resolve(&self, name: Name) -> Resolving {
        let door = self.clone();
        Box::pin(async move {
            let addresses = door.pass(name.as_str()).await?;
            // Port 0 stands for the port of the address.
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::guard::{Range, Refusal};
    use crate::resolve;

    /// Answers with one list after the other, the last one for ever.
    struct Flip(Mutex<Vec<Vec<&'static str>>>);

    impl Resolver for Flip {
        fn resolve<'a>(&'a self, _: &'a str) -> resolve::Resolving<'a> {
            let mut answers = self.0.lock().unwrap();
            let answer = if answers.len() > 1 {
                answers.remove(0)
            } else {
                answers[0].clone()
            };
            Box::pin(async move { Ok(answer.iter().map(|address| address.parse().unwrap()).collect()) })
        }
    }

    fn door(reach: Reach, answers: &[&[&'static str]]) -> Door {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        Door {
            resolver: Arc::new(Flip(Mutex::new(answers))),
            reach,
        }
    }

    async fn pass(door: &Door) -> Result<Vec<String>, Refusal> {
        let passed = door.pass("flip.test").await;
        passed
            .map(|addresses| addresses.iter().map(IpAddr::to_string).collect())
            .map_err(|error| *error.downcast::<Refusal>().unwrap())
    }

    #[tokio::test]
    async fn what_was_checked_is_what_is_connected_to_and_a_flip_is_seen() {
        let door = door(
            Reach::Public,
            &[&["93.184.216.34"], &["127.0.0.1"], &["93.184.216.34"]],
        );
        assert_eq!(pass(&door).await.unwrap(), ["93.184.216.34"]);
        let refused = pass(&door).await.unwrap_err();
        assert!(matches!(
            refused,
            Refusal::Address {
                range: Range::Loopback,
                ..
            }
        ));
        assert_eq!(pass(&door).await.unwrap(), ["93.184.216.34"]);
    }

    #[tokio::test]
    async fn one_bad_address_among_many_closes_the_door_also_behind_those_that_are_tried() {
        let mut many = vec!["93.184.216.34"; 2 * ADDRESSES];
        assert_eq!(
            pass(&door(Reach::Public, &[&many])).await.unwrap().len(),
            ADDRESSES
        );
        many.push("fd00::1");
        assert!(pass(&door(Reach::Public, &[&many])).await.is_err());
        assert!(pass(&door(Reach::Inside, &[&many])).await.is_ok());
    }
}
