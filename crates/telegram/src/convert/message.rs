//! A message that came in: its text, its files, whether it is a command and whether it speaks to the bot. Pure
//! functions.

use duologue_core::content::StyledText;
use duologue_core::{
    Attachment, AttachmentKind, CommandCall, CommandInput, EventKind, Message as Words, MessageId,
};
use smol_str::SmolStr;

use crate::call::Text;
use crate::convert::Me;
use crate::convert::entities::{WireEntity, from_wire};
use crate::convert::wire::{File, Message};
use crate::files::{FileKind, file_ref};

/// The longest name of a command (`#botcommand`).
const COMMAND_NAME: usize = 32;

/// What a message is; `None` for one that says nothing we have words for, such as "somebody changed the title".
pub(super) fn kind(message: &Message<'_>, edited: bool, me: &Me) -> Option<EventKind> {
    let attachments = attachments(&Files::of(message));
    let (text, entities) = match (&message.text, &message.caption) {
        (Some(text), _) => (&**text, message.entities.as_slice()),
        (None, Some(caption)) => (&**caption, message.caption_entities.as_slice()),
        (None, None) if attachments.is_empty() => return None,
        (None, None) => ("", [].as_slice()),
    };
    let id = MessageId::number(message.message_id);
    let group = message.media_group_id.as_deref().map(SmolStr::new);
    if !edited && let Some((name, rest)) = command(text, entities, me) {
        return Some(EventKind::Command(CommandCall {
            name,
            input: CommandInput::Text(behind(text, entities, rest)),
            attachments: if attachments.is_empty() {
                replied_attachments(message)
            } else {
                attachments
            },
            message: Some(id),
            replies_to: replies_to(message),
            group,
        }));
    }
    let (text, mentioned) = without_mention(from_wire(text, entities), me);
    let words = Words {
        id: Some(id),
        text,
        attachments,
        replies_to: replies_to(message),
        addressed: mentioned || answers_bot(message, me),
        group,
    };
    Some(if edited {
        EventKind::MessageEdited(words)
    } else {
        EventKind::Message(words)
    })
}

/// The topic of a message. In a chat without topics the same field names a chain of replies, which is no place.
pub(super) fn thread(id: Option<i64>, is_topic_message: bool) -> Option<i64> {
    id.filter(|_| is_topic_message)
}

/// The message that is answered. In a topic every message answers the one that opened it, which means nothing.
fn replies_to(message: &Message<'_>) -> Option<MessageId> {
    let replied = message.reply_to_message.as_ref()?;
    let opening = thread(message.message_thread_id, message.is_topic_message);
    (Some(replied.message_id) != opening).then(|| MessageId::number(replied.message_id))
}

fn answers_bot(message: &Message<'_>, me: &Me) -> bool {
    replies_to(message).is_some()
        && message
            .reply_to_message
            .as_ref()
            .and_then(|replied| replied.from.as_ref())
            .is_some_and(|from| from.id == me.id)
}

