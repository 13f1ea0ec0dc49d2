//! A connection that is cut at every byte of an answer: no update is lost, and nothing is said twice.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use duologue::Router;
use duologue::prelude::*;
use duologue_tests::bot_api::BotApi;
use duologue_tests::life::{Directory, Life};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Says a number.
#[command]
async fn say(number: u64) -> String {
    number.to_string()
}

fn handlers(router: &mut Router) {
    router.command(say);
}

/// Answers of one kind: after how many bytes the next one is cut off, and how many were.
#[derive(Default)]
struct Kind {
    next: AtomicUsize,
    cut: AtomicUsize,
}

#[derive(Default)]
struct Cuts {
    updates: Kind,
    sends: Kind,
}

/// Leads to a server, and cuts each answer with updates and each answer to a send off, one byte later every time.
async fn proxy(listener: TcpListener, server: String, cuts: Arc<Cuts>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let (server, cuts) = (server.clone(), Arc::clone(&cuts));
        connections.spawn(async move {
            // It ends with the client, or with a cut.
            let _ = serve(client, &server, &cuts).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(mut client: TcpStream, server: &str, cuts: &Cuts) -> std::io::Result<()> {
    loop {
        let request = message(&mut client).await?;
        let mut upstream = TcpStream::connect(server).await?;
        upstream.write_all(&request).await?;
        let answer = message(&mut upstream).await?;
        let line = String::from_utf8_lossy(&request[..request.len().min(200)]).into_owned();
        let kind = if line.contains("/getUpdates") && answer.windows(9).any(|part| part == b"update_id") {
            Some(&cuts.updates)
        } else if line.contains("/sendMessage") {
            Some(&cuts.sends)
        } else {
            None
        };
        let whole = answer.len();
        let cut = kind.map_or(whole, |kind| kind.next.fetch_add(1, Ordering::SeqCst));
        client.write_all(&answer[..cut.min(whole)]).await?;
        if cut < whole {
            if let Some(kind) = kind {
                kind.cut.fetch_add(1, Ordering::SeqCst);
            }
            return client.shutdown().await;
        }
    }
}

/// One request or answer, whole.
async fn message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(head) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .and_then(|length| length.trim().parse::<usize>().ok())
                .unwrap_or_default();
            if bytes.len() >= head + 4 + length {
                return Ok(bytes);
            }
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

#[test]
fn an_answer_that_is_cut_off_at_any_byte_loses_no_update_and_says_nothing_twice() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let cuts = Arc::new(Cuts::default());
    let (api, listener) = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        (BotApi::start().await, listener)
    });
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut servers = JoinSet::new();
    servers.spawn_on(
        proxy(listener, api.address().to_owned(), Arc::clone(&cuts)),
        runtime.handle(),
    );
    let directory = Directory::new();
    let adapter = BotApi::adapter_at(url, Duration::from_millis(1)).unwrap();
    let life = Life::begin(&directory, adapter, handlers);

    // The same update, cut off at each byte of the answer that brings it.
    api.says(1000, "/say 0");
    life.until("the first answer", || !api.sent().is_empty());
    let cut = cuts.updates.cut.load(Ordering::SeqCst);
    assert!(cut > 300, "an answer with an update has more than {cut} bytes");

    // One message after the other, each cut off a byte later behind its effect.
    let mut said = 1;
    while cuts.sends.next.load(Ordering::SeqCst) <= 400 {
        let person = 1000 + i64::try_from(said).unwrap();
        api.says(person, &format!("/say {said}"));
        said += 1;
        life.until("the next answer", || api.sent().len() >= said);
    }
    life.until_kept("the end", |counts| {
        counts.inbox + counts.outgoing + counts.sending == 0
    });
    let unknown = life.counts().unknown;
    life.end();
    let mut counts: HashMap<String, u32> = HashMap::new();
    for (_, text) in api.sent() {
        *counts.entry(text).or_default() += 1;
    }
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(counts.len(), said);
    let sends_cut = cuts.sends.cut.load(Ordering::SeqCst) as u64;
    assert!(
        sends_cut > 100,
        "an answer to a send has more than {sends_cut} bytes"
    );
    assert_eq!(unknown, sends_cut, "each of them is reported as unknown");
    runtime.shutdown_background();
}
