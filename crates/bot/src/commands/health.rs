//! `health`: asks the bot that runs how it is, as a container's check does. Owns nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::bail;
use duologue::Config;
use serde::Deserialize;

use super::say;
use crate::words::hosting as words;

/// How long the bot has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the bot says.
#[derive(Deserialize)]
struct Answer {
    ok: bool,
    networks: Vec<NetworkAnswer>,
    /// What is wrong with the store.
    data: Option<String>,
}

impl Answer {
    fn in_words(self) -> String {
        let networks: Vec<_> = self
            .networks
            .into_iter()
            .map(|network| (network.network, network.status, network.why))
            .collect();
        words::health(self.ok, &networks, self.data.as_deref())
    }
}

#[derive(Deserialize)]
struct NetworkAnswer {
    network: String,
    status: String,
    why: Option<String>,
}

/// Asks the bot and says in one line how it is.
///
/// # Errors
///
/// With that line where the bot is not well or does not answer; where health is not served.
pub(crate) async fn ask_for_health() -> anyhow::Result<()> {
    let config = Config::from_env().map_err(duologue::Error::Config)?;
    let Some(address) = config.health else {
        bail!(words::NO_HEALTH);
    };
    let address = reachable(address);
    // It is this machine, whatever proxy the environment names.
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let asked = async {
        let answer = client.get(format!("http://{address}/health")).send().await?;
        answer.json::<Answer>().await
    };
    let answer = match asked.await {
        Ok(answer) => answer,
        Err(error) => {
            let why = why(&error);
            bail!(words::no_answer(&address.to_string(), why));
        }
    };
    let ok = answer.ok;
    let line = answer.in_words();
    if !ok {
        bail!(line);
    }
    say(&format!("{line}\n"))
}

/// An address at which one is reached who listens everywhere.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

fn why(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        words::TOO_SLOW
    } else if error.is_connect() {
        words::NOBODY_LISTENS
    } else {
        words::ODD_ANSWER
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, reachable};

    #[test]
    fn what_is_wrong_with_the_data_is_said() {
        let networks =
            r#""networks": [{"network": "telegram", "status": "online", "why": null, "seconds": 7}]"#;
        let words = |json: &str| serde_json::from_str::<Answer>(json).unwrap().in_words();
        let full = words(&format!(
            r#"{{"ok": false, {networks}, "data": "the disk is full"}}"#
        ));
        assert_eq!(
            full,
            "not well: telegram online; the data cannot be written: the disk is full"
        );
        let well = words(&format!(r#"{{"ok": true, {networks}}}"#));
        assert_eq!(well, "well: telegram online");
    }

    #[test]
    fn who_listens_everywhere_is_asked_on_this_machine() {
        for (at, asked) in [
            ("0.0.0.0:9464", "127.0.0.1:9464"),
            ("[::]:9464", "[::1]:9464"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(reachable(at.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
