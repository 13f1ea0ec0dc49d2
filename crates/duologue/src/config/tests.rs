//! The configuration from explicit variables and files: what is read, what is refused, and with which words.

mod networks;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::file::File;
use super::problem::Problems;
use super::{Config, ConfigError, Environment, LogFormat, variables};

const TELEGRAM: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALcanary";
const DISCORD: &str = "MTEwMjAxNTQzMTEwMjAxNTQz.GabcDe.canaryCANARYcanaryCANARYcanary";

/// A folder of one test, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "duologue-config-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(path.join("config")).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Variables alone, in a folder without any file.
fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = Folder::new();
    Config::read(&Environment::new(variables.iter().copied()).folder(&folder.0))
}

/// What is wrong, in the words of the terminal.
fn complaints(variables: &[(&str, &str)]) -> String {
    let error = read(variables).expect_err("it cannot be used").to_string();
    assert!(
        !error.to_lowercase().contains("canary"),
        "a token is shown: {error}"
    );
    error
}

fn parse(text: &str) -> (Config, Vec<String>) {
    let (mut config, mut problems) = (Config::default(), Problems::default());
    File::parse(super::DEFAULT_FILE, text, &mut problems).apply(&mut config, &mut problems);
    let problems = problems.into_inner();
    (config, problems.iter().map(ToString::to_string).collect())
}

fn project() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn nothing_at_all_is_the_defaults() {
    let config = read(&[]).unwrap();
    assert!(config.telegram.is_none() && config.discord.is_none());
    assert_eq!(config.log, Config::default().log);
    assert!(config.warnings.is_empty() && config.broken.is_empty());
}

#[test]
fn tokens_addresses_and_the_guild_are_read() {
    let config = read(&[
        ("TELEGRAM_TOKEN", TELEGRAM),
        ("TELEGRAM_API_URL", "http://127.0.0.1:8081/"),
        ("DISCORD_TOKEN", DISCORD),
        ("DISCORD_API_URL", "https://discord.example/proxy"),
        ("DISCORD_GUILD_ID", "123456789012345678"),
        ("DUOLOGUE_LOG", "debug"),
        ("DUOLOGUE_DATA", "elsewhere"),
    ])
    .unwrap();
    let (telegram, discord) = (config.telegram.unwrap(), config.discord.unwrap());
    assert_eq!(telegram.token.expose(), TELEGRAM);
    assert_eq!(telegram.api_url.as_deref(), Some("http://127.0.0.1:8081"));
    assert_eq!(discord.token.expose(), DISCORD);
    assert_eq!(discord.api_url.as_deref(), Some("https://discord.example/proxy"));
    assert_eq!(discord.guild, Some(123_456_789_012_345_678));
    assert_eq!(config.log.filter.as_deref(), Some("debug"));
    assert!(config.data.ends_with("elsewhere"));
}

