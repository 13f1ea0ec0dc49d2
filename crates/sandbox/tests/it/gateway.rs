//! The gateway: identify, intents, heartbeats, resume with replay, close codes and its faults.

use duologue_sandbox::{Fault, FaultKind, GatewayAction, Network, SandboxConfig};
use serde_json::json;
use tokio_tungstenite::connect_async;

use crate::support::{Bench, Gateway};

const MESSAGES: u64 = 1 | (1 << 9);

#[tokio::test]
async fn ready_and_the_guild_come_first_then_events_in_order() {
    let bench = Bench::new().await;
    let mut gateway = Gateway::connect(&bench).await;
    gateway.identify(&bench.discord_token, MESSAGES | (1 << 15)).await;
    let ready = gateway.event("READY").await;
    assert_eq!(gateway.seq, 1);
    assert_eq!(ready["application"]["id"], bench.discord_bot.to_string());
    assert!(
        ready["resume_gateway_url"]
            .as_str()
            .unwrap()
            .starts_with("ws://127.0.0.1:")
    );
    let guild = gateway.event("GUILD_CREATE").await;
    assert_eq!(guild["channels"][0]["name"], "general");
    for n in 0..300 {
        bench.dana().send_text(&bench.general(), &n.to_string()).unwrap();
    }
    for n in 0..300 {
        assert_eq!(gateway.event("MESSAGE_CREATE").await["content"], n.to_string());
        assert_eq!(gateway.seq, n + 3);
    }
    gateway.send(json!({ "op": 1, "d": gateway.seq })).await;
    assert_eq!(gateway.frame().await.unwrap()["op"], 11);
    assert_eq!(bench.sandbox.discord().bots()[0].connection, "connected");
}

#[tokio::test]
async fn intents_decide_what_arrives_and_whether_it_can_be_read() {
    let bench = Bench::new().await;
    let mut gateway = Gateway::connect(&bench).await;
    gateway.identify(&bench.discord_token, MESSAGES).await;
    gateway.event("GUILD_CREATE").await;
    let (general, dana) = (bench.general(), bench.dana());
    let id = dana.send_text(&general, "secret").unwrap();
    assert_eq!(gateway.event("MESSAGE_CREATE").await["content"], "");
    dana.react(&general, id, "👍", true).unwrap();
    dana.typing(&general).unwrap();
    dana.send_text(&general, &format!("hi <@{}>", bench.discord_bot))
        .unwrap();
    let next = gateway.frame().await.unwrap();
    assert_eq!(
        next["t"], "MESSAGE_CREATE",
        "no reactions and no typing without their intents"
    );
    assert!(
        next["d"]["content"].as_str().unwrap().starts_with("hi"),
        "a mention can be read"
    );
    dana.delete(&general, id).unwrap();
    assert_eq!(gateway.event("MESSAGE_DELETE").await["id"], id.to_string());
}

#[tokio::test]
async fn a_lost_connection_is_resumed_with_exactly_what_was_missed() {
    let bench = Bench::new().await;
    let mut gateway = bench.gateway().await;
    let (general, dana) = (bench.general(), bench.dana());
    dana.send_text(&general, "seen").unwrap();
    gateway.event("MESSAGE_CREATE").await;
    let (session, seq, url) = (gateway.session.clone(), gateway.seq, gateway.resume_url.clone());
    drop(gateway);
    dana.send_text(&general, "missed 1").unwrap();
    dana.send_text(&general, "missed 2").unwrap();
    let mut gateway = Gateway::connect_to(&url).await;
    gateway.resume(&bench.discord_token, &session, seq).await;
    for (text, number) in [("missed 1", seq + 1), ("missed 2", seq + 2)] {
        let frame = gateway.frame().await.unwrap();
        assert_eq!(
            (&frame["d"]["content"], frame["s"].as_u64()),
            (&json!(text), Some(number))
        );
    }
    assert_eq!(gateway.frame().await.unwrap()["t"], "RESUMED");
    dana.send_text(&general, "new").unwrap();
    assert_eq!(gateway.event("MESSAGE_CREATE").await["content"], "new");
}

#[tokio::test]
async fn a_session_that_is_unknown_or_closed_for_good_is_refused() {
    let bench = Bench::new().await;
    let mut gateway = Gateway::connect(&bench).await;
    gateway.resume(&bench.discord_token, "nonsense", 1).await;
    assert_eq!(
        gateway.frame().await.unwrap(),
        json!({ "op": 9, "s": null, "t": null, "d": false })
    );
    gateway.identify(&bench.discord_token, MESSAGES).await;
    let session = gateway.event("READY").await["session_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut other = Gateway::connect(&bench).await;
    other.resume(&bench.discord_token, &session, 999).await;
    assert_eq!(other.closed().await, Some(4007));
}

#[tokio::test]
async fn wrong_frames_close_with_their_codes() {
    let bench = Bench::new().await;
    bench
        .sandbox
        .discord()
        .set_privileged(bench.discord_bot, false)
        .unwrap();
    let identify = |token: &str, more: serde_json::Value| {
        let mut d = json!({ "token": token, "intents": 1, "properties": {} });
        d.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "op": 2, "d": d })
    };
    let token = bench.discord_token.clone();
    let table = [
        (json!({ "op": 77 }), 4001),
        (json!({ "op": 3, "d": {} }), 4003),
        (identify("wrong", json!({})), 4004),
        (identify(&token, json!({ "shard": [3, 1] })), 4010),
        (identify(&token, json!({ "intents": "x" })), 4013),
        (identify(&token, json!({ "intents": 1 << 15 })), 4014),
        (json!({ "op": 1, "d": "x".repeat(5000) }), 4002),
    ];
    for (frame, code) in table {
        let mut gateway = Gateway::connect(&bench).await;
        gateway.send(frame).await;
        assert_eq!(gateway.closed().await, Some(code));
    }
    let mut gateway = Gateway::connect(&bench).await;
    gateway.identify(&token, 1).await;
    gateway.identify(&token, 1).await;
    assert_eq!(gateway.closed().await, Some(4005));
    let mut gateway = Gateway::connect(&bench).await;
    for _ in 0..121 {
        gateway.send(json!({ "op": 1, "d": null })).await;
    }
    assert_eq!(gateway.closed().await, Some(4008));
}

