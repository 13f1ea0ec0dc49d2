//! The sandbox's own site: its articles, pictures and downloads.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Client, Response};

use duologue_sandbox::{Sandbox, SandboxConfig, SandboxHandle, StartError};

use crate::support::SOON;

pub(crate) struct Paper {
    pub(crate) sandbox: SandboxHandle,
    pub(crate) http: Client,
}

impl Paper {
    pub(crate) async fn new() -> Self {
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("reader/1")
            .build()
            .unwrap();
        Self {
            sandbox: Sandbox::start(SandboxConfig::default()).await.unwrap(),
            http,
        }
    }

    pub(crate) async fn get(&self, address: &str) -> Response {
        let url = format!("{}{address}", self.sandbox.site_url());
        self.http.get(url).send().await.unwrap()
    }

    async fn text(&self, address: &str) -> String {
        let answer = self.get(address).await;
        assert_eq!(answer.status(), 200, "{address}");
        answer.text().await.unwrap()
    }
}

/// What stands between two marks, everywhere.
fn between<'a>(text: &'a str, from: &'a str, to: &'a str) -> Vec<&'a str> {
    text.split(from)
        .skip(1)
        .map(|rest| rest.split(to).next().unwrap())
        .collect()
}

/// The words of a piece of HTML.
fn words(html: &str) -> usize {
    let plain: String = html
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text).to_owned() + " ")
        .collect();
    plain.split_whitespace().count()
}

#[tokio::test]
async fn every_link_of_the_paper_leads_somewhere() {
    let paper = Paper::new().await;
    let mut known = BTreeSet::from(["/".to_owned()]);
    let mut open = vec!["/".to_owned()];
    while let Some(address) = open.pop() {
        let answer = paper.get(&address).await;
        assert_eq!(answer.status(), 200, "{address}");
        // Traps and large files are looked at elsewhere.
        if address.starts_with("/trap/") || answer.headers()["content-type"] != "text/html; charset=utf-8" {
            continue;
        }
        let page = answer.text().await.unwrap();
        for part in ["href=\"", "src=\""] {
            for link in between(&page, part, "\"") {
                let link = link.split('#').next().unwrap().to_owned();
                assert!(link.starts_with('/'), "{address} leads to {link}");
                if known.insert(link.clone()) {
                    open.push(link);
                }
            }
        }
    }
    for needed in [
        "/trap/",
        "/robots.txt",
        "/private/notes",
        "/files/harvest.csv",
        "/pictures/meadow.jpg",
    ] {
        assert!(known.contains(needed), "{needed}");
    }
    assert_eq!(paper.get("/nothing").await.status(), 404);
}

#[tokio::test]
async fn articles_have_everything_that_an_extractor_looks_for() {
    let paper = Paper::new().await;
    let index = paper.text("/").await;
    let names: Vec<&str> = between(&index, "href=\"/articles/", "\"");
    assert_eq!(names.len(), 8);
    let mut about_bees = 0;
    for name in names {
        let page = paper.text(&format!("/articles/{name}")).await;
        for clutter in [
            "class=\"cookies\"",
            "class=\"ad\"",
            "<nav",
            "class=\"newsletter\"",
        ] {
            assert!(page.contains(clutter), "{name}: {clutter}");
        }
        let article = between(&page, "<article>", "</article>")[0];
        let count = words(article);
        assert!((300..=700).contains(&count), "{name} has {count} words");
        for part in [
            "<h1>",
            "<h2>",
            "<time datetime=\"20",
            "class=\"author\"",
            "<blockquote>",
            "<li>",
        ] {
            // One of them lists in terms and definitions, and in points as well.
            assert!(article.contains(part), "{name}: {part}");
        }
        assert!(page.contains("<meta name=\"author\"") && page.contains("article:published_time"));
        let title = between(article, "<h1>", "</h1>")[0];
        assert!(page.contains(&format!("<title>{title} – The Meadow Post</title>")));
        about_bees += usize::from(article.contains("bee") && article.contains("hive"));
    }
    assert_eq!(about_bees, 5);
}

#[tokio::test]
async fn pictures_of_four_formats_and_a_large_one_can_be_fetched() {
    let paper = Paper::new().await;
    for (name, mime, magic, sizes) in [
        ("comb.png", "image/png", &b"\x89PNG\r\n"[..], 10_000..200_000),
        ("dance.gif", "image/gif", b"GIF89a", 10_000..300_000),
        ("flower.webp", "image/webp", b"RIFF", 10_000..100_000),
        ("hives.jpg", "image/jpeg", b"\xff\xd8\xff", 20_000..200_000),
        ("meadow.jpg", "image/jpeg", b"\xff\xd8\xff", 1_500_000..2_500_000),
    ] {
        let answer = paper.get(&format!("/pictures/{name}")).await;
        assert_eq!(answer.headers()["content-type"], mime);
        let length = answer.content_length().unwrap();
        let bytes = answer.bytes().await.unwrap();
        assert!(bytes.starts_with(magic), "{name}");
        assert!(sizes.contains(&bytes.len()), "{name} has {} bytes", bytes.len());
        assert_eq!(length, bytes.len() as u64);
    }
    assert_eq!(paper.get("/pictures/none.png").await.status(), 404);
}

