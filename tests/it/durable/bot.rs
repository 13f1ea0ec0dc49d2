//! The bot that the tests kill, and a network that can be made to hang. Owns what its handlers have been through.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use duologue::prelude::*;
use duologue::state::{Of, State};
use duologue::{
    Adapter, ButtonAction, Capabilities, Context, EventKind, FileRef, Inbox, Message, NetworkId, Router,
    Source, SourceError,
};
use duologue_core::testing::{Paper, capabilities};
use duologue_core::{FileStream, Operation, Performed, Registered, Sender};
use duologue_tests::life::{Directory, Life};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

/// What the handlers of one process have been through.
#[derive(Default)]
pub(super) struct Stage {
    /// How often a handler began.
    pub(super) begun: AtomicU32,
    /// Whether handlers that can hang do.
    pub(super) hangs: AtomicBool,
    /// What each handler was told about an attempt before it.
    pub(super) repeats: Mutex<Vec<bool>>,
}

impl Stage {
    pub(super) fn hanging() -> Arc<Self> {
        let stage = Self::default();
        stage.hangs.store(true, Ordering::Relaxed);
        Arc::new(stage)
    }

    pub(super) fn begun(&self) -> u32 {
        self.begun.load(Ordering::Relaxed)
    }

    pub(super) fn go_on(&self) {
        self.hangs.store(false, Ordering::Relaxed);
    }

    async fn enter(&self, ctx: &Context) {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.repeats.lock().unwrap().push(ctx.may_repeat());
        while self.hangs.load(Ordering::Relaxed) {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Count {
    number: u32,
}

impl State for Count {
    const NAME: &'static str = "count";
}

fn stage(ctx: &Context) -> Arc<Stage> {
    Arc::clone(&*ctx.resource::<Arc<Stage>>().expect("the test gave a stage"))
}

/// Say it again.
#[command]
async fn say(words: Rest) -> String {
    words.0.text
}

/// Count one more, and hang where the test wants it.
#[command]
async fn count(ctx: Context, words: Option<Rest>) -> Result<String, HandlerError> {
    drop(words);
    let number = ctx
        .change_state(Of::Chat, |kept: &mut Count| {
            kept.number += 1;
            kept.number
        })
        .await?;
    stage(&ctx).enter(&ctx).await;
    Ok(format!("count {number}"))
}

/// Count one more and fall over.
#[command]
async fn fall(ctx: Context) -> Result<String, HandlerError> {
    ctx.change_state(Of::Chat, |kept: &mut Count| kept.number += 1)
        .await?;
    panic!("on purpose")
}

/// Offer a button that works once, and one that works always.
#[command]
async fn offer() -> Result<Content, HandlerError> {
    let once = ButtonAction::Value(ButtonCall::new(&Pick { number: 7 })?.once());
    let always = ButtonAction::Value(ButtonCall::new(&Pick { number: 8 })?);
    let once = Button::with_action("Once", once);
    let always = Button::with_action("Always", always);
    Ok(Content::text("Pick").buttons([once, always]))
}

#[derive(Button, Debug, PartialEq)]
#[button(name = "pick")]
struct Pick {
    number: u32,
}

async fn pick(ctx: Context, pick: Pick) -> String {
    stage(&ctx).enter(&ctx).await;
    format!("picked {}", pick.number)
}

async fn album(ctx: Context, message: Message) -> String {
    stage(&ctx).enter(&ctx).await;
    let files = message.attachments.iter().filter_map(|file| file.name.as_deref());
    format!("{}: {}", message.text.text, files.collect::<Vec<_>>().join(" "))
}

pub(super) fn handlers(stage: &Arc<Stage>) -> impl FnOnce(&mut Router) {
    let stage = Arc::clone(stage);
    move |router| {
        router.resource(stage);
        router.command(say);
        router.command(count);
        router.command(fall);
        router.command(offer);
        router.press(pick);
        router.text(album);
    }
}

pub(super) fn begin(directory: &Directory, paper: &Paper, stage: &Arc<Stage>) -> Life {
    Life::begin(directory, paper.adapter(), handlers(stage))
}

pub(super) fn texts(paper: &Paper) -> Vec<String> {
    paper.said().into_iter().map(|said| said.text).collect()
}

/// A network of which every call has its effect and then does not return, while `hangs` says so.
pub(super) fn hanging(paper: &Paper, hangs: &Arc<AtomicBool>) -> Adapter {
    let Adapter { source, sender } = paper.adapter();
    let sender = Arc::new(Hanging {
        inner: sender,
        hangs: Arc::clone(hangs),
    });
    Adapter { source, sender }
}

/// A network that takes a moment to say who the bot is.
pub(super) fn late(paper: &Paper) -> Adapter {
    let Adapter { source, sender } = paper.adapter();
    let source = Arc::new(Late(source));
    Adapter { source, sender }
}

struct Late(Arc<dyn Source>);

impl Source for Late {
    fn network(&self) -> NetworkId {
        self.0.network()
    }

    fn run<'a>(
        &'a self,
        inbox: &'a Inbox,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        async move {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            self.0.run(inbox, stop).await
        }
        .boxed()
    }
}

/// A network that recognizes a message that is sent again.
pub(super) fn keyed() -> Capabilities {
    Capabilities {
        keyed_sends: duologue::Support::Native,
        ..capabilities()
    }
}

struct Hanging {
    inner: Arc<dyn Sender>,
    hangs: Arc<AtomicBool>,
}

impl Sender for Hanging {
    fn network(&self) -> NetworkId {
        self.inner.network()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn perform<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Performed, SendError>> {
        async move {
            let performed = self.inner.perform(operation).await;
            if self.hangs.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            performed
        }
        .boxed()
    }

    fn register<'a>(
        &'a self,
        commands: &'a [duologue::CommandSpec],
    ) -> BoxFuture<'a, Result<Registered, SendError>> {
        self.inner.register(commands)
    }

    fn open<'a>(&'a self, file: &'a FileRef) -> BoxFuture<'a, Result<FileStream, SendError>> {
        self.inner.open(file)
    }

    fn moderates<'a>(
        &'a self,
        chat: &'a duologue::Chat,
        user: &'a duologue::UserId,
    ) -> BoxFuture<'a, Result<bool, SendError>> {
        self.inner.moderates(chat, user)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self.inner.as_any()
    }
}

/// A part of an album with the words under it.
pub(super) fn part(album: &str, words: &str, file: &str) -> EventKind {
    EventKind::Message(Message {
        text: duologue::StyledText::plain(words),
        attachments: vec![duologue::Attachment {
            file: FileRef(file.into()),
            kind: duologue::AttachmentKind::Photo,
            name: Some(file.into()),
            mime: None,
            bytes: None,
            size: None,
        }],
        group: Some(album.into()),
        ..Message::default()
    })
}
