//! The names of all variables, in one place. Pure data.

/// The variables of Telegram.
pub(crate) struct TelegramNames {
    pub(crate) token: &'static str,
    pub(crate) api_url: &'static str,
    pub(crate) webhook_url: &'static str,
    pub(crate) webhook_secret: &'static str,
    pub(crate) webhook_listen: &'static str,
}

/// The variables of Discord.
pub(crate) struct DiscordNames {
    pub(crate) token: &'static str,
    pub(crate) api_url: &'static str,
    pub(crate) guild: &'static str,
    pub(crate) public_key: &'static str,
}

pub(crate) const TELEGRAM: TelegramNames = TelegramNames {
    token: "TELEGRAM_TOKEN",
    api_url: "TELEGRAM_API_URL",
    webhook_url: "TELEGRAM_WEBHOOK_URL",
    webhook_secret: "TELEGRAM_WEBHOOK_SECRET",
    webhook_listen: "TELEGRAM_WEBHOOK_LISTEN",
};

pub(crate) const DISCORD: DiscordNames = DiscordNames {
    token: "DISCORD_TOKEN",
    api_url: "DISCORD_API_URL",
    guild: "DISCORD_GUILD_ID",
    public_key: "DISCORD_PUBLIC_KEY",
};

/// Where the configuration file is.
pub(crate) const CONFIG: &str = "DUOLOGUE_CONFIG";

/// Where data is kept.
pub(crate) const DATA: &str = "DUOLOGUE_DATA";

/// Where health and metrics are served.
pub(crate) const HEALTH: &str = "DUOLOGUE_HEALTH";

/// What is logged.
pub(crate) const LOG: &str = "DUOLOGUE_LOG";

/// What stands behind a variable's name when its value is in a file.
pub(crate) const IN_FILE: &str = "_FILE";

/// The variables whose value can be in a file.
const FROM_FILE: [&str; 9] = [
    TELEGRAM.token,
    TELEGRAM.api_url,
    TELEGRAM.webhook_url,
    TELEGRAM.webhook_secret,
    TELEGRAM.webhook_listen,
    DISCORD.token,
    DISCORD.api_url,
    DISCORD.guild,
    DISCORD.public_key,
];

/// What our variables begin with.
const PREFIXES: [&str; 3] = ["TELEGRAM_", "DISCORD_", "DUOLOGUE_"];

/// The farthest that a known name is from a mistyped one, in steps.
const NEAR: usize = 3;

/// All names, with those of files.
pub(crate) fn all() -> Vec<String> {
    let own = FROM_FILE
        .iter()
        .chain(&[CONFIG, DATA, HEALTH, LOG])
        .map(|name| (*name).to_owned());
    let files = FROM_FILE.iter().map(|name| format!("{name}{IN_FILE}"));
    own.chain(files).collect()
}

/// Whether a name looks like one of ours and is none; with the nearest that is.
pub(crate) fn unknown(name: &str) -> Option<Option<String>> {
    let all = all();
    let ours = PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    if !ours || all.iter().any(|known| known == name) {
        return None;
    }
    Some(nearest(name, all.iter().map(String::as_str)).map(str::to_owned))
}

/// The nearest of some names, where one is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (distance(name, known), known))
        .filter(|(distance, _)| *distance <= NEAR)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// How many letters must be changed, added or taken away.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for j in 0..other.len() {
            let changed = diagonal + usize::from(letter != other[j]);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
