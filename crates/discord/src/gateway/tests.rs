//! Every fault a gateway can produce, against a gateway played by hand: in order, complete, once.

mod fake;

use std::time::Duration;

use serde_json::json;

use self::fake::{Fake, Running, soon};
use super::{Session, SessionStore, StartLimit, State};

/// A heartbeat interval that passes soon, in milliseconds.
const SHORT: u64 = 400;

async fn state_is(running: &mut Running, what: &str, wanted: impl FnMut(&State) -> bool) -> State {
    soon(what, running.events.state.wait_for(wanted))
        .await
        .expect("the gateway runs")
        .clone()
}

#[tokio::test]
async fn events_arrive_in_order_and_the_state_is_told() {
    let fake = Fake::start().await;
    let mut running = fake.run();
    let mut connection = fake.identified("s1").await;
    connection.events(1..=500).await;
    running.expect(1..=500).await;
    state_is(&mut running, "ready", |state| *state == State::Ready).await;
    running.stop().await;
    assert_eq!(
        fake.sessions.get(),
        Some(Session {
            id: "s1".into(),
            seq: 501,
            resume_url: None
        })
    );
}

#[tokio::test]
async fn an_answer_to_a_heartbeat_is_a_sign_of_life_and_an_unanswered_one_is_none() {
    let fake = Fake::start().await;
    let mut running = fake.run();
    // Long enough for an answer on a busy machine: without one the client leaves at the next heartbeat.
    let mut connection = fake.identified_with("s1", 1000).await;
    let told = |wanted: u32| move |signs: &u32| *signs == wanted;
    soon("the session", running.signs.wait_for(told(1)))
        .await
        .unwrap();
    for sign in 2..=3 {
        connection.beat().await;
        assert_eq!(*running.signs.borrow(), sign - 1, "it is not answered yet");
        connection.send(json!({ "op": 11 })).await;
        soon("a sign", running.signs.wait_for(told(sign))).await.unwrap();
    }
    // Nothing is answered any more, and the connection is given up by the client itself.
    connection.gone().await;
    assert_eq!(*running.signs.borrow(), 3);
    running.stop().await;
}

#[tokio::test]
async fn a_session_of_an_earlier_process_is_resumed_without_gap_or_double() {
    let fake = Fake::start().await.with_session("old", 40);
    let mut running = fake.run();
    let mut connection = fake.resumes_anew("old", 40).await;
    connection.events(1..=3).await;
    connection.resumed().await;
    connection.events(4..=5).await;
    running.expect(1..=5).await;
    running.stop().await;
    assert_eq!(fake.sessions.get().map(|session| session.seq), Some(46));
}

#[tokio::test]
async fn only_processed_events_are_not_asked_for_again_by_the_next_process() {
    let fake = Fake::start().await;
    let mut running = fake.run();
    let mut connection = fake.identified("s1").await;
    connection.events(1..=10).await;
    running.expect(1..=4).await;
    running.stop().await;
    assert_eq!(fake.sessions.get().map(|session| session.seq), Some(5));
}

/// serenity resumes by itself with the right number.
async fn resumes_by_itself(fault: &str) {
    let fake = Fake::start().await;
    let mut running = fake.run();
    let mut connection = fake.identified("s1").await;
    connection.events(1..=10).await;
    running.expect(1..=10).await;
    match fault {
        "op 7" => connection.send(json!({ "op": 7, "d": null })).await,
        "op 9 true" => connection.send(json!({ "op": 9, "d": true })).await,
        "4000" => connection.close(Some(4000)).await,
        "1000" => connection.close(Some(1000)).await,
        "fin" => connection.fin(),
        "reset" => connection.reset(),
        other => panic!("no such fault: {other}"),
    }
    let mut connection = fake.resumes("s1", 11).await;
    connection.events(11..=13).await;
    connection.resumed().await;
    connection.events(14..=15).await;
    running.expect(11..=15).await;
    running.stop().await;
}

#[tokio::test]
async fn op_7_resumes() {
    resumes_by_itself("op 7").await;
}

