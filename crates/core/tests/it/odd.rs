//! What people type and what comes back from buttons, nearly right or not at all: each is answered, nothing falls over.

use std::time::Duration;

use duologue_core::command::{ArgumentKind, ArgumentSpec, CommandSpec, parse};
use duologue_core::content::StyledText;
use duologue_core::testing::{Odd, Paper, Record};
use duologue_core::{CommandCall, CommandInput, EngineConfig, EventKind, Operation, Press};

use crate::bot::{Bot, say_after};

fn kinds() -> Vec<ArgumentKind> {
    vec![
        ArgumentKind::Integer { min: -5, max: 5 },
        ArgumentKind::Number { min: -5.0, max: 5.0 },
        ArgumentKind::Text { min: 1, max: 10 },
        ArgumentKind::Rest { max: 100 },
        ArgumentKind::Bool,
        ArgumentKind::Duration {
            min: Duration::from_secs(1),
            max: Duration::from_secs(3600),
        },
        ArgumentKind::User,
        ArgumentKind::Attachment,
    ]
}

#[test]
fn whatever_is_typed_is_taken_or_refused_with_words() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut odd = Odd::new(seed);
    let (mut taken, mut refused) = (0, 0);
    for first in kinds() {
        for second in kinds() {
            let mut spec = CommandSpec::new("odd", "anything");
            for (name, kind, required) in [("first", first.clone(), true), ("second", second, false)] {
                spec.arguments.push(ArgumentSpec {
                    name: name.into(),
                    description: "anything".into(),
                    kind,
                    required,
                });
            }
            for _ in 0..40 {
                let text = format!("{} first={} {}", odd.text(), odd.text(), odd.text());
                let call = CommandCall {
                    name: "odd".into(),
                    input: CommandInput::Text(StyledText::plain(text)),
                    attachments: Vec::new(),
                    message: None,
                    replies_to: None,
                    group: None,
                };
                match parse(&spec, &call) {
                    Ok(_) => taken += 1,
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(taken > 0 && refused > 0, "seed {seed}: {taken} and {refused}");
}

#[tokio::test(start_paused = true)]
async fn whatever_a_button_brings_back_is_answered_and_does_nothing() {
    const PRESSES: usize = 300;
    let seed = rand::random();
    println!("seed {seed}");
    let (mut odd, paper) = (Odd::new(seed), Paper::new());
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", Duration::ZERO));
    });
    for number in 0..PRESSES {
        let press = Press {
            token: odd.text().into(),
            message: None,
            values: vec![odd.text().into()],
        };
        paper.deliver(paper.event(&format!("person{}", number % 7), EventKind::Press(press)));
    }
    let noted = |record: &&Record| matches!(&record.operation, Operation::Acknowledge { note: Some(_), .. });
    paper
        .until("a note to each", |records| {
            records.iter().filter(noted).count() == PRESSES
        })
        .await;
    assert!(paper.said().is_empty(), "seed {seed}");
    bot.stop().await;
}
