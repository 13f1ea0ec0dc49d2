//! Long work beside the conversation: `/tea 3` steeps tea for three minutes in one message with a bar and a button to
//! cancel it, `/primes 1000000` computes in a worker process, and the chat goes on meanwhile. Run it with
//! `cargo run -p duologue --example tea`.

use duologue::prelude::*;

/// Steep tea
#[command]
async fn tea(
    ctx: Context,
    /// how many minutes
    #[range(1..=10)]
    minutes: u64,
) -> Result<(), HandlerError> {
    ctx.start(steep::task(minutes * 60))?;
    Ok(())
}

/// Steeping tea
#[task]
async fn steep(task: TaskContext, seconds: u64) -> Result<String, TaskError> {
    for second in 0..seconds {
        task.progress(second, seconds);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok("Your tea is ready. 🍵".to_owned())
}

/// Count the primes up to a number
#[command]
async fn primes(
    ctx: Context,
    /// the number
    #[range(2..=10_000_000)]
    limit: u64,
) -> Result<(), HandlerError> {
    ctx.start(count::task(limit).map(move |count| format!("There are {count} primes up to {limit}.")))?;
    Ok(())
}

/// Counting primes
#[task(lane = "process", processor = "60s")]
fn count(task: &TaskContext, limit: u64) -> Result<u64, TaskError> {
    let mut count = 0;
    for number in 2..=limit {
        if (2..)
            .take_while(|divisor| divisor * divisor <= number)
            .all(|divisor| number % divisor != 0)
        {
            count += 1;
        }
        task.progress(number, limit);
    }
    Ok(count)
}

#[duologue::main]
async fn main() -> duologue::Result {
    App::from_env()?
        .command(tea)
        .command(primes)
        .task_commands()
        .run()
        .await
}
