//! `/help`: all that a person may use, or one command in detail. Owns nothing.

use duologue::prelude::*;
use duologue::{ArgumentKind, CommandSpec};

use crate::words;

/// List what I can do, or explain one command
#[command]
pub(crate) async fn help(
    ctx: Context,
    /// the command to explain
    command: Option<String>,
) -> Content {
    let Some(asked) = command else {
        let shown = ctx.commands().iter().filter(|spec| !spec.hidden);
        return words::help(shown);
    };
    let name = asked.trim_start_matches('/').to_lowercase();
    match ctx.commands().iter().find(|spec| spec.name == name) {
        Some(spec) => words::help_in_detail(spec, &example(spec)),
        None => words::no_such_command(&name, &ctx.nearest_commands(&name)),
    }
}

/// A call that works: what its author wrote, or made from what the command takes.
fn example(spec: &CommandSpec) -> String {
    if !spec.example.is_empty() {
        return format!("/{} {}", spec.name, spec.example);
    }
    let mut call = format!("/{}", spec.name);
    for argument in &spec.arguments {
        if let Some(value) = example_value(&argument.kind) {
            call.push(' ');
            call.push_str(&value);
        }
    }
    call
}

fn example_value(kind: &ArgumentKind) -> Option<String> {
    Some(match kind {
        ArgumentKind::Integer { min, max } => 3.clamp(*min, *max).to_string(),
        ArgumentKind::Number { min, max } => 1.5_f64.clamp(*min, *max).to_string(),
        ArgumentKind::Text { .. } => "roll".to_owned(),
        ArgumentKind::Rest { .. } => "hello there".to_owned(),
        ArgumentKind::Bool => "yes".to_owned(),
        ArgumentKind::Choice(choices) => {
            // The first ones are often the default and the last an extreme: the one before it says most.
            choices.get(choices.len().saturating_sub(2))?.value.to_string()
        }
        ArgumentKind::Duration { min, max } => {
            let seconds = Duration::from_secs(300).clamp(*min, *max).as_secs();
            format!("{seconds}s")
        }
        ArgumentKind::User => "@name".to_owned(),
        // A file does not stand in the text.
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::example;
    use crate::testing::Stage;

    #[tokio::test(start_paused = true)]
    async fn help_lists_every_command_with_its_usage() {
        let stage = Stage::run();
        stage.types("/help").await;
        let list = stage.said(0).await.text.text.clone();
        for usage in [
            "/start",
            "/help [command]",
            "/ping",
            "/echo [file] [text…]",
            "/roll <dice> [sides]",
            "/compare",
        ] {
            assert!(list.contains(usage), "{usage} is not in {list}");
        }
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn help_explains_one_command_with_what_it_expects_and_an_example() {
        let stage = Stage::run();
        stage.types("/help /Roll").await;
        let detail = stage.said(0).await.text.text.clone();
        for part in [
            "/roll <dice> [sides]",
            "a whole number from 1 to 100",
            "d20",
            "/roll 3 d20",
        ] {
            assert!(detail.contains(part), "{part} is not in {detail}");
        }
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn help_for_a_mistyped_name_offers_the_nearest_one() {
        let stage = Stage::run();
        stage.types("/help rol").await;
        let answer = stage.said(0).await;
        stage.presses(&answer, "/help roll").await;
        assert!(
            stage
                .said(1)
                .await
                .text
                .text
                .contains("a whole number from 1 to 100")
        );
        stage.types("/help something-else").await;
        assert!(stage.said(2).await.text.text.contains("/help"));
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn every_example_works_as_it_stands() {
        let specs = Stage::specs().await;
        assert_eq!(specs.len(), 18);
        for spec in specs {
            let stage = Stage::run();
            stage.types(&example(&spec)).await;
            let answer = stage.said(0).await.text.text.clone();
            for complaint in ["is missing", " should be ", "more than I can use"] {
                assert!(!answer.contains(complaint), "{} gives {answer}", example(&spec));
            }
            stage.ends().await;
        }
    }
}
