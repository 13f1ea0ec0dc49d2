//! The site's hostile corner: every trap does what it says.

use std::process::Stdio;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::site::Paper;
use crate::support::SOON;

impl Paper {
    /// Where an address redirects to.
    async fn target(&self, address: &str) -> String {
        let answer = self.get(address).await;
        assert_eq!(answer.status(), 302, "{address}");
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// A connection with a request for an address on it.
    async fn raw(&self, address: &str) -> TcpStream {
        let host = self.sandbox.site_url().replace("http://", "");
        let mut socket = TcpStream::connect(&host).await.unwrap();
        let request = format!("GET {address} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        socket
    }
}

#[tokio::test]
async fn redirects_loop_chain_and_lead_where_nobody_should_go() {
    let paper = Paper::new().await;
    assert_eq!(paper.target("/trap/loop").await, "/trap/loop/again");
    assert_eq!(paper.target("/trap/loop/again").await, "/trap/loop");
    assert_eq!(paper.target("/trap/chain/2").await, "/trap/chain/1");
    assert_eq!(paper.target("/trap/chain/1").await, "/trap/chain/0");
    let end = paper.get("/trap/chain/0").await.text().await.unwrap();
    assert!(end.contains("The end of the chain"));
    let own = paper.sandbox.url();
    for (name, to) in [
        ("metadata", "http://169.254.169.254/latest/meta-data/".to_owned()),
        ("loopback", "http://127.0.0.1:9/".to_owned()),
        ("loopback6", "http://[::1]:9/".to_owned()),
        ("mapped", "http://[::ffff:127.0.0.1]:9/".to_owned()),
        ("file", "file:///etc/hostname".to_owned()),
        ("control", format!("{own}/control/status")),
        ("telegram", format!("{own}/telegram/bot1:x/getMe")),
        ("discord", format!("{own}/discord/api/v10/gateway")),
    ] {
        assert_eq!(paper.target(&format!("/trap/redirect/{name}")).await, to);
    }
    for unknown in [
        "/trap/redirect/nowhere",
        "/trap/chain/1001",
        "/trap/chain/x",
        "/trap/nothing",
    ] {
        assert_eq!(paper.get(unknown).await.status(), 404, "{unknown}");
    }
}

#[tokio::test]
async fn statuses_come_as_asked_and_a_flaky_address_works_the_second_time() {
    let paper = Paper::new().await;
    for code in [403, 404, 429, 500, 503] {
        let answer = paper.get(&format!("/trap/status/{code}")).await;
        assert_eq!(answer.status(), code);
        let wait = answer.headers().get("retry-after");
        assert_eq!(wait.is_some(), code == 429 || code == 503, "{code}");
    }
    assert_eq!(paper.get("/trap/status/200").await.status(), 404);
    for address in ["/trap/flaky/a", "/trap/flaky/b", "/trap/flaky/a?c"] {
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(paper.get(address).await.status().as_u16());
        }
        assert_eq!(seen, [503, 200, 200], "{address}");
    }
}

#[tokio::test]
async fn some_bodies_never_come_and_some_never_end() {
    let paper = Paper::new().await;
    let clock = paper.sandbox.clock();
    clock.pause();
    let mut silent = paper.raw("/trap/silent").await;
    let mut byte = [0];
    let waited = tokio::time::timeout(Duration::from_millis(50), silent.read(&mut byte)).await;
    assert!(waited.is_err(), "not a byte comes");

    let mut drops = paper.get("/trap/drip").await.bytes_stream();
    for _ in 0..3 {
        let drop = tokio::time::timeout(SOON, drops.next()).await.unwrap().unwrap();
        assert_eq!(drop.unwrap(), ".");
        clock.advance(Duration::from_secs(1));
    }
    let endless = paper.get("/trap/endless").await;
    assert_eq!(endless.content_length(), None);
    let mut stream = endless.bytes_stream();
    let mut total = 0;
    while total < 20_000_000 {
        total += stream.next().await.unwrap().unwrap().len();
    }
    // What never ends must not keep the sandbox from ending.
    tokio::time::timeout(Duration::from_secs(3), paper.sandbox.shutdown())
        .await
        .expect("the sandbox ends at once");
    assert_eq!(silent.read(&mut byte).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn a_small_gzip_stream_unpacks_to_a_gibibyte() {
    let paper = Paper::new().await;
    let answer = paper.get("/trap/bomb").await;
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let packed = answer.bytes().await.unwrap();
    assert!((1_000_000..1_100_000).contains(&packed.len()), "{}", packed.len());
    assert_eq!(&packed[..3], b"\x1f\x8b\x08");
    let unpacked = u32::from_le_bytes(packed[packed.len() - 4..].try_into().unwrap());
    assert_eq!(unpacked, 1 << 30);
    // The system's own program says whether its first mebibytes are what they should be.
    let mut gzip = tokio::process::Command::new("gzip")
        .arg("-dc")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut to = gzip.stdin.take().unwrap();
    let mut from = gzip.stdout.take().unwrap();
    let feed = async {
        // It ends before it has taken everything.
        let _ = to.write_all(&packed).await;
    };
    let look = async {
        let mut zeros = vec![1; 4 << 20];
        from.read_exact(&mut zeros).await.unwrap();
        assert!(zeros.iter().all(|byte| *byte == 0));
        drop(from);
    };
    tokio::join!(feed, look);
}

#[tokio::test]
async fn lengths_lie_and_connections_are_cut() {
    let paper = Paper::new().await;
    let short = paper.get("/trap/length").await;
    assert_eq!(short.content_length(), Some(100_000));
    assert!(short.bytes().await.is_err(), "it ends after a thousand");
    let cut = paper.get("/trap/cut").await;
    assert_eq!(cut.content_length(), Some(200_000));
    let mut stream = cut.bytes_stream();
    let mut total = 0;
    let end = loop {
        match stream.next().await {
            Some(Ok(piece)) => total += piece.len(),
            end => break end,
        }
    };
    assert!(matches!(end, Some(Err(_))), "a reset and not an end");
    assert!(total <= 50_000, "{total}");

    let mut long = paper.raw("/trap/header").await;
    let mut head = vec![0; 1024 * 1024];
    long.read_exact(&mut head).await.unwrap();
    assert!(head.ends_with(&[b'x'; 1000]), "the header goes on and on");
}

#[tokio::test]
async fn what_is_odd_about_files_is_as_announced() {
    let paper = Paper::new().await;
    let deep = paper.get("/trap/deep").await.text().await.unwrap();
    assert_eq!(deep.matches("<div>").count(), 100_000);
    let huge = paper.get("/trap/huge.png").await.bytes().await.unwrap();
    assert!(huge.len() < 100);
    assert_eq!(&huge[16..24], [100_000_u32.to_be_bytes(); 2].as_flattened());
    for (name, mime, magic) in [
        ("zip.jpg", "image/jpeg", &b"PK\x03\x04"[..]),
        ("gif.html", "text/html; charset=utf-8", b"GIF89a"),
        ("page.png", "image/png", b"<!doctype html>"),
        ("latin.html", "text/html; charset=utf-8", b"<!doctype html>"),
    ] {
        let answer = paper.get(&format!("/trap/{name}")).await;
        assert_eq!(answer.headers()["content-type"], mime, "{name}");
        assert!(answer.bytes().await.unwrap().starts_with(magic), "{name}");
    }
    for (name, part) in [
        ("parents", "../../../../tmp/owned.txt"),
        ("absolute", "/etc/cron.d/owned"),
        ("windows", "C:\\\\Windows"),
        ("encoded", "filename*=UTF-8''..%2F..%2Fowned.txt"),
        ("dots", "filename=\"..\""),
        ("long", "nnnnnnnn"),
    ] {
        let answer = paper.get(&format!("/trap/name/{name}")).await;
        let value = answer.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(value.contains(part), "{value}");
        assert_eq!(answer.text().await.unwrap(), "only a text\n");
    }
}

#[tokio::test]
async fn every_trap_is_listed() {
    let paper = Paper::new().await;
    let list = paper.get("/trap/").await.text().await.unwrap();
    for name in [
        "loop",
        "chain/5",
        "flaky/1",
        "silent",
        "drip",
        "endless",
        "bomb",
        "length",
        "cut",
        "header",
        "deep",
        "huge.png",
        "zip.jpg",
        "gif.html",
        "page.png",
        "redirect/metadata",
        "status/429",
        "name/parents",
    ] {
        assert!(list.contains(&format!("href=\"{name}\"")), "{name}");
    }
}

#[tokio::test]
async fn more_connections_than_the_bound_wait_for_their_turn() {
    let paper = Paper::new().await;
    let mut held = Vec::new();
    for _ in 0..duologue_sandbox::bounds::SITE_CONNECTIONS {
        held.push(paper.raw("/trap/silent").await);
    }
    let mut next = paper.raw("/robots.txt").await;
    let mut start = [0; 12];
    let waited = tokio::time::timeout(Duration::from_millis(100), next.read_exact(&mut start)).await;
    assert!(waited.is_err(), "there is no room");
    held.pop();
    tokio::time::timeout(SOON, next.read_exact(&mut start))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
}
