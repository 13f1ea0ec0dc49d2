//! A bot with one command. Run it with `cargo run -p duologue --example dice`.

use duologue::prelude::*;

/// Roll some dice.
#[command]
async fn roll(
    /// How many dice
    #[range(1..=100)]
    dice: u8,
    /// How many sides each has
    #[range(2..=1000)]
    sides: Option<u16>,
) -> String {
    let sides = u64::from(sides.unwrap_or(6));
    let total: u64 = (0..dice).map(|_| 1 + rand::random::<u64>() % sides).sum();
    format!("🎲 {total}")
}

#[duologue::main]
async fn main() -> duologue::Result {
    App::from_env()?.command(roll).run().await
}
