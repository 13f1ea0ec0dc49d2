//! Pictures and other files on Telegram: albums, sizes, media in place of a text.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use duologue_sandbox::{ActError, Upload};

use crate::support::Bench;

/// The head of a PNG of this size. The sandbox reads no further.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x06\x00\x00\x00");
    bytes
}

pub(crate) fn picture(name: &str, width: u32, height: u32) -> Upload {
    Upload::new(name, png(width, height))
}

pub(crate) fn refused<T>(why: &str) -> Result<T, ActError> {
    Err(ActError::Refused(why.to_owned()))
}

impl Bench {
    /// A call of the Bot API with files, by the names of their parts.
    async fn tg_files(
        &self,
        method: &str,
        fields: Value,
        files: Vec<(&'static str, &str, Vec<u8>)>,
    ) -> Value {
        let mut form = Form::new();
        for (name, value) in fields.as_object().unwrap() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form = form.text(name.clone(), text);
        }
        for (part, name, bytes) in files {
            form = form.part(part, Part::bytes(bytes).file_name(name.to_owned()));
        }
        let request = self.http.post(self.tg_url(method)).multipart(form);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The size of a photo as the network tells it, after sending it.
    async fn told_size(&self, bytes: Vec<u8>) -> (u64, u64) {
        let fields = json!({ "chat_id": 1001 });
        let sent = self
            .tg_files("sendPhoto", fields, vec![("photo", "x.bin", bytes)])
            .await;
        let sizes = sent["result"]["photo"]
            .as_array()
            .unwrap_or_else(|| panic!("{sent}"));
        let last = sizes.last().unwrap();
        (last["width"].as_u64().unwrap(), last["height"].as_u64().unwrap())
    }
}

#[tokio::test]
async fn the_size_of_a_picture_is_read_from_its_head() {
    let bench = Bench::new().await;
    bench.private();
    let mut lossless = b"RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00\x2f".to_vec();
    lossless.extend((299_u32 | 199 << 14).to_le_bytes());
    let mut extended = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00".to_vec();
    extended.extend(b"\x2b\x01\x00\xc7\x00\x00");
    let mut lossy = b"RIFF\x00\x00\x00\x00WEBPVP8 \x00\x00\x00\x00\x00\x00\x00\x9d\x01\x2a".to_vec();
    lossy.extend(b"\x2c\x01\xc8\x00");
    let mut gif = b"GIF89a".to_vec();
    gif.extend(b"\x2c\x01\xc8\x00");
    // An application segment, a table whose number lies among the frames', fill bytes, and then a frame.
    let mut jpeg = b"\xff\xd8\xff\xe0\x00\x04AB\xff\xc4\x00\x03T\xff\xff\xff\xc2\x00\x11\x08".to_vec();
    jpeg.extend(b"\x00\xc8\x01\x2c\x03\x01\x22\x00");
    for (kind, bytes) in [
        ("png", png(300, 200)),
        ("gif", gif),
        ("lossy webp", lossy),
        ("lossless webp", lossless),
        ("extended webp", extended),
        ("jpeg", jpeg),
    ] {
        assert_eq!(bench.told_size(bytes).await, (300, 200), "{kind}");
    }
    for (kind, bytes) in [
        ("no picture", b"hello".to_vec()),
        ("a jpeg without a frame", b"\xff\xd8\xff\xda\x00\x04AB".to_vec()),
        ("a cut png", png(300, 200)[..20].to_vec()),
    ] {
        let fields = json!({ "chat_id": 1001 });
        let answer = bench
            .tg_files("sendPhoto", fields, vec![("photo", "x.bin", bytes)])
            .await;
        assert_eq!(
            answer["description"], "Bad Request: IMAGE_PROCESS_FAILED",
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_photo_comes_in_several_sizes_and_each_can_be_downloaded() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    ada.send_photo(&chat, picture("big.png", 1000, 500), "").unwrap();
    ada.send_photo(&chat, picture("small.png", 80, 40), "").unwrap();
    let updates = bench.updates().await;
    let sizes = updates[0]["message"]["photo"].as_array().unwrap();
    let shapes: Vec<(u64, u64)> = sizes
        .iter()
        .map(|size| (size["width"].as_u64().unwrap(), size["height"].as_u64().unwrap()))
        .collect();
    assert_eq!(shapes, [(90, 45), (320, 160), (800, 400), (1000, 500)]);
    let mut ids: Vec<&str> = sizes
        .iter()
        .map(|size| size["file_id"].as_str().unwrap())
        .collect();
    for id in &ids {
        let file = bench.ok("getFile", json!({ "file_id": id })).await;
        assert_eq!(file["file_id"], *id);
        let url = format!(
            "{}/file/bot{}/{}",
            bench.sandbox.telegram_api_url(),
            bench.telegram_token,
            file["file_path"].as_str().unwrap()
        );
        let bytes = bench.http.get(url).send().await.unwrap().bytes().await.unwrap();
        assert_eq!(bytes, png(1000, 500));
    }
    ids.dedup();
    assert_eq!(ids.len(), 4, "every size has an id of its own");
    assert_eq!(updates[1]["message"]["photo"].as_array().unwrap().len(), 1);
    let again = json!({ "chat_id": 1001, "photo": ids[0] });
    let sent = bench.ok("sendPhoto", again).await;
    assert_eq!(sent["photo"][3]["width"], 1000, "any size stands for the photo");
}

#[tokio::test]
async fn an_album_of_a_person_arrives_as_one_update_each() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    let pictures = |count: u32| {
        (1..=count)
            .map(|n| picture("p.png", 100 * n, 100))
            .collect::<Vec<_>>()
    };
    let ids = ada.send_album(&chat, pictures(3), "/collage now").unwrap();
    let updates = bench.updates().await;
    let messages: Vec<&Value> = updates.iter().map(|update| &update["message"]).collect();
    assert_eq!(messages.len(), 3);
    for (index, message) in messages.iter().enumerate() {
        assert_eq!(message["message_id"], ids[index]);
        assert_eq!(message["media_group_id"], messages[0]["media_group_id"]);
        let size = message["photo"].as_array().unwrap().last().unwrap();
        assert_eq!(size["width"], 100 * (index + 1));
    }
    assert!(messages[0]["media_group_id"].is_string());
    assert_eq!(messages[0]["caption"], "/collage now");
    assert_eq!(messages[0]["caption_entities"][0]["type"], "bot_command");
    assert!(messages[1].get("caption").is_none());

    assert_eq!(
        ada.send_album(&chat, pictures(1), ""),
        refused("an album has at least 2 pictures")
    );
    assert_eq!(
        ada.send_album(&chat, pictures(11), ""),
        refused("at most 10 files at once")
    );
    ada.send_album(&chat, pictures(10), "").unwrap();
    let albums = bench.updates().await;
    assert_ne!(
        albums[0]["message"]["media_group_id"],
        messages[0]["media_group_id"]
    );
}

#[tokio::test]
async fn what_does_not_fit_into_one_album_comes_one_by_one() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    let file = |name: &str| Upload::new(name, &b"x"[..]);
    for (kinds, together) in [
        (["photo", "video"], true),
        (["document", "document"], true),
        (["audio", "audio"], true),
        (["photo", "document"], false),
        (["voice", "voice"], false),
    ] {
        let files = kinds.map(|kind| match kind {
            "photo" => (kind, picture("p.png", 9, 9)),
            kind => (kind, file("f.bin")),
        });
        ada.send_files(&chat, files.to_vec(), "").unwrap();
        let updates = bench.updates().await;
        assert_eq!(updates.len(), 2);
        assert_eq!(
            updates[1]["message"].get("media_group_id").is_some(),
            together,
            "{kinds:?}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_a_photo_is_refused_as_one() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    let mut heavy = png(100, 100);
    heavy.resize(10 * 1024 * 1024 + 1, 0);
    let shape = "the picture is too long or too large for a photo: send it as a file";
    for (upload, why) in [
        (
            Upload::new("heavy.png", heavy),
            "the picture is too big for a photo: send it as a file",
        ),
        (
            Upload::new("x.png", &b"x"[..]),
            "the file is no picture: send it as a file",
        ),
        (picture("long.png", 2001, 100), shape),
        (picture("huge.png", 6000, 4001), shape),
        (picture("absurd.png", 4_000_000_000, 1), shape),
        (picture("empty.png", 0, 5), shape),
    ] {
        let name = upload.name.clone();
        assert_eq!(ada.send_photo(&chat, upload.clone(), ""), refused(why), "{name}");
        ada.send_document(&chat, upload, "").unwrap();
    }
    ada.send_photo(&chat, picture("edge.png", 2000, 100), "").unwrap();
    assert_eq!(bench.updates().await.len(), 7);
}

#[tokio::test]
async fn the_control_api_sends_pictures_as_photos_and_others_as_files() {
    let bench = Bench::new().await;
    let chat = bench.private();
    let payload = json!({ "chat": chat.0, "user": "1001", "text": "look" });
    let part = |name: &str, bytes: Vec<u8>| Part::bytes(bytes).file_name(name.to_owned());
    let send = async |files: [(&str, Vec<u8>); 2]| {
        let mut form = Form::new().text("payload", payload.to_string());
        for (index, (name, bytes)) in files.into_iter().enumerate() {
            let part = part(name, bytes).mime_str("image/png").unwrap();
            form = form.part(format!("files[{index}]"), part);
        }
        let url = format!("{}/control/send", bench.sandbox.url());
        let answer = bench.http.post(url).multipart(form).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        bench.updates().await
    };
    let album = send([("a.png", png(10, 10)), ("b.png", png(20, 20))]).await;
    assert!(album[0]["message"]["media_group_id"].is_string());
    assert_eq!(album[0]["message"]["caption"], "look");
    let mixed = send([("a.png", png(10, 10)), ("b.png", png(5000, 10))]).await;
    assert!(mixed[0]["message"].get("media_group_id").is_none());
    assert!(
        mixed[1]["message"].get("document").is_some(),
        "too long for a photo"
    );
}

#[tokio::test]
async fn a_reply_brings_the_photo_that_it_answers() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    let photo = ada
        .send_photo(&chat, picture("p.png", 640, 480), "my cat")
        .unwrap();
    ada.reply(&chat, photo, "/frame").unwrap();
    let updates = bench.updates().await;
    let answered = &updates[1]["message"]["reply_to_message"];
    assert_eq!(answered["photo"], updates[0]["message"]["photo"]);
    assert_eq!(answered["caption"], "my cat");
    assert_eq!(answered["message_id"], photo);
}

#[tokio::test]
async fn media_takes_the_place_of_a_text_and_not_the_other_way() {
    let bench = Bench::new().await;
    let chat = bench.private();
    let keys = json!({ "inline_keyboard": [[{ "text": "Stop", "callback_data": "stop" }]] });
    let text = json!({ "chat_id": 1001, "text": "drawing…", "reply_markup": keys });
    let id = bench.ok("sendMessage", text).await["message_id"].clone();
    let media =
        json!({ "type": "photo", "media": "attach://fresh", "caption": "<b>done</b>", "parse_mode": "HTML" });
    let fields = json!({ "chat_id": 1001, "message_id": id, "media": media });
    let files = vec![("fresh", "chart.png", png(400, 300))];
    let edited = bench.tg_files("editMessageMedia", fields.clone(), files).await;
    let edited = &edited["result"];
    assert_eq!(edited["photo"][2]["width"], 400, "{edited}");
    assert_eq!(edited["caption"], "done");
    assert!(edited.get("text").is_none() && edited.get("reply_markup").is_none());
    let seen = bench.sandbox.snapshot(&chat).unwrap().messages[0].clone();
    assert_eq!(
        (seen.text.as_str(), seen.files[0].kind.as_str(), seen.edits),
        ("done", "photo", 1)
    );
    assert_eq!(seen.history, ["drawing…"]);

    let back = json!({ "chat_id": 1001, "message_id": id, "text": "words" });
    assert_eq!(
        bench.refused("editMessageText", back).await,
        (
            400,
            "Bad Request: there is no text in the message to edit".to_owned()
        )
    );
    let files = vec![("fresh", "notes.txt", b"hello".to_vec())];
    let other = json!({ "chat_id": 1001, "message_id": id, "media": { "type": "document", "media": "attach://fresh" } });
    let edited = bench.tg_files("editMessageMedia", other, files).await;
    assert_eq!(edited["result"]["document"]["file_name"], "notes.txt");
    assert!(edited["result"].get("photo").is_none() && edited["result"].get("caption").is_none());
}

#[tokio::test]
async fn media_cannot_be_edited_everywhere() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    let photo = async |id: &Value, kind: &str| {
        let media = json!({ "type": kind, "media": "attach://f" });
        let fields = json!({ "chat_id": 1001, "message_id": id, "media": media });
        let files = vec![("f", "f.png", png(10, 10))];
        let answer = bench.tg_files("editMessageMedia", fields, files).await;
        answer["description"].as_str().unwrap_or("ok").to_owned()
    };
    let no_media = "Bad Request: message media can't be edited";
    let theirs = json!(ada.send_text(&chat, "mine").unwrap());
    assert_eq!(photo(&theirs, "photo").await, no_media);
    let poll = json!({ "chat_id": 1001, "question": "?", "options": ["a", "b"] });
    let poll = bench.ok("sendPoll", poll).await["message_id"].clone();
    assert_eq!(photo(&poll, "photo").await, no_media);
    assert_eq!(
        photo(&json!(99), "photo").await,
        "Bad Request: message to edit not found"
    );

    let album = |kind: &str| json!([{ "type": kind, "media": "attach://a" }, { "type": kind, "media": "attach://b" }]);
    for (kind, table) in [
        (
            "photo",
            [
                ("video", "ok"),
                ("document", "Bad Request: can't change media type in the album"),
                (
                    "animation",
                    "Bad Request: message content type can't be used in an album",
                ),
            ],
        ),
        (
            "document",
            [
                ("document", "ok"),
                ("photo", "Bad Request: can't change media type in the album"),
                ("audio", "Bad Request: can't change media type in the album"),
            ],
        ),
    ] {
        let fields = json!({ "chat_id": 1001, "media": album(kind) });
        let files = vec![("a", "a.png", png(10, 10)), ("b", "b.png", png(10, 10))];
        let sent = bench.tg_files("sendMediaGroup", fields, files).await;
        let id = &sent["result"][0]["message_id"];
        for (new, expected) in table {
            assert_eq!(photo(id, new).await, expected, "{kind} to {new}");
        }
    }
}
