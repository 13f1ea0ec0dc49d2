//! What a worker process cannot do, tried from inside.

use duologue_core::TaskError;

use crate::{alive, exists, job, pool, run, until};

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_worker_has_no_files_no_network_and_no_processes() {
    let pool = pool();
    for what in [
        "read a file",
        "write a file",
        "list a folder",
        "connect",
        "listen",
        "start a process",
    ] {
        let came: String = run(&pool, job("forbidden", &what)).await.unwrap();
        assert_eq!(came, "PermissionDenied", "{what}");
    }
    assert!(!exists("/tmp/duologue-worker-was-here"));
    assert_eq!(
        run::<i32>(&pool, job("threads", &())).await.unwrap(),
        7,
        "threads of its own it may have"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn everything_can_be_limited_here() {
    let measures = pool().confinement().await.unwrap();
    assert!(measures.len() >= 6, "{measures:?}");
    assert!(
        measures.iter().all(|measure| measure.missing.is_none()),
        "{measures:?}"
    );
}

#[tokio::test]
async fn a_worker_knows_no_variables_of_the_bot() {
    let names: Vec<String> = run(&pool(), job("variables", &())).await.unwrap();
    assert_eq!(names, ["MALLOC_ARENA_MAX"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_worker_does_not_survive_a_bot_that_is_killed() {
    use std::process::{Command, Stdio};

    let program = env!("CARGO_BIN_EXE_duologue-test-worker");
    let mut bot = Command::new(program)
        .arg("bot")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(bot.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    let process: u32 = line.trim().parse().unwrap();
    assert!(alive(process));
    bot.kill().unwrap();
    bot.wait().unwrap();
    until("the worker is gone", || !alive(process)).await;
}

#[tokio::test]
async fn a_worker_that_is_started_by_hand_ends_at_once() {
    let worker = env!("CARGO_BIN_EXE_duologue-test-worker");
    let status = std::process::Command::new(worker)
        .arg("__duologue-worker")
        .status()
        .unwrap();
    assert!(!status.success());
    let plain = std::process::Command::new(worker).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&plain.stdout), "this is no worker\n");
}

#[tokio::test]
async fn errors_keep_no_path_of_the_program() {
    let error = run::<()>(&pool(), job("abort", &true)).await.unwrap_err();
    let TaskError::Crashed(how) = error else {
        panic!("{error:?}")
    };
    assert!(!how.contains(env!("CARGO_BIN_EXE_duologue-test-worker")), "{how}");
}
