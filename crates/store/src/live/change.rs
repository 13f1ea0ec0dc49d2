//! What the journal has: each change to what is under way, in the order in which they were made. Pure data.

use bytes::Bytes;
use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};

use duologue_core::store::{
    NewOutgoing, Outgoing, OutgoingId, OutgoingState, Position, SourceId, StoredEvent, Timestamp,
};
use duologue_core::{AccountId, Chat, ChatId, Conversation, EventId, MessageId, ThreadId, UserId};

use crate::fault::{Result, impossible};
use crate::names::Names;
use crate::ops::outbox::{policy, policy_of, priority, priority_of, state, state_of};

/// A change. New kinds go to the end, and none is ever changed: a journal may be of an older program.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Change<'a> {
    /// The id of an event was seen.
    Seen {
        network: &'a str,
        account: &'a str,
        event: &'a str,
        at: i64,
    },
    /// A source was read so far.
    #[serde(borrow)]
    Position(PositionImage<'a>),
    /// Where a conversation stands. Its name comes with the first of them.
    Conversation {
        id: i64,
        #[serde(borrow)]
        name: Option<Name<'a>>,
        line: Line,
    },
    /// A conversation is nobody's and has no events.
    Gone { conversation: i64 },
    /// An event came into a conversation.
    Event {
        conversation: i64,
        #[serde(borrow)]
        event: EventImage<'a>,
    },
    /// An event was attempted so often.
    Attempted {
        conversation: i64,
        number: u64,
        attempts: u32,
    },
    /// An event left its conversation.
    Left { conversation: i64, number: u64 },
    /// Something was put into the outbox.
    #[serde(borrow)]
    Outgoing(OutgoingImage<'a>),
    /// Something in the outbox stands elsewhere.
    #[serde(borrow)]
    Moved(MovedImage<'a>),
}

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// When it can be claimed.
    pub(crate) ready_at: i64,
    /// Its place among those that are ready at the same time.
    pub(crate) place: i64,
    /// The right to commit its turns, where it is held.
    pub(crate) owner: Option<i64>,
    /// What came while it is held may not be claimed before.
    pub(crate) wait_until: i64,
    /// Whether its last attempt is due, which runs beside no other such.
    pub(crate) alone: bool,
}

/// The name of a chat, or of a conversation in it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Name<'a> {
    network: &'a str,
    account: &'a str,
    chat: &'a str,
    thread: Option<&'a str>,
    user: Option<&'a str>,
}

impl<'a> Name<'a> {
    pub(super) fn of(conversation: &'a Conversation) -> Self {
        Self::new(&conversation.chat, conversation.user.as_ref())
    }

    fn new(chat: &'a Chat, user: Option<&'a UserId>) -> Self {
        Self {
            network: chat.network.as_str(),
            account: chat.account.as_str(),
            chat: chat.id.as_str(),
            thread: chat.thread.as_ref().map(ThreadId::as_str),
            user: user.map(UserId::as_str),
        }
    }

    pub(super) fn read(&self, names: &Names) -> Result<Conversation> {
        Ok(Conversation {
            chat: Chat {
                network: names.network(self.network)?,
                account: AccountId::new(self.account),
                id: ChatId::new(self.chat),
                thread: self.thread.map(ThreadId::new),
            },
            user: self.user.map(UserId::new),
        })
    }
}

/// How far a source was read.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PositionImage<'a> {
    pub(super) network: &'a str,
    pub(super) account: &'a str,
    pub(super) part: u32,
    offset: Option<i64>,
    /// The session, its sequence number, and where it is resumed.
    #[serde(borrow)]
    session: Option<(&'a str, u64, Option<&'a str>)>,
}

impl<'a> PositionImage<'a> {
    pub(super) fn of(source: &'a SourceId, position: &'a Position) -> Result<Self> {
        let (offset, session) = match position {
            Position::Offset(offset) => (Some(*offset), None),
            Position::Session { id, sequence, resume } => {
                (None, Some((id.as_str(), *sequence, resume.as_deref())))
            }
            _ => return Err(impossible("a position of an unknown kind")),
        };
        Ok(Self {
            network: source.bot.network.as_str(),
            account: source.bot.account.as_str(),
            part: source.part,
            offset,
            session,
        })
    }

    pub(super) fn read(&self) -> Result<Position> {
        match (self.offset, self.session) {
            (Some(offset), _) => Ok(Position::Offset(offset)),
            (None, Some((id, sequence, resume))) => Ok(Position::Session {
                id: id.into(),
                sequence,
                resume: resume.map(Into::into),
            }),
            (None, None) => Err(impossible("a position that is none")),
        }
    }
}

/// An event that waits.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EventImage<'a> {
    number: u64,
    id: &'a str,
    user: Option<&'a str>,
    kind: &'a str,
    received: i64,
    sent: Option<i64>,
    attempts: u32,
    #[serde(with = "serde_bytes")]
    body: &'a [u8],
}

