//! Workers run jobs, are used again, and what becomes of one costs nobody else anything.

use std::time::{Duration, Instant};

use duologue_core::task::{ProcessLane, ProcessLimits, WorkerEvent};
use duologue_core::{Limit, TaskError};
use duologue_lanes::{WorkerConfig, WorkerPool};

use crate::{Ear, alive, config, job, pool, run, until};

async fn process(pool: &WorkerPool) -> u32 {
    run(pool, job("process id", &()))
        .await
        .expect("a worker has a number")
}

#[tokio::test]
async fn a_job_gives_its_result_and_says_how_far_it_is() {
    let (pool, ear) = (pool(), Ear::default());
    let output = pool.run(job("sum", &vec![1_u64, 2, 3]), &ear).await.unwrap();
    assert_eq!(postcard::from_bytes::<u64>(&output).unwrap(), 6);
    let heard = ear.heard();
    assert!(
        heard.contains(&WorkerEvent::Log(0, "all added".to_owned())),
        "{heard:?}"
    );
    // The first and the last, whatever comes between.
    let progress = heard
        .iter()
        .filter(|event| matches!(event, WorkerEvent::Progress { .. }))
        .count();
    assert!((2..=4).contains(&progress), "{heard:?}");
}

#[tokio::test]
async fn a_worker_is_used_again_and_replaced_after_so_many_jobs() {
    let pool = WorkerPool::new(WorkerConfig { jobs: 3, ..config() });
    let mut processes = Vec::new();
    for _ in 0..7 {
        processes.push(process(&pool).await);
    }
    assert_eq!(processes[0], processes[2]);
    assert_eq!(processes[3], processes[5]);
    assert_ne!(processes[0], processes[3]);
    assert_ne!(processes[3], processes[6]);
    until("the first one is gone", || !alive(processes[0])).await;
}

#[tokio::test]
async fn jobs_at_the_same_time_have_workers_of_their_own() {
    let pool = pool();
    let jobs = (0..3).map(|_| run::<u32>(&pool, job("process id", &())));
    let mut processes: Vec<u32> = futures_util::future::try_join_all(jobs).await.unwrap();
    processes.sort_unstable();
    processes.dedup();
    assert_eq!(processes.len(), 3);
    assert_eq!(pool.idle(), 3);
}

#[tokio::test]
async fn what_goes_wrong_in_a_job_is_an_error_of_that_job() {
    let pool = pool();
    let panic = run::<u32>(&pool, job("panic", &"on purpose")).await.unwrap_err();
    assert!(
        matches!(&panic, TaskError::Panicked(words) if words == "on purpose"),
        "{panic:?}"
    );
    let abort = run::<()>(&pool, job("abort", &true)).await.unwrap_err();
    assert!(
        matches!(&abort, TaskError::Crashed(how) if how.contains("signal: 6")),
        "{abort:?}"
    );
    let overflow = run::<u64>(&pool, job("overflow", &u64::MAX)).await.unwrap_err();
    assert!(
        matches!(&overflow, TaskError::Crashed(how) if how.contains("overflow")),
        "{overflow:?}"
    );
    let unknown = run::<u64>(&pool, job("nothing of this name", &()))
        .await
        .unwrap_err();
    assert!(
        unknown.to_string().contains("does not know this function"),
        "{unknown:?}"
    );
    assert_eq!(run::<u64>(&pool, job("sum", &vec![1_u64])).await.unwrap(), 1);
}

#[tokio::test]
async fn memory_without_end_ends_at_the_limit() {
    let pool = WorkerPool::new(WorkerConfig {
        memory: 64 << 20,
        ..config()
    });
    let fits = run::<u64>(&pool, job("hoard", &(32_u64 << 20))).await;
    assert_eq!(fits.unwrap(), 32 << 20);
    let over = run::<u64>(&pool, job("hoard", &u64::MAX)).await.unwrap_err();
    assert!(
        matches!(over, TaskError::OverLimit(Limit::Memory(most)) if most == 64 << 20),
        "{over:?}"
    );
}

