//! Interactions: commands, components, forms and autocomplete, and the time they leave a bot.

use std::time::Duration;

use duologue_sandbox::Slash;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Bench, SOON};

fn callback(event: &Value) -> String {
    format!(
        "/interactions/{}/{}/callback",
        event["id"].as_str().unwrap(),
        event["token"].as_str().unwrap()
    )
}

fn hook(bench: &Bench, event: &Value) -> String {
    format!(
        "/webhooks/{}/{}",
        bench.discord_bot,
        event["token"].as_str().unwrap()
    )
}

async fn with_ping() -> Bench {
    let bench = Bench::new().await;
    bench
        .register(json!({ "name": "ping", "description": "x" }))
        .await;
    bench
}

#[tokio::test]
async fn a_command_is_offered_once_registered_and_arrives_with_typed_options() {
    let bench = Bench::new().await;
    let (general, dana) = (bench.general(), bench.dana());
    assert!(
        dana.slash(&general, Slash::new("roll")).is_err(),
        "nobody registered it"
    );
    let options = json!([
        { "type": 4, "name": "dice", "description": "x", "required": true, "min_value": 1, "max_value": 9 },
        { "type": 3, "name": "sides", "description": "x", "choices": [{ "name": "d6", "value": "six" }] },
        { "type": 6, "name": "for", "description": "x" }]);
    bench
        .register(json!({ "name": "roll", "description": "x", "options": options }))
        .await;
    let mut gateway = bench.gateway().await;
    for wrong in [
        Slash::new("roll"),
        Slash::new("roll").option("dice", 10),
        Slash::new("roll").option("dice", "many"),
        Slash::new("roll").option("dice", 1).option("sides", "seven"),
        Slash::new("roll").option("dice", 1).option("stray", 1),
    ] {
        assert!(dana.slash(&general, wrong).is_err());
    }
    let user = dana.id.to_string();
    dana.slash(
        &general,
        Slash::new("roll")
            .option("dice", 3)
            .option("sides", "six")
            .option("for", user.clone()),
    )
    .unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(
        event["data"]["options"][0],
        json!({ "name": "dice", "type": 4, "value": 3 })
    );
    assert_eq!(event["data"]["resolved"]["users"][&user]["global_name"], "Ada");
    for field in [
        "application_id",
        "channel_id",
        "version",
        "locale",
        "entitlements",
        "attachment_size_limit",
        "member",
    ] {
        assert!(!event[field].is_null(), "{field}");
    }
}

#[tokio::test]
async fn a_deferred_answer_thinks_until_it_is_edited() {
    let bench = with_ping().await;
    let (general, mut gateway) = (bench.general(), bench.gateway().await);
    bench.dana().slash(&general, Slash::new("ping")).unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(
        bench
            .dc(Method::POST, &callback(&event), Some(json!({ "type": 5 })))
            .await
            .0,
        204
    );
    let view = bench.sandbox.snapshot(&general).unwrap().messages[0].clone();
    assert!(view.thinking);
    assert_eq!(view.used, Some(("ping".to_owned(), "Ada".to_owned())));
    let original = format!("{}/messages/@original", hook(&bench, &event));
    let (status, edited) = bench
        .dc(Method::PATCH, &original, Some(json!({ "content": "pong" })))
        .await;
    assert_eq!((status, edited["content"].as_str()), (200, Some("pong")));
    let (_, follow) = bench
        .dc(
            Method::POST,
            &hook(&bench, &event),
            Some(json!({ "content": "more", "flags": 64 })),
        )
        .await;
    let snapshot = bench.sandbox.snapshot(&general).unwrap();
    assert!(!snapshot.messages[0].thinking && snapshot.messages[0].edits == 0);
    assert_eq!(snapshot.messages[1].only_for.as_ref().unwrap().name, "Ada");
    let follow = format!(
        "{}/messages/{}",
        hook(&bench, &event),
        follow["id"].as_str().unwrap()
    );
    assert_eq!(
        bench
            .dc(Method::PATCH, &follow, Some(json!({ "content": "most" })))
            .await
            .1["content"],
        "most"
    );
    assert_eq!(bench.dc(Method::DELETE, &follow, None).await.0, 204);
    assert_eq!(bench.dc(Method::GET, &original, None).await.1["content"], "pong");
    let encoded = original.replace('@', "%40");
    assert_eq!(
        bench.dc(Method::GET, &encoded, None).await.0,
        200,
        "some clients write it so"
    );
    assert_eq!(bench.dc(Method::DELETE, &original, None).await.0, 204);
    assert_eq!(bench.dc(Method::GET, &original, None).await.1["code"], 10008);
}