#[test]
fn nonsense_in_a_variable_is_named_with_a_remedy_and_without_its_value() {
    let no_token = "TELEGRAM_TOKEN: this is no token";
    let no_bot_token = "DISCORD_TOKEN: this is no bot token";
    let table: &[(&str, &str, &[&str])] = &[
        ("TELEGRAM_TOKEN", "canary", &[no_token, "@BotFather"]),
        ("TELEGRAM_TOKEN", "110201543:canary", &[no_token]),
        ("TELEGRAM_TOKEN", DISCORD, &[no_token]),
        (
            "TELEGRAM_TOKEN_FILE",
            "/nowhere/at/all",
            &["TELEGRAM_TOKEN_FILE", "/nowhere/at/all cannot be read"],
        ),
        (
            "TELEGRAM_TOKEN_FILE",
            TELEGRAM,
            &["TELEGRAM_TOKEN_FILE", "the file that it names cannot be read"],
        ),
        (
            "DISCORD_TOKEN_FILE",
            DISCORD,
            &["DISCORD_TOKEN_FILE", "[redacted]"],
        ),
        (
            "DISCORD_TOKEN",
            "canary",
            &[no_bot_token, "https://discord.com/developers/applications"],
        ),
        ("DISCORD_TOKEN", TELEGRAM, &[no_bot_token]),
        (
            "DISCORD_TOKEN",
            &format!("Bot {DISCORD}"),
            &["DISCORD_TOKEN", "write the token alone"],
        ),
        ("TELEGRAM_API_URL", "canary", &["TELEGRAM_API_URL", "https://"]),
        ("TELEGRAM_API_URL", "ftp://host", &["begin it with https://"]),
        ("TELEGRAM_API_URL", "https://", &["write it as https://host"]),
        ("TELEGRAM_API_URL", "https://ho st", &["write it as https://host"]),
        (
            "TELEGRAM_API_URL",
            "https://host:port",
            &["write it as https://host"],
        ),
        (
            "TELEGRAM_API_URL",
            "https://me:canary@host",
            &["leave the user and the password out"],
        ),
        (
            "TELEGRAM_API_URL",
            "https://host/?token=canary",
            &["leave out what comes from there on"],
        ),
        (
            "TELEGRAM_API_URL",
            "https://api.telegram.org/bot",
            &["leave /bot and what follows out"],
        ),
        (
            "TELEGRAM_API_URL",
            &format!("https://host/bot{TELEGRAM}"),
            &["leave /bot and what follows out"],
        ),
        (
            "TELEGRAM_API_URL",
            "http://example.org",
            &["write https", "plain_http"],
        ),
        (
            "DISCORD_API_URL",
            "https://discord.com/api/v10",
            &["leave /api and what follows out"],
        ),
        (
            "DISCORD_API_URL",
            "https://discord.com/api",
            &["leave /api and what follows out"],
        ),
        ("DISCORD_API_URL", "http://10.0.0.7:80", &["write https"]),
        (
            "DISCORD_GUILD_ID",
            "my server",
            &["DISCORD_GUILD_ID", "Copy Server ID"],
        ),
        ("DISCORD_GUILD_ID", "0", &["DISCORD_GUILD_ID"]),
        (
            "DUOLOGUE_CONFIG",
            "nowhere.toml",
            &["DUOLOGUE_CONFIG", "nowhere.toml cannot be read"],
        ),
        ("DUOLOGUE_DATA", "/dev/null", &["DUOLOGUE_DATA", "name a folder"]),
        (
            "DUOLOGUE_LOG",
            "duologue=loud",
            &["DUOLOGUE_LOG", "write a level"],
        ),
    ];
    for (name, value, parts) in table {
        let complaints = complaints(&[(name, value)]);
        for part in *parts {
            assert!(complaints.contains(part), "{name}={value}: {complaints}");
        }
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let complaints = complaints(&[
        ("TELEGRAM_TOKEN", "canary"),
        ("DISCORD_TOKEN", "canary"),
        ("DISCORD_GUILD_ID", "canary"),
        ("DUOLOGUE_LOG", "a=b=c"),
        ("TELEGRAM_TOKN", "canary"),
    ]);
    // Four problems, and the odd variable.
    assert_eq!(complaints.lines().count(), 1 + 4 + 1, "{complaints}");
}

#[test]
fn a_bad_token_of_one_network_leaves_the_other_alone() {
    let config = read(&[("TELEGRAM_TOKEN", "canary"), ("DISCORD_TOKEN", DISCORD)]).unwrap();
    assert!(config.telegram.is_none() && config.discord.is_some());
    assert_eq!(config.broken.len(), 1);
    assert_eq!(config.broken[0].key, "TELEGRAM_TOKEN");
    assert!(!format!("{config:?}").to_lowercase().contains("canary"));
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let config = read(&[
        ("TELEGRAM_TOKEN", ""),
        ("DISCORD_TOKEN", "  "),
        ("DUOLOGUE_CONFIG", ""),
    ])
    .unwrap();
    assert!(config.telegram.is_none() && config.discord.is_none());
}

#[test]
fn a_server_of_ones_own_may_have_tokens_of_its_own() {
    let config = read(&[
        ("TELEGRAM_TOKEN", "1:test"),
        ("TELEGRAM_API_URL", "http://localhost:1"),
        ("DISCORD_TOKEN", "test-token"),
        ("DISCORD_API_URL", "http://[::1]:2"),
    ])
    .unwrap();
    assert!(config.telegram.is_some() && config.discord.is_some());
    let slash = complaints(&[
        ("TELEGRAM_TOKEN", "1/../canary"),
        ("TELEGRAM_API_URL", "http://localhost:1"),
    ]);
    assert!(slash.contains("TELEGRAM_TOKEN"), "{slash}");
}

#[test]
fn a_value_can_stand_in_a_file() {
    let folder = Folder::new();
    let path = folder.write("token", &format!("  {TELEGRAM}\n"));
    let config = read(&[("TELEGRAM_TOKEN_FILE", &path)]).unwrap();
    assert_eq!(config.telegram.unwrap().token.expose(), TELEGRAM);

    let twice = complaints(&[("TELEGRAM_TOKEN_FILE", &path), ("TELEGRAM_TOKEN", TELEGRAM)]);
    assert!(
        twice.contains("both TELEGRAM_TOKEN and TELEGRAM_TOKEN_FILE are set"),
        "{twice}"
    );

    let empty = folder.write("empty", "\n");
    let complaints = complaints(&[("DISCORD_GUILD_ID_FILE", &empty)]);
    assert!(
        complaints.contains("DISCORD_GUILD_ID_FILE") && complaints.contains("is empty"),
        "{complaints}"
    );
}

#[test]
fn dotenv_adds_and_never_overrides() {
    let environment = Environment::new([("DUOLOGUE_LOG", "debug"), ("DISCORD_TOKEN", "")]).dotenv(&format!(
        "# a comment\nDUOLOGUE_LOG=error\nexport TELEGRAM_TOKEN='{TELEGRAM}'\nDISCORD_TOKEN={DISCORD}\n"
    ));
    let config = Config::read(&environment).unwrap();
    assert_eq!(config.log.filter.as_deref(), Some("debug"));
    assert_eq!(config.telegram.unwrap().token.expose(), TELEGRAM);
    assert!(
        config.discord.is_none(),
        "an empty variable of the process counts before .env"
    );
}

#[test]
fn a_bad_line_of_dotenv_is_named_by_its_number_and_never_shown() {
    let environment = Environment::new([]).dotenv("A=1\n\nTELEGRAM TOKEN = canary words\nB=2\n");
    let error = Config::read(&environment).unwrap_err().to_string();
    assert!(error.contains(".env: line 3 cannot be read"), "{error}");
    assert!(!error.contains("canary"), "{error}");
}

#[test]
fn a_mistyped_variable_is_a_warning_with_the_nearest_name() {
    let config = read(&[
        ("TELEGRAM_TOKN", "x"),
        ("DISCORD_GUILDID", "x"),
        ("DUOLOGUE_SOMETHING_ELSE", "x"),
        ("OTHER_TOKEN", "x"),
    ])
    .unwrap();
    let warnings = config.warnings.join("\n");
    assert_eq!(config.warnings.len(), 3, "{warnings}");
    assert!(warnings.contains("did you mean TELEGRAM_TOKEN?"), "{warnings}");
    assert!(warnings.contains("did you mean DISCORD_GUILD_ID?"), "{warnings}");
}

#[test]
fn what_belongs_to_a_network_without_a_token_is_a_warning() {
    let config = read(&[
        ("DISCORD_GUILD_ID", "123456789012345678"),
        ("TELEGRAM_TOKEN", TELEGRAM),
    ])
    .unwrap();
    assert!(config.warnings[0].starts_with("DISCORD_GUILD_ID is set and changes nothing"));
}

#[test]
fn the_sample_has_every_key_with_its_default() {
    let text = fs::read_to_string(project().join(super::DEFAULT_FILE)).unwrap();
    let (mut config, problems) = parse(&text);
    assert_eq!(problems, Vec::<String>::new());
    // What belongs to the shipped bot's features is checked there.
    config.features.clear();
    assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    for key in [
        "listen",
        "register_commands",
        "turns",
        "control_turns",
        "turn_deadline",
        "conversation_bound",
        "total_bound",
        "shutdown",
        "filter",
        "format",
        "port",
        "plain_http",
        "drafts",
        "path",
        "max_connections",
        "interactions",
        "gateway",
        "memory",
        "files",
        "files_per_task",
        "deadline",
        "worker_memory",
        "worker_jobs",
        "running",
        "per_person",
        "per_chat",
        "waiting",
        "waiting_per_person",
        "allow",
        "deny",
    ] {
        assert!(text.contains(&format!("{key} = ")), "the sample lacks {key}");
    }
}

#[test]
fn the_example_of_variables_lists_them_all_and_no_other() {
    let text = fs::read_to_string(project().join(".env.example")).unwrap();
    let listed: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect();
    assert_eq!(listed, variables::all().into_iter().collect());
    let config = Config::read(&Environment::new([]).dotenv(&text)).unwrap();
    assert!(config.warnings.is_empty() && config.telegram.is_none());
}

#[test]
fn what_the_file_says_is_used() {
    let (config, problems) = parse(
        "register_commands = false\n[engine]\nturns = 3\nturn_deadline = \"5m\"\n[log]\nformat = \"json\"\n\
         [sandbox]\nport = 0\n",
    );
    assert_eq!(problems, Vec::<String>::new());
    assert!(!config.engine.register_commands);
    assert_eq!(config.engine.executor.turns, 3);
    assert_eq!(config.engine.executor.turn_deadline, Duration::from_secs(300));
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.sandbox.port, 0);
}

