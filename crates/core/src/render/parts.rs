//! Laying content out as messages: text, files and buttons, each within a network's limits. A pure function.

use smol_str::SmolStr;

use crate::capabilities::{Capabilities, FileLimits};
use crate::content::{Block, Button, Content, Fallback, Media, Style, StyledText};
use crate::error::SendErrorKind;
use crate::event::AttachmentKind;
use crate::press::ButtonAction;
use crate::receipt::{Became, Loss};
use crate::render::split::pack;

/// What stands over buttons that have no text of their own: a message must say something.
const PLACEHOLDER: &str = "⋯";

/// Content as messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// The messages, in order.
    pub parts: Vec<RenderedPart>,
    /// What is shown otherwise than it was asked for.
    pub losses: Vec<Loss>,
}

/// One message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RenderedPart {
    /// Its text; empty for files alone.
    pub text: StyledText,
    /// Its files.
    pub media: Vec<Media>,
    /// Its rows of buttons.
    pub buttons: Vec<Vec<Button>>,
}

/// Lays content out as messages within a network's limits.
///
/// ```
/// use duologue_core::content::Content;
/// use duologue_core::render::render;
/// # use duologue_core::testing::capabilities;
///
/// let rendered = render(&Content::text("hello"), &capabilities()).unwrap();
/// assert_eq!(rendered.parts[0].text.text, "hello");
/// assert!(rendered.losses.is_empty());
/// ```
///
/// # Errors
///
/// [`SendErrorKind::Unsupported`] for a block that is [`Fallback::Strict`] and that the network lacks;
/// [`SendErrorKind::Refused`] for content that says nothing.
pub fn render(content: &Content, capabilities: &Capabilities) -> Result<Rendered, SendErrorKind> {
    let mut layout = Layout {
        capabilities,
        blocks: Vec::new(),
        media: Vec::new(),
        rows: Vec::new(),
        losses: Vec::new(),
    };
    for block in &content.blocks {
        layout.block(block)?;
    }
    layout.finish()
}

struct Layout<'a> {
    capabilities: &'a Capabilities,
    blocks: Vec<StyledText>,
    media: Vec<Media>,
    rows: Vec<Vec<Button>>,
    losses: Vec<Loss>,
}

