//! Redirects: followed by hand, each a new address for the guard.

use std::sync::Arc;

use duologue_web::{FetchErrorKind, Limits, Range, Refusal};

use crate::site::{Site, ok, redirect, send};
use crate::world::{Names, fetcher, fetcher_of, get};

/// What comes of a redirect to somewhere.
async fn outcome(location: &str) -> FetchErrorKind {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let answer = redirect(302, &location.replace("PORT", &site.port().to_string()));
    let client = get(&fetcher, site.url("/start"));
    site.answer(&answer, client)
        .await
        .expect_err("nothing to be fetched")
        .kind
}

fn leads_to(kind: &FetchErrorKind) -> Option<Range> {
    match kind {
        FetchErrorKind::Refused(Refusal::Address { range, .. }) => Some(*range),
        _ => None,
    }
}

#[tokio::test]
async fn a_redirect_inside_is_refused_in_every_spelling() {
    let table = [
        ("http://169.254.169.254/latest/meta-data/", Range::LinkLocal),
        ("//169.254.169.254/", Range::LinkLocal),
        ("http://0xa9.0xfe.0xa9.0xfe/", Range::LinkLocal),
        ("http://[::ffff:7f00:1]/", Range::Mapped),
        ("http://[::1]/", Range::Loopback),
        ("https://2130706433/", Range::Loopback),
        ("\\\\127.0.0.1\\", Range::Loopback),
    ];
    for (location, range) in table {
        let kind = outcome(location).await;
        assert_eq!(leads_to(&kind), Some(range), "{location}: {kind}");
    }
}

#[tokio::test]
async fn a_redirect_to_what_is_no_address_of_the_web_is_refused() {
    let table = [
        ("http://127.0.0.1:22/", FetchErrorKind::Refused(Refusal::Port(22))),
        (
            "http://example.com:PORT/",
            FetchErrorKind::Refused(Refusal::Port(0)),
        ),
        (
            "http://user:password@127.0.0.1:PORT/",
            FetchErrorKind::Refused(Refusal::Credentials),
        ),
        ("file:///etc/passwd", FetchErrorKind::Refused(Refusal::Scheme)),
        ("data:text/plain,hello", FetchErrorKind::Refused(Refusal::Scheme)),
        ("http://[nonsense/", FetchErrorKind::Redirect),
        ("http://", FetchErrorKind::Redirect),
    ];
    for (location, expected) in table {
        let kind = outcome(location).await;
        match (&kind, &expected) {
            (FetchErrorKind::Refused(Refusal::Port(_)), FetchErrorKind::Refused(Refusal::Port(_))) => {}
            _ => assert_eq!(kind, expected, "{location}"),
        }
    }
}

#[tokio::test]
async fn a_redirect_to_a_name_that_leads_inside_is_refused_when_it_is_looked_up() {
    let site = Site::open().await;
    let names = Arc::new(Names::default());
    names.lead("inside.test", &["10.0.0.1"]);
    names.lead("mixed.test", &["93.184.216.34", "::1"]);
    let fetcher = fetcher(&[site.url("")], Limits::default(), &names);
    for (name, range) in [("inside.test", Range::Private), ("mixed.test", Range::Loopback)] {
        let answer = redirect(301, &format!("https://{name}/?secret"));
        let error = site
            .answer(&answer, get(&fetcher, site.url("/")))
            .await
            .unwrap_err();
        assert_eq!(leads_to(&error.kind), Some(range));
        let said = format!("{error} {:?}", std::error::Error::source(&error));
        assert!(!said.contains("secret") && !said.contains("10.0.0.1"), "{said}");
    }
    assert_eq!(names.asked(), ["inside.test", "mixed.test"]);
}

#[tokio::test]
async fn a_name_is_looked_up_once_for_each_connection_and_a_flip_between_them_is_seen() {
    let site = Site::open().await;
    let names = Arc::new(Names::default());
    // An allowed origin by name, and the same name on the port of everybody, which may not lead inside.
    names.lead("flip.test", &["127.0.0.1"]);
    let fetcher = fetcher(
        &[format!("http://flip.test:{}", site.port())],
        Limits::default(),
        &names,
    );
    let start = format!("http://flip.test:{}/", site.port());
    let client = get(&fetcher, &start);
    let error = site
        .answer(&redirect(302, "http://flip.test/"), client)
        .await
        .unwrap_err();
    assert_eq!(leads_to(&error.kind), Some(Range::Loopback));
    assert_eq!(names.asked(), ["flip.test", "flip.test"]);
}

#[tokio::test]
async fn redirects_are_followed_up_to_their_limit() {
    let site = Site::open().await;
    let play = async |call: crate::site::Call, stream: &mut tokio::net::TcpStream| {
        let left: u32 = call.path().trim_start_matches('/').parse().expect("a number");
        let answer = match left {
            0 => ok("", b"arrived"),
            left => redirect(
                [301, 302, 303, 307, 308][left as usize % 5],
                &format!("/{}", left - 1),
            ),
        };
        send(stream, &answer).await;
    };
    let fetcher = fetcher_of(&site, Limits::default());
    let client = async {
        let response = get(&fetcher, site.url("/5")).await.unwrap();
        assert_eq!(response.url().as_str(), site.url("/0"));
        let hops: Vec<&str> = response.head().hops.iter().map(|url| url.path()).collect();
        assert_eq!(hops, ["/5", "/4", "/3", "/2", "/1"]);
        assert_eq!(response.bytes(7).await.unwrap(), "arrived");
        for start in ["/6", "/100"] {
            let error = get(&fetcher, site.url(start)).await.unwrap_err();
            assert_eq!(error.kind, FetchErrorKind::TooManyRedirects(5));
        }
    };
    site.serve(play, client).await;
    let none = fetcher_of(
        &site,
        Limits {
            redirects: 0,
            ..Limits::default()
        },
    );
    let client = get(&none, site.url("/1"));
    assert_eq!(
        site.serve(play, client).await.unwrap_err().kind,
        FetchErrorKind::TooManyRedirects(0)
    );
}

#[tokio::test]
async fn what_redirects_nowhere_is_an_answer() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    for (status, location) in [
        (302, ""),
        (300, "Location: /next\r\n"),
        (304, "Location: /next\r\n"),
    ] {
        let answer = format!("HTTP/1.1 {status} Odd\r\n{location}Content-Length: 0\r\n\r\n");
        let client = get(&fetcher, site.url("/"));
        let response = site.answer(answer.as_bytes(), client).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.head().hops.len()),
            (status, 0)
        );
    }
}

#[tokio::test]
async fn a_relative_target_and_one_in_raw_utf8_are_understood() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let play = async |call: crate::site::Call, stream: &mut tokio::net::TcpStream| {
        let answer = match call.path() {
            "/a/b?c" => redirect(302, "../ü?d#e"),
            _ => ok("", b""),
        };
        send(stream, &answer).await;
    };
    let response = site.serve(play, get(&fetcher, site.url("/a/b?c"))).await.unwrap();
    assert_eq!(response.url().as_str(), site.url("/%C3%BC?d"));
}
