//! A host of a test: a listener on port 0 whose every connection is played by a closure. It runs beside the client's
//! future and ends with it.

use std::future::Future;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A host that listens.
pub(crate) struct Site {
    listener: TcpListener,
    port: u16,
}

/// What a client asked.
pub(crate) struct Call {
    /// The request line and the headers, in lower case but for the line.
    pub(crate) line: String,
    pub(crate) headers: Vec<String>,
}

impl Site {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        Self { listener, port }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// An address of this host.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Plays every connection until the client is done.
    pub(crate) async fn serve<T>(
        &self,
        play: impl AsyncFn(Call, &mut TcpStream),
        client: impl Future<Output = T>,
    ) -> T {
        let connection = async |mut stream: TcpStream| {
            if let Some(call) = Call::read(&mut stream).await {
                play(call, &mut stream).await;
            }
        };
        let server = async {
            let mut open = FuturesUnordered::new();
            loop {
                tokio::select! {
                    accepted = self.listener.accept() => {
                        open.push(connection(accepted.expect("a connection").0));
                    }
                    Some(()) = open.next() => {}
                }
            }
        };
        tokio::select! {
            value = client => value,
            () = server => unreachable!("a site serves for ever"),
        }
    }

    /// Answers every connection with the same bytes, and closes it.
    pub(crate) async fn answer<T>(&self, answer: &[u8], client: impl Future<Output = T>) -> T {
        self.serve(async |_, stream| send(stream, answer).await, client)
            .await
    }
}

impl Call {
    /// `None` for a connection that says nothing.
    async fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).ok()?;
        let mut lines = head.lines();
        let line = lines.next()?.to_owned();
        let headers = lines.map(str::to_lowercase).collect();
        Some(Self { line, headers })
    }

    pub(crate) fn path(&self) -> &str {
        self.line.split(' ').nth(1).expect("a request line")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Writes, and does not mind a client that has gone.
pub(crate) async fn send(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes).await;
}

/// Writes the same piece for ever, until the client has gone.
pub(crate) async fn endless(stream: &mut TcpStream, piece: &[u8]) {
    while stream.write_all(piece).await.is_ok() {}
}

/// Says nothing more until the client has gone.
pub(crate) async fn hang(stream: &mut TcpStream) {
    let mut rest = [0; 64];
    while matches!(stream.read(&mut rest).await, Ok(1..)) {}
}

/// An answer with a body.
pub(crate) fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// An answer that redirects.
pub(crate) fn redirect(status: u16, location: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}
