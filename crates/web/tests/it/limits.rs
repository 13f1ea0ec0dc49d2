//! Limits of time, rate and size against hosts that drip, hang and never end.

use std::time::Duration;

use duologue_web::{FetchError, FetchErrorKind, HEAD_BYTES, HEADERS, Limits, Part, Request, TimeOut};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::site::{Site, endless, hang, ok, send};
use crate::world::{body, fetcher_of, get};

/// Long enough for a loaded machine to do what is not the point of a test.
const AMPLE: Duration = Duration::from_secs(60);

/// Short, as the test waits for it.
const SHORT: Duration = Duration::from_millis(150);

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";

/// Limits that never pass by themselves.
fn ample() -> Limits {
    Limits {
        connect: AMPLE,
        first_byte: AMPLE,
        total: AMPLE,
        grace: AMPLE,
        ..Limits::default()
    }
}

/// One byte after the other, for ever.
async fn drip(stream: &mut TcpStream) {
    loop {
        send(stream, b"x").await;
        sleep(SHORT / 15).await;
    }
}

#[tokio::test]
async fn a_host_that_says_nothing_is_given_up() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            first_byte: SHORT,
            ..ample()
        },
    );
    let client = body(&fetcher, site.url("/"));
    let outcome = site.serve(async |_, stream| hang(stream).await, client).await;
    assert_eq!(outcome, Err(FetchErrorKind::TimedOut(TimeOut::FirstByte)));
}

#[tokio::test]
async fn a_head_that_drips_is_given_up() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            first_byte: SHORT,
            ..ample()
        },
    );
    let play = async |_, stream: &mut TcpStream| {
        send(stream, b"HTTP/1.1 200 OK\r\nX-Long: ").await;
        drip(stream).await;
    };
    let outcome = site.serve(play, body(&fetcher, site.url("/"))).await;
    assert_eq!(outcome, Err(FetchErrorKind::TimedOut(TimeOut::FirstByte)));
}

#[tokio::test]
async fn endless_interim_answers_are_given_up() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            first_byte: SHORT,
            ..ample()
        },
    );
    let play = async |_, stream: &mut TcpStream| endless(stream, b"HTTP/1.1 103 Early Hints\r\n\r\n").await;
    let outcome = site.serve(play, body(&fetcher, site.url("/"))).await;
    assert_eq!(outcome, Err(FetchErrorKind::TimedOut(TimeOut::FirstByte)));
}

#[tokio::test]
async fn a_body_that_drips_is_too_slow() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            grace: SHORT,
            ..ample()
        },
    );
    let play = async |_, stream: &mut TcpStream| {
        send(stream, HEAD).await;
        drip(stream).await;
    };
    let outcome = site.serve(play, body(&fetcher, site.url("/"))).await;
    assert_eq!(outcome, Err(FetchErrorKind::TooSlow { lowest: 1024 }));
}

#[tokio::test]
async fn a_drip_is_seen_also_by_a_caller_who_gives_up_each_wait() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            grace: SHORT,
            ..ample()
        },
    );
    let play = async |_, stream: &mut TcpStream| {
        send(stream, HEAD).await;
        hang(stream).await;
    };
    let client = async {
        let mut response = get(&fetcher, site.url("/")).await.unwrap();
        loop {
            if let Ok(chunk) = tokio::time::timeout(SHORT / 10, response.chunk()).await {
                return chunk.unwrap_err().kind;
            }
        }
    };
    assert_eq!(
        site.serve(play, client).await,
        FetchErrorKind::TooSlow { lowest: 1024 }
    );
}

#[tokio::test]
async fn the_time_that_a_caller_takes_is_not_the_hosts() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            grace: SHORT,
            ..ample()
        },
    );
    let client = async {
        let mut response = get(&fetcher, site.url("/")).await.unwrap();
        sleep(2 * SHORT).await;
        let first = response.chunk().await.unwrap();
        sleep(2 * SHORT).await;
        (first, response.chunk().await.unwrap())
    };
    let (first, end) = site.answer(&ok("", b"hello"), client).await;
    assert_eq!((first.as_deref(), end), (Some(b"hello".as_slice()), None));
}

#[tokio::test]
async fn a_drip_that_is_allowed_still_ends_at_the_deadline_of_the_request() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            lowest_rate: 0,
            ..ample()
        },
    );
    let play = async |_, stream: &mut TcpStream| {
        send(stream, HEAD).await;
        drip(stream).await;
    };
    let client = async {
        let request = Request::parse(&site.url("/"))?.deadline(SHORT);
        fetcher.get(request).await?.bytes(1 << 20).await
    };
    let kind = site.serve(play, client).await.map_err(|error| error.kind);
    assert_eq!(kind, Err(FetchErrorKind::TimedOut(TimeOut::Total)));
}

