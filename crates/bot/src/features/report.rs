//! `/report`: research, writing and chatting at the same time. Reads sources side by side, chooses their best sentences
//! and ends as a PDF and as Markdown. Owns nothing.

mod compose;
mod rank;
mod read;
mod sentences;

use duologue::prelude::*;
use duologue::{AttachmentKind, ConfigError, SandboxSite, TaskFile};
use duologue_draw::document::{Document, DocumentLimits};
use duologue_web::Url;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize};

use self::compose::Material;
pub(crate) use self::compose::{Failed, Numbers, Written};
use self::read::Reader;
use crate::features::web::Web;
use crate::words::report as words;

/// The longest topic, in characters.
const TOPIC: usize = 100;

/// What stands for the topic in the address of a source.
const PLACE: &str = "{topic}";

/// The section `features.report` of the configuration, a resource of the bot.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReportSettings {
    /// Where to look for a topic: pages, and pages that lead to others. `{topic}` stands for the topic.
    #[serde(deserialize_with = "sources")]
    sources: Option<Vec<String>>,
    /// The most pages that are read for one report.
    pages: usize,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self {
            sources: None,
            pages: 8,
        }
    }
}

impl ReportSettings {
    pub(crate) fn new(app: &App) -> Result<Self, ConfigError> {
        app.config().feature("report")
    }

    /// Where to look for a topic: what is set, the sandbox's own paper, or an encyclopedia.
    fn sources(&self, ctx: &Context, topic: &str) -> Result<Vec<Url>, HandlerError> {
        let site = ctx.resource::<SandboxSite>();
        let sources = match (&self.sources, site) {
            (Some(sources), _) => sources.clone(),
            (None, Some(site)) => vec![site.0.clone()],
            (None, None) => vec![format!("https://en.wikipedia.org/wiki/{PLACE}")],
        };
        let topic = utf8_percent_encode(topic, NON_ALPHANUMERIC).to_string();
        let sources = sources
            .iter()
            .map(|source| duologue_web::address(&source.replace(PLACE, &topic)));
        Ok(sources.collect::<Result<_, _>>()?)
    }
}

fn sources<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    let sources = Vec::<String>::deserialize(deserializer)?;
    for source in &sources {
        duologue_web::address(&source.replace(PLACE, "topic"))
            .map_err(|_| serde::de::Error::custom(format_args!("{source:?} is no address of a source")))?;
    }
    Ok(Some(sources))
}

/// Write a report on a topic or on pages, while you go on chatting
///
/// I read my sources or the pages that you name, side by side, as far as their sites let robots read them. Then I choose
/// the sentences that say most and put them in order, each with the number of its source. You get a PDF and a Markdown
/// file with an outline, quotations and references.
#[command(example = "bees")]
pub(crate) async fn report(
    ctx: Context,
    /// a topic, addresses of pages, or both
    about: Rest,
) -> Result<(), HandlerError> {
    let missing = "the bot has no sources";
    let web = ctx.resource::<Web>().ok_or(missing)?;
    let settings = ctx.resource::<ReportSettings>().ok_or(missing)?;
    let asked = Asked::read(&about.0.text, settings.pages).map_err(HandlerError::say)?;
    let sources = match asked.urls.is_empty() {
        true => settings.sources(&ctx, &asked.topic)?,
        false => Vec::new(),
    };
    let reader = Reader::new(web.client(&ctx)?, web.settings.clone(), settings.pages);
    let name = words::name(&asked.topic, asked.urls.len());
    ctx.start(Task::new(name, move |task: TaskContext| async move {
        write(&task, &reader, asked, sources).await
    }))?;
    Ok(())
}

/// What was asked.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    topic: String,
    urls: Vec<Url>,
}