#[tokio::test]
async fn an_interaction_is_answered_once_and_within_three_seconds() {
    let bench = with_ping().await;
    let (general, mut gateway) = (bench.general(), bench.gateway().await);
    bench.sandbox.clock().pause();
    let answer = || Some(json!({ "type": 4, "data": { "content": "pong" } }));
    bench.dana().slash(&general, Slash::new("ping")).unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    let with = format!("{}?with_response=true", callback(&event));
    let (status, body) = bench.dc(Method::POST, &with, answer()).await;
    assert_eq!(
        (status, body["resource"]["message"]["content"].as_str()),
        (200, Some("pong"))
    );
    assert_eq!(
        bench.dc(Method::POST, &callback(&event), answer()).await.1["code"],
        40060
    );
    let late = bench.dana().slash(&general, Slash::new("ping")).unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    bench.sandbox.clock().advance(Duration::from_millis(3001));
    let (status, body) = bench.dc(Method::POST, &callback(&event), answer()).await;
    assert_eq!((status, body["code"].as_i64()), (404, Some(10062)));
    assert_eq!(bench.sandbox.discord().answered(late), None);
}

#[tokio::test]
async fn follow_ups_end_after_fifteen_minutes() {
    let bench = with_ping().await;
    let (general, mut gateway) = (bench.general(), bench.gateway().await);
    bench.sandbox.clock().pause();
    bench.dana().slash(&general, Slash::new("ping")).unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    let follow = || Some(json!({ "content": "x" }));
    let early = bench.dc(Method::POST, &hook(&bench, &event), follow()).await;
    assert_eq!(early.1["code"], 10015, "nothing was answered yet");
    bench
        .dc(Method::POST, &callback(&event), Some(json!({ "type": 5 })))
        .await;
    bench.sandbox.clock().advance(Duration::from_secs(14 * 60));
    assert_eq!(
        bench.dc(Method::POST, &hook(&bench, &event), follow()).await.0,
        200
    );
    bench.sandbox.clock().advance(Duration::from_secs(61));
    let (status, body) = bench.dc(Method::POST, &hook(&bench, &event), follow()).await;
    assert_eq!((status, body["code"].as_i64()), (401, Some(50027)));
}

#[tokio::test]
async fn a_press_updates_its_message_and_a_select_brings_its_values() {
    let bench = Bench::new().await;
    let (general, dana, mut gateway) = (bench.general(), bench.dana(), bench.gateway().await);
    let path = format!(
        "/channels/{}/messages",
        bench.sandbox.snapshot(&general).unwrap().chat.id
    );
    let components = json!([
        { "type": 1, "components": [{ "type": 2, "style": 1, "label": "Go", "custom_id": "go" },
                                    { "type": 2, "style": 2, "label": "No", "custom_id": "no", "disabled": true }] },
        { "type": 1, "components": [{ "type": 3, "custom_id": "pick", "options": [{ "label": "A", "value": "a" }] }] }]);
    let (_, sent) = bench
        .dc(
            Method::POST,
            &path,
            Some(json!({ "content": "?", "components": components })),
        )
        .await;
    let id: i64 = sent["id"].as_str().unwrap().parse().unwrap();
    assert!(dana.press(&general, id, "No").is_err());
    assert!(dana.select(&general, id, "pick", &["b"]).is_err());
    dana.press(&general, id, "Go").unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(
        (&event["data"]["custom_id"], &event["message"]["id"]),
        (&json!("go"), &sent["id"])
    );
    let update = json!({ "type": 7, "data": { "content": "gone", "components": [] } });
    assert_eq!(
        bench.dc(Method::POST, &callback(&event), Some(update)).await.0,
        204
    );
    let view = bench
        .sandbox
        .snapshot(&general)
        .unwrap()
        .message(id)
        .unwrap()
        .clone();
    assert_eq!((view.text.as_str(), view.buttons.len()), ("gone", 0));
    let (_, sent) = bench
        .dc(
            Method::POST,
            &path,
            Some(json!({ "content": "?", "components": components })),
        )
        .await;
    dana.select(
        &general,
        sent["id"].as_str().unwrap().parse().unwrap(),
        "pick",
        &["a"],
    )
    .unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["data"]["values"], json!(["a"]));
    let wrong = bench
        .dc(
            Method::POST,
            &callback(&event),
            Some(json!({ "type": 8, "data": { "choices": [] } })),
        )
        .await;
    assert_eq!(wrong.1["code"], 50035, "choices do not answer a press");
}

