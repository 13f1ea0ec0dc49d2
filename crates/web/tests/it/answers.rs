//! What goes out and what comes back when nothing is wrong, and hosts that are not there.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use duologue_web::sniff::ContentType;
use duologue_web::{FetchErrorKind, Fetcher, Limits, Request, Retry, StatusCode, TimeOut};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use crate::site::{Site, endless, hang, ok, send};
use crate::world::{Names, body, fetcher, fetcher_of, get};

#[tokio::test]
async fn an_answer_has_a_head_and_a_body_in_pieces() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let answer = ok(
        "Content-Type: Text/HTML; charset=Latin1\r\nContent-Disposition: attachment; filename=\"ü.txt\"\r\n",
        b"hello",
    );
    let client = async {
        let mut response = get(&fetcher, site.url("/a?b=c")).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.url().as_str(), site.url("/a?b=c"));
        assert_eq!(response.head().length, Some(5));
        assert_eq!(
            response.head().content_type,
            ContentType::parse("text/html; charset=latin1")
        );
        assert_eq!(
            response.head().disposition.as_deref(),
            Some("attachment; filename=\"ü.txt\"")
        );
        assert_eq!(response.chunk().await.unwrap().unwrap(), "hello");
        assert!(response.chunk().await.unwrap().is_none());
        assert!(response.chunk().await.unwrap().is_none());
    };
    site.answer(&answer, client).await;
}

#[tokio::test]
async fn a_request_says_who_asks_and_nothing_that_is_secret() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let heads = Mutex::new(Vec::new());
    let play = async |call: crate::site::Call, stream: &mut tokio::net::TcpStream| {
        let answer = match call.path() {
            "/first" => b"HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: /second?key=1\r\n\r\n".to_vec(),
            _ => ok("Set-Cookie: c=d\r\n", b""),
        };
        heads.lock().unwrap().push(call);
        send(stream, &answer).await;
    };
    let client = async {
        let request = Request::parse(&site.url("/first#fragment"))
            .unwrap()
            .accept("image/*");
        fetcher.get(request).await.unwrap();
        get(&fetcher, site.url("/third")).await.unwrap();
    };
    site.serve(play, client).await;
    let heads = heads.into_inner().unwrap();
    let lines: Vec<&str> = heads.iter().map(|call| call.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "GET /first HTTP/1.1",
            "GET /second?key=1 HTTP/1.1",
            "GET /third HTTP/1.1"
        ]
    );
    for call in &heads {
        assert_eq!(call.header("user-agent"), Some("testbot/1.0"));
        assert_eq!(call.header("accept-encoding"), Some("gzip, br, zstd, deflate"));
        for name in [
            "cookie",
            "authorization",
            "referer",
            "origin",
            "proxy-authorization",
        ] {
            assert_eq!(call.header(name), None);
        }
    }
    assert_eq!(heads[0].header("accept"), Some("image/*"));
    assert_eq!(heads[2].header("accept"), Some("*/*"));
}

#[tokio::test]
async fn any_status_is_an_answer_and_becomes_an_error_where_that_is_wanted() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let answer = b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy";
    let client = async {
        assert_eq!(body(&fetcher, site.url("/")).await.unwrap(), b"busy");
        let response = get(&fetcher, site.url("/?token=hunter2")).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let error = response.error_for_status().unwrap_err();
        assert_eq!(error.retry(), Retry::After(Duration::from_secs(7)));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    };
    site.answer(answer, client).await;
}

#[tokio::test]
async fn hosts_that_are_not_there_are_told_apart() {
    let closed = Site::open().await;
    let origin = closed.url("");
    let port = closed.port();
    drop(closed);
    let names = Arc::new(Names::default());
    names.lead("down.test", &["127.0.0.1"]);
    names.lead("empty.test", &[]);
    names.lead("closed.test", &["127.0.0.1"]);
    let fetcher = fetcher(
        &[origin.clone(), format!("http://closed.test:{port}")],
        Limits::default(),
        &names,
    );
    let table = [
        ("http://nobody.test/".to_owned(), FetchErrorKind::NameNotFound),
        ("http://empty.test/".to_owned(), FetchErrorKind::NameNotFound),
        ("http://down.test/".to_owned(), FetchErrorKind::NameUnresolved),
        (origin, FetchErrorKind::Unreachable),
        (
            format!("http://closed.test:{port}/?secret"),
            FetchErrorKind::Unreachable,
        ),
    ];
    for (url, kind) in table {
        let error = get(&fetcher, &url).await.unwrap_err();
        assert_eq!(error.kind, kind, "{url}");
        assert!(!format!("{error:?}").contains("secret"));
    }
}