impl<'a> EventImage<'a> {
    pub(super) fn of(event: &'a StoredEvent) -> Self {
        Self {
            number: event.number,
            id: event.id.as_str(),
            user: event.user.as_ref().map(UserId::as_str),
            kind: event.kind.as_str(),
            received: event.received.0,
            sent: event.sent.map(|at| at.0),
            attempts: event.attempts,
            body: &event.body,
        }
    }

    pub(super) fn read(&self) -> StoredEvent {
        StoredEvent {
            number: self.number,
            id: EventId::new(self.id),
            user: self.user.map(UserId::new),
            kind: self.kind.into(),
            received: Timestamp(self.received),
            sent: self.sent.map(Timestamp),
            attempts: self.attempts,
            body: Bytes::copy_from_slice(self.body),
        }
    }
}

/// Something to send, as it was put into the outbox.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OutgoingImage<'a> {
    #[serde(borrow)]
    name: Name<'a>,
    priority: u8,
    policy: u8,
    created: i64,
    #[serde(borrow)]
    stands: MovedImage<'a>,
    #[serde(with = "serde_bytes")]
    body: &'a [u8],
}

impl<'a> OutgoingImage<'a> {
    pub(super) fn of(outgoing: &'a Outgoing) -> Self {
        Self {
            name: Name::new(&outgoing.ask.chat, outgoing.ask.user.as_ref()),
            priority: priority(outgoing.ask.priority),
            policy: policy(outgoing.ask.policy),
            created: outgoing.created.0,
            stands: MovedImage::of(outgoing),
            body: &outgoing.ask.body,
        }
    }

    pub(super) fn read(&self, names: &Names) -> Result<Outgoing> {
        let Conversation { chat, user } = self.name.read(names)?;
        let mut outgoing = Outgoing {
            id: OutgoingId(self.stands.id),
            ask: NewOutgoing {
                chat,
                user,
                priority: priority_of(self.priority)?,
                policy: policy_of(self.policy)?,
                not_before: None,
                body: Bytes::copy_from_slice(self.body),
            },
            state: OutgoingState::New,
            attempts: 0,
            doubtful: false,
            created: Timestamp(self.created),
            settled: None,
            messages: Vec::new(),
            error: String::new(),
        };
        self.stands.put_on(&mut outgoing)?;
        Ok(outgoing)
    }
}

/// Where something in the outbox stands.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MovedImage<'a> {
    pub(super) id: u64,
    state: u8,
    not_before: i64,
    attempts: u32,
    doubtful: bool,
    settled: Option<i64>,
    #[serde(borrow)]
    messages: Vec<&'a str>,
    error: &'a str,
}

impl<'a> MovedImage<'a> {
    pub(super) fn of(outgoing: &'a Outgoing) -> Self {
        Self {
            id: outgoing.id.0,
            state: state(outgoing.state),
            not_before: outgoing.ask.not_before.unwrap_or_default().0,
            attempts: outgoing.attempts,
            doubtful: outgoing.doubtful,
            settled: outgoing.settled.map(|at| at.0),
            messages: outgoing.messages.iter().map(MessageId::as_str).collect(),
            error: &outgoing.error,
        }
    }

    pub(super) fn put_on(&self, outgoing: &mut Outgoing) -> Result<()> {
        outgoing.state = state_of(self.state)?;
        outgoing.ask.not_before = Some(Timestamp(self.not_before));
        outgoing.attempts = self.attempts;
        outgoing.doubtful = self.doubtful;
        outgoing.settled = self.settled.map(Timestamp);
        outgoing.messages = self.messages.iter().copied().map(MessageId::new).collect();
        self.error.clone_into(&mut outgoing.error);
        Ok(())
    }
}

/// Changes that are not on the disk yet, as they will be there.
#[derive(Debug, Default)]
pub(crate) struct Journal(Vec<u8>);

impl Journal {
    pub(super) fn put(&mut self, change: &Change<'_>) -> Result<()> {
        let written = postcard::serialize_with_flavor(change, Grow(&mut self.0));
        written.map_err(|_| impossible("a change that cannot be written down"))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Writes at the end of a buffer, bodies in one piece.
struct Grow<'a>(&'a mut Vec<u8>);

impl Flavor for Grow<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Reads the changes of one entry of the journal.
pub(super) fn each(mut entry: &[u8], mut with: impl FnMut(Change<'_>) -> Result<()>) -> Result<()> {
    while !entry.is_empty() {
        let read = postcard::take_from_bytes(entry);
        let (change, rest) = read.map_err(|_| impossible("a change in the journal that cannot be read"))?;
        with(change)?;
        entry = rest;
    }
    Ok(())
}
