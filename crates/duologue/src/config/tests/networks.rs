//! How updates and interactions come: by asking or by webhook, by the gateway or by HTTP.

use std::fs;

use super::super::{Config, ConfigError, EndpointSettings, Environment, WebhookSettings};
use super::{DISCORD, Folder, TELEGRAM, complaints, project, read};

const SECRET: &str = "webhook-canary-0123456789abcdef";
const KEY: &str = "1e0a356058d627ca38a5c8c9648818061d49e49bd9da9e3ab17d98ad4d6b02c8";

/// Both tokens and these variables, with this text as the file.
fn configured(variables: &[(&str, &str)], file: &str) -> Result<Config, ConfigError> {
    let folder = Folder::new();
    folder.write("config/duologue.toml", file);
    let tokens = [("TELEGRAM_TOKEN", TELEGRAM), ("DISCORD_TOKEN", DISCORD)];
    let all = tokens.iter().chain(variables).copied();
    Config::read(&Environment::new(all).folder(&folder.0))
}

/// What is wrong with them.
fn refusal(variables: &[(&str, &str)], file: &str) -> String {
    let error = configured(variables, file).expect_err("it cannot be used");
    assert_eq!(error.problems.len(), 1, "{error}");
    let error = error.to_string();
    assert!(!error.to_lowercase().contains("canary"), "{error}");
    error
}

fn webhook(variables: &[(&str, &str)], file: &str) -> WebhookSettings {
    let config = configured(variables, file).expect("it can be used");
    config.telegram.unwrap().webhook.expect("a webhook")
}

fn endpoint(variables: &[(&str, &str)], file: &str) -> EndpointSettings {
    let config = configured(variables, file).expect("it can be used");
    config.discord.unwrap().endpoint.expect("an endpoint")
}