#[tokio::test]
async fn op_9_true_resumes() {
    resumes_by_itself("op 9 true").await;
}

#[tokio::test]
async fn close_4000_resumes() {
    resumes_by_itself("4000").await;
}

#[tokio::test]
async fn close_1000_resumes() {
    resumes_by_itself("1000").await;
}

#[tokio::test]
async fn a_fin_resumes() {
    resumes_by_itself("fin").await;
}

#[tokio::test]
async fn a_reset_resumes() {
    resumes_by_itself("reset").await;
}

#[tokio::test]
async fn a_replay_from_the_start_after_4007_is_not_handed_over_twice() {
    let fake = Fake::start().await;
    let mut running = fake.run();
    let mut connection = fake.identified("s1").await;
    connection.events(1..=10).await;
    running.expect(1..=10).await;
    connection.close(Some(4007)).await;
    let mut connection = fake.resumes("s1", 0).await;
    connection.ready("s1", "").await;
    connection.events(1..=12).await;
    running.expect(11..=12).await;
    running.stop().await;
}

/// The session cannot be resumed: RESUME is tried, then a new one begins.
async fn begins_anew(fault: &str) {
    let fake = Fake::start().await;
    let mut running = fake.run();
    let interval = if fault == "no ack" { SHORT } else { fake::CALM };
    let mut connection = fake.identified_with("s1", interval).await;
    connection.events(1..=3).await;
    running.expect(1..=3).await;
    match fault {
        "op 9 false" => connection.send(json!({ "op": 9, "d": false })).await,
        "4009" => connection.close(Some(4009)).await,
        "no ack" => connection.gone().await,
        other => panic!("no such fault: {other}"),
    }
    for _ in 0..super::RESUME_TRIES {
        let mut refused = fake.resumes_anew("s1", 4).await;
        refused.send(json!({ "op": 9, "d": false })).await;
    }
    let mut connection = fake.identified("s2").await;
    connection.events(4..=5).await;
    running.expect(4..=5).await;
    running.stop().await;
    assert_eq!(
        fake.sessions.get(),
        Some(Session {
            id: "s2".into(),
            seq: 3,
            resume_url: None
        })
    );
}

#[tokio::test]
async fn op_9_false_begins_a_new_session() {
    begins_anew("op 9 false").await;
}

#[tokio::test]
async fn close_4009_begins_a_new_session() {
    begins_anew("4009").await;
}

#[tokio::test]
async fn a_missing_ack_for_two_intervals_ends_in_a_new_session_if_resume_is_refused() {
    begins_anew("no ack").await;
}

#[tokio::test]
async fn a_missing_ack_for_two_intervals_resumes() {
    let fake = Fake::start().await;
    let mut running = fake.run();
    let mut connection = fake.identified_with("s1", SHORT).await;
    connection.events(1..=3).await;
    running.expect(1..=3).await;
    connection.gone().await;
    let mut connection = fake.resumes_anew("s1", 4).await;
    connection.events(4..=5).await;
    connection.resumed().await;
    running.expect(4..=5).await;
    running.stop().await;
}

async fn is_final(code: u16, sentence: &str) {
    let fake = Fake::start().await;
    let running = fake.run();
    let mut connection = fake.accept().await;
    connection.hello(fake::CALM).await;
    connection.expect(2).await;
    connection.close(Some(code)).await;
    let refusal = running.refusal().await;
    assert!(refusal.contains(sentence), "{refusal}");
}

#[tokio::test]
async fn close_4004_is_final() {
    is_final(4004, "refused the bot's token").await;
}

#[tokio::test]
async fn close_4013_is_final() {
    is_final(4013, "does not know the intents").await;
}

#[tokio::test]
async fn close_4014_is_final_and_names_the_switch() {
    is_final(4014, "Message Content Intent").await;
}