#[tokio::test]
async fn texts_tables_and_downloads_can_be_fetched() {
    let paper = Paper::new().await;
    for (name, mime, part) in [
        ("opening-hours.txt", "text/plain; charset=utf-8", "Łódź, 蜂, 🐝"),
        (
            "first-hive.md",
            "text/markdown; charset=utf-8",
            "# Your first hive",
        ),
        ("harvest.csv", "text/csv; charset=utf-8", "\"Old Quarry, north\""),
    ] {
        let answer = paper.get(&format!("/files/{name}")).await;
        assert_eq!(answer.headers()["content-type"], mime);
        assert!(answer.text().await.unwrap().contains(part), "{name}");
    }
    let answer = paper.get("/files/five-megabytes.bin").await;
    assert_eq!(answer.content_length(), Some(5_000_000));
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"five-megabytes.bin\""
    );
    let first = answer.bytes().await.unwrap();
    assert_eq!(first.len(), 5_000_000);
    assert_eq!(first[..100], first[65_536..65_636], "the bytes follow a rule");
    let large = paper.get("/files/thirty-megabytes.bin").await;
    let mut stream = large.bytes_stream();
    let mut total = 0;
    while let Some(piece) = stream.next().await {
        total += piece.unwrap().len();
    }
    assert_eq!(total, 30_000_000);
}

#[tokio::test]
async fn a_slow_download_keeps_to_its_rate_on_the_sandboxes_clock() {
    let paper = Paper::new().await;
    let clock = paper.sandbox.clock();
    clock.pause();
    let answer = paper.get("/slow/1000?rate=1000").await;
    assert_eq!(answer.content_length(), Some(1000));
    let mut stream = answer.bytes_stream();
    let mut seen = 0;
    for tenth in 0..10 {
        if tenth > 0 {
            let early = tokio::time::timeout(Duration::from_millis(20), stream.next()).await;
            assert!(early.is_err(), "nothing comes while the clock stands still");
            clock.advance(Duration::from_millis(100));
        }
        let piece = tokio::time::timeout(SOON, stream.next()).await.unwrap().unwrap();
        seen += piece.unwrap().len();
        assert_eq!(seen, (tenth + 1) * 100);
    }
    assert!(stream.next().await.is_none());
    for wrong in [
        "/slow/x",
        "/slow/10?rate=0",
        "/slow/10?rate=fast",
        "/slow/99999999999",
    ] {
        assert_eq!(paper.get(wrong).await.status(), 400, "{wrong}");
    }
    assert_eq!(
        paper.get("/slow/70000").await.bytes().await.unwrap().len(),
        70_000
    );
    assert!(paper.get("/slow/0").await.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn robots_are_told_what_to_leave_alone_and_visits_can_be_looked_at() {
    let paper = Paper::new().await;
    let robots = paper.text("/robots.txt").await;
    assert_eq!(robots, "User-agent: *\nDisallow: /private/\nCrawl-delay: 2\n");
    assert!(
        paper
            .text("/private/notes")
            .await
            .contains("has not read robots.txt")
    );
    let url = format!("{}/files/", paper.sandbox.site_url());
    assert_eq!(paper.http.post(&url).send().await.unwrap().status(), 405);
    let head = paper.http.head(format!("{url}harvest.csv")).send().await.unwrap();
    assert!(head.headers().contains_key("content-length") && head.bytes().await.unwrap().is_empty());
    paper.text("/files/?page=2").await;
    let visits = paper.sandbox.site_visits();
    let addresses: Vec<&str> = visits.iter().map(|visit| visit.address.as_str()).collect();
    assert_eq!(
        addresses,
        [
            "/robots.txt",
            "/private/notes",
            "/files/",
            "/files/harvest.csv",
            "/files/?page=2"
        ]
    );
    assert!(
        visits
            .iter()
            .all(|visit| visit.agent == "reader/1" && visit.at_ms > 0)
    );
    let url = format!("{}/control/visits", paper.sandbox.url());
    let told: serde_json::Value = paper.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(told[4]["address"], "/files/?page=2");
    paper.text(&format!("/?long={}", "x".repeat(5_000))).await;
    assert_eq!(paper.sandbox.site_visits()[5].address.len(), 1_024);
}

#[tokio::test]
async fn the_site_has_a_listener_of_its_own() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = SandboxConfig {
        site: taken.local_addr().unwrap(),
        ..SandboxConfig::default()
    };
    let sandbox = Sandbox::start(config.clone()).await.unwrap();
    let taken = format!("http://{}", taken.local_addr().unwrap());
    assert_ne!(
        sandbox.site_url(),
        taken,
        "a taken port is given up for a free one"
    );
    assert_ne!(sandbox.site_url(), sandbox.url());
    assert!(sandbox.greeting().contains(&sandbox.site_url()));
    let open = SandboxConfig {
        site: "0.0.0.0:0".parse().unwrap(),
        ..config
    };
    assert!(matches!(
        Sandbox::start(open).await,
        Err(StartError::NotLoopback(_))
    ));
    assert_eq!(SandboxConfig::on_port(8765).site.port(), 8766);
    assert_eq!(SandboxConfig::on_port(0).site.port(), 0);
}
