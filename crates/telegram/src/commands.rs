//! The network's menu of commands: made to fit, and only when something changed. Owns nothing.

use duologue_core::command::CommandSpec;
use duologue_core::{LimitScope, Registered, SendError};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::{Calls, Method};
use crate::error::CallError;

const OPERATION: &str = "register";

/// A `BotCommand`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct BotCommand {
    command: String,
    description: String,
}

/// Makes the menu of the default scope show these commands, hidden ones left out.
pub(crate) async fn register(calls: &Calls, specs: &[CommandSpec]) -> Result<Registered, SendError> {
    let failed = |error: CallError| error.send_error(OPERATION, LimitScope::Network);
    let wanted: Vec<BotCommand> = specs
        .iter()
        .filter(|spec| !spec.hidden)
        .map(|spec| BotCommand {
            command: spec.name.to_string(),
            description: spec.description.to_string(),
        })
        .collect();
    let there: Vec<BotCommand> = calls
        .call(Method::GetMyCommands, &json!({}))
        .await
        .map_err(failed)?;
    let registered = difference(&there, &wanted);
    if there == wanted {
        return Ok(registered);
    }
    let answer: Result<IgnoredAny, CallError> = if wanted.is_empty() {
        calls.call(Method::DeleteMyCommands, &json!({})).await
    } else {
        calls
            .call(Method::SetMyCommands, &json!({ "commands": wanted }))
            .await
    };
    answer.map(|_| registered).map_err(failed)
}

fn difference(there: &[BotCommand], wanted: &[BotCommand]) -> Registered {
    let kept = wanted.iter().filter(|command| there.contains(command)).count();
    let removed = there
        .iter()
        .filter(|old| wanted.iter().all(|new| new.command != old.command))
        .count();
    Registered {
        changed: wanted.len() - kept,
        removed,
        kept,
    }
}
