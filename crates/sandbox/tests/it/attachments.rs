//! Files on Discord: several at once, by an edit, and in the options of a command.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use duologue_sandbox::{Slash, Upload};

use crate::media::{picture, png, refused};
use crate::support::{Bench, SOON};

impl Bench {
    /// A call of Discord's API with files.
    async fn dc_files(&self, method: Method, path: &str, body: Value, files: Vec<Upload>) -> Response {
        let mut form = Form::new().text("payload_json", body.to_string());
        for (index, file) in files.into_iter().enumerate() {
            let part = Part::bytes(file.bytes.to_vec()).file_name(file.name);
            form = form.part(format!("files[{index}]"), part.mime_str(&file.mime).unwrap());
        }
        let url = format!("{}/api/v10{path}", self.sandbox.discord_api_url());
        let request = self.http.request(method, url).multipart(form);
        let request = request.header("authorization", format!("Bot {}", self.discord_token));
        request.send().await.unwrap()
    }
}

#[tokio::test]
async fn a_discord_text_gets_attachments_by_an_edit() {
    let bench = Bench::new().await;
    let general = bench.general();
    let channel = format!("/channels/{}/messages", bench.number(&general));
    let (_, sent) = bench
        .dc(Method::POST, &channel, Some(json!({ "content": "drawing…" })))
        .await;
    let id = sent["id"].as_str().unwrap();
    let path = format!("{channel}/{id}");
    let mut gateway = bench.gateway().await;
    let chart = || picture("chart.png", 400, 300);
    let body = json!({ "content": "done", "attachments": [{ "id": 0, "description": "A chart" }] });
    let edited: Value = bench
        .dc_files(Method::PATCH, &path, body, vec![chart()])
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(edited["content"], "done");
    let attachment = &edited["attachments"][0];
    assert_eq!(
        (
            &attachment["filename"],
            &attachment["description"],
            &attachment["width"]
        ),
        (&json!("chart.png"), &json!("A chart"), &json!(400))
    );
    let event = gateway.event("MESSAGE_UPDATE").await;
    assert_eq!(event["attachments"], edited["attachments"]);
    let seen = bench.sandbox.snapshot(&general).unwrap().messages[0].clone();
    assert_eq!(
        (seen.files.len(), seen.files[0].name.as_str(), seen.edits),
        (1, "chart.png", 1)
    );
    let bytes = bench
        .http
        .get(attachment["url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(bytes.bytes().await.unwrap(), png(400, 300));

    // What the list names stays, what it does not name goes, and what is uploaded comes beside it.
    let kept = json!({ "attachments": [{ "id": attachment["id"] }, { "id": 0 }] });
    let both: Value = bench
        .dc_files(Method::PATCH, &path, kept, vec![picture("two.png", 1, 1)])
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(both["attachments"].as_array().unwrap().len(), 2);
    assert_eq!(both["content"], "done");
    let many = (0..9).map(|_| picture("more.png", 1, 1)).collect();
    let refused = bench.dc_files(Method::PATCH, &path, json!({}), many).await;
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["code"], 30015, "eleven in all");
    let (_, emptied) = bench
        .dc(Method::PATCH, &path, Some(json!({ "attachments": [] })))
        .await;
    assert_eq!(emptied["attachments"], json!([]));
}

#[tokio::test]
async fn an_answer_to_an_interaction_gets_attachments_by_an_edit() {
    let bench = Bench::new().await;
    let (general, ada) = (bench.general(), bench.dana());
    bench
        .register(json!({ "name": "draw", "description": "Draw" }))
        .await;
    let mut gateway = bench.gateway().await;
    for (first, ephemeral) in [
        (json!({ "type": 4, "data": { "content": "drawing…" } }), false),
        (json!({ "type": 5, "data": { "flags": 64 } }), true),
    ] {
        ada.slash(&general, Slash::new("draw")).unwrap();
        let event = gateway.event("INTERACTION_CREATE").await;
        let (id, token) = (event["id"].as_str().unwrap(), event["token"].as_str().unwrap());
        let path = format!("/interactions/{id}/{token}/callback");
        assert_eq!(bench.dc(Method::POST, &path, Some(first)).await.0, 204);
        let path = format!("/webhooks/{}/{token}/messages/@original", bench.discord_bot);
        let files = vec![picture("one.png", 30, 20), Upload::new("data.csv", &b"a,b"[..])];
        let edited: Value = bench
            .dc_files(Method::PATCH, &path, json!({ "content": "done" }), files)
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(edited["attachments"].as_array().unwrap().len(), 2, "{edited}");
        let number = edited["id"].as_str().unwrap().parse::<i64>().unwrap();
        let shows =
            |message: &duologue_sandbox::MessageView| message.id == number && message.files.len() == 2;
        let seen = bench
            .sandbox
            .wait_for_message(&general, SOON, shows)
            .await
            .unwrap();
        assert_eq!((seen.text.as_str(), seen.thinking), ("done", false));
        assert_eq!(seen.only_for.is_some(), ephemeral);
    }
}

#[tokio::test]
async fn several_files_come_in_one_discord_message_and_in_one_command() {
    let bench = Bench::new().await;
    let (general, ada) = (bench.general(), bench.dana());
    let option =
        |name: &str| json!({ "type": 11, "name": name, "description": "A picture", "required": true });
    let command =
        json!({ "name": "compare", "description": "Compare", "options": [option("left"), option("right")] });
    bench.register(command).await;
    let mut gateway = bench.gateway().await;
    let files = vec![
        picture("a.png", 3, 2),
        picture("b.png", 4, 2),
        Upload::new("c.txt", &b"c"[..]),
    ];
    ada.send(&general, "three", files).unwrap();
    let message = gateway.event("MESSAGE_CREATE").await;
    let names: Vec<&Value> = message["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| &file["filename"])
        .collect();
    assert_eq!(names, ["a.png", "b.png", "c.txt"]);

    let one = Slash::new("compare").file("left", picture("l.png", 30, 20));
    assert_eq!(ada.slash(&general, one), refused("the option right is required"));
    let both = Slash::new("compare")
        .file("left", picture("l.png", 30, 20))
        .file("right", picture("r.png", 40, 20));
    ada.slash(&general, both).unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    let data = &event["data"];
    for (index, (option, name, width)) in [("left", "l.png", 30), ("right", "r.png", 40)]
        .into_iter()
        .enumerate()
    {
        assert_eq!(data["options"][index]["name"], option);
        let id = data["options"][index]["value"].as_str().unwrap();
        let attachment = &data["resolved"]["attachments"][id];
        assert_eq!(
            (&attachment["filename"], &attachment["width"]),
            (&json!(name), &json!(width))
        );
    }
}
