//! Whether one chat can delay the others: 200 chats at a steady rate, quiet at first, then beside a flood and slow
//! handlers. All in memory, through the engine and a network that answers at once, so that nothing but the engine is
//! measured.

mod network;

use std::fmt;
use std::time::Duration;

use duologue_core::command::{Arguments, Command, CommandSpec};
use duologue_core::{Context, Engine, EngineConfig, HandlerError, Reply};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use self::network::{Load, Network};
use crate::child;
use crate::replies::bots::ping_router;

/// How long a slow handler takes.
const SLOW: Duration = Duration::from_millis(200);

/// What came of a run, times in microseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) unanswered: usize,
    pub(crate) out_of_order: usize,
}

/// What came of both runs.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Fairness {
    pub(crate) quiet: Latency,
    pub(crate) loaded: Latency,
}

impl Fairness {
    /// Commands that were not answered, or not in order.
    pub(crate) fn faults(&self) -> usize {
        let of = |latency: &Latency| latency.unanswered + latency.out_of_order;
        of(&self.quiet) + of(&self.loaded)
    }
}

impl fmt::Display for Fairness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { quiet, loaded } = self;
        write!(
            f,
            "quiet p50 {:.0} µs, p99 {:.0} µs; beside flood and slow users p50 {:.0} µs, p99 {:.0} µs; \
             unanswered {}, out of order {}",
            quiet.p50,
            quiet.p99,
            loaded.p50,
            loaded.p99,
            quiet.unanswered + loaded.unanswered,
            quiet.out_of_order + loaded.out_of_order
        )
    }
}

/// Measures and says the result as a line of JSON.
pub(crate) fn run() {
    let result = child::runtime_of_a_bot().block_on(async {
        Fairness {
            quiet: measure(Load::Quiet).await,
            loaded: measure(Load::Heavy).await,
        }
    });
    let text = serde_json::to_string(&result).expect("a result is plain data");
    println!("{text}");
}

async fn measure(load: Load) -> Latency {
    let network = Network::new(load);
    let mut router = ping_router();
    router.command(Slow);
    let engine = Engine::new(EngineConfig::default(), router, vec![network.adapter()]);
    engine.run(network.done()).await;
    network.latency()
}

/// Takes its time.
struct Slow;

impl Command for Slow {
    fn spec(&self) -> CommandSpec {
        let mut spec = crate::replies::bots::ping_spec();
        spec.name = "slow".into();
        spec
    }

    fn call(&self, _: Context, mut arguments: Arguments) -> BoxFuture<'static, Result<Reply, HandlerError>> {
        async move {
            sleep(SLOW).await;
            Ok(Reply::new(format!("pong {}", arguments.take::<i64>(0)?)))
        }
        .boxed()
    }
}
