//! Our bot, as `core` runs it: one command on either network.

use duologue_core::command::{ArgumentKind, ArgumentSpec, Arguments, Command, CommandSpec};
use duologue_core::{
    Adapter, Context, Engine, EngineConfig, HandlerError, Pace, Rate, Reply, Router, Secret,
};
use duologue_discord::Config;
use duologue_telegram::TelegramConfig;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

/// The largest number that is given back.
const LARGEST: i64 = 1 << 50;

/// Answers with pong, and with the number if there is one.
struct Ping;

impl Command for Ping {
    fn spec(&self) -> CommandSpec {
        ping_spec()
    }

    fn call(&self, _: Context, mut arguments: Arguments) -> BoxFuture<'static, Result<Reply, HandlerError>> {
        async move {
            Ok(match arguments.take::<Option<i64>>(0)? {
                Some(number) => Reply::new(format!("pong {number}")),
                None => Reply::new("pong"),
            })
        }
        .boxed()
    }
}

/// A command that takes a number.
pub(crate) fn ping_spec() -> CommandSpec {
    let mut spec = CommandSpec::new("ping", "Answers with pong and the number");
    spec.arguments.push(ArgumentSpec {
        name: "number".into(),
        description: "A number to give back".into(),
        kind: ArgumentKind::Integer { min: 0, max: LARGEST },
        required: false,
    });
    spec
}

/// A router with the one command.
pub(crate) fn router() -> Router {
    let mut router = Router::new();
    router.command(Ping);
    router
}

/// Polls and answers.
pub(super) async fn telegram(url: &str) {
    let mut config = TelegramConfig::new(Secret::new(super::TELEGRAM_TOKEN));
    config.api_url = url.to_owned();
    // The network's own figures are far below what is measured here.
    config.pace = Pace {
        private: Rate::UNLIMITED,
        group: Rate::UNLIMITED,
        broadcast: Rate::UNLIMITED,
        ..config.pace
    };
    run(duologue_telegram::adapter(config).expect("the benchmark gives a valid configuration")).await;
}

/// Connects and answers.
pub(super) async fn discord(url: &str) {
    let mut config = Config::new(Secret::new(super::DISCORD_TOKEN));
    config.api_url = url.to_owned();
    run(duologue_discord::adapter(config).expect("the benchmark gives a valid configuration")).await;
}

async fn run(adapter: Adapter) {
    let engine = Engine::new(EngineConfig::default(), router(), vec![adapter]);
    let ended = engine.run(CancellationToken::new()).await;
    eprintln!("the bot ended: {ended:?}");
}
