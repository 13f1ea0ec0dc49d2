//! What the tests start: a worker with the functions of the tests, by the same entry as in a bot; or a small bot that has
//! a worker and is going to be killed.

mod functions;

use duologue_core::TaskError;
use duologue_core::task::{JobHost, ProcessJob, ProcessLane, ProcessLimits, WorkerEvent};
use duologue_lanes::{WorkerConfig, WorkerPool};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

fn main() {
    duologue_lanes::serve_if_asked();
    match std::env::args().nth(1).as_deref() {
        Some("bot") => bot(),
        // A test that starts it without asking for anything.
        _ => println!("this is no worker"),
    }
}

/// Has a worker that hangs, says its number, and waits to be killed.
fn bot() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .expect("the system has room for a runtime")
        .block_on(async {
            let config = WorkerConfig::of_this_program().expect("the system knows this program");
            let pool = WorkerPool::new(config);
            let number = pool
                .run(job("process id", &()), &Deaf)
                .await
                .expect("the worker answers");
            println!(
                "{}",
                postcard::from_bytes::<u32>(&number).expect("it is a number")
            );
            let _ = pool.run(job("hang", &3600_u64), &Deaf).await;
        });
}

fn job(function: &'static str, input: &impl serde::Serialize) -> ProcessJob {
    ProcessJob {
        function,
        input: postcard::to_allocvec(input).expect("the arguments can be written"),
        files: Vec::new(),
        limits: ProcessLimits::default(),
        within: None,
        key: (1, 0),
    }
}

struct Deaf;

impl JobHost for Deaf {
    fn hear(&self, _: WorkerEvent) -> BoxFuture<'_, Result<(), TaskError>> {
        async { Ok(()) }.boxed()
    }
}