#[test]
fn tasks_can_be_bounded_in_the_file() {
    let (config, problems) = parse(
        "[tasks]\nmemory = \"1 GiB\"\ndeadline = \"90s\"\nworker_memory = \"64MiB\"\n[tasks.process]\nrunning = 1\n\
         [tasks.async]\nwaiting_per_person = 0\n[telegram]\ndrafts = false\n",
    );
    assert_eq!(problems, Vec::<String>::new());
    let tasks = &config.engine.tasks;
    assert_eq!((tasks.memory, tasks.deadline), (1 << 30, Duration::from_secs(90)));
    assert_eq!(config.workers.memory, 64 << 20);
    assert_eq!(
        (
            tasks.process.running,
            tasks.process.per_person,
            tasks.process.per_chat
        ),
        (1, 1, 1)
    );
    assert_eq!(tasks.asynchronous.waiting_per_person, 0);
}

#[test]
fn features_of_the_bot_have_sections_of_their_own() {
    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tea {
        cups: u8,
    }
    let (config, problems) = parse("[features.tea]\ncups = 3\n");
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(config.feature::<Tea>("tea").unwrap(), Tea { cups: 3 });
    assert_eq!(config.feature::<Tea>("coffee").unwrap(), Tea::default());
    let (config, _) = parse("[features.tea]\nmugs = 3\n");
    let error = config.feature::<Tea>("tea").unwrap_err().to_string();
    assert!(
        error.contains("features.tea: ") && error.contains("mugs"),
        "{error}"
    );
}