/// The command that a text begins with, where it is for us, and the byte where its arguments start.
fn command(text: &str, entities: &[WireEntity<'_>], me: &Me) -> Option<(SmolStr, usize)> {
    let line = text.strip_prefix('/')?;
    if entities.iter().any(WireEntity::is_code_at_start) {
        return None;
    }
    let word_end = line.find(char::is_whitespace).unwrap_or(line.len());
    let word = &line[..word_end];
    let (name, bot) = word
        .split_once('@')
        .map_or((word, None), |(name, bot)| (name, Some(bot)));
    let fits = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    if name.is_empty() || name.len() > COMMAND_NAME || !name.bytes().all(fits) {
        return None;
    }
    if bot.is_some_and(|bot| !bot.eq_ignore_ascii_case(&me.username)) {
        return None;
    }
    let behind = line[word_end..].trim_start();
    Some((
        SmolStr::from_iter(name.chars().map(|c| c.to_ascii_lowercase())),
        text.len() - behind.len(),
    ))
}

/// The text behind a command, with its styles.
fn behind(text: &str, entities: &[WireEntity<'_>], start: usize) -> StyledText {
    if entities.iter().all(|entity| &*entity.kind == "bot_command") {
        return StyledText::plain(&text[start..]);
    }
    from_wire(text, entities).slice(start..text.len())
}

/// The text without the bot's handle at its start or end, and whether it was mentioned at all.
fn without_mention(text: StyledText, me: &Me) -> (StyledText, bool) {
    if me.username.is_empty() || !text.text.contains('@') {
        return (text, false);
    }
    let handles = |words: &str| {
        words
            .strip_prefix('@')
            .and_then(|words| words.get(..me.username.len()))
            .is_some_and(|name| name.eq_ignore_ascii_case(&me.username))
    };
    let length = me.username.len() + 1;
    let found = text.text.match_indices('@').map(|(at, _)| at).find(|at| {
        let before = text.text[..*at].chars().next_back();
        let after = text.text.get(at + length..).and_then(|rest| rest.chars().next());
        let border = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        handles(&text.text[*at..]) && border(before) && border(after)
    });
    let Some(at) = found else {
        return (text, false);
    };
    let end = at + length;
    if text.text[..at].trim().is_empty() {
        let rest = text.text[end..].trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ':'));
        let start = text.text.len() - rest.len();
        return (text.slice(start..text.text.len()), true);
    }
    if text.text[end..].trim().is_empty() {
        let kept = text.text[..at].trim_end().len();
        return (text.slice(0..kept), true);
    }
    (text, true)
}

/// The files of the message that is answered: a command about them carries none of its own.
fn replied_attachments(message: &Message<'_>) -> Vec<Attachment> {
    match &message.reply_to_message {
        Some(replied) if replies_to(message).is_some() => attachments(&Files {
            photo: &replied.photo,
            document: replied.document.as_deref(),
            others: [
                (replied.animation.as_deref(), FileKind::Animation),
                (replied.audio.as_deref(), FileKind::Audio),
                (replied.voice.as_deref(), FileKind::Voice),
                (replied.video.as_deref(), FileKind::Video),
                (replied.video_note.as_deref(), FileKind::VideoNote),
                (replied.sticker.as_deref(), FileKind::Sticker),
            ],
        }),
        _ => Vec::new(),
    }
}

/// The files of a message, by the fields that hold them. A photo comes in several sizes.
struct Files<'m, 'a> {
    photo: &'m [File<'a>],
    document: Option<&'m File<'a>>,
    others: [(Option<&'m File<'a>>, FileKind); 6],
}

impl<'m, 'a> Files<'m, 'a> {
    fn of(message: &'m Message<'a>) -> Self {
        Self {
            photo: &message.photo,
            document: message.document.as_deref(),
            others: [
                (message.animation.as_deref(), FileKind::Animation),
                (message.audio.as_deref(), FileKind::Audio),
                (message.voice.as_deref(), FileKind::Voice),
                (message.video.as_deref(), FileKind::Video),
                (message.video_note.as_deref(), FileKind::VideoNote),
                (message.sticker.as_deref(), FileKind::Sticker),
            ],
        }
    }
}

fn attachments(files: &Files<'_, '_>) -> Vec<Attachment> {
    let mut all = Vec::new();
    // The same picture in several sizes: the largest counts.
    let largest = files
        .photo
        .iter()
        .max_by_key(|size| u64::from(size.width.unwrap_or(0)) * u64::from(size.height.unwrap_or(0)));
    all.extend(largest.map(|size| attachment(size, FileKind::Photo)));
    // An animation comes with itself as a document, for clients of the time before there were animations.
    let [(animation, _), ..] = files.others;
    let document = files.document.filter(|_| animation.is_none());
    all.extend(document.map(|file| attachment(file, FileKind::Document)));
    let others = files.others.iter();
    all.extend(others.filter_map(|(file, kind)| file.map(|file| attachment(file, *kind))));
    all
}

