//! What travels between a bot and its worker: length-prefixed frames, each one message. Pure conversions and blocking or
//! asynchronous I/O; owns nothing.

use std::io::{self, Read, Write};
use std::time::Duration;

use duologue_core::task::{WorkerEvent, WorkerFault};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::confine::Measure;

/// The longest frame, in bytes. It is looked at before anything is allocated for it.
pub(crate) const LONGEST: u32 = 128 << 20;

/// How many bytes of a file travel in one frame.
pub(crate) const PIECE: usize = 64 << 10;

/// From the bot to its worker. After a job come the pieces of its files, in their order; an empty piece ends a file.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum ToWorker {
    Job(Job),
    Piece(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// A job as it travels.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) function: String,
    #[serde(with = "serde_bytes")]
    pub(crate) input: Vec<u8>,
    /// The names and sizes of its files.
    pub(crate) files: Vec<(String, u64)>,
    pub(crate) key: (u64, u64),
    pub(crate) within: Option<Duration>,
    pub(crate) processor: Duration,
    pub(crate) output: u64,
}

/// From a worker to its bot.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum FromWorker {
    /// It is confined and waits for jobs.
    Ready(Vec<Measure>),
    Event(WorkerEvent),
    Done(#[serde(with = "serde_bytes")] Vec<u8>),
    Failed(WorkerFault),
}

/// Writes one frame.
pub(crate) fn write(output: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    output.write_all(&encode(message)?)?;
    output.flush()
}

/// Reads one frame; `None` at the end of the stream.
pub(crate) fn read<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    let mut body = vec![0; checked(length)?];
    input.read_exact(&mut body)?;
    decode(&body).map(Some)
}

/// Writes one frame. Not cancel safe.
pub(crate) async fn send(output: &mut (impl AsyncWrite + Unpin), message: &impl Serialize) -> io::Result<()> {
    output.write_all(&encode(message)?).await?;
    output.flush().await
}

/// Reads one frame; `None` at the end of the stream. Not cancel safe.
pub(crate) async fn receive<T: DeserializeOwned>(
    input: &mut (impl AsyncRead + Unpin),
) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    };
    let mut body = vec![0; checked(length)?];
    input.read_exact(&mut body).await?;
    decode(&body).map(Some)
}

fn encode(message: &impl Serialize) -> io::Result<Vec<u8>> {
    // The length goes in front once it is known.
    let mut frame = postcard::to_extend(message, vec![0; 4]).map_err(io::Error::other)?;
    let length = u32::try_from(frame.len() - 4)
        .ok()
        .filter(|length| *length <= LONGEST);
    let length = length
        .ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, "a message is too long for a frame"))?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}

fn checked(length: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a frame says that it is too long",
        ));
    }
    usize::try_from(length).map_err(io::Error::other)
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> io::Result<T> {
    postcard::from_bytes(body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_went_and_the_end_is_no_frame() {
        let mut wire = Vec::new();
        let messages = [FromWorker::Done(vec![1, 2, 3]), FromWorker::Ready(Vec::new())];
        for message in &messages {
            write(&mut wire, message).unwrap();
        }
        let mut input = wire.as_slice();
        for message in messages {
            assert_eq!(read::<FromWorker>(&mut input).unwrap(), Some(message));
        }
        assert_eq!(read::<FromWorker>(&mut input).unwrap(), None);
    }

    #[test]
    fn a_frame_that_is_cut_is_an_error() {
        let mut wire = Vec::new();
        write(&mut wire, &FromWorker::Done(vec![7; 100])).unwrap();
        for length in 4..wire.len() {
            assert!(
                read::<FromWorker>(&mut &wire[..length]).is_err(),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn a_length_that_lies_allocates_nothing() {
        let error = read::<FromWorker>(&mut [0xff; 8].as_slice()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn bytes_of_any_kind_are_a_frame_or_an_error() {
        for seed in 0..2000_u32 {
            let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
            let body: Vec<u8> = (0..seed % 40)
                .map(|_| {
                    state ^= state << 13;
                    state ^= state >> 17;
                    state ^= state << 5;
                    state as u8
                })
                .collect();
            let mut wire = u32::try_from(body.len()).unwrap().to_le_bytes().to_vec();
            wire.extend(body);
            let _ = read::<FromWorker>(&mut wire.as_slice());
            let _ = read::<ToWorker>(&mut wire.as_slice());
        }
    }
}