impl Layout<'_> {
    fn block(&mut self, block: &Block) -> Result<(), SendErrorKind> {
        match block {
            Block::Ruled(block, fallback) => return self.ruled(block, fallback),
            Block::Media(media) if self.capabilities.files.per_message > 0 => self.media.push(media.clone()),
            Block::Media(media) => {
                let words = media
                    .description
                    .clone()
                    .unwrap_or_else(|| media.name.to_string());
                self.blocks.push(StyledText::plain(words));
                self.lose("file", Became::Simpler("its description"));
            }
            Block::Buttons(_) if self.capabilities.buttons.rows == 0 => self.lose("buttons", Became::LeftOut),
            Block::Buttons(rows) => self.rows.extend(rows.iter().cloned()),
            block => {
                let mut styled = block.to_styled();
                self.simplify(&mut styled);
                if !styled.text.trim().is_empty() {
                    self.blocks.push(styled);
                }
            }
        }
        Ok(())
    }

    fn ruled(&mut self, block: &Block, fallback: &Fallback) -> Result<(), SendErrorKind> {
        let Some(lacking) = self.lacking(block) else {
            return self.block(block);
        };
        match fallback {
            Fallback::Strict => return Err(SendErrorKind::Unsupported(lacking)),
            Fallback::Loose => return self.block(block),
            Fallback::Alternative(content) => {
                for block in &content.blocks {
                    self.block(block)?;
                }
                self.lose(lacking, Became::Simpler("the alternative"));
            }
            Fallback::Omit => self.lose(lacking, Became::LeftOut),
        }
        Ok(())
    }

    /// What the network lacks to show a block as it is.
    fn lacking(&self, block: &Block) -> Option<&'static str> {
        match block {
            Block::Heading(_) if !self.capabilities.text.headings => Some("headings"),
            Block::Buttons(_) if self.capabilities.buttons.rows == 0 => Some("buttons"),
            Block::Media(_) if self.capabilities.files.per_message == 0 => Some("files"),
            Block::Ruled(block, _) => self.lacking(block),
            _ => None,
        }
    }

    fn simplify(&mut self, styled: &mut StyledText) {
        let mut lost = false;
        for span in styled
            .spans
            .iter_mut()
            .filter(|span| !self.capabilities.text.shows(&span.style))
        {
            span.style = Style::Bold;
            lost = true;
        }
        if lost {
            self.lose("heading", Became::Simpler("bold"));
        }
    }

    fn lose(&mut self, what: &'static str, became: Became) {
        self.losses.push(Loss { what, became });
    }

    fn finish(mut self) -> Result<Rendered, SendErrorKind> {
        let row_groups = self.fit_buttons();
        let groups = group_media(std::mem::take(&mut self.media), &self.capabilities.files);
        let mut parts = self.place_text(groups, !row_groups.is_empty());
        for rows in row_groups {
            match parts.last_mut() {
                Some(last) if last.buttons.is_empty() && self.holds_buttons(last) => last.buttons = rows,
                _ => parts.push(RenderedPart {
                    text: StyledText::plain(PLACEHOLDER),
                    media: Vec::new(),
                    buttons: rows,
                }),
            }
        }
        if parts.is_empty() {
            return Err(SendErrorKind::Refused("there is nothing to say".to_owned()));
        }
        Ok(Rendered {
            parts,
            losses: self.losses,
        })
    }

    /// Text goes beside the first files where it fits there, else behind them in messages of its own.
    fn place_text(&self, groups: Vec<Vec<Media>>, buttons: bool) -> Vec<RenderedPart> {
        let limits = &self.capabilities.text;
        let single = groups.len() == 1;
        let mut parts: Vec<RenderedPart> = groups
            .into_iter()
            .map(|media| RenderedPart {
                media,
                ..RenderedPart::default()
            })
            .collect();
        if let Some(first) = parts.first_mut() {
            let captions = pack(&self.blocks, limits.caption, limits);
            let room_for_buttons = !buttons || (single && self.holds_buttons(first));
            if captions.len() == 1 && room_for_buttons {
                first.text = captions.into_iter().next().unwrap_or_default();
                return parts;
            }
        }
        parts.extend(
            pack(&self.blocks, limits.message, limits)
                .into_iter()
                .map(|text| RenderedPart {
                    text,
                    ..RenderedPart::default()
                }),
        );
        parts
    }

    fn holds_buttons(&self, part: &RenderedPart) -> bool {
        part.media.len() < 2 || self.capabilities.files.group_buttons
    }

    /// Rows within the limits, in groups that one message holds each.
    fn fit_buttons(&mut self) -> Vec<Vec<Vec<Button>>> {
        let limits = self.capabilities.buttons.clone();
        let mut rows = Vec::new();
        for row in std::mem::take(&mut self.rows) {
            let mut fitting = Vec::with_capacity(row.len());
            for mut button in row {
                if matches!(&button.action, ButtonAction::Open(url) if url.chars().count() > limits.url) {
                    self.lose("button with a long address", Became::LeftOut);
                    continue;
                }
                if let Some((end, _)) = button.label.char_indices().nth(limits.label) {
                    let cut = button.label[..end]
                        .char_indices()
                        .next_back()
                        .map_or(0, |(at, _)| at);
                    button.label = SmolStr::new(format!("{}…", &button.label[..cut]));
                    self.lose("button label", Became::Cut(limits.label));
                }
                fitting.push(button);
            }
            rows.extend(fitting.chunks(limits.per_row.max(1)).map(<[Button]>::to_vec));
        }
        rows.retain(|row| !row.is_empty());
        rows.chunks(limits.rows.max(1))
            .map(<[Vec<Button>]>::to_vec)
            .collect()
    }
}

/// Files in groups that one message holds each.
fn group_media(media: Vec<Media>, limits: &FileLimits) -> Vec<Vec<Media>> {
    let mut groups: Vec<Vec<Media>> = Vec::new();
    for one in media {
        let fits = groups.last().is_some_and(|group| {
            group.len() < limits.per_message
                && (limits.mixed || group.iter().all(|other| same_kind(other, &one)))
        });
        match groups.last_mut() {
            Some(group) if fits => group.push(one),
            _ => groups.push(vec![one]),
        }
    }
    groups
}

fn same_kind(one: &Media, other: &Media) -> bool {
    let visual = |kind| matches!(kind, AttachmentKind::Photo | AttachmentKind::Video);
    one.kind == other.kind || (visual(one.kind) && visual(other.kind))
}
