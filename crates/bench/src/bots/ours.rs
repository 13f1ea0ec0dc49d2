//! Our bot, as `core` runs it: one command on either network.

use duologue_core::command::{ArgumentKind, ArgumentSpec, Arguments, Command, CommandSpec};
use duologue_core::{Context, HandlerError, Reply, Router};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

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

pub(super) async fn telegram(_url: &str) {
    std::future::pending().await
}

pub(super) async fn discord(_url: &str) {
    std::future::pending().await
}
