//! The site's lists and what stands in them: the front page, the pictures, the files. Owns no state.

use axum::response::Response;

use super::articles::{ARTICLES, Article};
use super::paint::{self, PICTURES, Picture};
use super::{Visit, flow, page, typed};

/// Files with their own content: name, MIME type, content.
const FILES: [(&str, &str, &str); 3] = [
    (
        "opening-hours.txt",
        "text/plain; charset=utf-8",
        include_str!("../../site/files/opening-hours.txt"),
    ),
    (
        "first-hive.md",
        "text/markdown; charset=utf-8",
        include_str!("../../site/files/first-hive.md"),
    ),
    (
        "harvest.csv",
        "text/csv; charset=utf-8",
        include_str!("../../site/files/harvest.csv"),
    ),
];

/// Downloads that are made while they are sent: name and bytes.
const DOWNLOADS: [(&str, u64); 2] = [
    ("five-megabytes.bin", 5_000_000),
    ("thirty-megabytes.bin", 30_000_000),
];

/// A list of articles, as cards.
pub(super) fn cards(wanted: impl Fn(&Article) -> bool) -> String {
    let cards = ARTICLES.iter().filter(|article| wanted(article)).map(|article| {
        format!(
            "<li><a href=\"/articles/{}\">{}</a><p>{} <time datetime=\"{date}\">{date}</time></p></li>\n",
            article.name,
            article.title,
            article.summary,
            date = article.date
        )
    });
    format!("<ul class=\"cards\">\n{}</ul>", cards.collect::<String>())
}

/// The front page.
pub(super) fn index() -> Response {
    let body = format!(
        "<h1>Small things, at length</h1>\n<p class=\"summary\">A paper about bees, bread and other slow matters.</p>\n\
         <section id=\"bees\"><h2>Bees</h2>\n{}</section>\n<section id=\"magazine\"><h2>Magazine</h2>\n{}</section>\n\
         <section><h2>More</h2><ul><li><a href=\"/pictures/\">Pictures</a></li><li><a href=\"/files/\">Files and \
         downloads</a></li><li><a href=\"/trap/\">Traps, for those who fetch</a></li></ul></section>",
        cards(|article| article.bees),
        cards(|article| !article.bees)
    );
    page::page("Front page", "", &body)
}

/// `/pictures/` and what is in it.
pub(super) async fn pictures(visit: &Visit, name: &str) -> Response {
    if name.is_empty() {
        let shown = PICTURES.iter().map(|picture| {
            let Picture {
                name,
                about,
                width,
                height,
                ..
            } = picture;
            format!(
                "<figure><a href=\"/pictures/{name}\"><img src=\"/pictures/{name}\" width=\"{width}\" \
                 height=\"{height}\" alt=\"{about}\" loading=\"lazy\"></a><figcaption>{about} ({name})</figcaption></figure>\n"
            )
        });
        let body = format!("<h1>Pictures</h1>\n{}", shown.collect::<String>());
        return page::page("Pictures", "", &body);
    }
    let Some(picture) = paint::picture(name) else {
        return page::missing();
    };
    // To draw takes a while; the sockets of everybody else must not wait for it.
    let drawn = visit.shared.tasks.blocking(|| picture.bytes()).await;
    typed(crate::files::mime_of(name), drawn.unwrap_or_default())
}

/// `/files/` and what is in it.
pub(super) fn files(visit: &Visit, name: &str) -> Response {
    if let Some((_, mime, content)) = FILES.iter().find(|(known, ..)| *known == name) {
        return typed(mime, *content);
    }
    if let Some((name, bytes)) = DOWNLOADS.iter().find(|(known, _)| *known == name) {
        return flow::download(visit, *bytes, name);
    }
    if !name.is_empty() {
        return page::missing();
    }
    let line =
        |name: &str, what: &str| format!("<li><a href=\"/files/{name}\">{name}</a><p>{what}</p></li>\n");
    let small = FILES.iter().map(|(name, mime, content)| {
        let kind = mime.split(';').next().unwrap_or_default();
        line(name, &format!("{kind}, {} bytes", content.len()))
    });
    let large = DOWNLOADS.iter().map(|(name, bytes)| {
        line(
            name,
            &format!("{} MB; add ?rate=100000 for 100 kB a second", bytes / 1_000_000),
        )
    });
    let body = format!(
        "<h1>Files</h1>\n<ul class=\"cards\">\n{}{}<li><a href=\"/slow/1000000?rate=50000\">/slow/1000000?rate=50000</a>\
         <p>As many bytes as you ask for, at the rate that you ask for</p></li>\n</ul>",
        small.collect::<String>(),
        large.collect::<String>()
    );
    page::page("Files", "", &body)
}

/// The page that robots are asked not to read.
pub(super) fn private() -> Response {
    let body = "<h1>For the editors only</h1><p>A robot that reads this has not read robots.txt.</p>";
    page::page(
        "For the editors only",
        "<meta name=\"robots\" content=\"noindex\">",
        body,
    )
}
