//! The words of the facade: every sentence that a person who hosts or writes a bot can see from it. Pure functions.

use std::fmt::Display;
use std::path::Path;

pub use duologue_core::words::{bar, bytes, count, duration};

/// What is wrong with a setting and what to do about it, as fragments: `<what>; <remedy>`.
pub(crate) struct Trouble {
    pub(crate) what: String,
    pub(crate) remedy: String,
}

fn trouble(what: impl Into<String>, remedy: impl Into<String>) -> Trouble {
    Trouble {
        what: what.into(),
        remedy: remedy.into(),
    }
}

pub(crate) fn bad_telegram_token() -> Trouble {
    trouble(
        "this is no token: one looks like 123456789:, and then 35 letters and digits",
        "send /mybots to @BotFather on Telegram and copy the token from there",
    )
}

pub(crate) fn bad_discord_token() -> Trouble {
    trouble(
        "this is no bot token: one has three parts with dots between them",
        "open https://discord.com/developers/applications, your application, Bot, Reset Token, and copy that",
    )
}

pub(crate) fn token_with_bot() -> Trouble {
    trouble("the word Bot stands before the token", "write the token alone")
}

pub(crate) fn bad_durability() -> Trouble {
    trouble(
        "this is no durability",
        "write `full`, or `none` to keep everything in memory alone",
    )
}

pub(crate) fn bad_guild() -> Trouble {
    trouble(
        "this is no server's id: one is a number of 17 to 20 digits",
        "switch the developer mode on in Discord's settings, right-click the server, and choose Copy Server ID",
    )
}

pub(crate) fn url_without_scheme() -> Trouble {
    trouble("this is no web address", "begin it with https://")
}

pub(crate) fn url_without_host() -> Trouble {
    trouble(
        "this is no web address",
        "write it as https://host, https://host:port or https://host/path",
    )
}

pub(crate) fn url_with_query() -> Trouble {
    trouble(
        "there is a ? or a # in the address",
        "leave out what comes from there on",
    )
}

pub(crate) fn url_with_login() -> Trouble {
    trouble(
        "there is an @ in the address",
        "leave the user and the password out",
    )
}

pub(crate) fn url_with_path(added: &str) -> Trouble {
    trouble(
        format!("{added} is added to the address by itself"),
        format!("leave {added} and what follows out"),
    )
}

pub(crate) fn url_without_tls() -> Trouble {
    trouble(
        "http shows the token to everybody on the way",
        "write https, or allow it for a network of your own with plain_http = true in the file's section",
    )
}

pub(crate) fn bad_filter() -> Trouble {
    trouble(
        "this is no filter for the log",
        "write a level, such as info, or levels by module, such as warn,duologue=debug",
    )
}

pub(crate) fn bad_format() -> Trouble {
    trouble("there is no such format", "write \"text\" or \"json\"")
}

pub(crate) fn bad_duration() -> Trouble {
    trouble(
        "this is no length of time",
        "write it as \"90s\", \"5m\" or \"1h30m\"",
    )
}

pub(crate) fn out_of_bounds(least: usize, most: usize) -> Trouble {
    trouble(
        "this is out of bounds",
        format!("write a number from {least} to {most}"),
    )
}

pub(crate) fn bad_address(example: &str) -> Trouble {
    trouble(
        "this is no address to listen at",
        format!("write an IP address and a port, such as {example}"),
    )
}

pub(crate) fn address_twice(other: &str) -> Trouble {
    trouble(
        format!("{other} is the same address"),
        "choose another port for one of them",
    )
}

pub(crate) fn bad_path() -> Trouble {
    trouble(
        "this is no path that can be served",
        "begin it with / and use letters, digits and / - . _ ~ alone",
    )
}

pub(crate) fn webhook_without_tls() -> Trouble {
    trouble(
        "Telegram calls https alone",
        "begin it with https://; a proxy in front of the bot does the encryption, see config/webhook.md",
    )
}

pub(crate) fn webhook_with_port() -> Trouble {
    trouble(
        "Telegram calls the ports 443, 80, 88 and 8443 alone",
        "let the proxy in front of the bot listen on one of them; where the bot listens is TELEGRAM_WEBHOOK_LISTEN",
    )
}

pub(crate) fn bad_webhook_secret() -> Trouble {
    trouble(
        "this is no secret that Telegram takes: one has 1 to 256 letters, digits, _ and -",
        "make one with: openssl rand -hex 32",
    )
}

pub(crate) fn webhook_without_secret() -> Trouble {
    trouble(
        "it is not set, so nobody could tell Telegram from a stranger at TELEGRAM_WEBHOOK_URL",
        "make one with: openssl rand -hex 32",
    )
}

pub(crate) fn without_webhook() -> Trouble {
    trouble(
        "it belongs to a webhook, and TELEGRAM_WEBHOOK_URL is not set",
        "set that to the address that Telegram is to call, or leave this out to ask for updates",
    )
}

pub(crate) fn short_webhook_secret() -> String {
    "TELEGRAM_WEBHOOK_SECRET is short, and who guesses it can speak in Telegram's name; make a long one with: openssl rand -hex 32"
        .to_owned()
}

pub(crate) fn bad_interactions() -> Trouble {
    trouble(
        "there is no such way for interactions",
        "write \"gateway\" or \"endpoint\"",
    )
}

