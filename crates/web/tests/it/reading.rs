//! Readable text of whole pages: ordinary ones, and those that were made to cost more than they are.

use std::process::Command;

use duologue_web::Url;
use duologue_web::readable::{Article, Block, DEPTH, PAGE_BYTES, article, markdown, plain, title};
use duologue_web::sniff::{ContentType, decode};
use proptest::prelude::*;

/// Set for a run of a test in a process with little address space.
const INNER: &str = "DUOLOGUE_WEB_TEST_INNER";

/// The address space of a worker process, in KiB.
const WORKER_KIB: u32 = 256 << 10;

const PAGE: &str = r##"<!DOCTYPE html>
<html lang="en-GB"><head>
<meta charset="utf-8">
<title>The river returns | The Daily Example</title>
<meta property="og:site_name" content="The Daily Example">
<meta property="og:title" content="The river returns">
<meta name="author" content="Ada Example">
<meta property="article:published_time" content="2024-05-06T07:08:09Z">
<style>p { color: red }</style><script>track("everything")</script>
</head><body class="cookie-consent-shown">
<div id="onetrust-consent-sdk"><p>We value your privacy, and 914 partners do too.</p><button>Accept</button></div>
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav></header>
<main><article>
<h1>The river returns</h1>
<p class="byline">By <a rel="author" href="/ada">Ada Example</a></p>
<p>For forty years the river ran <b>beneath</b> the city, in a tunnel that nobody had entered, between two
stations, a market and a brewery. On Monday it came back into the light, to the surprise of the ducks.</p>
<h2>How it was done</h2>
<p>The engineers removed the cover in one night, stone by stone, and carried it to the harbour.<br>By six in the
morning the water was clear, the banks were green, and a first boat had been seen.</p>
<ol><li>First the cover was measured, which took a year, and then drawn, which took another.</li>
<li>Then it was lifted, by eleven cranes, in the order in which it had been laid.</li></ol>
<blockquote><p>&ldquo;I did not think that I would see it again,&rdquo; said a man with a dog.</p></blockquote>
<pre><code>level = 1.4 m
  flow = 3.1 m3/s</code></pre>
<p>The mayor, the bishop and the brass band came to look, and everybody agreed that it was a river.</p>
</article></main>
<aside class="sidebar related"><h3>Related</h3><ul><li><a href="/a">Ten bridges you must cross</a></li></ul></aside>
<footer><p>© The Daily Example. <a href="/terms">Terms</a></p></footer>
<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle",
"headline":"The river returns","author":{"@type":"Person","name":"Ada Example"}}</script>
</body></html>"##;

fn read(page: &str) -> Article {
    article(page, &Url::parse("https://daily.example/river").expect("a URL"))
}

fn texts(article: &Article) -> Vec<&str> {
    article.blocks.iter().map(Block::text).collect()
}

#[test]
fn a_news_page_becomes_its_article() {
    let article = read(PAGE);
    assert_eq!(article.title.as_deref(), Some("The river returns"));
    assert_eq!(article.byline.as_deref(), Some("Ada Example"));
    assert_eq!(article.site.as_deref(), Some("The Daily Example"));
    assert_eq!(article.language.as_deref(), Some("en-GB"));
    assert_eq!(article.published.as_deref(), Some("2024-05-06T07:08:09Z"));
    assert!((140..180).contains(&article.words()), "{}", article.words());
    let all = texts(&article).join("\n");
    for gone in [
        "privacy", "Accept", "Home", "Sport", "track", "color", "Related", "Terms", "schema",
    ] {
        assert!(!all.contains(gone), "{gone} in {all}");
    }
    let kinds: Vec<&str> = article
        .blocks
        .iter()
        .map(|block| match block {
            Block::Heading { .. } => "heading",
            Block::Paragraph { .. } => "paragraph",
            Block::Item { .. } => "item",
            Block::Quote { .. } => "quote",
            Block::Preformatted { .. } => "preformatted",
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "paragraph",
            "heading",
            "paragraph",
            "item",
            "item",
            "quote",
            "preformatted",
            "paragraph"
        ]
    );
    assert!(texts(&article)[0].starts_with("For forty years the river ran beneath the city, in a tunnel"));
    assert!(texts(&article)[2].contains("harbour.\nBy six in the morning"));
    assert!(matches!(
        &article.blocks[4],
        Block::Item {
            level: 1,
            number: Some(2),
            ..
        }
    ));
    assert_eq!(
        texts(&article)[5],
        "“I did not think that I would see it again,” said a man with a dog."
    );
    assert_eq!(texts(&article)[6], "level = 1.4 m\n  flow = 3.1 m3/s");
}

