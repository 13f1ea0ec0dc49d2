//! A bot without a token, on both networks of the sandbox, by real HTTP and WebSocket.

use duologue::prelude::*;
use duologue::{Config, SandboxSettings};

/// Is it there?
#[command]
async fn ping() -> &'static str {
    "pong"
}

#[tokio::test]
async fn without_a_token_the_bot_is_on_both_networks_of_the_sandbox() {
    let config = Config {
        sandbox: SandboxSettings { port: 0 },
        ..Config::default()
    };
    let bot = App::new(config)
        .command(ping)
        .start()
        .await
        .expect("the sandbox starts");
    let handle = bot.handle();
    let sandbox = bot.sandbox().expect("there is no token").clone();
    assert!(sandbox.url().starts_with("http://127.0.0.1:"));
    let both_are_online = async {
        loop {
            let health = handle.health();
            let online =
                |status: &duologue::SourceStatus| matches!(status, duologue::SourceStatus::Online(_));
            if health.len() == 2 && health.iter().all(|network| online(&network.status)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let patience = tokio::time::timeout(Duration::from_secs(20), both_are_online);
    let ended = bot
        .run_until(async {
            assert!(patience.await.is_ok(), "not online: {:?}", handle.health());
        })
        .await
        .expect("both networks work");
    assert!(!ended.deserted);
}

#[tokio::test]
async fn a_port_that_is_taken_is_no_obstacle() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    let port = taken.local_addr().expect("it has an address").port();
    let config = Config {
        sandbox: SandboxSettings { port },
        ..Config::default()
    };
    let bot = App::new(config).start().await.expect("another port is free");
    let url = bot.sandbox().expect("there is no token").url();
    assert!(!url.ends_with(&port.to_string()), "{url}");
}