#[test]
fn nonsense_in_the_file_is_named_with_a_remedy() {
    let table: &[(&str, &[&str])] = &[
        (
            "[engine]\ntrns = 1\n",
            &["engine: unknown field `trns`", "`turns`", "config/duologue.toml"],
        ),
        ("[engine]\nturns = \"many\"\n", &["engine: ", "turns"]),
        (
            "[engine]\nturns = 0\n",
            &["engine.turns: ", "write a number from 1 to 4096"],
        ),
        (
            "[engine]\nturn_deadline = \"soon\"\n",
            &["engine.turn_deadline: ", "\"90s\""],
        ),
        ("[engine]\nshutdown = \"0s\"\n", &["engine.shutdown: "]),
        (
            "[tasks]\nmemory = \"much\"\n",
            &["tasks.memory: this is no size", "\"512 MiB\""],
        ),
        (
            "[tasks.process]\nrunning = 0\n",
            &["tasks.process.running: ", "from 1 to 100000"],
        ),
        ("[tasks]\nthreads = 4\n", &["tasks: unknown field `threads`"]),
        (
            "[log]\nformat = \"xml\"\n",
            &["log.format: ", "write \"text\" or \"json\""],
        ),
        ("[log]\nfilter = \"a=b=c\"\n", &["log.filter: "]),
        ("[sandbox]\nport = 70000\n", &["sandbox: "]),
        (
            "[engin]\nturns = 1\n",
            &["engin: there is no such key", "did you mean engine?"],
        ),
        (
            "[telegram]\ntoken = \"canary\"\n",
            &[
                "telegram: a token or a secret stands in the configuration file",
                ".env",
            ],
        ),
        ("[engine\n", &["config/duologue.toml: line 1 cannot be read"]),
        ("a = 1\n[engine]\nturns = = 1\n", &["line 3 cannot be read"]),
    ];
    for (text, parts) in table {
        let (_, problems) = parse(text);
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        for part in *parts {
            assert!(problems[0].contains(part), "{text}: {problems:?}");
        }
        assert!(!problems[0].contains("canary"), "{problems:?}");
    }
}

#[test]
fn each_section_is_read_for_itself() {
    let (_, problems) = parse("[engine]\ntrns = 1\n[log]\nformt = 1\n[sandbox]\nport = -1\n[other]\n");
    assert_eq!(problems.len(), 4, "{problems:?}");
}

#[test]
fn http_to_another_machine_can_be_allowed_in_the_file() {
    let folder = Folder::new();
    folder.write("config/duologue.toml", "[telegram]\nplain_http = true\n");
    let variables = [
        ("TELEGRAM_TOKEN", TELEGRAM),
        ("TELEGRAM_API_URL", "http://bot-api:8081"),
    ];
    let config = Config::read(&Environment::new(variables).folder(&folder.0)).unwrap();
    assert_eq!(
        config.telegram.unwrap().api_url.as_deref(),
        Some("http://bot-api:8081")
    );
}

#[test]
fn servers_are_entries_of_access_on_the_network_that_has_them() {
    let (config, problems) = parse(
        "[access]\nallow = [\"discord:server:7\"]\ndeny = [\"discord:guild:8\", \"telegram:server:9\", \"discord:server:x\"]\n",
    );
    let server = |id: &str| super::AccessEntry::Server {
        network: "discord".to_owned(),
        id: id.to_owned(),
    };
    assert_eq!(config.access.allow, [server("7")]);
    assert_eq!(config.access.deny, [server("8")]);
    assert_eq!(problems.len(), 2, "{problems:?}");
    for (problem, entry) in problems.iter().zip(["telegram:server:9", "discord:server:x"]) {
        for part in ["access.deny", entry, "nor a server", "Telegram has no servers"] {
            assert!(problem.contains(part), "{part} is not in {problem}");
        }
    }
}