#[test]
fn the_bot_asks_unless_it_is_told_otherwise() {
    let config = configured(&[], "").unwrap();
    assert_eq!(config.telegram.unwrap().webhook, None);
    assert_eq!(config.discord.unwrap().endpoint, None);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn an_address_and_a_secret_are_a_webhook() {
    let url = "https://bot.example.org/telegram";
    let variables = [("TELEGRAM_WEBHOOK_URL", url), ("TELEGRAM_WEBHOOK_SECRET", SECRET)];
    let usual = webhook(&variables, "");
    assert_eq!((usual.url.as_str(), usual.secret.expose()), (url, SECRET));
    assert_eq!(
        (usual.listen.to_string().as_str(), usual.path),
        ("127.0.0.1:8080", None)
    );
    assert_eq!(usual.max_connections, 40);

    let file = "[telegram.webhook]\nlisten = \"127.0.0.1:9001\"\npath = \"/t\"\nmax_connections = 100\n";
    let own = webhook(&variables, file);
    assert_eq!((own.path.as_deref(), own.max_connections), (Some("/t"), 100));
    assert_eq!(own.listen.to_string(), "127.0.0.1:9001");

    let [url, secret] = variables;
    let listen = ("TELEGRAM_WEBHOOK_LISTEN", "[::1]:9002");
    assert_eq!(
        webhook(&[url, secret, listen], file).listen.to_string(),
        "[::1]:9002"
    );
}

#[test]
fn the_webhooks_secret_can_stand_in_a_file_and_is_never_shown() {
    let folder = Folder::new();
    let path = folder.write("secret", &format!("{SECRET}\n"));
    let variables = [
        ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org"),
        ("TELEGRAM_WEBHOOK_SECRET_FILE", path.as_str()),
    ];
    let config = configured(&variables, "").unwrap();
    assert!(!format!("{config:?}").contains("canary"));
    let known = config.secrets();
    assert!(
        known.iter().any(|secret| secret.expose() == SECRET),
        "the log looks for it"
    );
    // The secret itself, put into the wrong variable.
    let wrong = [variables[0], ("TELEGRAM_WEBHOOK_SECRET_FILE", SECRET)];
    let refusal = refusal(&wrong, "");
    assert!(
        refusal.contains("the file that it names cannot be read"),
        "{refusal}"
    );
}

#[test]
fn half_a_webhook_says_what_is_missing() {
    let url = ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/telegram");
    let alone = refusal(&[url], "");
    for part in ["TELEGRAM_WEBHOOK_SECRET: it is not set", "openssl rand -hex 32"] {
        assert!(alone.contains(part), "{alone}");
    }
    for (name, value) in [
        ("TELEGRAM_WEBHOOK_SECRET", SECRET),
        ("TELEGRAM_WEBHOOK_LISTEN", "127.0.0.1:8080"),
    ] {
        let without = refusal(&[(name, value)], "");
        for part in [name, "TELEGRAM_WEBHOOK_URL is not set", "leave this out"] {
            assert!(without.contains(part), "{without}");
        }
    }
}

#[test]
fn an_address_that_telegram_does_not_call_is_named_with_a_remedy() {
    for (url, part) in [
        ("bot.example.org", "begin it with https://"),
        ("http://bot.example.org/x", "Telegram calls https alone"),
        ("https://bot.example.org:8080/x", "443, 80, 88 and 8443"),
        (
            "https://me:canary@bot.example.org/x",
            "leave the user and the password out",
        ),
        (
            "https://bot.example.org/x?y=z",
            "leave out what comes from there on",
        ),
        ("https://bot.example.org/%20", "use letters, digits and"),
        ("https:///x", "write it as https://host"),
    ] {
        let variables = [("TELEGRAM_WEBHOOK_URL", url), ("TELEGRAM_WEBHOOK_SECRET", SECRET)];
        let refusal = refusal(&variables, "");
        assert!(
            refusal.contains("TELEGRAM_WEBHOOK_URL: ") && refusal.contains(part),
            "{url}: {refusal}"
        );
    }
    for url in [
        "https://bot.example.org",
        "https://bot.example.org:8443/x",
        "http://127.0.0.1:9000/x",
    ] {
        let variables = [("TELEGRAM_WEBHOOK_URL", url), ("TELEGRAM_WEBHOOK_SECRET", SECRET)];
        assert_eq!(webhook(&variables, "").url, url);
    }
}

#[test]
fn what_telegram_does_not_take_as_a_secret_is_refused_and_what_can_be_guessed_is_a_warning() {
    let url = ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org");
    for secret in ["canary canary", "canary!", "kanari\u{e4}", &"canary".repeat(43)] {
        let refusal = refusal(&[url, ("TELEGRAM_WEBHOOK_SECRET", secret)], "");
        assert!(
            refusal.contains("TELEGRAM_WEBHOOK_SECRET: this is no secret"),
            "{refusal}"
        );
    }
    let config = configured(&[url, ("TELEGRAM_WEBHOOK_SECRET", "canary")], "").unwrap();
    let warning = &config.warnings[0];
    assert!(
        warning.contains("short") && !warning.contains("canary"),
        "{warning}"
    );
}

#[test]
fn interactions_come_by_http_where_the_file_says_so_and_there_is_a_key() {
    let key = ("DISCORD_PUBLIC_KEY", KEY);
    let usual = endpoint(&[key], "[discord]\ninteractions = \"endpoint\"\n");
    assert_eq!(usual, EndpointSettings::new(KEY));
    assert_eq!(usual.listen.to_string(), "127.0.0.1:8081");

    let upper = KEY.to_uppercase();
    let own = endpoint(
        &[("DISCORD_PUBLIC_KEY", upper.as_str())],
        "[discord]\ninteractions = \"endpoint\"\n[discord.endpoint]\nlisten = \"0.0.0.0:9003\"\npath = \"/d\"\n\
         gateway = true\n",
    );
    assert_eq!(own.listen.to_string(), "0.0.0.0:9003");
    assert_eq!(
        (own.public_key.as_str(), own.path.as_str(), own.gateway),
        (KEY, "/d", true)
    );
}

#[test]
fn an_endpoint_without_a_public_key_says_where_to_find_it() {
    let file = "[discord]\ninteractions = \"endpoint\"\n";
    let without = refusal(&[], file);
    for part in ["DISCORD_PUBLIC_KEY: it is not set", "General Information"] {
        assert!(without.contains(part), "{without}");
    }
    for key in ["canary", &KEY[1..], &"g".repeat(64)] {
        let refusal = refusal(&[("DISCORD_PUBLIC_KEY", key)], file);
        assert!(refusal.contains("64 hexadecimal digits"), "{refusal}");
    }
    // Nobody posts to a bot without a token: this is the sandbox.
    let folder = Folder::new();
    folder.write("config/duologue.toml", file);
    Config::read(&Environment::new([]).folder(&folder.0)).unwrap();
}

#[test]
fn a_public_key_that_is_not_used_is_a_warning() {
    let config = configured(&[("DISCORD_PUBLIC_KEY", KEY)], "").unwrap();
    assert_eq!(config.discord.unwrap().endpoint, None);
    let warning = &config.warnings[0];
    assert!(
        warning.starts_with("DISCORD_PUBLIC_KEY is set and changes nothing") && warning.contains("endpoint"),
        "{warning}"
    );
}

#[test]
fn a_webhook_of_a_network_without_a_token_is_a_warning() {
    let config = read(&[
        ("DISCORD_TOKEN", DISCORD),
        ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org"),
        ("TELEGRAM_WEBHOOK_SECRET", SECRET),
    ])
    .unwrap();
    assert!(config.warnings[0].starts_with("TELEGRAM_WEBHOOK_URL is set and changes nothing"));
    let listen = complaints(&[("TELEGRAM_WEBHOOK_LISTEN", "here")]);
    assert!(listen.contains("such as 127.0.0.1:8080"), "{listen}");
}

#[test]
fn nonsense_in_the_file_about_networks_is_named_with_a_remedy() {
    for (file, parts) in [
        (
            "[discord]\ninteractions = \"carrier pigeon\"\n",
            ["discord.interactions: ", "write \"gateway\" or \"endpoint\""],
        ),
        (
            "[discord.endpoint]\nlisten = \"8081\"\n",
            ["discord.endpoint.listen: ", "127.0.0.1:8081"],
        ),
        (
            "[discord.endpoint]\npath = \"x\"\n",
            ["discord.endpoint.path: ", "begin it with /"],
        ),
        (
            "[telegram.webhook]\nlisten = \"here\"\n",
            ["telegram.webhook.listen: ", "127.0.0.1:8080"],
        ),
        (
            "[telegram.webhook]\npath = \"/{all}\"\n",
            ["telegram.webhook.path: ", "letters, digits"],
        ),
        (
            "[telegram.webhook]\nmax_connections = 101\n",
            ["telegram.webhook.max_connections: ", "from 1 to 100"],
        ),
        (
            "[telegram.webhook]\nsecret = \"canary\"\n",
            ["telegram: a token or a secret stands in", ".env"],
        ),
        (
            "[telegram.webhook]\nurl = \"https://bot.example.org\"\n",
            ["telegram: unknown field `url`", "config/duologue.toml"],
        ),
    ] {
        let refusal = refusal(&[], file);
        for part in parts {
            assert!(refusal.contains(part), "{file}: {refusal}");
        }
    }
}

#[test]
fn two_that_would_listen_at_one_address_are_named() {
    let variables = [
        ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/x"),
        ("TELEGRAM_WEBHOOK_SECRET", SECRET),
        ("DISCORD_PUBLIC_KEY", KEY),
        ("DUOLOGUE_HEALTH", "127.0.0.1:9464"),
    ];
    let file = |port: u16| {
        format!("[discord]\ninteractions = \"endpoint\"\n[discord.endpoint]\nlisten = \"127.0.0.1:{port}\"\n")
    };
    let refusal = refusal(&variables, &file(8080));
    assert!(
        refusal.contains("discord.endpoint.listen: TELEGRAM_WEBHOOK_LISTEN is the same address"),
        "{refusal}"
    );
    assert!(configured(&variables, &file(9464)).is_err());
    assert!(configured(&variables, &file(8081)).is_ok());
}

#[test]
fn the_samples_settings_of_networks_are_the_defaults() {
    let sample = fs::read_to_string(project().join(super::super::DEFAULT_FILE)).unwrap();
    let variables = [
        ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/x"),
        ("TELEGRAM_WEBHOOK_SECRET", SECRET),
        ("DISCORD_PUBLIC_KEY", KEY),
    ];
    let by_http = |text: &str| text.replace("interactions = \"gateway\"", "interactions = \"endpoint\"");
    let sample = by_http(&sample);
    let bare = by_http("[discord]\ninteractions = \"gateway\"\n");
    assert!(sample.contains("interactions = \"endpoint\""));
    assert_eq!(webhook(&variables, &sample), webhook(&variables, &bare));
    assert_eq!(endpoint(&variables, &sample), endpoint(&variables, &bare));
}
