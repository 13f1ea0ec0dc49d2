//! The doctor that asks the networks.

use duologue_sandbox::{Sandbox, SandboxConfig, SandboxHandle};

use crate::process::Program;

async fn examine(sandbox: &SandboxHandle) -> (Option<i32>, String) {
    let variables = [
        ("TELEGRAM_TOKEN", sandbox.telegram_token("duologue")),
        ("TELEGRAM_API_URL", sandbox.telegram_api_url()),
        ("DISCORD_TOKEN", sandbox.discord_token("duologue")),
        ("DISCORD_API_URL", sandbox.discord_api_url()),
    ];
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let (status, log) = Program::start(&["doctor", "--live"], &variables, "").ends().await;
    for (_, token) in variables.iter().filter(|(name, _)| name.ends_with("TOKEN")) {
        assert!(!log.contains(token), "a token is told: {log}");
    }
    (status.code(), log)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_networks_are_asked_what_they_know_of_the_bot() {
    let sandbox = Sandbox::start(SandboxConfig::default()).await.unwrap();
    let (code, log) = examine(&sandbox).await;
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(log.matches("the token is that of @").count(), 2, "{log}");
    assert!(log.contains("sessions of the gateway are left today"), "{log}");
    assert!(log.contains("commands are missing"), "{log}");
    assert!(
        log.contains("the bot may do what it needs on its one server"),
        "{log}"
    );
    assert!(log.contains("are free on its disk"), "{log}");
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_keeps_events_from_the_bot_is_named_with_its_remedy() {
    let sandbox = Sandbox::start(SandboxConfig::default()).await.unwrap();
    let telegram = sandbox.telegram_token("duologue");
    let url = format!("{}/bot{telegram}/setWebhook", sandbox.telegram_api_url());
    let request = reqwest::Client::new().post(url).json(&serde_json::json!({
        "url": "http://127.0.0.1:9/telegram"
    }));
    assert!(request.send().await.unwrap().status().is_success());
    let discord = sandbox.discord_token("duologue");
    let bot = sandbox.discord().bot_of(&discord).unwrap();
    sandbox.faults().revoke_discord(bot, true);
    let (code, log) = examine(&sandbox).await;
    assert_eq!(code, Some(1), "{log}");
    assert!(
        log.contains("a webhook is set") && log.contains("deleteWebhook"),
        "{log}"
    );
    assert!(
        log.contains("does not know this token") && log.contains("DISCORD_TOKEN"),
        "{log}"
    );
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_bot_may_not_do_on_a_server_is_named_with_its_remedy() {
    let sandbox = Sandbox::start(SandboxConfig::default()).await.unwrap();
    let bot = sandbox
        .discord()
        .bot_of(&sandbox.discord_token("duologue"))
        .unwrap();
    // Sending messages and attaching files.
    sandbox.discord().deny(bot, 1 << 11 | 1 << 15).unwrap();
    let (code, log) = examine(&sandbox).await;
    assert_eq!(code, Some(0), "it can run like this: {log}");
    assert!(
        log.contains("the bot lacks Send Messages, Attach Files") && log.contains("Server Settings, Roles"),
        "{log}"
    );
    sandbox.discord().deny(bot, 0).unwrap();
    let (_, log) = examine(&sandbox).await;
    assert!(!log.contains("the bot lacks"), "{log}");
    sandbox.shutdown().await;
}