fn attachment(file: &File<'_>, kind: FileKind) -> Attachment {
    let text = |text: &Option<Text<'_>>| text.as_deref().map(SmolStr::new);
    let size = file.width.zip(file.height).or(file.length.zip(file.length));
    Attachment {
        file: file_ref(kind, &file.file_id),
        kind: match kind {
            FileKind::Photo => AttachmentKind::Photo,
            FileKind::Video | FileKind::Animation | FileKind::VideoNote => AttachmentKind::Video,
            FileKind::Audio | FileKind::Voice => AttachmentKind::Audio,
            FileKind::Document | FileKind::Sticker => AttachmentKind::Document,
        },
        name: text(&file.file_name),
        mime: text(&file.mime_type),
        bytes: file.file_size,
        size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Me {
        Me {
            id: 1,
            account: duologue_core::AccountId::number(1),
            username: "Paper_Bot".into(),
        }
    }

    #[track_caller]
    fn check_command(text: &str, expected: Option<(&str, &str)>) {
        let me = me();
        let found = command(text, &[], &me).map(|(name, start)| (name, &text[start..]));
        assert_eq!(
            found.as_ref().map(|(name, rest)| (name.as_str(), *rest)),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn commands_are_told_from_text() {
        check_command("/roll", Some(("roll", "")));
        check_command("/Roll 3 d20", Some(("roll", "3 d20")));
        check_command("/roll@paper_bot 3", Some(("roll", "3")));
        check_command("/roll@PAPER_BOT\n\n3", Some(("roll", "3")));
        check_command("/roll@other_bot 3", None);
        check_command("/roll@ 3", None);
        check_command("roll", None);
        check_command("/", None);
        check_command("//", None);
        check_command("/usr/bin", None);
        check_command("/бросок", None);
        check_command(" /roll", None);
        check_command(&format!("/{}", "a".repeat(33)), None);
    }

    #[track_caller]
    fn check_mention(text: &str, expected: (&str, bool)) {
        let (left, mentioned) = without_mention(StyledText::plain(text), &me());
        assert_eq!((left.text.as_str(), mentioned), expected, "{text:?}");
    }

    #[test]
    fn the_bots_handle_is_taken_out_where_it_stands_apart() {
        check_mention("@paper_bot hello", ("hello", true));
        check_mention("@Paper_Bot, hello", ("hello", true));
        check_mention(" @paper_bot", ("", true));
        check_mention("hello @paper_bot", ("hello", true));
        check_mention("ask @paper_bot, he knows", ("ask @paper_bot, he knows", true));
        check_mention("@paper_bots hello", ("@paper_bots hello", false));
        check_mention("me@paper_bot", ("me@paper_bot", false));
        check_mention("@", ("@", false));
        check_mention("@paper_boт", ("@paper_boт", false));
        check_mention("@other and @paper_bot", ("@other and", true));
    }

    #[test]
    fn styles_stay_where_they_are_when_text_is_taken_out() {
        let json = r#"[{"type":"bot_command","offset":0,"length":4},{"type":"bold","offset":7,"length":2}]"#;
        let entities: Vec<WireEntity<'_>> = serde_json::from_str(json).unwrap();
        let text = "/say 😀 é!";
        let (_, start) = command(text, &entities, &me()).unwrap();
        let styled = behind(text, &entities, start);
        assert_eq!(styled.text, "😀 é!");
        assert_eq!(&styled.text[styled.spans[0].range.clone()], " é");
    }

    #[test]
    fn nothing_inside_code_is_a_command() {
        let entities: Vec<WireEntity<'_>> =
            serde_json::from_str(r#"[{"type":"pre","offset":0,"length":5}]"#).unwrap();
        assert!(command("/roll", &entities, &me()).is_none());
    }
}
