//! Fetches in flight: bounded in all and per host.

use std::sync::Mutex;
use std::time::Duration;

use duologue_web::{FetchErrorKind, Limits, Request, TimeOut};
use tokio::net::TcpStream;

use crate::site::{Site, hang, ok, send};
use crate::world::{fetcher_of, get};

#[tokio::test]
async fn a_host_is_asked_by_so_many_at_once_and_not_by_more() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            per_host: 2,
            ..Limits::default()
        },
    );
    let open = Mutex::new((0, 0));
    let play = async |_, stream: &mut TcpStream| {
        {
            let mut open = open.lock().unwrap();
            open.0 += 1;
            open.1 = open.1.max(open.0);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        // Before the client can know that its place is free.
        open.lock().unwrap().0 -= 1;
        send(stream, &ok("", b"hello")).await;
    };
    let url = site.url("/");
    let one = || async { get(&fetcher, &url).await.unwrap().bytes(5).await.unwrap() };
    let client = futures_util::future::join_all((0..20).map(|_| one()));
    assert_eq!(site.serve(play, client).await.len(), 20);
    assert_eq!(*open.lock().unwrap(), (0, 2));
}

#[tokio::test]
async fn who_finds_no_place_in_time_is_told_so() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            per_host: 1,
            ..Limits::default()
        },
    );
    let play = async |_, stream: &mut TcpStream| {
        send(stream, b"HTTP/1.1 200 OK\r\n\r\nfirst").await;
        hang(stream).await;
    };
    let client = async {
        let held = get(&fetcher, site.url("/")).await.unwrap();
        let request = Request::parse(&site.url("/"))
            .unwrap()
            .deadline(Duration::from_millis(50));
        let error = fetcher.get(request).await.unwrap_err();
        assert_eq!(error.kind, FetchErrorKind::TimedOut(TimeOut::Place));
        // By its name it is another host.
        let other = format!("http://site.test:{}/", site.port());
        assert!(get(&fetcher, &other).await.is_ok());
        drop(held);
        assert!(get(&fetcher, site.url("/")).await.is_ok());
    };
    site.serve(play, client).await;
}

#[tokio::test]
async fn the_end_of_a_body_gives_its_place_back() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            at_once: 1,
            per_host: 1,
            ..Limits::default()
        },
    );
    let client = async {
        let mut first = get(&fetcher, site.url("/")).await.unwrap();
        while first.chunk().await.unwrap().is_some() {}
        let second = get(&fetcher, site.url("/")).await.unwrap();
        drop(first);
        second.bytes(5).await.unwrap()
    };
    assert_eq!(site.answer(&ok("", b"hello"), client).await, "hello");
}

#[tokio::test]
async fn a_redirect_to_another_host_needs_no_second_place() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            at_once: 1,
            per_host: 1,
            ..Limits::default()
        },
    );
    let play = async |call: crate::site::Call, stream: &mut TcpStream| {
        let answer = match call.path() {
            "/there" => ok("", b"hello"),
            _ => crate::site::redirect(302, &format!("http://site.test:{}/there", site.port())),
        };
        send(stream, &answer).await;
    };
    let client = async {
        get(&fetcher, site.url("/"))
            .await
            .unwrap()
            .bytes(5)
            .await
            .unwrap()
    };
    assert_eq!(site.serve(play, client).await, "hello");
}

#[tokio::test]
async fn a_patient_fetch_has_its_whole_time_from_its_place_on() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            per_host: 1,
            ..Limits::default()
        },
    );
    let play = async |_, stream: &mut TcpStream| send(stream, &ok("", b"hello")).await;
    let client = async {
        let held = get(&fetcher, site.url("/")).await.unwrap();
        let request = Request::parse(&site.url("/")).unwrap();
        let request = request
            .deadline(Duration::from_secs(5))
            .patience(Duration::from_secs(60));
        let patient = fetcher.get(request);
        // Longer than its deadline, shorter than its patience.
        let leaves = async {
            tokio::time::sleep(Duration::from_secs(30)).await;
            drop(held);
        };
        tokio::time::pause();
        let (patient, ()) = tokio::join!(patient, leaves);
        tokio::time::resume();
        patient.map(|answer| answer.status().as_u16())
    };
    assert_eq!(site.serve(play, client).await.unwrap(), 200);
}