#[tokio::test]
async fn the_deadline_counts_across_redirects() {
    let site = Site::open().await;
    let limits = Limits {
        total: SHORT,
        redirects: usize::MAX,
        ..ample()
    };
    let fetcher = fetcher_of(&site, limits);
    let answer = crate::site::redirect(302, "/again");
    let outcome = site.answer(&answer, body(&fetcher, site.url("/"))).await;
    assert!(
        matches!(
            outcome,
            Err(FetchErrorKind::TimedOut(TimeOut::Total | TimeOut::Place))
        ),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn the_deadline_counts_also_while_bytes_are_always_there() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            total: SHORT,
            ..ample()
        },
    );
    let play = async |_, stream: &mut TcpStream| {
        send(stream, HEAD).await;
        endless(stream, &[b'x'; 16]).await;
    };
    let client = async {
        let mut response = get(&fetcher, site.url("/")).await?;
        loop {
            sleep(SHORT / 50).await;
            response.chunk().await?;
        }
    };
    let outcome: Result<(), FetchError> = site.serve(play, client).await;
    let kind = outcome.map_err(|error| error.kind);
    assert_eq!(kind, Err(FetchErrorKind::TimedOut(TimeOut::Total)));
}

#[tokio::test]
async fn an_endless_body_ends_at_the_limit_of_the_wire() {
    const LIMIT: u64 = 20_000;
    let site = Site::open().await;
    let limits = Limits {
        wire_bytes: LIMIT,
        ..ample()
    };
    let fetcher = fetcher_of(&site, limits);
    for head in ["\r\n", "Transfer-Encoding: chunked\r\n\r\n"] {
        let play = async |_, stream: &mut TcpStream| {
            send(stream, format!("HTTP/1.1 200 OK\r\n{head}").as_bytes()).await;
            endless(stream, b"1\r\nx\r\n").await;
        };
        let client = async {
            let mut response = get(&fetcher, site.url("/")).await.unwrap();
            let mut seen = 0;
            loop {
                match response.chunk().await {
                    Ok(chunk) => seen += chunk.unwrap().len() as u64,
                    Err(error) => return (seen, error.kind),
                }
            }
        };
        let (seen, kind) = site.serve(play, client).await;
        assert_eq!(
            kind,
            FetchErrorKind::TooLarge {
                part: Part::Wire,
                limit: LIMIT
            }
        );
        assert!(seen <= LIMIT);
    }
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_before_the_body() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, ample());
    let play = async |_, stream: &mut TcpStream| {
        send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n").await;
        hang(stream).await;
    };
    let client = async {
        let request = Request::parse(&site.url("/")).unwrap().max_bytes(1000);
        fetcher.get(request).await.unwrap_err().kind
    };
    let outcome = site.serve(play, client).await;
    assert_eq!(
        outcome,
        FetchErrorKind::TooLarge {
            part: Part::Wire,
            limit: 1000
        }
    );
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_passes() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, ample());
    let client = async {
        let request = || Request::parse(&site.url("/")).unwrap().max_bytes(5);
        let whole = fetcher.get(request()).await.unwrap().bytes(5).await.unwrap();
        let mut response = fetcher.get(request()).await.unwrap();
        let first = response.prefix(4).await.unwrap();
        let error = fetcher.get(request()).await.unwrap().bytes(4).await.unwrap_err();
        (whole, first, error.kind)
    };
    let (whole, first, kind) = site.answer(&ok("", b"hello"), client).await;
    assert_eq!(
        (whole.as_ref(), first.bytes.as_ref(), first.whole),
        (&b"hello"[..], &b"hell"[..], false)
    );
    assert_eq!(
        kind,
        FetchErrorKind::TooLarge {
            part: Part::Decoded,
            limit: 4
        }
    );
}

#[tokio::test]
async fn a_head_has_at_most_so_many_headers() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, ample());
    for (more, passes) in [(0, true), (1, false)] {
        // One is the length.
        let headers: String = (1..HEADERS + more).map(|n| format!("X-{n}: y\r\n")).collect();
        let outcome = site
            .answer(&ok(&headers, b""), body(&fetcher, site.url("/")))
            .await;
        match passes {
            true => assert_eq!(outcome.as_deref(), Ok(&b""[..])),
            false => assert_eq!(outcome, Err(FetchErrorKind::HeadTooLarge)),
        }
    }
}

#[tokio::test]
async fn a_head_has_at_most_so_many_bytes() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, ample());
    let long = |length: usize| ok(&format!("X-Long: {}\r\n", "y".repeat(length)), b"");
    let outcome = site
        .answer(&long(HEAD_BYTES - 1000), body(&fetcher, site.url("/")))
        .await;
    assert_eq!(outcome.as_deref(), Ok(&b""[..]));
    let outcome = site
        .answer(&long(2 * HEAD_BYTES), body(&fetcher, site.url("/")))
        .await;
    assert_eq!(outcome, Err(FetchErrorKind::HeadTooLarge));
    let play = async |_, stream: &mut TcpStream| {
        send(stream, b"HTTP/1.1 200 OK\r\nX-Endless: ").await;
        endless(stream, &[b'y'; 4096]).await;
    };
    let outcome = site.serve(play, body(&fetcher, site.url("/"))).await;
    assert_eq!(outcome, Err(FetchErrorKind::HeadTooLarge));
}
