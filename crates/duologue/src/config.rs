//! The configuration of a bot: what the program uses, after everything was checked. Owns the tokens until the adapters
//! have them.

mod check;
mod environment;
mod file;
mod networks;
mod problem;
mod variables;

use std::net::SocketAddr;
use std::path::PathBuf;

use duologue_core::{EngineConfig, Secret};

pub use self::environment::Environment;
pub use self::networks::{DiscordSettings, EndpointSettings, TelegramSettings, WebhookSettings};
pub use self::problem::{ConfigError, ConfigProblem};

use self::file::File;
use self::problem::Problems;
use self::variables::{CONFIG, DATA, HEALTH, LOG};

/// The configuration file that is read when `DUOLOGUE_CONFIG` names no other. It need not exist.
pub const DEFAULT_FILE: &str = "config/duologue.toml";

/// The folder for data when `DUOLOGUE_DATA` names no other.
pub const DEFAULT_DATA: &str = "data";

/// What an address of health can look like, for who wrote none.
pub(crate) const HEALTH_EXAMPLE: &str = "127.0.0.1:9464";

/// The port of the sandbox's page when the file names no other.
pub const DEFAULT_SANDBOX_PORT: u16 = 8765;

/// Everything that can be set about a bot.
///
/// ```
/// use duologue::{Config, Environment};
///
/// let token = format!("TELEGRAM_TOKEN=123456789:{}", "A".repeat(35));
/// let environment = Environment::new([]).dotenv(&token);
/// let config = Config::read(&environment)?;
/// assert!(config.telegram.is_some());
/// assert!(config.discord.is_none());
/// # Ok::<(), duologue::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// Telegram, where a token is set.
    pub telegram: Option<TelegramSettings>,
    /// Discord, where a token is set.
    pub discord: Option<DiscordSettings>,
    /// The folder for data.
    pub data: PathBuf,
    /// What survives the process.
    pub durability: Durability,
    /// What is logged and how.
    pub log: LogSettings,
    /// The sandbox, which is started when there is no token.
    pub sandbox: SandboxSettings,
    /// Limits of the engine.
    pub engine: EngineConfig,
    /// Where health and metrics are served over HTTP; `None` is nowhere. They tell no secret, and are for those who look
    /// after the bot alone.
    pub health: Option<SocketAddr>,
    /// What worker processes may use.
    pub workers: WorkerSettings,
    /// Who may use the bot; everybody unless it is said.
    pub access: AccessSettings,
    /// The sections of the file below `features`, as they are written: they belong to the bot's own features, which
    /// read them by [`Config::feature`].
    pub features: toml::Table,
    /// What is odd and does not stop the bot.
    pub warnings: Vec<String>,
    /// What keeps one network from being started while another is fine.
    pub broken: Vec<ConfigProblem>,
}

/// What survives the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Everything that came in, was said or is remembered, on the disk before it is confirmed.
    #[default]
    Full,
    /// Nothing: all of it is in memory. For bots that remember nothing and may miss what comes while they are away.
    None,
}

/// What worker processes, for tasks of the process lane, may use. How many there are is a limit of that lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerSettings {
    /// The memory of one worker beside what the program itself occupies, in bytes.
    pub memory: u64,
    /// After how many jobs a worker is replaced.
    pub jobs: u32,
}

/// Who may use the bot: accounts, chats and servers, each as its network and its id. It is for the bot's own features to heed;
/// the shipped bot does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessSettings {
    /// Nobody but these, where there are any: one entry that fits is enough.
    pub allow: Vec<AccessEntry>,
    /// Not these, even where they are allowed otherwise.
    pub deny: Vec<AccessEntry>,
}

/// An account, a chat or a server that a rule of access is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AccessEntry {
    /// A user of a network: `telegram:123`.
    User {
        /// The network.
        network: String,
        /// The id there.
        id: String,
    },
    /// A chat of a network with all who are in it: `discord:chat:456`.
    Chat {
        /// The network.
        network: String,
        /// The id there.
        id: String,
    },
    /// A server of a network with all its chats: `discord:server:789`. Private chats are on none.
    Server {
        /// The network.
        network: String,
        /// The id there.
        id: String,
    },
}

