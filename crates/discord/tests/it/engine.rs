//! The adapter under core's engine: a command from Discord to a handler and back, and what only Discord can do.

use std::sync::{Arc, Mutex};

use duologue_core::command::{Arguments, Command, CommandSpec};
use duologue_core::{Context, Engine, EngineConfig, HandlerError, Reply, Router};
use duologue_discord::{CallError, DiscordExt, adapter};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::bot::config;
use crate::fake::{Fake, soon};

/// What the handler saw of Discord.
#[derive(Default)]
struct Seen {
    command: Option<String>,
    user: Option<String>,
    raw: Option<Value>,
    refused: Option<CallError>,
}

struct Look(Arc<Mutex<Seen>>);

impl Command for Look {
    fn spec(&self) -> CommandSpec {
        CommandSpec::new("look", "looks around")
    }

    fn call(&self, context: Context, _: Arguments) -> BoxFuture<'static, Result<Reply, HandlerError>> {
        let seen = Arc::clone(&self.0);
        async move {
            let discord = context.discord().expect("the event is discord's");
            let user = discord.http().get_current_user().await.expect("serenity's call");
            let raw = discord
                .get::<Value>("/applications/@me")
                .await
                .expect("a raw call");
            let refused = discord.get::<Value>("/guilds/1/roles").await;
            *seen.lock().unwrap() = Seen {
                command: discord.command().map(|command| command.data.name.clone()),
                user: Some(user.name.clone()),
                raw: Some(raw),
                refused: refused.err(),
            };
            Ok(Reply::new("seen"))
        }
        .boxed()
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test waits for it")]
async fn a_handler_reaches_discords_own_side() {
    let fake = Fake::start().await;
    let seen = Arc::new(Mutex::new(Seen::default()));
    let mut router = Router::new();
    router.command(Look(Arc::clone(&seen)));
    let engine = Engine::new(
        EngineConfig::default(),
        router,
        vec![adapter(config(&fake)).unwrap()],
    );
    let stop = CancellationToken::new();
    let running = tokio::spawn(engine.run(stop.clone()));
    let registered = fake.call("POST", "/applications/200/commands").await;
    assert_eq!(registered.body["name"], "look");
    fake.slash("look", json!([]), json!({}));
    let answer = fake.call("POST", "/interactions/").await;
    assert_eq!(answer.body["data"]["content"], "seen");
    stop.cancel();
    let ended = soon("the end", running).await.unwrap();
    assert_eq!((ended.unhandled, ended.unsent, ended.aborted), (0, 0, vec![]));
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(
        (seen.command.as_deref(), seen.user.as_deref()),
        (Some("look"), Some("bot"))
    );
    assert_eq!(seen.raw, Some(json!({ "id": "200" })));
    assert_eq!(
        seen.refused.unwrap().to_string(),
        "raw call: discord refused with status 404, code 0: 404: Not Found"
    );
}
