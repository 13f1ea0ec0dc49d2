//! The words of the first set-up, on the terminal. Pure functions.

use std::path::Path;

/// What is said first.
pub(crate) const INTRODUCTION: &str = "\
This writes the tokens of your bot into .env. Enter alone leaves one as it is.

";

/// The question for a token, with where to get one.
pub(crate) fn ask(network: &str) -> &'static str {
    match network {
        "Telegram" => "Telegram: send /newbot to @BotFather and copy the token.\nTelegram token: ",
        _ => {
            "Discord: https://discord.com/developers/applications, your application, Bot, Reset Token.\nDiscord token: "
        }
    }
}

/// The token is good.
pub(crate) fn is_good(network: &str, name: &str) -> String {
    format!("  {network} knows it: the bot is {name}.\n")
}

/// The network does not know the token.
pub(crate) fn refused(network: &str) -> String {
    format!("  {network} does not know this token. Copy it once more.\n")
}

/// The network cannot be asked.
pub(crate) fn not_checked(network: &str, why: &str) -> String {
    format!("  {network} cannot be reached to check it ({why}). It is kept; `duologue run` will tell.\n")
}

/// It was left as it is.
pub(crate) fn left(network: &str) -> String {
    format!("  {network} stays as it is.\n")
}

/// What is wrong with an answer.
pub(crate) fn wrong(problem: &str) -> String {
    format!("  {problem}\n")
}

/// A variable of the process hides the one in the file.
pub(crate) fn hidden(name: &str) -> String {
    format!("  {name} is set in the environment as well, which counts before .env.\n")
}

/// Nothing was entered.
pub(crate) const NOTHING: &str = "Nothing was entered, so nothing was written.\n";

/// It was asked to stop.
pub(crate) const STOPPED: &str = "stopped; nothing was written";

/// The file cannot be read.
pub(crate) fn unreadable(file: &Path) -> String {
    format!("{} cannot be read", file.display())
}

/// A good token was asked for too often.
pub(crate) fn given_up(network: &str) -> String {
    format!("no good token for {network} was entered; nothing was written")
}

/// The file cannot be changed by a program.
pub(crate) const NOT_CHANGED: &str =
    "the line cannot be put into .env as it is; write it there by hand, as .env.example shows";

/// The file was written.
pub(crate) fn written(kept: Option<&Path>) -> String {
    let kept = match kept {
        Some(kept) => format!(" The one before is kept as {}.", kept.display()),
        None => String::new(),
    };
    format!("Written: .env, for your user alone.{kept}\nStart the bot: duologue run\n")
}

/// The first lines of a new file.
pub(crate) const NEW_FILE: &str = "# The tokens of the bot; .env.example lists what else can be set here.\n";
