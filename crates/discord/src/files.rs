//! Files in and out: opening what came in, and the bytes of what goes out. Owns the client that fetches files; it
//! never carries the token.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use duologue_core::content::{Media, MediaSource};
use duologue_core::{FileRef, FileStream};
use futures_util::{StreamExt, TryStreamExt};
use reqwest::{Client, Url};

use crate::call::USER_AGENT;
use crate::capabilities::UPLOAD_BYTES;
use crate::convert::inbound::NETWORK;
use crate::convert::outbound::OutFile;
use crate::error::{CallError, CallErrorKind};

/// For TCP and TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a download may stand still.
const READ_TIMEOUT: Duration = Duration::from_secs(20);

const OPEN: &str = "open a file";
const READ: &str = "read a file";

pub(crate) struct Files {
    client: Client,
}

impl Files {
    pub(crate) fn new() -> Result<Self, CallError> {
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .pool_max_idle_per_host(2)
            .build()
            .map_err(|error| CallError::transport("set up", error))?;
        Ok(Self { client })
    }

    /// Opens a file that came in; its reference is its address.
    pub(crate) async fn open(&self, file: &FileRef) -> Result<FileStream, CallError> {
        let url = Url::parse(&file.0)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| {
                CallError::new(
                    OPEN,
                    CallErrorKind::BadRequest("it has no address of Discord's".to_owned()),
                )
            })?;
        let response = self
            .client
            .get(url)
            .send()
            .await
            .map_err(|error| CallError::transport(OPEN, error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(CallError::answer(OPEN, status.as_u16(), &[]));
        }
        let stream = response
            .bytes_stream()
            .map_err(|error| CallError::transport(READ, error).into_send("open"));
        Ok(stream.boxed())
    }

    /// The bytes of a file that goes out, at most as many as Discord takes.
    pub(crate) async fn read(&self, media: &Media) -> Result<OutFile, CallError> {
        let bytes = match &media.source {
            MediaSource::Bytes(bytes) => bytes.clone(),
            MediaSource::Path(path) => from_disk(path).await?,
            MediaSource::Received { network, file } if network.is_none_or(|network| network == NETWORK) => {
                self.fetch(file).await?
            }
            _ => {
                let why = "it is on another network and must be fetched first".to_owned();
                return Err(CallError::new(READ, CallErrorKind::BadRequest(why)));
            }
        };
        if bytes.len() as u64 > UPLOAD_BYTES {
            return Err(too_large());
        }
        Ok(OutFile {
            name: media.name.clone(),
            mime: media.mime.clone(),
            description: media.description.clone(),
            bytes,
        })
    }

    async fn fetch(&self, file: &FileRef) -> Result<Bytes, CallError> {
        let mut stream = self.open(file).await?;
        let mut whole = Vec::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| CallError {
                call: READ,
                kind: CallErrorKind::NotReached,
                source: Some(Box::new(error)),
            })?;
            if (whole.len() + chunk.len()) as u64 > UPLOAD_BYTES {
                return Err(too_large());
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.into())
    }
}

async fn from_disk(path: &Path) -> Result<Bytes, CallError> {
    let failed = |error: std::io::Error| CallError {
        call: READ,
        kind: CallErrorKind::BadRequest("the file cannot be read".to_owned()),
        source: Some(Box::new(error)),
    };
    if tokio::fs::metadata(path).await.map_err(failed)?.len() > UPLOAD_BYTES {
        return Err(too_large());
    }
    Ok(tokio::fs::read(path).await.map_err(failed)?.into())
}

/// As Discord itself would answer.
fn too_large() -> CallError {
    let message = "Request entity too large".to_owned();
    CallError::new(
        READ,
        CallErrorKind::Refused {
            status: 413,
            code: crate::error::code::TOO_LARGE,
            message,
        },
    )
}