/// serenity spins without yielding; the ping ends it, and repeated endings are asked about.
async fn spin_is_ended(code: Option<u16>, sentence: Option<&str>) {
    let fake = Fake::start().await;
    let mut running = fake.run();
    for _ in 0..super::IDENTIFY_TRIES + u32::from(sentence.is_some()) {
        let mut connection = fake.accept().await;
        connection.hello(fake::CALM).await;
        connection.expect(2).await;
        connection.close(code).await;
    }
    if let Some(sentence) = sentence {
        let refusal = running.refusal().await;
        assert!(refusal.contains(sentence), "{refusal}");
        return;
    }
    // The probe gets a session, which the shard then resumes.
    let probe = fake.identified("s1").await;
    let mut connection = fake.resumes_anew("s1", 1).await;
    drop(probe);
    connection.resumed().await;
    connection.events(1..=2).await;
    running.expect(1..=2).await;
    running.stop().await;
}

#[tokio::test]
async fn close_4003_before_ready_is_survived() {
    spin_is_ended(Some(4003), None).await;
}

#[tokio::test]
async fn close_without_code_before_ready_is_survived() {
    spin_is_ended(None, None).await;
}

#[tokio::test]
async fn close_4010_is_final() {
    spin_is_ended(Some(4010), Some("close code 4010")).await;
}

#[tokio::test]
async fn close_4011_is_final() {
    spin_is_ended(Some(4011), Some("needs sharding")).await;
}

#[tokio::test]
async fn close_4012_is_final() {
    spin_is_ended(Some(4012), Some("close code 4012")).await;
}

#[tokio::test]
async fn a_spin_in_a_running_session_ends_and_resumes() {
    let fake = Fake::start().await;
    let mut running = fake.run();
    let mut connection = fake.identified("s1").await;
    connection.events(1..=3).await;
    running.expect(1..=3).await;
    connection.close(Some(4003)).await;
    let mut connection = fake.resumes_anew("s1", 4).await;
    connection.resumed().await;
    connection.events(4..=4).await;
    running.expect(4..=4).await;
    running.stop().await;
}

#[tokio::test]
async fn a_refused_port_after_op_7_is_tried_again() {
    let mut fake = Fake::start().await;
    let mut running = fake.run();
    let mut connection = fake.identified("s1").await;
    connection.events(1..=3).await;
    running.expect(1..=3).await;
    fake.refuse();
    connection.send(json!({ "op": 7, "d": null })).await;
    state_is(&mut running, "a wait", |state| {
        matches!(state, State::Waiting { .. })
    })
    .await;
    fake.listen_again().await;
    let mut connection = fake.resumes_anew("s1", 4).await;
    connection.events(4..=5).await;
    connection.resumed().await;
    running.expect(4..=5).await;
    running.stop().await;
}

#[tokio::test]
async fn a_handshake_that_is_never_answered_is_given_up() {
    let mut fake = Fake::start().await;
    fake.timing.connect = Duration::from_millis(500);
    let mut running = fake.run();
    let silent = fake.accept_tcp().await;
    let mut connection = fake.identified("s1").await;
    drop(silent);
    connection.events(1..=1).await;
    running.expect(1..=1).await;
    running.stop().await;
}

#[tokio::test]
async fn a_handshake_that_is_never_answered_after_op_7_is_given_up() {
    let mut fake = Fake::start().await;
    fake.timing.stall = Duration::from_millis(1500);
    let mut running = fake.run();
    let mut connection = fake.identified("s1").await;
    connection.events(1..=1).await;
    running.expect(1..=1).await;
    connection.send(json!({ "op": 7, "d": null })).await;
    let silent = fake.accept_tcp().await;
    let mut connection = fake.resumes_anew("s1", 2).await;
    drop(silent);
    connection.resumed().await;
    connection.events(2..=2).await;
    running.expect(2..=2).await;
    running.stop().await;
}

#[tokio::test]
async fn a_missing_hello_is_given_up() {
    let mut fake = Fake::start().await;
    fake.timing.ready = Duration::from_millis(800);
    let mut running = fake.run();
    let mute = fake.accept().await;
    let mut connection = fake.identified("s1").await;
    drop(mute);
    connection.events(1..=1).await;
    running.expect(1..=1).await;
    running.stop().await;
}

