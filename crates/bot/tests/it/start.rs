//! How the program starts and refuses to start.

use crate::process::Program;

const TELEGRAM: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0";

#[tokio::test]
async fn without_a_token_it_starts_the_sandbox_and_prints_the_pages_address() {
    let mut program = Program::start(&[], &[], "");
    let line = program.says("http://127.0.0.1:").await;
    let address = line
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .unwrap();
    let page = reqwest::get(address).await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("telegram-input") || line.contains("http"));
    program.terminate().await;
    let (status, log) = program.ends().await;
    assert!(status.success(), "{log}");
}

#[tokio::test]
async fn the_sandbox_alone_says_how_to_point_a_bot_at_it() {
    let mut program = Program::start(&["sandbox", "--port", "0"], &[], "");
    program.says("TELEGRAM_API_URL=http://127.0.0.1:").await;
    program.terminate().await;
    assert!(program.ends().await.0.success());
}

#[tokio::test]
async fn nonsense_in_dotenv_is_named_with_its_remedy_and_no_token_is_shown() {
    for (dotenv, parts) in [
        ("TELEGRAM_TOKEN=nonsense", ["TELEGRAM_TOKEN", "@BotFather"]),
        (
            "DISCORD_TOKEN=nonsense",
            ["DISCORD_TOKEN", "discord.com/developers"],
        ),
        ("TELEGRAM_API_URL=nonsense", ["TELEGRAM_API_URL", "http"]),
        (
            "DUOLOGUE_CONFIG=missing.toml",
            ["DUOLOGUE_CONFIG", "missing.toml"],
        ),
        ("DISCORD_GUILD_ID=here", ["DISCORD_GUILD_ID", "digits"]),
    ] {
        let (status, log) = Program::start(&[], &[], dotenv).ends().await;
        assert_eq!(status.code(), Some(78), "{dotenv}: {log}");
        assert!(parts.iter().all(|part| log.contains(part)), "{dotenv}: {log}");
        assert!(
            !log.contains("=nonsense") && !log.contains("`nonsense`") || dotenv.contains("URL"),
            "{log}"
        );
    }
}

#[tokio::test]
async fn the_doctor_says_what_is_well_and_what_is_not_for_people_and_for_machines() {
    let mut well = Program::start(&["doctor"], &[], "");
    well.says("The bot can run.").await;
    assert!(well.ends().await.0.success());
    let mut bad = Program::configured(
        &["doctor", "--json"],
        &[],
        "",
        "[features.fetch]\nmegabites = 3\n",
    );
    bad.says("features.fetch").await;
    assert_eq!(bad.ends().await.0.code(), Some(1));
    let mut workers = Program::start(&["doctor"], &[], "");
    workers.says("limited: memory").await;
    workers.ends().await;
}

#[tokio::test]
async fn a_broken_dotenv_line_is_named() {
    let (status, log) = Program::start(&[], &[], "THIS IS 'not a variable").ends().await;
    assert_eq!(status.code(), Some(78), "{log}");
    assert!(log.contains(".env"), "{log}");
}

#[tokio::test]
async fn a_network_that_is_not_there_is_reported_without_the_token() {
    let variables = [
        ("TELEGRAM_TOKEN", TELEGRAM),
        ("TELEGRAM_API_URL", "http://127.0.0.1:9"),
        ("DUOLOGUE_LOG", "trace"),
    ];
    let mut program = Program::start(&[], &variables, "");
    let mut log = program.logs("not reached").await;
    program.terminate().await;
    let (status, rest) = program.ends().await;
    log.push_str(&rest);
    assert!(status.success() && log.contains("telegram"), "{log}");
    assert!(
        !log.contains(TELEGRAM) && !log.contains(&TELEGRAM[10..]),
        "the token is in the log"
    );
}

#[tokio::test]
async fn an_unknown_word_on_the_command_line_is_refused_with_the_usage() {
    let (status, log) = Program::start(&["dance"], &[], "").ends().await;
    assert_eq!(status.code(), Some(2));
    assert!(log.contains("dance") && log.contains("help"), "{log}");
    let (status, text) = Program::start(&["--version"], &[], "").ends().await;
    assert!(status.success() && text.contains(env!("CARGO_PKG_VERSION")));
}