#[tokio::test]
async fn time_on_the_processor_is_limited_by_job() {
    let pool = pool();
    let limited = |seconds: u64| {
        let mut job = job("hang", &seconds);
        job.limits = ProcessLimits {
            processor: Duration::from_secs(2),
            ..job.limits
        };
        job
    };
    for _ in 0..3 {
        // Each job has time of its own, in the same process.
        run::<()>(&pool, limited(1)).await.unwrap();
    }
    assert_eq!(pool.idle(), 1);
    let begun = Instant::now();
    let over = run::<()>(&pool, limited(3600)).await.unwrap_err();
    assert!(
        matches!(over, TaskError::OverLimit(Limit::Processor(_))),
        "{over:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_job_that_nobody_wants_any_more_is_killed_with_its_worker() {
    let pool = pool();
    let first = process(&pool).await;
    let ear = Ear::default();
    let hanging = pool.run(job("hang", &3600_u64), &ear);
    let begun = Instant::now();
    assert!(
        tokio::time::timeout(Duration::from_millis(50), hanging)
            .await
            .is_err()
    );
    until("it is gone", || !alive(first)).await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_ne!(process(&pool).await, first);
}

#[tokio::test]
async fn a_worker_that_is_killed_in_a_job_costs_that_job_alone() {
    let pool = pool();
    let first = process(&pool).await;
    let ear = Ear::default();
    let hanging = pool.run(job("hang", &3600_u64), &ear);
    let kill = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        kill(first);
    };
    let (result, ()) = tokio::join!(hanging, kill);
    let error = result.unwrap_err();
    assert!(
        matches!(&error, TaskError::Crashed(how) if how.contains("signal: 9")),
        "{error:?}"
    );
    assert_ne!(process(&pool).await, first);
}

#[tokio::test]
async fn a_worker_that_is_killed_while_it_is_idle_costs_no_job() {
    let pool = pool();
    let first = process(&pool).await;
    kill(first);
    until("it is gone", || !alive(first)).await;
    assert_ne!(process(&pool).await, first);
}

fn kill(process: u32) {
    let process = rustix::process::Pid::from_raw(process.cast_signed()).expect("it is a number of a process");
    rustix::process::kill_process(process, rustix::process::Signal::KILL).expect("it is ours");
}

#[tokio::test]
async fn workers_die_with_their_pool() {
    let pool = pool();
    let first = process(&pool).await;
    assert!(alive(first));
    drop(pool);
    until("it is gone", || !alive(first)).await;
}

#[tokio::test]
async fn what_a_job_prints_does_not_get_between_the_frames() {
    let pool = pool();
    for _ in 0..3 {
        run::<()>(&pool, job("print", &"a line")).await.unwrap();
    }
    assert_eq!(run::<u64>(&pool, job("sum", &vec![2_u64])).await.unwrap(), 2);
}

#[tokio::test]
async fn a_program_that_does_not_begin_as_a_worker_is_told_so() {
    let pool = WorkerPool::new(WorkerConfig::new("/bin/echo"));
    let error = run::<u64>(&pool, job("sum", &vec![1_u64])).await.unwrap_err();
    assert!(error.to_string().contains("duologue::main"), "{error:?}");
    let pool = WorkerPool::new(WorkerConfig::new("/nowhere/at/all"));
    assert!(run::<u64>(&pool, job("sum", &vec![1_u64])).await.is_err());
}

#[tokio::test]
async fn large_arguments_and_results_go_through_and_too_large_ones_are_refused() {
    let pool = pool();
    let much = vec![7_u8; 8 << 20];
    let back: Vec<u8> = run(&pool, job("echo", &much)).await.unwrap();
    assert_eq!(back, much);
    let mut limited = job("echo", &much);
    limited.limits.output = 1 << 20;
    let over = run::<Vec<u8>>(&pool, limited).await.unwrap_err();
    assert!(over.to_string().contains("1048576"), "{over:?}");
}

#[tokio::test]
async fn a_job_that_says_much_is_held_up_and_not_lost() {
    let (pool, ear) = (pool(), Ear::default());
    pool.run(job("lines", &20_000_u64), &ear).await.unwrap();
    let lines = ear.heard();
    assert_eq!(lines.len(), 20_000);
    assert_eq!(lines[19_999], WorkerEvent::Log(0, "19999".to_owned()));
}
