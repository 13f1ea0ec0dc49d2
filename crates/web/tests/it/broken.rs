//! Answers that break off, lie about their length, or are no HTTP.

use duologue_web::{FetchErrorKind, Limits};

use crate::site::{Site, ok};
use crate::world::{body, fetcher_of};

/// Serves every beginning of an answer, and expects an error for all but those that are whole.
async fn cut_everywhere(answer: &[u8], whole_from: usize, expected: &[u8]) {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    for end in 0..=answer.len() {
        let outcome = site.answer(&answer[..end], body(&fetcher, site.url("/"))).await;
        if end < whole_from {
            assert_eq!(outcome, Err(FetchErrorKind::Broken), "cut after {end} bytes");
        } else {
            assert_eq!(outcome.as_deref(), Ok(expected), "cut after {end} bytes");
        }
    }
}

#[tokio::test]
async fn an_answer_with_a_length_is_broken_at_every_byte_but_the_last() {
    let answer = ok("Content-Type: text/plain\r\n", b"hello");
    cut_everywhere(&answer, answer.len(), b"hello").await;
}

#[tokio::test]
async fn a_chunked_answer_is_broken_at_every_byte_but_the_last() {
    let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n1;x=y\r\no\r\n0\r\n\r\n";
    cut_everywhere(answer, answer.len(), b"hello").await;
}

#[tokio::test]
async fn a_body_that_is_longer_than_declared_ends_where_it_was_declared() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more";
    let outcome = site.answer(answer, body(&fetcher, site.url("/"))).await;
    assert_eq!(outcome.as_deref(), Ok(b"hello".as_slice()));
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_its_connection() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let outcome = site
        .answer(b"HTTP/1.0 200 OK\r\n\r\nhello", body(&fetcher, site.url("/")))
        .await;
    assert_eq!(outcome.as_deref(), Ok(b"hello".as_slice()));
}

#[tokio::test]
async fn what_is_no_http_is_told_so() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let answers: [&[u8]; 7] = [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 20\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
        b"\0\x01\x02\x03\r\n\r\n",
    ];
    for answer in answers {
        let outcome = site.answer(answer, body(&fetcher, site.url("/"))).await;
        let said = String::from_utf8_lossy(answer);
        assert_eq!(outcome, Err(FetchErrorKind::NotHttp), "{said:?}");
    }
}

#[tokio::test]
async fn a_broken_chunk_is_a_broken_body() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    for chunks in [
        "zz\r\nhello\r\n",
        "ffffffffffffffffff\r\nhello",
        "5\r\nhelloX\r\n0\r\n\r\n",
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        let outcome = site
            .answer(answer.as_bytes(), body(&fetcher, site.url("/")))
            .await;
        assert_eq!(outcome, Err(FetchErrorKind::Broken), "{chunks:?}");
    }
}
