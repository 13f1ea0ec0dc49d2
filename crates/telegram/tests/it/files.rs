//! Files that came in, fetched.

use duologue_core::{FileRef, SendErrorKind};
use futures_util::TryStreamExt;
use serde_json::json;

use crate::fake::{Answer, Fake};

fn reference(text: &str) -> FileRef {
    FileRef(text.into())
}

#[tokio::test]
async fn a_file_is_asked_for_and_streamed() {
    let fake = Fake::start().await;
    let path =
        json!({ "file_id": "F", "file_unique_id": "u", "file_size": 5, "file_path": "documents/file 1.txt" });
    fake.script("getFile", vec![Answer::ok(path); 2]);
    fake.put_file("documents/file%201.txt", b"hello");
    let telegram = fake.telegram();
    let download = telegram.download(&reference("document:F")).await.unwrap();
    assert_eq!(download.bytes, Some(5));
    let chunks: Vec<bytes::Bytes> = download.stream.try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"hello");
    assert_eq!(fake.only("getFile").body, json!({ "file_id": "F" }));
    telegram
        .adapter()
        .sender
        .open(&reference("F"))
        .await
        .map(drop)
        .unwrap();
}

#[tokio::test]
async fn a_file_that_is_too_large_or_gone_says_so() {
    let fake = Fake::start().await;
    let gone = json!({ "file_id": "F", "file_unique_id": "u", "file_path": "documents/gone.txt" });
    fake.script(
        "getFile",
        [
            Answer::refuse(400, "Bad Request: file is too big"),
            Answer::refuse(400, "Bad Request: invalid file_id"),
            Answer::ok(json!({ "file_id": "F", "file_unique_id": "u" })),
            Answer::ok(gone),
        ],
    );
    let telegram = fake.telegram();
    let mut kinds = Vec::new();
    for _ in 0..4 {
        kinds.push(
            telegram
                .download(&reference("F"))
                .await
                .map(drop)
                .unwrap_err()
                .kind,
        );
    }
    assert!(
        matches!(kinds[0], SendErrorKind::TooLong { limit, .. } if limit == 20 << 20),
        "{kinds:?}"
    );
    for kind in &kinds[1..] {
        assert!(matches!(kind, SendErrorKind::NotFound(_)), "{kind:?}");
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_bots_own_files() {
    let fake = Fake::start().await;
    let path = json!({ "file_id": "F", "file_unique_id": "u", "file_path": "../../bot1:x/../getMe" });
    fake.script("getFile", [Answer::ok(path)]);
    fake.put_file("bot1:x/getMe", b"inside");
    let download = fake.telegram().download(&reference("F")).await.unwrap();
    let chunks: Vec<bytes::Bytes> = download.stream.try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"inside");
}
