//! Files that go into a worker and come out of it, in pieces.

use duologue_core::task::{InputSource, ProcessLane, WorkerEvent};
use duologue_core::{InputFile, Limit, TaskError};

use crate::{Ear, bytes, job, pool, run};

fn with_files(again: bool, files: Vec<(&str, InputSource)>) -> duologue_core::task::ProcessJob {
    let file = |(name, source): (&str, InputSource)| InputFile {
        name: name.into(),
        source,
    };
    let mut job = job("files", &again);
    job.files = files.into_iter().map(file).collect();
    job
}

#[tokio::test]
async fn files_go_in_by_pieces_and_come_out_by_pieces() {
    let (pool, ear) = (pool(), Ear::default());
    let folder = std::env::temp_dir().join(format!("duologue-lanes-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("large");
    let large: Vec<u8> = (0..300_000_u32)
        .map(|number| b'a' + (number % 26) as u8)
        .collect();
    std::fs::write(&path, &large).unwrap();
    let job = with_files(
        false,
        vec![
            ("small", bytes("hello")),
            ("none", bytes("")),
            ("large", InputSource::Path(path)),
        ],
    );
    let output = pool.run(job, &ear).await.unwrap();
    let found: Vec<(String, u64)> = postcard::from_bytes(&output).unwrap();
    let expected = [("small", 5), ("none", 0), ("large", 300_000)];
    assert_eq!(found, expected.map(|(name, bytes)| (name.to_owned(), bytes)));
    let mut written = b"HELLO".to_vec();
    written.extend(large.to_ascii_uppercase());
    assert_eq!(ear.file_bytes(), written);
    let ends = ear
        .heard()
        .iter()
        .filter(|event| matches!(event, WorkerEvent::FileEnds(_)))
        .count();
    assert_eq!(ends, 3);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn files_that_a_job_does_not_read_do_not_disturb_the_next_job() {
    let pool = pool();
    for _ in 0..3 {
        let mut job = job("sum", &vec![1_u64, 2]);
        job.files = vec![InputFile::new("unread", vec![7; 1 << 20])];
        assert_eq!(run::<u64>(&pool, job).await.unwrap(), 3);
    }
    assert_eq!(pool.idle(), 1);
}

#[tokio::test]
async fn a_file_is_read_once() {
    let error = run::<Vec<(String, u64)>>(
        &pool(),
        with_files(true, vec![("a", bytes("x")), ("b", bytes("y"))]),
    )
    .await
    .unwrap_err();
    assert!(
        error.to_string().contains("in their order, each once"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_file_that_is_not_there_is_an_error_and_no_hanging_worker() {
    let missing = InputSource::Path("/nowhere/at/all".into());
    let error = run::<Vec<(String, u64)>>(&pool(), with_files(false, vec![("a", missing)]))
        .await
        .unwrap_err();
    assert!(matches!(error, TaskError::Fault(_)), "{error:?}");
}

#[tokio::test]
async fn a_job_that_writes_too_much_is_ended() {
    let pool = pool();
    let ear = Ear {
        most: Some(1 << 20),
        ..Ear::default()
    };
    let over = pool.run(job("flood", &(1_usize << 30)), &ear).await.unwrap_err();
    assert!(matches!(over, TaskError::OverLimit(Limit::Files(_))), "{over:?}");
    assert!(ear.file_bytes().len() < 2 << 20);
    assert_eq!(pool.idle(), 0, "its worker was killed");
}