#[tokio::test]
async fn a_full_queue_cuts_and_resumes_without_gap_or_double() {
    let mut fake = Fake::start().await;
    fake.queue = 8;
    let mut running = fake.run();
    let mut connection = fake.identified("s1").await;
    connection.events(1..=100).await;
    connection.gone().await;
    // Nothing is asked for before what is there has been taken.
    running.expect(1..=8).await;
    let mut connection = fake.resumes_anew("s1", 9).await;
    connection.resumed().await;
    for number in 9..=30 {
        connection.events(number..=number).await;
        running.expect(number..=number).await;
    }
    running.stop().await;
}

#[tokio::test]
async fn resumes_go_to_the_sessions_own_host() {
    let fake = Fake::start().await;
    let other = Fake::start().await;
    let mut running = fake.run();
    let mut connection = fake.accept().await;
    connection.hello(fake::CALM).await;
    connection.expect(2).await;
    connection
        .ready("s1", &format!("ws://127.0.0.1:{}/", other.port))
        .await;
    connection.events(1..=1).await;
    running.expect(1..=1).await;
    connection.send(json!({ "op": 7, "d": null })).await;
    let mut connection = other.resumes("s1", 2).await;
    connection.resumed().await;
    connection.events(2..=2).await;
    running.expect(2..=2).await;
    running.stop().await;
}

#[tokio::test]
async fn a_resume_host_that_may_not_be_used_is_ignored() {
    let fake = Fake::start().await;
    let mut running = fake.run();
    let mut connection = fake.accept().await;
    connection.hello(fake::CALM).await;
    connection.expect(2).await;
    connection
        .ready("s1", "wss://gateway-us-east1-b.discord.gg")
        .await;
    connection.events(1..=1).await;
    running.expect(1..=1).await;
    connection.send(json!({ "op": 7, "d": null })).await;
    fake.resumes("s1", 2).await.resumed().await;
    running.stop().await;
}

#[tokio::test]
async fn the_real_gateway_is_refused_when_another_server_is_configured() {
    let fake = Fake::start().await;
    *fake.directory.url.lock().unwrap() = "wss://gateway.discord.gg".to_owned();
    let error = soon("the end", fake.run().ended).await.unwrap().unwrap_err();
    assert!(
        super::Chain(&error).to_string().contains("real gateway"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_token_that_the_rest_api_refuses_is_final() {
    let fake = Fake::start().await;
    *fake.directory.url.lock().unwrap() = "unauthorized".to_owned();
    assert!(fake.run().refusal().await.contains("DISCORD_TOKEN"));
}

#[tokio::test]
async fn the_last_identifies_of_the_day_are_kept() {
    let fake = Fake::start().await;
    let spent = StartLimit {
        total: 1000,
        remaining: 20,
        reset_after: Duration::from_millis(200),
    };
    fake.directory.limits.lock().unwrap().push(spent);
    let mut running = fake.run();
    let waiting = state_is(&mut running, "a wait", |state| {
        matches!(state, State::Waiting { .. })
    })
    .await;
    assert!(
        matches!(waiting, State::Waiting { why, .. } if why.contains("nearly used up")),
        "{waiting:?}"
    );
    fake.identified("s1").await;
    state_is(&mut running, "ready", |state| *state == State::Ready).await;
    running.stop().await;
}

#[tokio::test]
async fn a_stop_ends_a_shard_that_spins() {
    let mut fake = Fake::start().await;
    // No look at the shard comes before the stop.
    fake.timing.tick = fake::PATIENCE;
    let mut running = fake.run();
    let mut connection = fake.identified("s1").await;
    connection.events(1..=1).await;
    running.expect(1..=1).await;
    connection.close(Some(4003)).await;
    let before = std::time::Instant::now();
    running.stop().await;
    assert!(before.elapsed() < fake.timing.stop);
}
