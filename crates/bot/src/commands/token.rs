//! Whether a token has the form of one, and whether its network knows it. Owns nothing; what it says holds no token.

use std::time::Duration;

use duologue::{Config, Environment, Secret};
use reqwest::{Client, StatusCode};
use serde_json::Value;

/// How long a network has to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What stands behind a variable's name when its value is in a file.
const IN_FILE: &str = "_FILE";

/// A network as the set-up asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    Telegram,
    Discord,
}

/// A token with the form of one, and where to ask about it.
pub(super) struct Candidate {
    network: Network,
    token: Secret,
    api_url: Option<String>,
}

/// What a network says about a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is that of this bot.
    Good(String),
    /// It is not known.
    Refused,
    /// The network cannot be asked.
    Unreachable(String),
}

impl Network {
    pub(super) const ALL: [Self; 2] = [Self::Telegram, Self::Discord];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Telegram => "Telegram",
            Self::Discord => "Discord",
        }
    }

    pub(super) fn variable(self) -> &'static str {
        match self {
            Self::Telegram => "TELEGRAM_TOKEN",
            Self::Discord => "DISCORD_TOKEN",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Telegram => Self::Discord,
            Self::Discord => Self::Telegram,
        }
    }
}

/// What is wrong with an answer.
pub(super) enum Wrong {
    /// The token itself, with the remedy.
    Token(String),
    /// Something else in the configuration.
    Else(duologue::ConfigError),
}

impl Candidate {
    /// Reads the text of `.env` as the bot will, and takes the token out of it.
    pub(super) fn read(network: Network, dotenv: &str) -> Result<Self, Wrong> {
        // The token of the other network has its own turn, and what the process itself has set hides the file.
        let hidden = [
            network.other().variable().to_owned(),
            format!("{}{IN_FILE}", network.other().variable()),
        ];
        let process: Vec<(String, String)> = std::env::vars()
            .filter(|(name, _)| name != network.variable() && !hidden.contains(name))
            .chain(hidden.iter().map(|name| (name.clone(), String::new())))
            .collect();
        let process = process
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let config = Config::read(&Environment::new(process).dotenv(dotenv)).map_err(|error| {
            let own = error
                .problems
                .iter()
                .find(|problem| problem.key.starts_with(network.variable()));
            match own {
                Some(problem) => Wrong::Token(format!("{}; {}", problem.what, problem.remedy)),
                None => Wrong::Else(error.clone()),
            }
        })?;
        let (token, api_url) = match network {
            Network::Telegram => {
                let settings = config.telegram.map(|settings| (settings.token, settings.api_url));
                settings.unzip()
            }
            Network::Discord => {
                let settings = config.discord.map(|settings| (settings.token, settings.api_url));
                settings.unzip()
            }
        };
        let token = token.ok_or_else(|| Wrong::Token(crate::words::init::NOT_CHANGED.to_owned()))?;
        Ok(Self {
            network,
            token,
            api_url: api_url.flatten(),
        })
    }

    /// Whether it is this token.
    pub(super) fn is(&self, token: &str) -> bool {
        self.token.expose() == token
    }

    /// Asks the network whose token it is.
    pub(super) async fn ask(&self) -> Verdict {
        let token = self.token.expose();
        let base = |usual: &str| {
            let base = self.api_url.as_deref().unwrap_or(usual);
            base.trim_end_matches('/').to_owned()
        };
        let asked = async {
            let client = Client::builder().timeout(PATIENCE).build()?;
            let request = match self.network {
                Network::Telegram => {
                    let base = base(duologue::telegram::API_URL);
                    client.get(format!("{base}/bot{token}/getMe"))
                }
                Network::Discord => {
                    let base = base("https://discord.com");
                    let request = client.get(format!("{base}/api/v10/users/@me"));
                    request.header("Authorization", format!("Bot {token}"))
                }
            };
            let answer = request.send().await?;
            Ok((answer.status(), answer.text().await?))
        };
        let (status, text) = match asked.await {
            Ok(answered) => answered,
            Err(error) => {
                let error: reqwest::Error = error;
                return Verdict::Unreachable(root(&error.without_url()));
            }
        };
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        let name = match self.network {
            Network::Telegram => json["result"]["username"].as_str(),
            Network::Discord => json["username"].as_str(),
        };
        match (status, name) {
            (StatusCode::OK, Some(name)) => Verdict::Good(format!("@{name}")),
            (StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND, _) => Verdict::Refused,
            _ => Verdict::Unreachable(status.to_string()),
        }
    }
}

/// The last of the causes, which says it best.
fn root(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}