/// What is logged and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// The filter in the form of `tracing-subscriber`; `None` is `info` for the bot and `warn` for all else.
    pub filter: Option<String>,
    /// How a line looks.
    pub format: LogFormat,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object in each line, for machines.
    Json,
}

/// The sandbox that is started when there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxSettings {
    /// The port of its page on 127.0.0.1; 0 takes any free one.
    pub port: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            telegram: None,
            discord: None,
            data: PathBuf::from(DEFAULT_DATA),
            durability: Durability::default(),
            log: LogSettings {
                filter: None,
                format: LogFormat::default(),
            },
            sandbox: SandboxSettings {
                port: DEFAULT_SANDBOX_PORT,
            },
            engine: EngineConfig::default(),
            workers: WorkerSettings {
                memory: 256 << 20,
                jobs: 100,
            },
            health: None,
            access: AccessSettings::default(),
            features: toml::Table::new(),
            warnings: Vec::new(),
            broken: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the environment of this process, `.env` and the configuration file.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with everything that is wrong, not the first thing alone.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&Environment::of_process())
    }

    /// Reads an environment and the configuration file that it names.
    ///
    /// A token that cannot be one stops its own network alone, as long as another is left; it then stands in
    /// [`Config::broken`].
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with everything that is wrong, not the first thing alone.
    pub fn read(environment: &Environment) -> Result<Self, ConfigError> {
        let mut problems = Problems::default();
        problems.extend(environment.problems());
        let mut config = Self {
            warnings: environment.warnings(),
            ..Self::default()
        };
        let file = File::read(environment, &mut problems);
        file.apply(&mut config, &mut problems);
        config.read_data(environment, &mut problems);
        if let Some(address) = environment.get(HEALTH) {
            config.health = check::address(HEALTH, address, HEALTH_EXAMPLE, &mut problems);
        }
        if let Some(filter) = environment.get(LOG) {
            config.log.filter = check::filter(LOG, filter, &mut problems);
        }
        let broken = networks::read(&mut config, environment, &file, &mut problems);
        if config.telegram.is_none() && config.discord.is_none() {
            problems.extend(broken);
        } else {
            config.broken = broken;
        }
        problems.end(&config.warnings)?;
        Ok(config)
    }

    fn read_data(&mut self, environment: &Environment, problems: &mut Problems) {
        let folder = environment.path(environment.get(DATA).unwrap_or(DEFAULT_DATA));
        if folder.exists() && !folder.is_dir() {
            problems.add(DATA, crate::words::no_folder());
        }
        self.data = folder;
    }

    /// Reads what the file says of a feature of the bot: the section `features.<name>`, or the defaults of the type
    /// where there is none.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with what the type does not take.
    pub fn feature<T: serde::de::DeserializeOwned + Default>(&self, name: &str) -> Result<T, ConfigError> {
        let Some(section) = self.features.get(name) else {
            return Ok(T::default());
        };
        section.clone().try_into().map_err(|error: toml::de::Error| {
            let trouble = crate::words::bad_section(&error.to_string());
            ConfigError {
                problems: vec![ConfigProblem::new(format!("features.{name}"), trouble)],
                warnings: Vec::new(),
            }
        })
    }

    /// The tokens and secrets, for the log to know what it must not show.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let webhook = self
            .telegram
            .iter()
            .filter_map(|settings| settings.webhook.as_ref());
        let webhook = webhook.map(|webhook| webhook.secret.clone());
        let telegram = self.telegram.iter().map(|settings| settings.token.clone());
        let discord = self.discord.iter().map(|settings| settings.token.clone());
        telegram.chain(webhook).chain(discord).collect()
    }
}

/// The variable that names the configuration file.
pub(crate) const CONFIG_VARIABLE: &str = CONFIG;

#[cfg(test)]
mod tests;
