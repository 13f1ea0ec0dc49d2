//! `/echo`: says text back with its styles, and sends files back. Also the button that sends files back. Owns nothing.

use duologue::prelude::*;

use crate::features::files::{KeptFile, carried};
use crate::words;

/// Say it back to you, with its styles and files
///
/// Bold stays bold and a link stays a link. A file that comes with the command is sent back too.
#[command]
pub(crate) async fn echo(
    ctx: Context,
    /// a file to send back
    file: Option<Attachment>,
    /// a text to say back
    text: Option<Rest>,
) -> Result<Content, HandlerError> {
    let files = carried(&ctx, file.as_slice());
    let text = text
        .map(|rest| rest.0)
        .filter(|text| !text.text.trim().is_empty());
    let content = match text {
        Some(text) => Content::from(text),
        None if files.is_empty() => return Err(HandlerError::say(words::echo_what())),
        None => Content::new(),
    };
    Ok(files
        .iter()
        .fold(content, |content, file| content.media(Media::received(file))))
}

/// A button that sends files back.
#[derive(Button, Debug, PartialEq)]
#[button(name = "echo_files")]
pub(crate) struct SendBack {
    files: Vec<KeptFile>,
}

impl SendBack {
    pub(crate) fn new(files: &[Attachment]) -> Self {
        Self {
            files: files.iter().map(KeptFile::new).collect(),
        }
    }
}

/// Sends the files of a button back.
pub(crate) async fn send_back(_ctx: Context, button: SendBack) -> Content {
    let files = button.files.into_iter();
    files.fold(Content::new(), |content, file| content.media(file.media()))
}

#[cfg(test)]
mod tests {
    use duologue::{MediaSource, Style, StyledText};

    use crate::testing::{Stage, file};

    #[tokio::test(start_paused = true)]
    async fn echo_says_text_back_as_it_came() {
        let stage = Stage::run();
        stage.types("/echo  two  spaces <b>& *no* markup").await;
        assert_eq!(stage.said(0).await.text.text, "two  spaces <b>& *no* markup");
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn echo_keeps_the_styles_of_the_text() {
        let stage = Stage::run();
        let mut text = StyledText::plain("so ");
        text.styled(Style::Bold, |text| text.push_str("strong"));
        stage.commands("echo", text, Vec::new()).await;
        let said = stage.said(0).await;
        assert_eq!(said.text.text, "so strong");
        assert_eq!(said.text.spans[0].style, Style::Bold);
        assert_eq!(said.text.spans[0].range, 3..9);
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn echo_sends_every_file_back() {
        let stage = Stage::run();
        let files = vec![file("a.txt"), file("b.txt")];
        stage.commands("echo", StyledText::plain("here"), files).await;
        let said = stage.said(0).await;
        assert_eq!(said.text.text, "here");
        let names: Vec<&str> = said.media.iter().map(|media| media.name.as_str()).collect();
        assert_eq!(names, ["a.txt", "b.txt"]);
        assert!(matches!(&said.media[0].source, MediaSource::Received { file, .. } if file.0 == "ref-a.txt"));
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn echo_of_nothing_says_what_to_give() {
        let stage = Stage::run();
        stage.types("/echo").await;
        assert!(stage.said(0).await.text.text.contains("/echo"));
        stage.ends().await;
    }
}
