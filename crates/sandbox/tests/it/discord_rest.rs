//! Discord's REST API: accounts, messages, reactions, commands, errors, limits.

use duologue_sandbox::{SandboxConfig, Upload};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::Bench;

#[tokio::test]
async fn accounts_are_made_by_tokens_and_wrong_ones_are_401() {
    let bench = Bench::new().await;
    let (status, me) = bench.dc(Method::GET, "/users/@me", None).await;
    assert_eq!(
        (status, me["id"].as_str()),
        (200, Some(bench.discord_bot.to_string().as_str()))
    );
    let (_, app) = bench.dc(Method::GET, "/oauth2/applications/@me", None).await;
    assert_eq!(app["id"], me["id"]);
    let url = format!("{}/api/v9/users/@me", bench.sandbox.discord_api_url());
    let answer = bench
        .http
        .get(&url)
        .header("authorization", "Bot nonsense")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(
        answer.json::<Value>().await.unwrap(),
        json!({ "message": "401: Unauthorized", "code": 0 })
    );
    assert_eq!(
        bench.dc(Method::GET, "/nowhere", None).await,
        (404, json!({ "message": "404: Not Found", "code": 0 }))
    );
}

#[tokio::test]
async fn a_message_is_sent_read_edited_reacted_to_and_deleted() {
    let bench = Bench::new().await;
    let general = bench.general();
    let channel = format!("/channels/{}", bench.sandbox.snapshot(&general).unwrap().chat.id);
    let (status, sent) = bench
        .dc(
            Method::POST,
            &format!("{channel}/messages"),
            Some(json!({ "content": "one" })),
        )
        .await;
    assert_eq!(status, 200, "{sent}");
    let place = format!("{channel}/messages/{}", sent["id"].as_str().unwrap());
    assert_eq!(bench.dc(Method::GET, &place, None).await.1["content"], "one");
    let (_, edited) = bench
        .dc(Method::PATCH, &place, Some(json!({ "content": "two" })))
        .await;
    assert!(edited["edited_timestamp"].is_string());
    assert_eq!(
        bench
            .dc(Method::PUT, &format!("{place}/reactions/%F0%9F%91%8D/@me"), None)
            .await
            .0,
        204
    );
    assert_eq!(
        bench.dc(Method::GET, &place, None).await.1["reactions"][0]["emoji"]["name"],
        "👍"
    );
    let (_, by) = bench
        .dc(Method::GET, &format!("{place}/reactions/%F0%9F%91%8D"), None)
        .await;
    assert_eq!(by[0]["id"], bench.discord_bot.to_string());
    assert_eq!(
        bench
            .dc(
                Method::DELETE,
                &format!("{place}/reactions/%F0%9F%91%8D/@me"),
                None
            )
            .await
            .0,
        204
    );
    assert_eq!(
        bench.dc(Method::POST, &format!("{channel}/typing"), None).await.0,
        204
    );
    assert_eq!(bench.sandbox.snapshot(&general).unwrap().typing, ["Tester"]);
    assert_eq!(
        bench
            .dc(Method::GET, &format!("{channel}/messages?limit=10"), None)
            .await
            .1
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(bench.dc(Method::DELETE, &place, None).await.0, 204);
    assert_eq!(
        bench.dc(Method::GET, &place, None).await,
        (404, json!({ "message": "Unknown Message", "code": 10008 }))
    );
    let view = &bench.sandbox.snapshot(&general).unwrap().messages[0];
    assert!(view.deleted && view.edits == 1 && view.calls.len() >= 3);
}

#[tokio::test]
async fn messages_are_deleted_in_bulk() {
    let bench = Bench::new().await;
    let general = bench.general();
    let ids: Vec<String> = (0..3)
        .map(|n| {
            bench
                .dana()
                .send_text(&general, &format!("{n}"))
                .unwrap()
                .to_string()
        })
        .collect();
    let path = format!(
        "/channels/{}/messages/bulk-delete",
        bench.sandbox.snapshot(&general).unwrap().chat.id
    );
    let (status, one) = bench
        .dc(Method::POST, &path, Some(json!({ "messages": [ids[0]] })))
        .await;
    assert_eq!(status, 400, "{one}");
    assert_eq!(
        bench
            .dc(Method::POST, &path, Some(json!({ "messages": ids })))
            .await
            .0,
        204
    );
    assert!(
        bench
            .sandbox
            .snapshot(&general)
            .unwrap()
            .messages
            .iter()
            .all(|message| message.deleted)
    );
}

#[tokio::test]
async fn attachments_go_both_ways() {
    let bench = Bench::new().await;
    let general = bench.general();
    let path = format!(
        "{}/api/v10/channels/{}/messages",
        bench.sandbox.discord_api_url(),
        bench.sandbox.snapshot(&general).unwrap().chat.id
    );
    let payload = json!({ "content": "see", "attachments": [{ "id": 0, "description": "a note" }],
                          "embeds": [{ "title": "t", "image": { "url": "attachment://a.txt" } }] });
    let form = Form::new()
        .text("payload_json", payload.to_string())
        .part("files[0]", Part::bytes(&b"hello"[..]).file_name("a.txt"));
    let request = bench
        .http
        .post(path)
        .header("authorization", format!("Bot {}", bench.discord_token));
    let sent: Value = request
        .multipart(form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(sent["attachments"][0]["description"], "a note", "{sent}");
    let url = sent["attachments"][0]["url"].as_str().unwrap();
    assert_eq!(sent["embeds"][0]["image"]["url"], url);
    assert_eq!(
        bench.http.get(url).send().await.unwrap().text().await.unwrap(),
        "hello"
    );
    let mine = bench
        .dana()
        .send(&general, "", vec![Upload::new("b.txt", &b"bye"[..])])
        .unwrap();
    assert_eq!(
        bench
            .sandbox
            .snapshot(&general)
            .unwrap()
            .message(mine)
            .unwrap()
            .files[0]
            .name,
        "b.txt"
    );
}

#[tokio::test]
async fn forms_are_checked_by_the_schema_and_by_the_rules_it_misses() {
    let bench = Bench::new().await;
    let path = format!(
        "/channels/{}/messages",
        bench.sandbox.snapshot(&bench.general()).unwrap().chat.id
    );
    let button = |id: &str| json!({ "type": 2, "style": 1, "label": "x", "custom_id": id });
    let row = |parts: Value| json!({ "type": 1, "components": parts });
    let rows: Vec<Value> = (0..6).map(|n| row(json!([button(&n.to_string())]))).collect();
    let big = json!({ "description": "x".repeat(3500) });
    let table = [
        (
            json!({ "content": "x".repeat(2001) }),
            "content",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            json!({ "content": "x".repeat(4001) }),
            "content",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            json!({ "embeds": [{ "description": "x".repeat(4097) }] }),
            "embeds.0.description",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            json!({ "embeds": [big, big] }),
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
        ),
        (
            json!({ "content": "x", "components": rows }),
            "components",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            json!({ "content": "x", "components": [row(json!([button("a"), button("a")]))] }),
            "components.0.components.1.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (
            json!({ "content": "x", "components": [row(json!([button(&"x".repeat(101))]))] }),
            "components.0.components.0.custom_id",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            json!({ "content": "x", "components": [row(json!([{ "type": 2, "style": 1, "label": "x" }]))] }),
            "components.0.components.0.custom_id",
            "BASE_TYPE_REQUIRED",
        ),
        (
            json!({ "content": "x", "components": [{ "type": 10, "content": "v2" }] }),
            "components.0.type",
            "UNION_TYPE_CHOICES",
        ),
        (
            json!({ "content": "x", "flags": 1 << 15, "components": [{ "type": 10, "content": "v2" }] }),
            "content",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
        (json!({ "content": 5 }), "content", "STRING_TYPE_CONVERT"),
    ];
    for (body, place, code) in table {
        let (status, answer) = bench.dc(Method::POST, &path, Some(body)).await;
        assert_eq!((status, answer["code"].as_i64()), (400, Some(50035)), "{answer}");
        let at = place.split('.').fold(&answer["errors"], |at, part| &at[part]);
        assert_eq!(at["_errors"][0]["code"], code, "{place}: {answer}");
    }
    let empty = bench.dc(Method::POST, &path, Some(json!({}))).await;
    assert_eq!(
        empty,
        (
            400,
            json!({ "message": "Cannot send an empty message", "code": 50006 })
        )
    );
    let v2 = json!({ "flags": 1 << 15, "components": [{ "type": 10, "content": "fine" }] });
    assert_eq!(bench.dc(Method::POST, &path, Some(v2)).await.0, 200);
}

#[tokio::test]
async fn places_that_are_not_there_or_not_open_are_named() {
    let bench = Bench::new().await;
    let body = || Some(json!({ "content": "x" }));
    assert_eq!(
        bench.dc(Method::POST, "/channels/1/messages", body()).await.1["code"],
        10003
    );
    let other = bench.sandbox.discord_token("Other");
    let other = bench.sandbox.discord().bot_of(&other).unwrap();
    let dm = bench.sandbox.discord().dm(other, &bench.dana()).unwrap();
    let path = format!(
        "/channels/{}/messages",
        bench.sandbox.snapshot(&dm).unwrap().chat.id
    );
    assert_eq!(bench.dc(Method::POST, &path, body()).await.1["code"], 50001);
    let general = bench.general();
    bench.sandbox.discord().set_writable(&general, false).unwrap();
    let path = format!(
        "/channels/{}/messages",
        bench.sandbox.snapshot(&general).unwrap().chat.id
    );
    let refused = bench.dc(Method::POST, &path, body()).await;
    assert_eq!((refused.0, refused.1["code"].as_i64()), (403, Some(50013)));
    let mine = bench.dana().send_text(&general, "mine").unwrap();
    assert_eq!(
        bench.dc(Method::PATCH, &format!("{path}/{mine}"), body()).await.1["code"],
        50005
    );
}

#[tokio::test]
async fn commands_are_registered_in_all_verbs() {
    let bench = Bench::new().await;
    let path = format!("/applications/{}/commands", bench.discord_bot);
    let ping = json!({ "name": "ping", "description": "Pong" });
    let (status, made) = bench.dc(Method::POST, &path, Some(ping.clone())).await;
    assert_eq!(status, 201);
    let (status, again) = bench.dc(Method::POST, &path, Some(ping.clone())).await;
    assert_eq!(
        (status, &again["id"]),
        (200, &made["id"]),
        "a command of the same name keeps its id"
    );
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(bench.dc(Method::GET, &one, None).await.1["name"], "ping");
    let (_, edited) = bench
        .dc(Method::PATCH, &one, Some(json!({ "description": "Ping pong" })))
        .await;
    assert_eq!(
        (&edited["description"], &edited["name"]),
        (&json!("Ping pong"), &json!("ping"))
    );
    let roll = json!({ "name": "roll", "description": "Dice" });
    let (_, all) = bench.dc(Method::PUT, &path, Some(json!([ping, roll]))).await;
    assert_eq!(all[0]["id"], made["id"]);
    assert_eq!(
        bench
            .dc(Method::GET, &path, None)
            .await
            .1
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(bench.dc(Method::DELETE, &one, None).await.0, 204);
    assert_eq!(bench.dc(Method::GET, &one, None).await.1["code"], 10063);
    let guild = format!(
        "/applications/{}/guilds/{}/commands",
        bench.discord_bot,
        bench.sandbox.discord().guild_id()
    );
    assert_eq!(
        bench
            .dc(
                Method::PUT,
                &guild,
                Some(json!([{ "name": "here", "description": "x" }]))
            )
            .await
            .0,
        200
    );
    let offered = bench.sandbox.discord().picker(&bench.general());
    let names: Vec<&str> = offered
        .iter()
        .filter_map(|command| command["name"].as_str())
        .collect();
    assert_eq!(names, ["roll", "here"]);
    assert_eq!(
        bench.dc(Method::GET, "/applications/5/commands", None).await.0,
        403
    );
}

#[tokio::test]
async fn the_grammar_of_commands_is_checked() {
    let bench = Bench::new().await;
    let path = format!("/applications/{}/commands", bench.discord_bot);
    let with = |options: Value| json!({ "name": "ok", "description": "x", "options": options });
    let option = |name: &str, required: bool| json!({ "type": 3, "name": name, "description": "x", "required": required });
    let table = [
        (json!({ "name": "PING x", "description": "x" }), "name"),
        (json!({ "name": "x".repeat(33), "description": "x" }), "name"),
        (json!({ "name": "ok" }), "description"),
        (
            json!({ "name": "ok", "description": "x".repeat(101) }),
            "description",
        ),
        (with(json!([option("a", false), option("b", true)])), "options.1"),
        (
            with(json!([option("a", false), option("a", false)])),
            "options.1.name",
        ),
        (with(json!([option("BAD", false)])), "options.0.name"),
        (
            with(json!([{ "type": 4, "name": "n", "description": "x", "min_value": 5, "max_value": 1 }])),
            "options.0.max_value",
        ),
    ];
    for (body, place) in table {
        let (status, answer) = bench.dc(Method::POST, &path, Some(body)).await;
        assert_eq!(status, 400, "{answer}");
        let at = place.split('.').fold(&answer["errors"], |at, part| &at[part]);
        assert!(at["_errors"][0]["code"].is_string(), "{place}: {answer}");
    }
    let many: Vec<Value> = (0..101)
        .map(|n| json!({ "name": format!("c{n}"), "description": "x" }))
        .collect();
    assert_eq!(bench.dc(Method::PUT, &path, Some(json!(many))).await.0, 400);
    assert_eq!(
        bench.dc(Method::PUT, &path, Some(json!(many[..100]))).await.0,
        200
    );
    assert_eq!(
        bench.dc(Method::POST, &path, Some(many[100].clone())).await.1["code"],
        30032
    );
}

#[tokio::test]
async fn rate_limits_are_told_in_headers_and_enforced() {
    let bench = Bench::with(SandboxConfig::default()).await;
    bench.sandbox.clock().pause();
    let path = format!(
        "/channels/{}/messages",
        bench.sandbox.snapshot(&bench.general()).unwrap().chat.id
    );
    for left in ["4", "3", "2", "1", "0"] {
        let answer = bench
            .call(Method::POST, &path, Some(json!({ "content": "x" })))
            .await;
        assert_eq!(answer.headers()["x-ratelimit-remaining"], left);
        assert_eq!(answer.headers()["x-ratelimit-limit"], "5");
        assert!(answer.headers().contains_key("x-ratelimit-bucket"));
    }
    let answer = bench
        .call(Method::POST, &path, Some(json!({ "content": "x" })))
        .await;
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["x-ratelimit-scope"], "user");
    assert_eq!(answer.headers()["retry-after"], "5");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        (&body["retry_after"], &body["global"]),
        (&json!(5.0), &json!(false))
    );
    bench.sandbox.clock().advance(std::time::Duration::from_secs(5));
    assert_eq!(
        bench
            .dc(Method::POST, &path, Some(json!({ "content": "x" })))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn more_than_fifty_calls_a_second_hit_the_global_limit() {
    let bench = Bench::with(SandboxConfig::default()).await;
    bench.sandbox.clock().pause();
    let mut last = Value::Null;
    for path in ["/users/@me", "/gateway/bot", "/users/@me/guilds"] {
        for _ in 0..20 {
            last = bench.dc(Method::GET, path, None).await.1;
        }
    }
    assert_eq!(last["global"], true);
}

#[tokio::test]
async fn a_nonce_makes_sending_repeatable() {
    let bench = Bench::new().await;
    let path = format!(
        "/channels/{}/messages",
        bench.sandbox.snapshot(&bench.general()).unwrap().chat.id
    );
    let body = || Some(json!({ "content": "x", "nonce": "n1", "enforce_nonce": true }));
    let (first, second) = (
        bench.dc(Method::POST, &path, body()).await.1,
        bench.dc(Method::POST, &path, body()).await.1,
    );
    assert_eq!(first["id"], second["id"]);
}