#[test]
fn a_page_without_an_article_is_read_as_a_whole() {
    let small = read("<title>Small</title><p>One.</p><ul><li>Two</li></ul>");
    assert_eq!(
        (small.title.as_deref(), texts(&small)),
        (Some("Small"), vec!["One.", "Two"])
    );
    assert_eq!(small.site.as_deref(), Some("daily.example"));
    let menu = read("<nav><a href=a>Only</a> <a href=b>links</a></nav>");
    assert_eq!(texts(&menu), ["Only links"]);
    let picture = read("<img src=x alt=y><script>z</script>");
    assert!(picture.blocks.is_empty() && picture.title.is_none());
    let hidden = read("<div style='display:none'>Only this</div>");
    assert_eq!(texts(&hidden), ["Only this"]);
}

#[test]
fn an_article_crosses_a_process_boundary() {
    let article = read(PAGE);
    let json = serde_json::to_string(&article).unwrap();
    assert_eq!(serde_json::from_str::<Article>(&json).unwrap(), article);
}

#[test]
fn deep_nesting_is_dissolved_and_its_text_stays() {
    for tag in [
        "div",
        "span class=x",
        "blockquote",
        "ul><li",
        "table><tr><td",
        "a href=x",
        "section",
        "b",
        "svg",
    ] {
        let page = format!("{}deep down<p>and on", format!("<{tag}>").repeat(30_000));
        let found = read(&page);
        assert!(
            tag == "svg" || texts(&found).concat().contains("deep down"),
            "{tag}"
        );
    }
    let million = format!("{}deep down", "<div>".repeat(1_000_000));
    assert_eq!(
        texts(&read(&million[million.len() - PAGE_BYTES..])),
        ["deep down"]
    );
    assert!(
        read(&million).blocks.is_empty(),
        "what is behind the limit is not read"
    );
    let depth = texts(&read(&"<ul><li>x".repeat(100_000))).len();
    assert!(depth >= DEPTH / 2, "{depth}");
}

#[test]
fn a_page_of_one_attribute_or_one_comment_has_no_text() {
    let values = "x".repeat(10 << 20);
    for page in [
        format!("<p title='{values}'>text"),
        format!("<p title='{values}"),
        format!("<p {values}"),
        format!("<{values}"),
        format!("<!-- {values}"),
        format!("<script>{values}"),
    ] {
        let found = read(&page);
        assert!(found.blocks.is_empty() && title(&page).is_none());
    }
    let commented = read("<title>a</title><p>before<!-- <p>never closed</p>");
    assert_eq!(
        (commented.title.as_deref(), texts(&commented)),
        (Some("a"), vec!["before"])
    );
}

#[test]
fn tables_lists_and_quotations_stay_and_scripts_and_styles_go() {
    let page = "<h2>All</h2><table><caption>Rain</caption><tr><th>Day<th>mm<tr><td>Monday<td>4</table>
        <script>var a = '<p>script</p>';</script><style>p::after { content: 'style' }</style>
        <noscript><p>noscript</p></noscript><template><p>template</p></template>
        <ul><li>tea<ol><li>green</ol><li>coffee</ul><blockquote>so it is</blockquote><p onclick='click()'>end";
    let item = |level, number, text: &str| Block::Item {
        level,
        number,
        text: text.to_owned(),
    };
    let paragraph = |text: &str| Block::Paragraph {
        text: text.to_owned(),
    };
    let found = read(page);
    assert_eq!(
        found.blocks,
        [
            Block::Heading {
                level: 2,
                text: "All".to_owned()
            },
            paragraph("Rain"),
            paragraph("Day | mm"),
            paragraph("Monday | 4"),
            item(1, None, "tea"),
            item(2, Some(1), "green"),
            item(1, None, "coffee"),
            Block::Quote {
                text: "so it is".to_owned()
            },
            paragraph("end"),
        ]
    );
    assert_eq!((found.words(), found.characters()), (15, 50));
}

#[test]
fn character_references_are_decoded_once_and_charsets_before() {
    let found = read("<title>Caf&eacute; &#x2603;</title><p>&lt;p&gt; &amp;amp; &nbsp;&#128512;");
    assert_eq!(found.title.as_deref(), Some("Café ☃"));
    assert_eq!(texts(&found), ["<p> &amp; 😀"]);
    let bytes = b"<meta charset=windows-1251><title>\xcc\xe8\xf0</title><p>\xe2\xee\xe9\xed\xe0";
    let declared = ContentType::parse("text/html");
    let text = decode(bytes, declared.as_ref()).text;
    assert_eq!(title(&text).as_deref(), Some("Мир"));
    assert_eq!(texts(&read(&text)), ["война"]);
}

/// What the hostile pages may cost together, in seconds of a processor: far more than they do where nothing is
/// optimised, and far less than one of them would without bounds.
const SECONDS: u32 = 120;

/// The size of most hostile pages: enough for all elements that are kept.
const HOSTILE_BYTES: usize = 1 << 20;

