//! Health and metrics as a container's check and Prometheus see them.

use std::time::Duration;

use duologue_core::testing::Paper;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::Health;
use crate::app::App;
use crate::config::Config;

async fn ask(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: bot\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_bot_that_runs_is_well_ready_and_counts() {
    let paper = Paper::new();
    let data = std::env::temp_dir().join(format!("duologue-health-{}", std::process::id()));
    let config = Config {
        data: data.clone(),
        health: Some("127.0.0.1:0".parse().unwrap()),
        ..Config::default()
    };
    let app = App::new(config)
        .adapter(paper.adapter())
        .text(|_, _| async { "hello" });
    let bot = app.start().await.unwrap();
    let address = bot.health.as_ref().map(Health::address).unwrap();
    let stop = CancellationToken::new();
    let run = bot.run_until(stop.clone().cancelled_owned());
    let look = async {
        paper.text("anna", "hi");
        paper.until("an answer", |records| !records.is_empty()).await;
        while !ask(address, "/ready").await.starts_with("HTTP/1.1 200") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let health = ask(address, "/health").await;
        assert!(
            health.starts_with("HTTP/1.1 200") && health.contains("\"status\":\"online\""),
            "{health}"
        );
        // The network has the answer a moment before it is counted.
        let mut metrics = ask(address, "/metrics").await;
        while !metrics.contains("duologue_sends_total{network=\"paper\",outcome=\"sent\"} 1") {
            metrics = ask(address, "/metrics").await;
        }
        for line in [
            "duologue_network_online{network=\"paper\"} 1",
            "duologue_events_total{network=\"paper\",outcome=\"accepted\"} 1",
            "duologue_store_commits_total 1",
            "duologue_store_events 0",
            "duologue_store_unknown_sends 0",
            "duologue_answer_seconds_count{network=\"paper\"} 1",
            "duologue_turns_total{outcome=\"done\"} 1",
            "duologue_tasks{lane=\"process\",state=\"running\"} 0",
        ] {
            assert!(metrics.contains(line), "{line} is not in {metrics}");
        }
        assert!(ask(address, "/elsewhere").await.starts_with("HTTP/1.1 404"));
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(run, look);
    ended.unwrap();
    std::fs::remove_dir_all(data).unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "it ends with the bot");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_before_the_bot_starts() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let config = Config {
        health: Some(address),
        ..Config::default()
    };
    let error = App::new(config)
        .adapter(Paper::new().adapter())
        .start()
        .await
        .err()
        .unwrap();
    assert!(format!("{error:?}").contains(&address.to_string()), "{error:?}");
}