pub(crate) fn bad_public_key() -> Trouble {
    trouble(
        "this is no public key: one has 64 hexadecimal digits",
        COPY_PUBLIC_KEY,
    )
}

pub(crate) fn endpoint_without_key() -> Trouble {
    trouble(
        "it is not set, and discord.interactions is \"endpoint\": without it nobody could tell Discord from a stranger",
        COPY_PUBLIC_KEY,
    )
}

const COPY_PUBLIC_KEY: &str = "open https://discord.com/developers/applications, your application, General Information, and copy Public Key";

pub(crate) fn key_without_endpoint() -> String {
    "DISCORD_PUBLIC_KEY is set and changes nothing, as interactions come over the gateway; discord.interactions = \"endpoint\" in config/duologue.toml lets them come by HTTP"
        .to_owned()
}

pub(crate) fn no_folder() -> Trouble {
    trouble("there is a file with this name", "name a folder")
}

pub(crate) fn no_text() -> Trouble {
    trouble("its value is not UTF-8", "set it anew, as plain text")
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Trouble {
    trouble(
        format!("{} cannot be read: {error}", path.display()),
        "check the path and who may read it",
    )
}

/// What a file is called whose path is better not shown.
pub(crate) const ITS_FILE: &str = "the file that it names";

pub(crate) fn empty_file(path: &Path) -> Trouble {
    trouble(
        format!("{} is empty", path.display()),
        "put the value into it, or leave the variable out",
    )
}

pub(crate) fn set_twice(name: &str, in_file: &str) -> Trouble {
    trouble(
        format!("both {name} and {in_file} are set"),
        "leave one of them out",
    )
}

pub(crate) fn bad_line(line: usize) -> Trouble {
    trouble(
        format!("line {line} cannot be read"),
        "write NAME=value, with quotation marks around a value that has spaces",
    )
}

pub(crate) fn bad_toml(line: Option<usize>, message: &str) -> Trouble {
    let message = message.lines().collect::<Vec<_>>().join(" ");
    let what = match line {
        Some(line) => format!("line {line} cannot be read: {message}"),
        None => format!("it cannot be read: {message}"),
    };
    trouble(what, "write it as TOML, as the sample in config/duologue.toml is")
}

pub(crate) fn bad_size() -> Trouble {
    trouble(
        "this is no size",
        "write a number and a unit, such as \"512 MiB\" or \"1 GiB\"",
    )
}

pub(crate) fn no_such_network(network: &str) -> String {
    format!(
        "there is no token for {network}: set {}_TOKEN in .env, as it is for the bot",
        network.to_uppercase()
    )
}

pub(crate) fn bad_access(entry: &str) -> Trouble {
    trouble(
        format!("`{entry}` is neither a user nor a chat nor a server"),
        "write the network and an id, such as \"telegram:123456789\", \"discord:chat:1122334455\" for a chat, or \"discord:server:1122334455\" for a server; Telegram has no servers",
    )
}

/// Why a program that was started as a worker is none.
pub(crate) const NO_WORKER: &str = "this was started as a worker process, and `main` did not begin as one; make it `#[duologue::main]`, or call `duologue::serve_if_asked()` first";

pub(crate) fn bad_section(message: &str) -> Trouble {
    let message = message
        .lines()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    trouble(
        message,
        "compare it with the sample in config/duologue.toml, which has every key",
    )
}

pub(crate) fn unknown_key(known: &[&str], nearest: Option<&str>) -> Trouble {
    let remedy = match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => format!("there are {}", known.join(", ")),
    };
    trouble("there is no such key", remedy)
}

pub(crate) fn secret_in_file() -> Trouble {
    trouble(
        "a token or a secret stands in the configuration file, which is no place for it",
        "take it out and put it into .env, as TELEGRAM_TOKEN, TELEGRAM_WEBHOOK_SECRET or DISCORD_TOKEN",
    )
}

pub(crate) fn unknown_variable(name: &str, nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => {
            format!("{name} is no variable of ours and changes nothing; did you mean {nearest}?")
        }
        None => {
            format!("{name} is no variable of ours and changes nothing; .env.example lists all there are")
        }
    }
}

pub(crate) fn without_token(name: &str) -> String {
    format!("{name} is set and changes nothing, as that network has no token that can be used")
}

/// Why a network is left out although another one runs.
pub(crate) fn left_out(problem: &impl Display) -> String {
    format!("a network is left out: {problem}")
}

/// Where the sandbox's page is, for a person at a terminal.
#[cfg(feature = "sandbox")]
pub(crate) fn sandbox_is_open(address: &str) -> String {
    format!(
        "\n  No token is set, so a sandbox of both networks was started.\n  Chat with the bot at {address}\n\n  \
         For the real networks, copy .env.example to .env and fill in a token.\n"
    )
}

/// The port of the sandbox is somebody else's.
#[cfg(feature = "sandbox")]
pub(crate) const PORT_TAKEN: &str = "something else listens on the sandbox's port; it takes a free one (sandbox.port in config/duologue.toml sets it)";

/// Two types of buttons are called the same.
pub(crate) const SECOND_BUTTON: &str = "two buttons have this name, and the second has no handler; give it another with #[button(name = \"...\")]";