#[tokio::test]
async fn the_switch_orders_reconnects_invalid_sessions_and_closes() {
    let bench = Bench::new().await;
    let faults = bench.sandbox.faults();
    let mut gateway = bench.gateway().await;
    assert_eq!(
        faults.gateway(Some(bench.discord_bot), GatewayAction::Reconnect),
        1
    );
    assert_eq!(gateway.frame().await.unwrap()["op"], 7);
    for resumable in [true, false] {
        let mut gateway = bench.gateway().await;
        faults.gateway(None, GatewayAction::InvalidSession { resumable });
        let frame = gateway.frame().await.unwrap();
        assert_eq!(
            (frame["op"].as_u64(), frame["d"].as_bool()),
            (Some(9), Some(resumable))
        );
        let (session, seq) = (gateway.session.clone(), gateway.seq);
        gateway.resume(&bench.discord_token, &session, seq).await;
        let answer = gateway.frame().await.unwrap();
        assert_eq!(answer["t"] == "RESUMED", resumable, "{answer}");
    }
    drop(gateway);
    for (action, code) in [
        (GatewayAction::Close { code: Some(4000) }, Some(4000)),
        (GatewayAction::Close { code: None }, None),
        (GatewayAction::Reset, None),
        (GatewayAction::End, None),
    ] {
        let mut gateway = bench.gateway().await;
        faults.gateway(None, action);
        assert_eq!(gateway.closed().await, code, "{action:?}");
    }
}

#[tokio::test]
async fn a_session_survives_a_reset_but_not_a_final_close() {
    let bench = Bench::new().await;
    for (action, resumed) in [
        (GatewayAction::Reset, true),
        (GatewayAction::Close { code: Some(4009) }, false),
    ] {
        let mut gateway = bench.gateway().await;
        let (session, seq) = (gateway.session.clone(), gateway.seq);
        bench.sandbox.faults().gateway(None, action);
        gateway.closed().await;
        let mut again = Gateway::connect(&bench).await;
        again.resume(&bench.discord_token, &session, seq).await;
        assert_eq!(again.frame().await.unwrap()["t"] == "RESUMED", resumed);
    }
}

#[tokio::test]
async fn heartbeats_can_go_without_an_answer_and_events_can_stay_away() {
    let bench = Bench::new().await;
    let faults = bench.sandbox.faults();
    let mut gateway = bench.gateway().await;
    faults.add(Fault::new(Network::Discord, FaultKind::GatewayNoAck).times(1));
    faults.add(Fault::new(Network::Discord, FaultKind::GatewayMute).times(1));
    let (general, dana) = (bench.general(), bench.dana());
    gateway.send(json!({ "op": 1, "d": null })).await;
    let none_left = |s: &duologue_sandbox::SandboxHandle| {
        (!s.faults()
            .list()
            .iter()
            .any(|fault| fault.fault.kind == FaultKind::GatewayNoAck))
        .then_some(())
    };
    // The switch does not change the world, so an ordinary change is what wakes the wait.
    while none_left(&bench.sandbox).is_none() {
        tokio::task::yield_now().await;
    }
    dana.send_text(&general, "lost").unwrap();
    dana.send_text(&general, "seen").unwrap();
    let next = gateway.frame().await.unwrap();
    assert_eq!(
        next["d"]["content"], "seen",
        "neither the ACK nor the first message came"
    );
}

#[tokio::test]
async fn the_gateway_can_refuse_stall_and_stay_silent() {
    let bench = Bench::new().await;
    let faults = bench.sandbox.faults();
    let url = format!(
        "{}/gateway",
        bench.sandbox.discord_api_url().replace("http", "ws")
    );
    faults.add(Fault::new(Network::Discord, FaultKind::GatewayRefuse).times(1));
    assert!(connect_async(&url).await.is_err());
    let short = std::time::Duration::from_millis(150);
    faults.add(Fault::new(Network::Discord, FaultKind::GatewayNoHandshake).times(1));
    assert!(
        tokio::time::timeout(short, connect_async(&url)).await.is_err(),
        "the handshake is never answered"
    );
    faults.add(Fault::new(Network::Discord, FaultKind::GatewayNoHello).times(1));
    let (mut socket, _) = connect_async(&url).await.unwrap();
    let silent = futures_util::StreamExt::next(&mut socket);
    assert!(
        tokio::time::timeout(short, silent).await.is_err(),
        "it opens and says nothing"
    );
    faults.add(Fault::new(Network::Discord, FaultKind::GatewayRefuseResume).times(1));
    let gateway = bench.gateway().await;
    let (session, seq) = (gateway.session.clone(), gateway.seq);
    drop(gateway);
    let mut again = Gateway::connect(&bench).await;
    again.resume(&bench.discord_token, &session, seq).await;
    assert_eq!(again.frame().await.unwrap()["op"], 9);
}

#[tokio::test]
async fn a_client_without_heartbeats_is_dropped() {
    let config = SandboxConfig {
        heartbeat_interval_ms: 1,
        ..SandboxConfig::default()
    };
    let bench = Bench::with(config).await;
    let mut gateway = bench.gateway().await;
    assert_eq!(gateway.closed().await, Some(4009));
}
