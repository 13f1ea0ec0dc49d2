//! robots.txt over sockets: asked once, kept, and what the absence of it means.

use std::sync::Mutex;
use std::time::Duration;

use duologue_web::{Basis, FetchErrorKind, Limits, Permission, ROBOTS_BYTES, Robots, RobotsConfig, Url};
use tokio::net::TcpStream;

use crate::site::{Site, ok, redirect, send};
use crate::world::fetcher_of;

fn robots(site: &Site, config: RobotsConfig) -> Robots {
    Robots::new(fetcher_of(site, Limits::default()), config)
}

/// Permissions for two paths of a site that answers with some bytes, and how often it was asked.
async fn permissions(answer: &[u8]) -> (Permission, Permission, usize) {
    let site = Site::open().await;
    let robots = robots(&site, RobotsConfig::new("TestBot"));
    let asked = Mutex::new(Vec::new());
    let play = async |call: crate::site::Call, stream: &mut TcpStream| {
        asked.lock().expect("no panic").push(call.path().to_owned());
        send(stream, answer).await;
    };
    let [open, closed]: [Url; 2] = ["/open?x", "/closed"].map(|path| site.url(path).parse().expect("a URL"));
    let both = async { tokio::join!(robots.permission(&open), robots.permission(&closed)) };
    let (open, closed) = site.serve(play, both).await;
    let asked = asked.into_inner().expect("no panic");
    assert!(asked.iter().all(|path| path == "/robots.txt"), "{asked:?}");
    (
        open.expect("not refused"),
        closed.expect("not refused"),
        asked.len(),
    )
}

#[tokio::test]
async fn a_file_is_asked_for_once_and_its_rules_count() {
    let answer = ok("", b"User-agent: testbot\nDisallow: /closed\nCrawl-delay: 3\n");
    let (open, closed, asked) = permissions(&answer).await;
    assert_eq!((open.allowed, closed.allowed, asked), (true, false, 1));
    assert_eq!(
        (open.basis, open.crawl_delay),
        (Basis::Rules, Some(Duration::from_secs(3)))
    );
}

#[tokio::test]
async fn no_file_allows_everything_and_a_host_that_fails_allows_nothing() {
    let table = [
        ("401 Unauthorized", true, Basis::NoRules),
        ("404 Not Found", true, Basis::NoRules),
        ("410 Gone", true, Basis::NoRules),
        ("429 Too Many Requests", false, Basis::Unknown),
        ("500 Oops", false, Basis::Unknown),
        ("503 Busy", false, Basis::Unknown),
    ];
    for (status, allowed, basis) in table {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        let (open, closed, asked) = permissions(answer.as_bytes()).await;
        assert_eq!(
            (open.allowed, closed.allowed, asked),
            (allowed, allowed, 1),
            "{status}"
        );
        assert_eq!(open.basis, basis, "{status}");
    }
    let (open, _, _) = permissions(b"").await;
    assert_eq!(
        (open.allowed, open.basis),
        (false, Basis::Unknown),
        "a connection that breaks"
    );
    let (open, _, _) = permissions(&redirect(302, "http://169.254.169.254/robots.txt")).await;
    assert_eq!(
        (open.allowed, open.basis),
        (false, Basis::Unknown),
        "a redirect inside"
    );
    let (open, _, asked) = permissions(&redirect(302, "/robots.txt")).await;
    assert_eq!(
        (open.allowed, open.basis, asked),
        (true, Basis::NoRules, 6),
        "an endless redirect"
    );
}

#[tokio::test]
async fn a_file_is_read_up_to_its_limit_and_half_a_rule_is_none() {
    let mut file = b"User-agent: *\nDisallow: /closed\n".to_vec();
    file.resize(ROBOTS_BYTES - 11, b'#');
    // Cut after `Disallow: /`, this would close everything.
    file.extend_from_slice(b"\nDisallow: /nothing\nDisallow: /open\n");
    let (open, closed, _) = permissions(&ok("", &file)).await;
    assert_eq!((open.allowed, closed.allowed), (true, false));
}

#[tokio::test]
async fn what_is_known_is_asked_for_again_after_its_time() {
    let site = Site::open().await;
    for (answer, lifetime, pause, expected) in [
        (ok("", b""), Duration::ZERO, Duration::MAX, 2),
        (ok("", b""), Duration::from_secs(60), Duration::ZERO, 1),
        (
            b"HTTP/1.1 500 Oops\r\n\r\n".to_vec(),
            Duration::MAX,
            Duration::ZERO,
            2,
        ),
        (
            b"HTTP/1.1 500 Oops\r\n\r\n".to_vec(),
            Duration::ZERO,
            Duration::from_secs(60),
            1,
        ),
    ] {
        let config = RobotsConfig {
            lifetime,
            pause,
            ..RobotsConfig::new("TestBot")
        };
        let robots = robots(&site, config);
        let asked = Mutex::new(0);
        let play = async |_, stream: &mut TcpStream| {
            *asked.lock().unwrap() += 1;
            send(stream, &answer).await;
        };
        let url: Url = site.url("/").parse().unwrap();
        let client = async {
            robots.permission(&url).await.unwrap();
            robots.permission(&url).await.unwrap();
        };
        site.serve(play, client).await;
        assert_eq!(*asked.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn an_address_that_is_refused_has_no_permission() {
    let site = Site::open().await;
    let robots = robots(&site, RobotsConfig::new("TestBot"));
    for url in ["http://10.0.0.1/", "ftp://example.com/", "http://example.com:22/"] {
        let error = robots.permission(&url.parse().unwrap()).await.unwrap_err();
        assert!(matches!(error.kind, FetchErrorKind::Refused(_)), "{url}");
    }
}
