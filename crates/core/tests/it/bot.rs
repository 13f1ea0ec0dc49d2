//! A bot on the network in memory, and commands made of closures. Owns the running engine of one test.

use std::sync::Arc;
use std::time::Duration;

use duologue_core::command::{Arguments, Command, CommandSpec};
use duologue_core::testing::Paper;
use duologue_core::{
    Adapter, Backends, Context, Ended, Engine, EngineConfig, EngineHandle, HandlerError, IntoReply, Reply,
    Router,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

type Run = Arc<dyn Fn(Context, Arguments) -> BoxFuture<'static, Result<Reply, HandlerError>> + Send + Sync>;

/// A command made of a closure.
pub(crate) struct Closure {
    pub(crate) spec: CommandSpec,
    run: Run,
}

impl Command for Closure {
    fn spec(&self) -> CommandSpec {
        self.spec.clone()
    }

    fn call(
        &self,
        context: Context,
        arguments: Arguments,
    ) -> BoxFuture<'static, Result<Reply, HandlerError>> {
        (self.run)(context, arguments)
    }
}

pub(crate) fn command<F, Fut>(name: &str, run: F) -> Closure
where
    F: Fn(Context, Arguments) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoReply> + Send + 'static,
{
    let run = Arc::new(run);
    Closure {
        spec: CommandSpec::new(name, "a command of a test"),
        run: Arc::new(move |context, arguments| {
            let run = Arc::clone(&run);
            async move { run(context, arguments).await.into_reply() }.boxed()
        }),
    }
}

/// A command that takes a text of any length, which it says again after a time.
pub(crate) fn say_after(name: &str, pause: Duration) -> Closure {
    use duologue_core::command::{ArgumentKind, ArgumentSpec, Rest};
    let mut said = command(name, move |_, mut arguments| async move {
        tokio::time::sleep(pause).await;
        let text: Option<Rest> = arguments.take(0)?;
        Ok::<_, HandlerError>(text.map(|rest| rest.0))
    });
    said.spec.arguments.push(ArgumentSpec {
        name: "words".into(),
        description: "what to say".into(),
        kind: ArgumentKind::Rest { max: 100 },
        required: false,
    });
    said
}

pub(crate) struct Bot {
    pub(crate) handle: EngineHandle,
    stop: CancellationToken,
    running: JoinHandle<Ended>,
}

impl Bot {
    pub(crate) fn start(paper: &Paper, config: EngineConfig, set_up: impl FnOnce(&mut Router)) -> Self {
        Self::start_all(vec![paper.adapter()], config, set_up)
    }

    pub(crate) fn start_all(
        adapters: Vec<Adapter>,
        config: EngineConfig,
        set_up: impl FnOnce(&mut Router),
    ) -> Self {
        Self::start_on(Backends::default(), adapters, config, set_up)
    }

    pub(crate) fn start_on(
        backends: Backends,
        adapters: Vec<Adapter>,
        config: EngineConfig,
        set_up: impl FnOnce(&mut Router),
    ) -> Self {
        let mut router = Router::new();
        set_up(&mut router);
        let engine = Engine::with_backends(config, router, adapters, backends);
        let stop = CancellationToken::new();
        let handle = engine.handle();
        #[expect(clippy::disallowed_methods, reason = "the test joins it in `stop`")]
        let running = tokio::spawn(engine.run(stop.clone()));
        Self {
            handle,
            stop,
            running,
        }
    }

    /// Ends it as a crash does: in the middle of everything, without a word.
    pub(crate) async fn crash(self) {
        self.running.abort();
        assert!(self.running.await.is_err(), "it was in the middle of something");
    }

    pub(crate) async fn stop(self) -> Ended {
        self.stop.cancel();
        self.ended().await
    }

    pub(crate) async fn ended(self) -> Ended {
        self.running.await.expect("the engine does not panic")
    }
}