#[tokio::test]
async fn a_host_that_speaks_no_tls_is_no_host_for_https() {
    let site = Site::open().await;
    let origin = format!("https://127.0.0.1:{}", site.port());
    let limits = Limits {
        connect: Duration::from_millis(200),
        ..Limits::default()
    };
    let fetcher = fetcher(std::slice::from_ref(&origin), limits, &Arc::default());
    // A client's hello is no request: it is read to nowhere while the client waits for the host's.
    let client = get(&fetcher, &origin);
    let hanging = site.serve(async |_, _| {}, client).await.unwrap_err();
    assert_eq!(hanging.kind, FetchErrorKind::TimedOut(TimeOut::Connect));

    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("https://127.0.0.1:{}", plain.local_addr().unwrap().port());
    let fetcher = crate::world::fetcher(std::slice::from_ref(&origin), Limits::default(), &Arc::default());
    let server = async {
        let (mut stream, _) = plain.accept().await.unwrap();
        send(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        hang(&mut stream).await;
    };
    let (error, ()) = tokio::join!(get(&fetcher, &origin), server);
    assert_eq!(error.unwrap_err().kind, FetchErrorKind::Tls);
}

#[tokio::test]
async fn a_dropped_answer_ends_its_connection() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let (gone, ends) = tokio::sync::oneshot::channel();
    let gone = Mutex::new(Some(gone));
    let play = async |_, stream: &mut tokio::net::TcpStream| {
        send(stream, b"HTTP/1.1 200 OK\r\n\r\n").await;
        endless(stream, &[b'x'; 1024]).await;
        let _ = gone.lock().unwrap().take().unwrap().send(());
    };
    let client = async {
        let mut response = get(&fetcher, site.url("/")).await.unwrap();
        assert!(response.chunk().await.unwrap().is_some());
        drop(response);
        timeout(Duration::from_secs(10), ends).await.unwrap().unwrap();
    };
    site.serve(play, client).await;
}

#[tokio::test]
async fn a_dropped_fetch_ends_its_connection() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let asked = tokio::sync::Notify::new();
    let gone = tokio::sync::Notify::new();
    let play = async |_, stream: &mut tokio::net::TcpStream| {
        asked.notify_one();
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap_or(0), 0);
        gone.notify_one();
    };
    let client = async {
        let url = site.url("/");
        tokio::select! {
            _ = get(&fetcher, &url) => panic!("the host does not answer"),
            () = asked.notified() => {}
        }
        timeout(Duration::from_secs(10), gone.notified()).await.unwrap();
    };
    site.serve(play, client).await;
}

/// Set for a run of this very test in a process with proxies in its environment.
const INNER: &str = "DUOLOGUE_WEB_TEST_INNER";

#[tokio::test]
async fn proxies_of_the_environment_are_not_used() {
    if std::env::var_os(INNER).is_some() {
        let site = Site::open().await;
        let fetcher = fetcher_of(&site, Limits::default());
        let page = site
            .answer(&ok("", b"direct"), body(&fetcher, site.url("/")))
            .await;
        assert_eq!(page.unwrap(), b"direct");
        return;
    }
    let mut inner = Command::new(std::env::current_exe().unwrap());
    inner.args(["--exact", "answers::proxies_of_the_environment_are_not_used"]);
    // Port 1 takes no connections.
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "HTTPS_PROXY",
    ] {
        inner.env(name, "http://127.0.0.1:1");
    }
    let ended = inner
        .env(INNER, "1")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_fetcher_can_be_shared() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Fetcher>();
}
