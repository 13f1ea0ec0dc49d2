//! Downloads for the comparison with Python: a server with files that come late, and the tasks that fetch them. Owns
//! nothing but the server's socket.

use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use bytes::Bytes;
use duologue_core::{Task, TaskContext, TaskError, Unit};
use ring::digest::{Context as Hasher, SHA256, digest};

/// The length of a file, in bytes.
const LENGTH: usize = 64 << 10;

/// How late a file comes.
const DELAY: Duration = Duration::from_millis(20);

/// How many files are hashed at a time where that has a stage of its own.
const HASHED_AT_ONCE: usize = 2;

/// How the downloads are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Shape {
    /// A task for each file, which hashes it too.
    ForEach,
    /// A stage that fetches and, in the blocking lane, one that hashes.
    Pipeline,
}

/// Serves files until the process ends. Says its port first.
pub(super) async fn serve() {
    let router = Router::new().route("/files/{number}", get(file));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("the loopback has a free port");
    let port = listener.local_addr().expect("it is bound").port();
    println!("{port}");
    axum::serve(listener, router)
        .await
        .expect("the server runs until it is killed");
}

async fn file(Path(number): Path<u64>) -> Bytes {
    tokio::time::sleep(DELAY).await;
    let mut file = vec![0xd0; LENGTH];
    file[..8].copy_from_slice(&number.to_le_bytes());
    file.into()
}

/// Fetches files, at most so many at a time; the proof is the hash of their hashes.
pub(super) async fn run(
    task: &TaskContext,
    shape: Shape,
    url: String,
    files: u64,
    bound: usize,
) -> Result<String, TaskError> {
    task.unit(Unit::named("files"));
    let client = reqwest::Client::builder().no_proxy().build()?;
    let addresses = (0..files).map(move |number| format!("{url}/files/{number}"));
    let hashes = match shape {
        Shape::ForEach => {
            let fetch = move |address| {
                let client = client.clone();
                Task::new("Fetching", |_: TaskContext| async move {
                    Ok(hex(digest(&SHA256, &fetch(client, address).await?).as_ref()))
                })
            };
            task.for_each_bounded(bound, addresses, fetch).await?
        }
        Shape::Pipeline => {
            let fetch = move |address| {
                let client = client.clone();
                Task::new("Fetching", |_: TaskContext| async move {
                    Ok(fetch(client, address).await?)
                })
            };
            let hash =
                |file: Bytes| Task::blocking("Hashing", move |_| Ok(hex(digest(&SHA256, &file).as_ref())));
            task.pipeline(addresses)
                .stage(bound, fetch)
                .stage(HASHED_AT_ONCE, hash)
                .collect()
                .await?
        }
    };
    let mut whole = Hasher::new(&SHA256);
    for hash in hashes {
        whole.update(hash.as_bytes());
    }
    Ok(hex(whole.finish().as_ref()))
}

async fn fetch(client: reqwest::Client, address: String) -> Result<Bytes, reqwest::Error> {
    client
        .get(address)
        .send()
        .await?
        .error_for_status()?
        .bytes()
        .await
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn bytes_are_written_as_python_writes_them() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
