//! Every bound of the sandbox's memory and time, by name. Owns no state.

use std::time::Duration;

/// Messages kept per chat. The oldest make room.
pub const MESSAGES_PER_CHAT: usize = 1_000;
/// Chats kept per network. Past it a new chat is refused.
pub const CHATS: usize = 20_000;
/// Users kept per network. Past it a new user is refused.
pub const USERS: usize = 20_000;
/// Bot accounts per network. Past it an unknown token is answered as a wrong one.
pub const BOTS: usize = 200;
/// Bytes of one uploaded file, as Telegram allows them.
pub const UPLOAD_BYTES: usize = 50 * 1024 * 1024;
/// Bytes of one request's body: an upload and its envelope.
pub const BODY_BYTES: usize = UPLOAD_BYTES + 1024 * 1024;
/// Bytes of all files together. The oldest make room.
pub const FILES_BYTES: usize = 256 * 1024 * 1024;
/// Entries of the request log. The oldest make room.
pub const REQUESTS: usize = 2_000;
/// Bytes of a body that the request log keeps.
pub const LOGGED_BODY_BYTES: usize = 64 * 1024;
/// Updates that wait for a Telegram bot. The oldest are dropped, as after Telegram's 24 hours.
pub const PENDING_UPDATES: usize = 50_000;
/// Events a Discord session keeps for a RESUME. A session that falls further behind is lost.
pub const SESSION_EVENTS: usize = 25_000;
/// Discord sessions kept per bot, connected or resumable. The oldest make room.
pub const SESSIONS: usize = 16;
/// Interactions, callback queries and their answers kept. The oldest make room.
pub const INTERACTIONS: usize = 25_000;
/// Events that wait for a slow observer (the page, a subscription). Past it the observer is told to read anew.
pub const OBSERVER_EVENTS: usize = 4_096;
/// Commands from the fault switch that wait for one gateway connection.
pub const GATEWAY_COMMANDS: usize = 64;
/// Faults switched on at the same time.
pub const FAULTS: usize = 200;

/// Connections to the sandbox's site at the same time. Past it they wait to be accepted.
pub const SITE_CONNECTIONS: usize = 64;
/// How long a connection to the site lives, in real time, however slowly it is read or written.
pub const SITE_CONNECTION: Duration = Duration::from_secs(10 * 60);
/// Bytes of a download of the site.
pub const SITE_DOWNLOAD: u64 = 256 * 1024 * 1024;
/// Bytes of a visited address, and of what the visitor calls itself, that are remembered.
pub const SITE_VISIT_BYTES: usize = 1_024;
/// Visits to the site that are remembered. The oldest make room.
pub const SITE_VISITS: usize = 1_000;
/// Addresses that failed once and will work the next time. The oldest make room.
pub const SITE_ADDRESSES: usize = 1_000;

/// How long an interaction waits for its first answer (Discord's documentation: 3 s).
pub const INTERACTION_ANSWER: Duration = Duration::from_secs(3);
/// How long an interaction's token lives (Discord's documentation: 15 min).
pub const INTERACTION_TOKEN: Duration = Duration::from_secs(15 * 60);
/// How long a callback query can be answered. Telegram names no number; 15 s is what bots see.
pub const CALLBACK_ANSWER: Duration = Duration::from_secs(15);
/// How long a chat action is shown (Telegram's documentation: 5 s or less).
pub const CHAT_ACTION: Duration = Duration::from_secs(5);
/// How long a Telegram draft is shown after its last change (Telegram's documentation: 30 s).
pub const DRAFT: Duration = Duration::from_secs(30);
/// How long a stopped draft with `keep_on_stop` is shown. Telegram says "a short time" and names no number.
pub const DRAFT_KEPT: Duration = Duration::from_secs(5);
/// How long Discord shows a typing user.
pub const TYPING: Duration = Duration::from_secs(10);
/// How long shutdown waits for connections and tasks before it stops waiting.
pub const SHUTDOWN: Duration = Duration::from_secs(5);
