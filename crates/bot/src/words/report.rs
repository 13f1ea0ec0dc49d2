//! The words of reports. Pure functions.

use duologue::prelude::{Content, bold, code, text};
use duologue::words::count;
use duologue_web::readable::Article;

use crate::features::report::{Failed, Numbers, Written};

/// Headings of a report.
pub(crate) const IN_SHORT: &str = "In short";
pub(crate) const QUOTES: &str = "In their own words";
pub(crate) const SOURCES: &str = "Sources at a glance";
pub(crate) const NOT_READ: &str = "Not read";
pub(crate) const HOW: &str = "How this report was made";
pub(crate) const SOURCE_COLUMNS: [&str; 4] = ["", "Title", "Published", "Words"];

/// Who made a report.
pub(crate) const AUTHOR: &str = "Put together by Duologue";

/// What is being done.
pub(crate) const SEARCHING: &str = "searching the sources";
pub(crate) const READING: &str = "reading";
pub(crate) const WRITING: &str = "writing";
pub(crate) const PRINTING: &str = "printing";

/// Why a source was not read.
pub(crate) const ROBOTS: &str = "the site asks robots to stay away";
pub(crate) const ROBOTS_UNKNOWN: &str = "the site does not say whether robots may read it";
pub(crate) const NOT_A_TEXT: &str = "it is no text";
pub(crate) const NO_TEXT: &str = "there is no text to read";

/// The names of the files.
pub(crate) const PDF_NAME: &str = "report.pdf";
pub(crate) const MARKDOWN_NAME: &str = "report.md";

/// How many lines about sources that failed stand in the answer; all stand in the report.
const FAILED_SHOWN: usize = 5;

/// How many sentences of the summary stand in the answer.
const SUMMARY_SHOWN: usize = 3;

/// The name of the task.
pub(crate) fn name(topic: &str, addresses: usize) -> String {
    match (topic, addresses) {
        ("", 1) => "Report on a page".to_owned(),
        ("", addresses) => format!("Report on {addresses} pages"),
        (topic, _) => format!("Report: {topic}"),
    }
}

/// The answer to nothing.
pub(crate) fn about_what() -> Content {
    Content::new().paragraph([
        text("Tell me what to write about, such as "),
        code("/report bees"),
        text(", or which pages to read."),
    ])
}

/// The answer to a topic that is too long to be one.
pub(crate) fn topic_too_long(most: usize) -> String {
    format!("A topic has up to {most} characters: give me a few words, and addresses if you have some.")
}

/// The answer to more addresses than are read for one report.
pub(crate) fn too_many(given: usize, most: usize) -> String {
    format!("These are {given} addresses, and I read up to {most} for a report.")
}

/// Said while the site wants a pause.
pub(crate) fn pausing(seconds: u64) -> String {
    format!("waiting {seconds} s, as the site asks")
}

/// The name of reading a page.
pub(crate) fn understanding(address: &str) -> String {
    format!("reading {address}")
}

/// What was found, for the card.
pub(crate) fn outline_so_far(written: &Written) -> String {
    format!("Outline: {}", written.outline.join(", "))
}

/// Said when nothing of what was read is about the topic.
pub(crate) fn nothing_found(topic: &str, failed: &[Failed]) -> Content {
    let what = if topic.is_empty() {
        "There is too little text on these pages to write about.".to_owned()
    } else {
        format!("My sources have nothing to say about {topic}. You can give me addresses to read.")
    };
    failures(Content::text(what), failed)
}

/// The title of a report.
pub(crate) fn title(topic: &str, outline: &[String]) -> String {
    match (topic.trim(), outline) {
        ("", []) => "Report".to_owned(),
        ("", [one]) => one.clone(),
        ("", [first, second, ..]) => format!("{first} and {}", second.to_lowercase()),
        (topic, _) => heading(topic),
    }
}

/// A word as a heading.
pub(crate) fn heading(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// The line below the title.
pub(crate) fn subtitle(numbers: Numbers) -> String {
    match numbers.sources {
        1 => format!("From one source with {} words", count(numbers.words_read as u64)),
        sources => format!(
            "From {sources} sources with {} words",
            count(numbers.words_read as u64)
        ),
    }
}

/// What a source is called.
pub(crate) fn title_of(article: &Article, address: &str) -> String {
    article.title.clone().unwrap_or_else(|| address.to_owned())
}

/// When a source was published: the day of it, as stated.
pub(crate) fn published(article: &Article) -> String {
    let stated = article.published.as_deref().unwrap_or_default();
    stated.chars().take(10).collect()
}

/// Where a quotation is from.
pub(crate) fn cited(article: &Article, address: &str) -> String {
    let title = title_of(article, address);
    match (&article.byline, &article.site) {
        (Some(byline), Some(site)) => format!("{byline}, {title}, {site}"),
        (Some(byline), None) => format!("{byline}, {title}"),
        (None, Some(site)) => format!("{title}, {site}"),
        (None, None) => title,
    }
}

/// How a report came about.
pub(crate) fn how(numbers: Numbers) -> String {
    format!(
        "A program read {} words in {} sentences, ranked the sentences by how much they share with the others, and \
         chose {} of them, with {} quotations. Every sentence is its source's own, word for word, and the number behind \
         it leads to the source: quote the source, not this report. Nothing was checked by a person.",
        count(numbers.words_read as u64),
        numbers.sentences,
        numbers.chosen,
        numbers.quotes
    )
}

/// The end: what the report says in short. The files follow.
pub(crate) fn result(written: &Written, pages: usize, failed: &[Failed]) -> Content {
    let numbers = written.numbers;
    let pages = if pages == 1 {
        "1 page".to_owned()
    } else {
        format!("{pages} pages")
    };
    let head = format!(
        "\n{} sources, {} words read · {} words on {pages}",
        numbers.sources,
        count(numbers.words_read as u64),
        numbers.words_written
    );
    let summary = written.summary.iter().take(SUMMARY_SHOWN).map(String::as_str);
    let mut content = Content::new()
        .paragraph([bold(written.document.title.as_str()), text(head)])
        .list(summary.collect::<Vec<_>>());
    if !written.outline.is_empty() {
        content = content.paragraph([bold("Outline: "), text(written.outline.join(", "))]);
    }
    failures(content, failed)
}

fn failures(content: Content, failed: &[Failed]) -> Content {
    if failed.is_empty() {
        return content;
    }
    let shown = failed.iter().take(FAILED_SHOWN);
    let mut lines: Vec<String> = shown
        .map(|failed| format!("{}: {}", failed.address, failed.why))
        .collect();
    if failed.len() > FAILED_SHOWN {
        lines.push(format!("and {} more", failed.len() - FAILED_SHOWN));
    }
    content.paragraph(bold(format!("{NOT_READ}:"))).list(lines)
}
