//! What nearly every bot needs, to be imported whole.
//!
//! ```
//! use duologue::prelude::*;
//! ```

pub use std::time::Duration;

pub use duologue_core::command::Rest;
pub use duologue_core::content::{
    Button, ButtonStyle, Content, Media, bold, code, italic, link, mention, spoiler, strike, text, underline,
};
pub use duologue_core::{
    Attachment, ButtonCall, Context, HandlerError, IntoReply, Live, Message, Progress, Reply, SendError,
    Task, TaskContext, TaskError, Unit, User,
};
pub use duologue_macros::{Button, Choice, command, task};

pub use crate::app::App;
