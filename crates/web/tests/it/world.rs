//! Fetchers for tests: allowed to go to the hosts of a test, with names that lead where the test says.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use duologue_web::{
    FetchConfig, FetchError, FetchErrorKind, Fetcher, Limits, Request, ResolveError, Resolver, Resolving,
    Response,
};

use crate::site::Site;

/// Names and their answers, one after the other, the last one for ever.
#[derive(Default)]
pub(crate) struct Names {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    /// Lets a name lead to addresses; several calls make it flip.
    pub(crate) fn lead(&self, name: &str, addresses: &[&str]) {
        let addresses = addresses
            .iter()
            .map(|text| text.parse().expect("an address"))
            .collect();
        self.answers
            .lock()
            .expect("no test panics with the lock")
            .entry(name.to_owned())
            .or_default()
            .push(addresses);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test panics with the lock").clone()
    }
}

impl Resolver for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        self.asked
            .lock()
            .expect("no test panics with the lock")
            .push(host.to_owned());
        let mut answers = self.answers.lock().expect("no test panics with the lock");
        let answer = match answers.get_mut(host) {
            None => Err(ResolveError::NotFound),
            Some(_) if host == "down.test" => Err(ResolveError::Failed(io::Error::other("no server"))),
            Some(list) if list.len() > 1 => Ok(list.remove(0)),
            Some(list) => Ok(list[0].clone()),
        };
        Box::pin(async move { answer })
    }
}

/// A fetcher that may go to some origins inside.
pub(crate) fn fetcher(origins: &[String], limits: Limits, names: &Arc<Names>) -> Fetcher {
    let mut config = FetchConfig::new("TestBot/1.0");
    config.limits = limits;
    config.policy.inside = origins
        .iter()
        .map(|origin| origin.parse().expect("an origin"))
        .collect();
    Fetcher::with_resolver(config, Arc::clone(names)).expect("a fetcher")
}

/// A fetcher that may go to one site, by its address and by the name `site.test`.
pub(crate) fn fetcher_of(site: &Site, limits: Limits) -> Fetcher {
    let names = Arc::new(Names::default());
    names.lead("site.test", &["127.0.0.1"]);
    let origins = ["127.0.0.1", "site.test"].map(|host| format!("http://{host}:{}", site.port()));
    fetcher(&origins, limits, &names)
}

pub(crate) async fn get(fetcher: &Fetcher, url: impl AsRef<str>) -> Result<Response, FetchError> {
    fetcher.get(Request::parse(url.as_ref())?).await
}

/// The body of an address, or why there is none.
pub(crate) async fn body(fetcher: &Fetcher, url: impl AsRef<str>) -> Result<Vec<u8>, FetchErrorKind> {
    let answer = async { get(fetcher, url).await?.bytes(usize::MAX).await };
    answer
        .await
        .map(|bytes| bytes.to_vec())
        .map_err(|error| error.kind)
}
