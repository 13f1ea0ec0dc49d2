//! Our bot, as `core` runs it: one command on either network.

use std::sync::Arc;
use std::time::Duration;

use duologue::{SqliteOptions, SqliteStore};
use duologue_core::command::{ArgumentKind, ArgumentSpec, Arguments, Command, CommandSpec};
use duologue_core::store::Store;
use duologue_core::{
    Adapter, Backends, Context, Engine, EngineConfig, HandlerError, Pace, Rate, Reply, Router, Secret,
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
pub(super) async fn telegram(url: &str, keeps: Keeps) {
    let mut config = TelegramConfig::new(Secret::new(super::TELEGRAM_TOKEN));
    config.api_url = url.to_owned();
    // The network's own figures are far below what is measured here.
    config.pace = Pace {
        private: Rate::UNLIMITED,
        group: Rate::UNLIMITED,
        broadcast: Rate::UNLIMITED,
        ..config.pace
    };
    run(
        duologue_telegram::adapter(config).expect("the benchmark gives a valid configuration"),
        keeps,
    )
    .await;
}

/// Connects and answers.
pub(super) async fn discord(url: &str, keeps: Keeps) {
    let mut config = Config::new(Secret::new(super::DISCORD_TOKEN));
    config.api_url = url.to_owned();
    run(
        duologue_discord::adapter(config).expect("the benchmark gives a valid configuration"),
        keeps,
    )
    .await;
}

/// What survives the bot's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeps {
    Nothing,
    /// In a new folder below the one for temporary files. It is on the disk that a bot's data would be on only where that
    /// folder is; the system cleans it.
    Everything,
}

async fn run(adapter: Adapter, keeps: Keeps) {
    let store = match keeps {
        Keeps::Nothing => None,
        Keeps::Everything => {
            let folder = std::env::temp_dir().join(format!("duologue-bench-{:016x}", rand::random::<u64>()));
            let store = SqliteStore::open(SqliteOptions::new(folder)).await;
            Some(Arc::new(store.expect("a new folder can be made")))
        }
    };
    let backends = Backends {
        store: store.clone().map(|store| store as Arc<dyn Store>),
        ..Backends::default()
    };
    let engine = Engine::with_backends(EngineConfig::default(), router(), vec![adapter], backends);
    let handle = engine.handle();
    let tell = async {
        let Some(store) = store else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(Duration::from_secs(2)).await;
            let (writes, kept) = (store.writes(), handle.metrics().store.unwrap_or_default());
            // To be seen where the bot is run by hand.
            eprintln!(
                "{} turns kept, {} writes in {} commits",
                kept.commits, writes.operations, writes.transactions
            );
        }
    };
    tokio::select! {
        ended = engine.run(CancellationToken::new()) => eprintln!("the bot ended: {ended:?}"),
        () = tell => {}
    }
}
