//! Bots for the parts: an engine on the stage with the shipped pool of workers, which runs while something is measured.
//! Owns the engine for that time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use duologue_core::{
    Backends, Context, Engine, EngineConfig, Message, Router, Task, TaskContext, TaskError, TaskLimits,
};
use duologue_lanes::{WorkerConfig, WorkerPool};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::stage::Stage;

/// How long a bot may take to end.
const SHUTDOWN: Duration = Duration::from_millis(500);

/// The shipped pool, with workers that are used so often.
pub(super) fn pool(jobs: u32) -> WorkerPool {
    let config = WorkerConfig::of_this_program().expect("the system knows this program");
    WorkerPool::new(WorkerConfig { jobs, ..config })
}

/// As often as workers are used by default.
pub(super) fn usual_pool() -> WorkerPool {
    WorkerPool::new(WorkerConfig::of_this_program().expect("the system knows this program"))
}

/// Runs a bot until something is done.
pub(super) async fn bot<T>(
    stage: &Arc<Stage>,
    limits: TaskLimits,
    pool: WorkerPool,
    router: Router,
    work: impl Future<Output = T>,
) -> T {
    let config = EngineConfig {
        tasks: limits,
        shutdown: SHUTDOWN,
        ..EngineConfig::default()
    };
    let backends = Backends {
        process: Some(Arc::new(pool)),
        ..Backends::default()
    };
    let engine = Engine::with_backends(config, router, vec![stage.adapter()], backends);
    let stop = CancellationToken::new();
    let work = async {
        let result = work.await;
        stop.cancel();
        result
    };
    let (_, result) = tokio::join!(engine.run(stop.clone()), work);
    result
}

/// Runs a bot in which one person has started one task of the async lane: the function, which may start others.
pub(super) async fn task<T, F>(stage: &Arc<Stage>, limits: TaskLimits, pool: WorkerPool, work: F) -> T
where
    T: Send + 'static,
    F: FnOnce(Context, TaskContext) -> BoxFuture<'static, Result<T, TaskError>> + Send + 'static,
{
    let (said, result) = oneshot::channel();
    let once = Mutex::new(Some((work, said)));
    let mut router = Router::new();
    router.text(move |context: Context, _: Message| {
        let once = once.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move {
            let Some((work, said)) = once else { return };
            let starter = context.clone();
            let task = Task::new("Drive", move |task: TaskContext| async move {
                // Whoever measures waits for it until then.
                let _ = said.send(work(starter, task).await);
                Ok("driven")
            });
            context.start(task).expect("nothing else waits");
        }
    });
    stage.text(0, "drive");
    let work = async { result.await.expect("the task ends by itself") };
    bot(stage, limits, pool, router, work)
        .await
        .expect("what is measured does not fail")
}
