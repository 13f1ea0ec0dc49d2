//! What speaks to the bot and is no command: a guess at what was meant, or what could be done with a file. Owns nothing.

use duologue::prelude::*;
use duologue::{ButtonAction, CommandSpec, StyledText};

use crate::features::echo::SendBack;
use crate::features::image;
use crate::words;

/// The most characters that a button takes over as arguments: a button is for short calls.
const LONGEST_ARGUMENTS: usize = 200;

/// Answers a message that is no command. In groups the router lets only those through that speak to the bot.
pub(crate) async fn answer(ctx: Context, message: Message) -> Result<Content, HandlerError> {
    if !message.attachments.is_empty() {
        let button = ButtonCall::new(&SendBack::new(&message.attachments))?;
        let action = ButtonAction::Value(button);
        let more = image::buttons(&message.attachments)?;
        return Ok(words::got_files(&message.attachments, action, more));
    }
    if message
        .text
        .text
        .split_whitespace()
        .next()
        .is_some_and(|word| words::is_greeting(&plain(word)))
    {
        return Ok(words::greeting(ctx.user().map(|user| user.name.as_str())));
    }
    let guesses = guesses(&ctx, &message.text);
    Ok(if guesses.is_empty() {
        words::no_idea()
    } else {
        words::did_you_mean(&guesses)
    })
}

/// A call that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guess {
    /// The command's name.
    pub(crate) name: String,
    /// Its arguments, as they stood in the text.
    pub(crate) arguments: String,
}

/// What may have been meant: a command's name somewhere in the text, else names near its first word.
fn guesses(ctx: &Context, text: &StyledText) -> Vec<Guess> {
    let shown: Vec<&CommandSpec> = ctx.commands().iter().filter(|spec| !spec.hidden).collect();
    let words: Vec<&str> = text.text.split_whitespace().collect();
    for (index, word) in words.iter().enumerate() {
        if let Some(spec) = shown.iter().find(|spec| spec.name == plain(word)) {
            return vec![guess(spec, &words[index + 1..])];
        }
    }
    let Some((first, rest)) = words.split_first() else {
        return Vec::new();
    };
    let near = ctx.nearest_commands(&plain(first)).into_iter();
    near.filter_map(|name| shown.iter().find(|spec| spec.name == name))
        .map(|spec| guess(spec, rest))
        .collect()
}

/// A word as a command's name would stand there.
fn plain(word: &str) -> String {
    word.trim_matches(|letter: char| !letter.is_alphanumeric())
        .to_lowercase()
}

fn guess(spec: &CommandSpec, rest: &[&str]) -> Guess {
    let rest = rest.join(" ");
    let fits = !spec.arguments.is_empty() && rest.chars().count() <= LONGEST_ARGUMENTS;
    Guess {
        name: spec.name.to_string(),
        arguments: if fits { rest } else { String::new() },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use duologue::{ChatKind, Message, StyledText};

    use crate::testing::{ADA, Stage, file};

    #[tokio::test(start_paused = true)]
    async fn a_mistyped_command_is_offered_as_a_button_with_its_arguments() {
        let stage = Stage::run();
        stage.says("rol 3 d20").await;
        let answer = stage.said(0).await;
        assert!(answer.text.text.contains("Did you mean"));
        stage.presses(&answer, "/roll 3 d20").await;
        assert!(stage.said(1).await.text.text.contains("3 × d20"));
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_commands_name_inside_a_sentence_is_found() {
        let stage = Stage::run();
        stage.says("Please, ping!").await;
        let answer = stage.said(0).await;
        stage.presses(&answer, "/ping").await;
        assert!(stage.said(1).await.text.text.starts_with("pong"));
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_greeting_is_answered_with_a_greeting() {
        let stage = Stage::run();
        stage.says("Hello, you!").await;
        assert!(stage.said(0).await.text.text.starts_with("Hello Ada"));
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn anything_else_is_told_what_i_can_do() {
        let stage = Stage::run();
        stage.says("What a lovely morning").await;
        let answer = stage.said(0).await;
        stage.presses(&answer, "What can you do?").await;
        assert!(stage.said(1).await.text.text.contains("/compare"));
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_is_described_and_can_be_had_back() {
        let stage = Stage::run();
        let message = Message {
            attachments: vec![file("holiday.txt")],
            ..Message::default()
        };
        stage.sends(ADA, ChatKind::Private, message).await;
        let answer = stage.said(0).await;
        for part in ["holiday.txt", "text/plain", "1.5 kB"] {
            assert!(answer.text.text.contains(part), "{part}: {:?}", answer.text.text);
        }
        stage.presses(&answer, "Send it back").await;
        assert_eq!(stage.said(1).await.media[0].name, "holiday.txt");
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_group_hears_nothing_unless_it_speaks_to_the_bot() {
        let stage = Stage::run();
        let message = |addressed| Message {
            text: StyledText::plain("rol 3"),
            addressed,
            ..Message::default()
        };
        stage.sends(ADA, ChatKind::Group, message(false)).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(stage.network.count(), 0);
        stage.sends(ADA, ChatKind::Group, message(true)).await;
        assert!(stage.said(0).await.text.text.contains("Did you mean"));
        stage.ends().await;
    }
}
