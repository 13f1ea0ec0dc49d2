//! `/roll`: dice, shown one by one with their sum. Owns nothing.

use duologue::prelude::*;
use rand::Rng;

use crate::words;

/// What is thrown.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sides {
    D4,
    D6,
    D8,
    D10,
    D12,
    D20,
    D100,
}

impl Sides {
    fn count(self) -> u32 {
        match self {
            Self::D4 => 4,
            Self::D6 => 6,
            Self::D8 => 8,
            Self::D10 => 10,
            Self::D12 => 12,
            Self::D20 => 20,
            Self::D100 => 100,
        }
    }
}

/// Roll some dice
///
/// Without sides they have six.
#[command]
pub(crate) async fn roll(
    /// how many dice
    #[range(1..=100)]
    dice: u8,
    /// which dice
    sides: Option<Sides>,
) -> Content {
    let sides = sides.unwrap_or(Sides::D6).count();
    words::rolled(sides, &throw(dice, sides, &mut rand::rng()))
}

fn throw(dice: u8, sides: u32, chance: &mut impl Rng) -> Vec<u32> {
    (0..dice).map(|_| chance.random_range(1..=sides)).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::throw;
    use crate::testing::{BOB, Stage};

    #[test]
    fn every_side_comes_up_and_no_other() {
        let rolls = throw(100, 6, &mut StdRng::seed_from_u64(1));
        assert_eq!(rolls.len(), 100);
        for side in 1..=6 {
            assert!(rolls.contains(&side));
        }
        assert!(rolls.iter().all(|roll| (1..=6).contains(roll)));
    }

    #[tokio::test(start_paused = true)]
    async fn roll_shows_each_die_and_the_total() {
        let stage = Stage::run();
        stage.types("/roll 3 d20").await;
        let said = stage.said(0).await.text.text.clone();
        let (shown, total) = said.rsplit_once(" = ").unwrap();
        let (heading, dice) = shown.rsplit_once('\n').unwrap();
        assert!(heading.contains("3 × d20"), "{said}");
        let dice: Vec<u32> = dice.split(" + ").map(|die| die.parse().unwrap()).collect();
        assert_eq!(dice.len(), 3);
        assert_eq!(dice.iter().sum::<u32>(), total.parse::<u32>().unwrap());
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn anybody_may_roll_again() {
        let stage = Stage::run();
        stage.types("/roll 2 d4").await;
        let first = stage.said(0).await;
        stage.presses_as(BOB, &first, "Roll again").await;
        assert!(stage.said(1).await.text.text.contains("2 × d4"));
        stage.presses(&first, "Roll again").await;
        assert!(stage.said(2).await.text.text.contains("2 × d4"));
        stage.ends().await;
    }

    #[tokio::test(start_paused = true)]
    async fn bad_arguments_are_answered_with_what_they_should_be() {
        let stage = Stage::run();
        for (index, (call, hint)) in [
            ("/roll", "dice is missing"),
            ("/roll 0", "a whole number from 1 to 100"),
            ("/roll many", "a whole number from 1 to 100"),
            ("/roll 1 d7", "one of d4, d6"),
            ("/roll 1 d6 2", "more than I can use"),
        ]
        .into_iter()
        .enumerate()
        {
            stage.types(call).await;
            let answer = stage.said(index).await.text.text.clone();
            assert!(answer.contains(hint), "{call}: {answer}");
            assert!(answer.contains("/roll <dice> [sides]"), "{call}: {answer}");
        }
        stage.ends().await;
    }
}