/// Pages that are each made against another part.
fn hostile() -> Vec<(&'static str, String)> {
    let full = |piece: &str| piece.repeat(HOSTILE_BYTES / piece.len());
    let largest = |piece: &str| piece.repeat(PAGE_BYTES / piece.len());
    let numbered = |piece: &dyn Fn(usize) -> String| {
        let mut page = String::new();
        let mut number = 0;
        while page.len() < HOSTILE_BYTES {
            page.push_str(&piece(number));
            number += 1;
        }
        page
    };
    let words = "words, and more words, ";
    vec![
        ("one tag", format!("<p {}>x", numbered(&|n| format!(" a{n}=b")))),
        (
            "formatting that is never closed",
            numbered(&|n| format!("<p><b id={n}>{words}")),
        ),
        ("misnested links", full("<a><p></a>x<div></p>")),
        ("blocks", full("<p>a")),
        ("text and links", largest("<div>a<a href=x>b</a>c</div>")),
        ("tables in cells", full("<table><tr><td>a")),
        ("text in tables", full("<table>a<tr>b<td>c</table>")),
        ("breaks", full("a<br><br>")),
        ("brackets", full("<")),
        ("ends", full("</x></div>")),
        ("open comments", full("<!--")),
        ("open scripts", full("<script>")),
        ("references", largest("&amp")),
        (
            "paragraphs",
            format!("<div>{}", full(&format!("<p>{words}{words}{words}</p>"))),
        ),
        ("a title", format!("<title>{}", full("&amp"))),
        (
            "titles after metadata",
            format!(
                "{}{}",
                full("<meta name=a content='words, and more words'>"),
                full("<title></title>")
            ),
        ),
        (
            "graphs",
            full(&format!(
                "<script type=application/ld+json>{{\"@context\":\"https://schema.org\",\"@graph\":[{}1]}}</script>",
                "{\"@type\":[\"Article\"],\"author\":[{\"name\":\"a\"}],\"name\":\"&amp\"},".repeat(3000)
            )),
        ),
        ("metadata", full("<meta property=og:title content=x>")),
        (
            "classes",
            numbered(&|n| format!("<div class='comment-{n} {words}'>{words}</div>")),
        ),
        (
            "headings",
            format!("<title>{words}</title>{}", full(&format!("<h2>{words}</h2>"))),
        ),
        ("one word", largest("w")),
        ("spaces", largest("\u{a0} ")),
        ("a staircase", full(&format!("<div><p>{words}</p>"))),
        (
            "a forest",
            largest(&format!("{}{words}{}", "<div>".repeat(100), "</div>".repeat(100))),
        ),
    ]
}

/// The same against Markdown.
fn hostile_markdown() -> Vec<String> {
    let starts = [
        "> ", "- ", "[", "![", "*a ", "`", "<", "**a_", "1. ", "|a", "#", "&", "[a](b", "~~a", "<!--",
        "```\n",
    ];
    starts
        .iter()
        .map(|start| start.repeat((1 << 20) / start.len()))
        .collect()
}

#[test]
fn hostile_pages_are_read_within_the_limits_of_a_worker() {
    if std::env::var_os(INNER).is_some() {
        for (name, page) in hostile() {
            let found = read(&page);
            assert!(found.characters() <= page.len(), "{name}");
            assert!(title(&page).is_none_or(|title| title.len() < 2000), "{name}");
        }
        for page in hostile_markdown() {
            let _ = markdown(&page);
            let _ = plain(&page);
        }
        return;
    }
    let limited = format!("ulimit -v {WORKER_KIB} && ulimit -t {SECONDS} && exec \"$0\" \"$@\"");
    let ended = Command::new("sh")
        .args(["-c", &limited])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "reading::hostile_pages_are_read_within_the_limits_of_a_worker",
        ])
        .env(INNER, "1")
        // One heap for all threads, as in a worker that has one thread.
        .env("MALLOC_ARENA_MAX", "1")
        .output()
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
    assert!(ended.status.success() && said.contains("1 passed"), "{said}");
}

/// Pieces of pages, whole and broken.
fn piece() -> impl Strategy<Value = String> {
    let tags = "(/?)(p|div|a|b|h1|ul|li|table|tr|td|svg|title|script|pre|br|blockquote|nav|span)";
    prop_oneof![
        4 => tags.prop_map(|tag: String| format!("<{tag}>")),
        2 => "[a-z ,.]{0,12}",
        1 => "<(meta|p|a|div) (class|id|content|property|style|href)=(\"[a-z<>&;:]{0,8}\"|'[^']{0,5}'|[a-z]{0,4})>",
        1 => "[<>&\"'=/!\\-\\[\\]]{1,6}",
        1 => ".{0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_page_makes_the_reader_panic_or_leaves_markup(pieces in prop::collection::vec(piece(), 0..60)) {
        let page = pieces.concat();
        let found = read(&page);
        for block in &found.blocks {
            let text = block.text();
            prop_assert!(!text.trim().is_empty());
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
            if !matches!(block, Block::Preformatted { .. }) {
                prop_assert_eq!(text, text.trim());
                prop_assert!(!text.contains("  ") && !text.contains("\n\n"));
            }
        }
        let _ = title(&page);
    }

    #[test]
    fn no_text_makes_the_others_panic(text in "(\\PC|[\n`*_#>|<-]){0,80}") {
        let _ = markdown(&text);
        let _ = plain(&text);
    }
}
