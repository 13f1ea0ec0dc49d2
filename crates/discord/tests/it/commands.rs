//! Registration: what changed is sent, and nothing else.

use duologue_core::Registered;
use duologue_core::command::{ArgumentKind, ArgumentSpec, CommandSpec};

use crate::bot::{Bot, config};
use crate::fake::Fake;

fn specs() -> Vec<CommandSpec> {
    let dice = ArgumentSpec {
        name: "dice".into(),
        description: "how many".into(),
        kind: ArgumentKind::Integer { min: 1, max: 100 },
        required: true,
    };
    vec![
        CommandSpec {
            arguments: vec![dice],
            ..CommandSpec::new("roll", "rolls dice")
        },
        CommandSpec::new("ping", "answers"),
        CommandSpec {
            hidden: true,
            ..CommandSpec::new("secret", "not in the menu")
        },
    ]
}

fn writes(fake: &Fake) -> Vec<String> {
    let calls = fake.own_calls().into_iter().filter(|(method, _)| method != "GET");
    calls.map(|(method, path)| format!("{method} {path}")).collect()
}

#[tokio::test]
async fn only_what_changed_is_sent_and_ids_stay() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    let mut specs = specs();
    let register = |specs: Vec<CommandSpec>| {
        let sender = bot.adapter.sender.clone();
        async move { sender.register(&specs).await.unwrap() }
    };
    assert_eq!(
        register(specs.clone()).await,
        Registered {
            changed: 2,
            removed: 0,
            kept: 0
        }
    );
    assert_eq!(writes(&fake), ["POST /applications/200/commands"; 2]);
    assert_eq!(
        register(specs.clone()).await,
        Registered {
            changed: 0,
            removed: 0,
            kept: 2
        }
    );
    assert_eq!(writes(&fake).len(), 2, "nothing is sent when nothing changed");
    let id = fake.commands().iter().find(|one| one["name"] == "roll").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    specs[0].description = "throws dice".into();
    specs.remove(1);
    specs.push(CommandSpec::new("echo", "repeats"));
    assert_eq!(
        register(specs).await,
        Registered {
            changed: 2,
            removed: 1,
            kept: 0
        }
    );
    let sent = writes(&fake);
    assert!(
        sent[2].starts_with("DELETE /applications/200/commands/"),
        "{sent:?}"
    );
    assert_eq!(
        sent[3..],
        [
            format!("PATCH /applications/200/commands/{id}"),
            "POST /applications/200/commands".into()
        ]
    );
}

#[tokio::test]
async fn commands_can_be_for_one_server() {
    let fake = Fake::start().await;
    let mut config = config(&fake);
    config.guild_id = Some(400);
    let bot = Bot::online_with(config).await;
    bot.adapter
        .sender
        .register(&[CommandSpec::new("ping", "answers")])
        .await
        .unwrap();
    assert_eq!(writes(&fake), ["POST /applications/200/guilds/400/commands"]);
}
