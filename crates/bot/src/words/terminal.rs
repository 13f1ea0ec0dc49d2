//! The words for whoever hosts the bot, on the terminal. Pure functions.

/// What can be asked for on the command line.
pub(crate) const COMMAND_LINE: &str = "\
Duologue: one chat bot on Telegram and Discord

Usage: duologue [COMMAND]

Commands:
  run                    Run the bot (this is what happens without a command).
                         Without any token it starts a sandbox of both networks
                         and prints the address of a page to chat in.
  init                   Ask for the tokens, check them, and write them to .env.
  sandbox [--port PORT]  Run the sandbox alone, for bots in any language. It
                         prints its address and the variables that point a bot
                         at it. Port 0 takes any free one.
  doctor [--json]        Look at the configuration, the data and the worker
                         processes, and say what is not as it should be. With
                         --live it asks the networks as well: tokens, menus,
                         what the bot may read, where events go, the clock.
  health                 Ask the bot that runs how it is, for a container's
                         check: 0 is well, 1 is not. It asks at DUOLOGUE_HEALTH.
  backup FILE            Copy all data into a new file, also while the bot runs.
  restore FILE           Put a backup in the place of the data. The bot must not
                         run. What was there is kept under another name.
  restore FILE --verify  Only check a backup.
  send CHAT TEXT         Say something in a chat, such as telegram:123456789. It
                         works beside a bot that runs. With - for the text it
                         is read from the input.
  export PERSON          Print what is kept about a person, as JSON. A person is
                         telegram: or discord: with the user's id. The bot must
                         not run.
  forget PERSON [--yes]  Delete what is kept about a person, after asking back.
                         The bot must not run. Backups are not touched.
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

/// What a command line may lack.
pub(crate) const A_FILE: &str = "the name of a file";
pub(crate) const A_CHAT: &str = "a chat, such as telegram:123456789";
pub(crate) const A_PERSON: &str = "a person, such as telegram:123456789";
pub(crate) const A_TEXT: &str = "a text";

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

/// There is less than a command needs.
pub(crate) fn too_little(job: &str, what: &str) -> String {
    format!("`duologue {job}` needs {what}; `duologue help` shows what it takes")
}

/// It is neither a person nor a chat.
pub(crate) fn bad_address(found: &str) -> String {
    format!("`{found}` is not understood; write the network and the id there, such as telegram:123456789")
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
