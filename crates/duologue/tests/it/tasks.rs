//! Tasks as the macro writes them, in each lane. The process lane runs on threads of the test here; the shipped bot's
//! tests have real processes.

use std::sync::Arc;

use duologue::prelude::*;
use duologue::{App, Backends, Lane};
use duologue_core::testing::InlineLane;
use serde::{Deserialize, Serialize};

use crate::paper::chat;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Bill {
    dish: String,
    price: u32,
}

/// Waiting for the cook.
#[task]
async fn cook(task: TaskContext, dish: String) -> Result<Bill, TaskError> {
    assert_eq!(task.lane(), Lane::Async);
    let price = task.run(weigh::task(dish.clone())).await?;
    let bills = vec![Bill { dish, price }];
    task.run(total::task(&bills, 10)).await
}

/// Weighing
#[task(weight = 2, memory = "1 MiB", deadline = "5s")]
fn weigh(task: &TaskContext, dish: String) -> Result<u32, std::num::TryFromIntError> {
    assert_eq!(task.lane(), Lane::Blocking);
    u32::try_from(dish.len())
}

/// Adding up
#[task(lane = "process", name = "The bill", processor = "10s", output = "1 MiB")]
fn total(task: &TaskContext, bills: &[Bill], total: u32) -> Result<Bill, TaskError> {
    assert_eq!(task.lane(), Lane::Process);
    task.progress(1, 1);
    let dish = bills
        .iter()
        .map(|bill| bill.dish.as_str())
        .collect::<Vec<_>>()
        .join(" and ");
    if dish == "nothing" {
        return Err(TaskError::say("There is nothing to pay."));
    }
    Ok(Bill {
        dish,
        price: bills.iter().map(|bill| bill.price).sum::<u32>() + total,
    })
}

/// Nothing at all
#[task(lane = "process")]
fn nothing() -> Result<(), TaskError> {
    Ok(())
}

/// Order something
#[command]
async fn order(ctx: Context, dish: String) -> Result<(), HandlerError> {
    let cooking = cook::task(dish).map(|bill| format!("{} for {}", bill.dish, bill.price));
    ctx.start(cooking.named("Your dish"))?;
    Ok(())
}

/// Pay nothing
#[command]
async fn leave(ctx: Context) -> Result<(), HandlerError> {
    ctx.start(nothing::task())?;
    Ok(())
}

fn restaurant(app: App) -> App {
    let backends = Backends {
        process: Some(Arc::new(InlineLane)),
        ..Backends::default()
    };
    app.backends(backends)
        .command(order)
        .command(leave)
        .task_commands()
}

#[tokio::test]
async fn a_task_of_each_lane_is_made_by_the_macro() {
    chat(restaurant, async |paper| {
        paper.command("ada", "order soup");
        assert_eq!(paper.heard(1).await, ["soup for 14"]);
        paper.command("ada", "order nothing");
        assert_eq!(paper.heard(2).await[1], "There is nothing to pay.");
        paper.command("ada", "leave");
        assert_eq!(paper.heard(3).await[2], "✓ Nothing at all: done in 1 s");
        paper.command("ada", "tasks");
        assert_eq!(paper.heard(4).await[3], "You have no tasks at the moment.");
    })
    .await;
}

#[test]
fn the_function_itself_can_still_be_called() {
    nothing().expect("it does nothing");
}
