//! Long work beside the conversation. Run it with `cargo run -p duologue --example primes`.

use duologue::prelude::*;

/// Looking for primes
#[task(lane = "process")]
fn primes(task: &TaskContext, below: u64) -> Result<usize, TaskError> {
    let mut found: Vec<u64> = Vec::new();
    for number in 2..below {
        task.progress(number, below);
        let mut divisors = found.iter().take_while(|prime| *prime * *prime <= number);
        if divisors.all(|prime| number % prime != 0) {
            found.push(number);
        }
    }
    Ok(found.len())
}

/// Count primes
#[command]
async fn count(
    ctx: Context,
    /// Below which number
    #[range(10..=10_000_000)]
    below: u64,
) -> Result<(), HandlerError> {
    ctx.start(primes::task(below).map(move |found| format!("There are {found} primes below {below}.")))?;
    Ok(())
}

#[duologue::main]
async fn main() -> duologue::Result {
    App::from_env()?.command(count).task_commands().run().await
}
