//! What is asked of pictures, and what is said about it.

use duologue::{Attachment, AttachmentKind, StyledText};
use duologue_draw::picture::{ImageError, ImageFormat, Problem, Quantity};

use super::{Edited, kind};
use crate::testing::{Stage, file};
use crate::words::image as words;

fn photo(name: &str) -> Attachment {
    Attachment {
        kind: AttachmentKind::Photo,
        mime: Some("image/png".into()),
        ..file(name)
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_picture_or_an_operation_it_says_what_it_needs() {
    let stage = Stage::run();
    stage.types("/image grey").await;
    assert!(stage.said(0).await.text.text.contains("Send me a picture"));
    stage
        .commands("image", StyledText::plain(""), vec![photo("a.png")])
        .await;
    let question = stage.said(1).await;
    assert!(
        question.text.text.contains("What shall I do"),
        "{:?}",
        question.text.text
    );
    assert!(question.buttons.iter().any(|wire| wire.button.label == "Grey"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_does_not_exist_is_named_with_those_that_do() {
    let stage = Stage::run();
    let asked = ["sharpen", "resize", "crop round", "caption \"Hello"];
    let answers = [
        "sharpen is nothing",
        "resize needs something",
        "round does not fit behind crop",
        "could be",
    ];
    for (index, (asked, answer)) in asked.into_iter().zip(answers).enumerate() {
        stage
            .commands("image", StyledText::plain(asked), vec![photo("a.png")])
            .await;
        let said = stage.said(index).await.text.text.clone();
        assert!(said.contains(answer), "{asked}: {said}");
    }
    let eleven = (0..11).map(|_| photo("a.png")).collect();
    stage.commands("image", StyledText::plain("grey"), eleven).await;
    assert!(stage.said(4).await.text.text.contains("up to 10 pictures"));
    stage.ends().await;
}

#[test]
fn every_problem_of_a_picture_is_a_sentence_with_its_numbers() {
    let bomb = ImageError::TooLarge {
        what: Quantity::Side,
        value: Some(100_000),
        most: 16_384,
    };
    assert_eq!(
        words::problem(&bomb),
        "This picture is too large: 100 k pixels, and 16.4 k pixels is the most that I take along a side."
    );
    let blur = ImageError::BadOperation {
        operation: "blur".to_owned(),
        problem: Problem::OutOfRange {
            value: 500.0,
            least: 0.0,
            most: 100.0,
        },
    };
    assert_eq!(
        words::problem(&blur),
        "blur takes a number from 0 to 100, not 500."
    );
}

#[test]
fn a_picture_is_shown_where_networks_show_it_as_it_is() {
    let edited = |width, height, bytes, format| {
        let file = serde_json::json!({"name": "p", "bytes": 1, "key": {"task": 1, "part": 0, "number": 0}});
        Edited {
            file: serde_json::from_value(file).unwrap(),
            format,
            width,
            height,
            bytes,
            frames_left_out: 0,
            missing: Vec::new(),
        }
    };
    let table = [
        (
            edited(800, 600, 1000, ImageFormat::Png),
            false,
            AttachmentKind::Photo,
        ),
        (
            edited(800, 600, 1000, ImageFormat::Png),
            true,
            AttachmentKind::Document,
        ),
        (
            edited(800, 600, 11_000_000, ImageFormat::Jpeg),
            false,
            AttachmentKind::Document,
        ),
        (
            edited(8000, 6000, 1000, ImageFormat::Jpeg),
            false,
            AttachmentKind::Document,
        ),
        (
            edited(2100, 100, 1000, ImageFormat::Jpeg),
            false,
            AttachmentKind::Document,
        ),
        (
            edited(80, 60, 1000, ImageFormat::Gif),
            false,
            AttachmentKind::Document,
        ),
    ];
    for (edited, asked, wanted) in table {
        assert_eq!(kind(&edited, asked), wanted, "{edited:?}");
    }
}
