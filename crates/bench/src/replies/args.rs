//! The command line. Pure parsing.

use crate::replies::bots::Bot;
use crate::replies::server::ServerConfig;

/// What the process is for.
pub(crate) enum Args {
    /// It was started as a test.
    Nothing,
    Bench(Options),
    Child(Role),
}

/// One process of the benchmark.
pub(crate) enum Role {
    Server(ServerConfig),
    Bot(Bot, String),
    Fairness,
}

/// How to measure.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// How often each bot is measured.
    pub(crate) rounds: usize,
    /// How many updates a bot gets in a round.
    pub(crate) replies: usize,
    /// How many chats they come from.
    pub(crate) chats: usize,
    /// How many interactions may be handed out and not answered. Telegram's updates are a backlog that the bot fetches.
    pub(crate) window: usize,
    /// Measures only what has this in its name.
    pub(crate) only: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rounds: 3,
            replies: 20_000,
            chats: 1_000,
            window: 512,
            only: None,
        }
    }
}

impl Options {
    /// Whether a thing of this name is to be measured.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }
}

const USAGE: &str = "usage: cargo bench -p duologue-bench -- [--rounds N] [--replies N] [--chats N] [--window N] \
                     [--only PART_OF_A_NAME]";

/// Reads the arguments without the program's name.
pub(crate) fn parse(args: Vec<String>) -> Result<Args, String> {
    let mut args = args.into_iter();
    let mut options = Options::default();
    let mut bench = false;
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value\n{USAGE}"));
        match arg.as_str() {
            "--bench" => bench = true,
            "--server" => return server(&value()?),
            "--bot" => {
                let bot = value()?.parse()?;
                return Ok(Args::Child(Role::Bot(bot, value()?)));
            }
            "--fairness" => return Ok(Args::Child(Role::Fairness)),
            "--rounds" => options.rounds = count(&value()?)?,
            "--replies" => options.replies = count(&value()?)?,
            "--chats" => options.chats = count(&value()?)?,
            "--window" => options.window = count(&value()?)?,
            "--only" => options.only = Some(value()?),
            // What the test runner may say to a benchmark.
            "--test" | "--nocapture" | "--quiet" => {}
            other => return Err(format!("{other} is not an argument\n{USAGE}")),
        }
    }
    Ok(if bench {
        Args::Bench(options)
    } else {
        Args::Nothing
    })
}

fn server(config: &str) -> Result<Args, String> {
    let config = serde_json::from_str(config).map_err(|error| error.to_string())?;
    Ok(Args::Child(Role::Server(config)))
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("{text} is not a number above 0\n{USAGE}")),
    }
}
