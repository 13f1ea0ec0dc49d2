//! The words for whoever hosts the bot, on the terminal. Pure functions.

/// What can be asked for on the command line.
pub(crate) const COMMAND_LINE: &str = "\
Duologue: one chat bot on Telegram and Discord

Usage: duologue [COMMAND]

Commands:
  run                    Run the bot (this is what happens without a command).
                         Without any token it starts a sandbox of both networks
                         and prints the address of a page to chat in.
  sandbox [--port PORT]  Run the sandbox alone, for bots in any language. It
                         prints its address and the variables that point a bot
                         at it. Port 0 takes any free one.
  doctor [--json]        Look at the configuration, the data folder and the
                         worker processes, and say what is not as it should be.
  help                   Show this.

Options:
  -h, --help             Show this.
  -V, --version          Show the version.

Settings come from the environment, from .env and from config/duologue.toml;
.env.example lists them all. The first one to set is TELEGRAM_TOKEN or
DISCORD_TOKEN.

Exit codes: 0 all is well, 1 something failed, 2 the command line is wrong,
78 the configuration is wrong.
";

/// The version.
pub(crate) fn version() -> String {
    format!("duologue {}", env!("CARGO_PKG_VERSION"))
}

/// There is no such command.
pub(crate) fn unknown_word(word: &str) -> String {
    format!("there is no `{word}`; `duologue help` lists what there is")
}

/// There is more than a command takes.
pub(crate) fn too_much(job: &str, word: &str) -> String {
    format!("`duologue {job}` does not take `{word}`; `duologue help` shows what it takes")
}

/// A port is missing, or is none.
pub(crate) fn bad_port(found: Option<&str>) -> String {
    match found {
        Some(found) => format!("`{found}` is no port; give a number from 0 to 65535, such as --port 8765"),
        None => "--port needs a number from 0 to 65535, such as --port 8765".to_owned(),
    }
}

/// The sandbox does not start.
pub(crate) const SANDBOX_FAILED: &str =
    "the sandbox does not start; another port may be free, and --port 0 takes any";