impl Asked {
    fn read(text: &str, pages: usize) -> Result<Self, Content> {
        let (mut topic, mut urls) = (Vec::new(), Vec::new());
        for word in text.split_whitespace() {
            let bare = word.trim_matches(['<', '>', ',', ';']);
            match duologue_web::address(bare) {
                Ok(url) if bare.contains("://") || bare.starts_with("www.") => {
                    if !urls.contains(&url) {
                        urls.push(url);
                    }
                }
                _ => topic.push(word),
            }
        }
        let topic = topic.join(" ");
        if topic.is_empty() && urls.is_empty() {
            return Err(words::about_what());
        }
        if topic.chars().count() > TOPIC {
            return Err(Content::text(words::topic_too_long(TOPIC)));
        }
        if urls.len() > pages {
            return Err(Content::text(words::too_many(urls.len(), pages)));
        }
        Ok(Self { topic, urls })
    }
}

async fn write(
    task: &TaskContext,
    reader: &Reader,
    asked: Asked,
    sources: Vec<Url>,
) -> Result<Content, TaskError> {
    let research = if asked.urls.is_empty() {
        task.text(words::SEARCHING);
        reader.search(task, &asked.topic, sources).await?
    } else {
        task.text(words::READING);
        reader.read(task, asked.urls).await?
    };
    if research.sources.is_empty() {
        return Err(TaskError::say(words::nothing_found(
            &asked.topic,
            &research.failed,
        )));
    }
    task.text(words::WRITING);
    let material = Material {
        topic: asked.topic,
        sources: research.sources,
        failed: research.failed,
        day: today(),
    };
    let Some(written) = task.run(compose::compose::task(&material)).await? else {
        return Err(TaskError::say(words::nothing_found(
            &material.topic,
            &material.failed,
        )));
    };
    task.show(words::outline_so_far(&written));
    task.text(words::PRINTING);
    let printed = task.run(print::task(&written.document)).await?;
    let pdf = task.media(AttachmentKind::Document, &printed.pdf)?;
    let markdown = task.media(AttachmentKind::Document, &printed.markdown)?;
    Ok(words::result(&written, printed.pages, &material.failed)
        .media(pdf)
        .media(markdown))
}

/// The files of a report.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Printed {
    pdf: TaskFile,
    markdown: TaskFile,
    pages: usize,
}

/// Printing
#[task(lane = "process", processor = "60s")]
fn print(task: &TaskContext, document: &Document) -> Result<Printed, TaskError> {
    let pdf = document.pdf(&DocumentLimits::default())?;
    let pages = pdf.pages;
    let markdown = document.markdown();
    Ok(Printed {
        pdf: task.wait(task.write_file(words::PDF_NAME, pdf.bytes))?,
        markdown: task.wait(task.write_file(words::MARKDOWN_NAME, markdown))?,
        pages,
    })
}

/// The day, in UTC, as people write it.
fn today() -> String {
    jiff::Timestamp::now().strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::{Asked, ReportSettings};

    fn read(text: &str) -> Result<(String, Vec<String>), String> {
        match Asked::read(text, 2) {
            Ok(asked) => Ok((asked.topic, asked.urls.iter().map(ToString::to_string).collect())),
            Err(content) => Err(content.to_plain()),
        }
    }

    #[test]
    fn a_topic_and_addresses_are_told_apart() {
        let (topic, urls) = read("the life of bees https://a.test/1, <https://b.test/2>").unwrap();
        assert_eq!(topic, "the life of bees");
        assert_eq!(urls, ["https://a.test/1", "https://b.test/2"]);
        // A word with a dot in it is no address.
        assert_eq!(read("node.js").unwrap(), ("node.js".to_owned(), Vec::new()));
    }

    #[test]
    fn a_source_that_is_no_address_is_named_when_the_bot_starts() {
        let read = |text: &str| toml::from_str::<ReportSettings>(text);
        assert!(read("sources = [\"https://a.test/{topic}\", \"b.test\"]").is_ok());
        let wrong = read("sources = [\"http://[\"]").unwrap_err().to_string();
        assert!(wrong.contains("no address of a source"), "{wrong}");
    }

    #[test]
    fn nothing_and_too_much_are_said() {
        assert!(read("  ").unwrap_err().contains("/report"));
        assert!(read(&"a".repeat(101)).unwrap_err().contains("100"));
        assert!(
            read("https://a.test https://b.test https://c.test")
                .unwrap_err()
                .contains("up to 2")
        );
    }
}
