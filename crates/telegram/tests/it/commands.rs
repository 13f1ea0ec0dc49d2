//! The menu: sent only when it changed.

use duologue_core::Registered;
use duologue_core::command::CommandSpec;
use serde_json::{Value, json};

use crate::fake::{Answer, Fake};

/// Registers `new` where `there` stands, and gives what was done and the calls that it took.
async fn register(there: Value, new: &[CommandSpec]) -> (Registered, Vec<(String, Value)>) {
    let fake = Fake::start().await;
    fake.script("getMyCommands", [Answer::ok(there)]);
    let registered = fake.telegram().adapter().sender.register(new).await.unwrap();
    let calls = fake.got().into_iter().skip(1).map(|got| (got.method, got.body));
    (registered, calls.collect())
}

fn specs() -> Vec<CommandSpec> {
    let mut hidden = CommandSpec::new("debug", "For those who know.");
    hidden.hidden = true;
    vec![
        CommandSpec::new("ping", "Answers."),
        hidden,
        CommandSpec::new("roll", "Rolls dice."),
    ]
}

fn command(name: &str, description: &str) -> Value {
    json!({ "command": name, "description": description })
}

#[tokio::test]
async fn a_menu_that_stands_is_left_alone() {
    let mut ping = command("ping", "Answers.");
    ping["is_ephemeral"] = json!(false);
    let there = json!([ping, command("roll", "Rolls dice.")]);
    let (registered, calls) = register(there, &specs()).await;
    assert_eq!(
        (registered.changed, registered.removed, registered.kept),
        (0, 0, 2)
    );
    assert!(calls.is_empty(), "{calls:?}");
}

#[tokio::test]
async fn a_menu_that_differs_is_set_and_hidden_commands_are_left_out() {
    let there = json!([
        command("ping", "Answers."),
        command("roll", "Old words."),
        command("gone", "Gone.")
    ]);
    let (registered, calls) = register(there, &specs()).await;
    assert_eq!(
        (registered.changed, registered.removed, registered.kept),
        (1, 1, 1)
    );
    let commands = json!([command("ping", "Answers."), command("roll", "Rolls dice.")]);
    assert_eq!(
        calls,
        [("setMyCommands".to_owned(), json!({ "commands": commands }))]
    );
}

#[tokio::test]
async fn a_menu_without_commands_is_taken_away() {
    let (registered, calls) = register(json!([command("gone", "Gone.")]), &[]).await;
    assert_eq!(
        (registered.changed, registered.removed, registered.kept),
        (0, 1, 0)
    );
    assert_eq!(calls, [("deleteMyCommands".to_owned(), json!({}))]);
    let (_, calls) = register(json!([]), &[]).await;
    assert!(calls.is_empty());
}

#[tokio::test]
async fn a_refusal_is_an_error() {
    let fake = Fake::start().await;
    fake.script(
        "setMyCommands",
        [Answer::refuse(400, "Bad Request: BOT_COMMAND_INVALID")],
    );
    fake.telegram()
        .adapter()
        .sender
        .register(&specs())
        .await
        .unwrap_err();
}
