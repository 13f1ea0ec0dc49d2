//! The paper's articles: what each is, and the page that shows it. Owns no state.

use axum::response::Response;

use super::page;

/// One article.
pub(super) struct Article {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    author: &'static str,
    /// The day, as `2024-03-18`.
    pub(super) date: &'static str,
    pub(super) summary: &'static str,
    /// Whether it is about bees; the others are the magazine.
    pub(super) bees: bool,
    body: &'static str,
}

/// All articles. Those about bees tell of the same things, and not always the same.
pub(super) const ARTICLES: [Article; 8] = [
    Article {
        name: "year-in-the-hive",
        title: "A Year in the Hive",
        author: "Marta Lindqvist",
        date: "2024-03-18",
        summary: "Sixty thousand workers in June, ten thousand in January: how a colony lives through the seasons.",
        bees: true,
        body: include_str!("../../site/articles/year-in-the-hive.html"),
    },
    Article {
        name: "waggle-dance",
        title: "How Bees Tell Each Other Where to Fly",
        author: "Tomasz Wren",
        date: "2023-06-02",
        summary: "A figure of eight in the dark says how far it is to the clover, and in which direction.",
        bees: true,
        body: include_str!("../../site/articles/waggle-dance.html"),
    },
    Article {
        name: "nectar-to-honey",
        title: "From Nectar to Honey",
        author: "Nadia Okafor",
        date: "2024-08-11",
        summary: "Enzymes, wind and patience: what happens between a flower and a jar.",
        bees: true,
        body: include_str!("../../site/articles/nectar-to-honey.html"),
    },
    Article {
        name: "beekeepers-winter",
        title: "The Beekeeper's Winter",
        author: "Henrik Sol",
        date: "2022-11-27",
        summary: "From November to February there is little to do, and much to worry about.",
        bees: true,
        body: include_str!("../../site/articles/beekeepers-winter.html"),
    },
    Article {
        name: "why-colonies-die",
        title: "Why Colonies Die, and What Can Be Done",
        author: "Lena Abara",
        date: "2025-01-09",
        summary: "Mites, hunger and poison work together. Most of the damage is done by the smallest of them.",
        bees: true,
        body: include_str!("../../site/articles/why-colonies-die.html"),
    },
    Article {
        name: "keeper-of-the-light",
        title: "The Last Keeper of Skerrin Head",
        author: "Ruth Calloway",
        date: "2024-10-20",
        summary: "The lamp lights itself. A man stayed with it all the same.",
        bees: false,
        body: include_str!("../../site/articles/keeper-of-the-light.html"),
    },
    Article {
        name: "sourdough",
        title: "Bread From Nothing but Flour and Water",
        author: "Paolo Ferri",
        date: "2023-02-05",
        summary: "What lives in a spoonful of sourdough, and how to keep it happy.",
        bees: false,
        body: include_str!("../../site/articles/sourdough.html"),
    },
    Article {
        name: "night-trains",
        title: "Asleep at Two Hundred Kilometres an Hour",
        author: "Jonas Vale",
        date: "2025-05-16",
        summary: "The night train was as good as dead. Now it is sold out.",
        bees: false,
        body: include_str!("../../site/articles/night-trains.html"),
    },
];

/// `/articles/<name>`.
pub(super) fn answer(name: &str) -> Response {
    let name = name.trim_end_matches(".html");
    let found = ARTICLES.iter().find(|article| article.name == name);
    found.map_or_else(page::missing, show)
}

fn show(article: &Article) -> Response {
    let Article {
        title,
        author,
        date,
        summary,
        body,
        ..
    } = article;
    let head = format!(
        "<meta name=\"description\" content=\"{summary}\">\n  <meta name=\"author\" content=\"{author}\">\n  \
         <meta property=\"og:type\" content=\"article\">\n  <meta property=\"og:title\" content=\"{title}\">\n  \
         <meta property=\"article:published_time\" content=\"{date}\">"
    );
    let picture = if article.bees {
        "<figure><img src=\"/pictures/hives.jpg\" width=\"640\" height=\"420\" alt=\"Three hives in front of \
         hills\"><figcaption>Hives below the hills, in early light</figcaption></figure>"
    } else {
        ""
    };
    let others = super::folders::cards(|other| other.bees == article.bees && other.name != article.name);
    let text = format!(
        "<article>\n<header>\n<h1>{title}</h1>\n<p class=\"summary\">{summary}</p>\n<p class=\"byline\">By \
         <span class=\"author\">{author}</span>, <time datetime=\"{date}\">{date}</time></p>\n</header>\n{picture}\n\
         {body}</article>\n<section class=\"related\"><h2>You may also like</h2>{others}</section>"
    );
    page::page(title, &head, &text)
}