#[tokio::test]
async fn a_form_opens_and_comes_back_filled_in() {
    let bench = with_ping().await;
    let (general, dana, mut gateway) = (bench.general(), bench.dana(), bench.gateway().await);
    let opened = dana.slash(&general, Slash::new("ping")).unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    let fields = json!([{ "type": 18, "label": "Name", "component": { "type": 4, "custom_id": "name", "style": 1, "max_length": 5 } }]);
    let form = json!({ "type": 9, "data": { "custom_id": "f", "title": "Form", "components": fields } });
    assert_eq!(bench.dc(Method::POST, &callback(&event), Some(form)).await.0, 204);
    assert!(
        dana.submit(opened, &[("name", "")]).is_err(),
        "the field is required"
    );
    assert!(dana.submit(opened, &[("name", "too long")]).is_err());
    dana.submit(opened, &[("name", "Ada")]).unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(
        (event["type"].as_u64(), event["data"]["custom_id"].as_str()),
        (Some(5), Some("f"))
    );
    assert_eq!(event["data"]["components"][0]["component"]["value"], "Ada");
    let again = json!({ "type": 9, "data": { "custom_id": "f", "title": "F", "components": fields } });
    assert_eq!(
        bench.dc(Method::POST, &callback(&event), Some(again)).await.1["code"],
        50035
    );
}

#[tokio::test]
async fn autocomplete_asks_the_bot() {
    let bench = Bench::new().await;
    let options = json!([{ "type": 3, "name": "city", "description": "x", "autocomplete": true }]);
    bench
        .register(json!({ "name": "go", "description": "x", "options": options }))
        .await;
    let (general, dana, mut gateway) = (bench.general(), bench.dana(), bench.gateway().await);
    let ask = dana.autocomplete(&general, Slash::new("go").option("city", "Li"), "city", SOON);
    let answer = async {
        let event = gateway.event("INTERACTION_CREATE").await;
        assert_eq!(event["type"], 4);
        assert_eq!(
            event["data"]["options"][0],
            json!({ "name": "city", "type": 3, "value": "Li", "focused": true })
        );
        let many: Vec<Value> = (0..26)
            .map(|n| json!({ "name": n.to_string(), "value": "x" }))
            .collect();
        let too_many = json!({ "type": 8, "data": { "choices": many } });
        assert_eq!(
            bench.dc(Method::POST, &callback(&event), Some(too_many)).await.0,
            400
        );
        let choices = json!({ "type": 8, "data": { "choices": [{ "name": "Lima", "value": "lima" }] } });
        assert_eq!(
            bench.dc(Method::POST, &callback(&event), Some(choices)).await.0,
            204
        );
    };
    let (choices, ()) = tokio::join!(ask, answer);
    assert_eq!(choices.unwrap().unwrap()[0]["value"], "lima");
}

#[tokio::test]
async fn sub_commands_and_direct_messages_work() {
    let bench = Bench::new().await;
    let options = json!([{ "type": 1, "name": "set", "description": "x", "options": [{ "type": 5, "name": "on", "description": "x" }] }]);
    bench
        .register(json!({ "name": "config", "description": "x", "options": options }))
        .await;
    let (dana, mut gateway) = (bench.dana(), bench.gateway().await);
    let dm = bench.sandbox.discord().dm(bench.discord_bot, &dana).unwrap();
    assert!(dana.slash(&dm, Slash::new("config")).is_err());
    dana.slash(&dm, Slash::new("config set").option("on", true))
        .unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    let set = json!({ "name": "set", "type": 1, "options": [{ "name": "on", "type": 5, "value": true }] });
    assert_eq!(event["data"]["options"][0], set);
    assert!(event["user"]["id"].is_string() && event.get("member").is_none());
}

#[tokio::test]
async fn interactions_are_posted_only_to_what_refuses_a_wrong_signature() {
    let bench = Bench::new().await;
    let careless = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/interactions", careless.local_addr().unwrap());
    let serve = async {
        let pong = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"type\":1}";
        loop {
            let (mut stream, _) = careless.accept().await.unwrap();
            let mut request = String::new();
            while !request.ends_with('}') {
                let mut part = [0; 1024];
                let read = stream.read(&mut part).await.unwrap();
                request.push_str(&String::from_utf8_lossy(&part[..read]));
            }
            assert!(request.contains("X-Signature-Ed25519: "), "{request}");
            stream.write_all(pong.as_bytes()).await.unwrap();
        }
    };
    let discord = bench.sandbox.discord();
    let refused = tokio::select! {
        () = serve => unreachable!("it serves for ever"),
        set = discord.post_interactions(bench.discord_bot, &url) => set.unwrap_err().to_string(),
    };
    assert!(refused.contains("wrong signature"), "{refused}");
    let elsewhere = discord
        .post_interactions(bench.discord_bot, "https://bot.example.org/interactions")
        .await;
    assert!(elsewhere.unwrap_err().to_string().contains("http://127.0.0.1"));
}
