//! Structured joins: results, failures, bounds, and that no child outlives its parent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use duologue_core::{Task, TaskContext, TaskError};
use tokio::time::Instant;

use super::{Crowd, SECOND, inside};

/// A task that takes so many seconds and gives them.
fn takes(crowd: &Crowd, seconds: u32) -> Task<u32> {
    let crowd = crowd.clone();
    Task::new(format!("{seconds} s"), move |_| async move {
        let _member = crowd.join();
        tokio::time::sleep(seconds * SECOND).await;
        Ok(seconds)
    })
}

fn fails(crowd: &Crowd, after: u32) -> Task<u32> {
    takes(crowd, after).map(|_| 0).and_fail("no luck")
}

trait AndFail<T> {
    fn and_fail(self, words: &'static str) -> Task<T>;
}

impl AndFail<u32> for Task<u32> {
    fn and_fail(self, words: &'static str) -> Self {
        Task::new("fails", move |task: TaskContext| async move {
            task.run(self).await?;
            Err(TaskError::from(words))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn gather_runs_all_side_by_side_and_keeps_the_order() {
    let (crowd, begun) = (Crowd::default(), Instant::now());
    let own = crowd.clone();
    let results =
        inside(move |task| async move { task.gather([3, 1, 2].map(|s| takes(&own, s))).await }).await;
    assert_eq!(results.unwrap(), [3, 1, 2]);
    assert_eq!(begun.elapsed().as_secs(), 3);
    assert_eq!((crowd.most(), crowd.now()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn the_first_failure_of_a_gather_cancels_the_rest() {
    let (crowd, begun) = (Crowd::default(), Instant::now());
    let own = crowd.clone();
    let result = inside(move |task| async move {
        let result = task
            .gather([takes(&own, 60), fails(&own, 1), takes(&own, 50)])
            .await;
        assert_eq!(own.now(), 0, "the rest was dropped by then");
        result
    })
    .await;
    assert_eq!(result.unwrap_err().to_string(), "no luck");
    assert!(begun.elapsed() < 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn gather_settled_gives_every_result_and_every_failure() {
    let crowd = Crowd::default();
    let results = inside(move |task| async move {
        Ok(task
            .gather_settled([takes(&crowd, 2), fails(&crowd, 1), takes(&crowd, 3)])
            .await)
    })
    .await
    .unwrap();
    let results: Vec<Result<u32, String>> = results
        .into_iter()
        .map(|result| result.map_err(|error| error.to_string()))
        .collect();
    assert_eq!(results, [Ok(2), Err("no luck".to_owned()), Ok(3)]);
}

#[tokio::test(start_paused = true)]
async fn a_race_gives_the_first_result_and_cancels_the_others() {
    let (crowd, begun) = (Crowd::default(), Instant::now());
    let own = crowd.clone();
    let result = inside(move |task| async move {
        let won = task
            .race([takes(&own, 9), fails(&own, 1), takes(&own, 4)])
            .await?;
        assert_eq!(own.now(), 0);
        Ok(won)
    })
    .await;
    assert_eq!(result.unwrap(), 4);
    assert_eq!(begun.elapsed().as_secs(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_race_that_all_lose_is_the_last_failure() {
    let crowd = Crowd::default();
    let result =
        inside(move |task| async move { task.race([fails(&crowd, 1), fails(&crowd, 2)]).await }).await;
    assert_eq!(result.unwrap_err().to_string(), "no luck");
    let empty = inside(|task| async move { task.race(Vec::<Task<u32>>::new()).await }).await;
    assert!(empty.is_err());
}

#[tokio::test(start_paused = true)]
async fn for_each_bounded_has_so_many_at_a_time_and_takes_items_when_there_is_room() {
    let (crowd, begun) = (Crowd::default(), Instant::now());
    let (own, taken) = (crowd.clone(), Arc::new(AtomicUsize::new(0)));
    let results = inside(move |task| async move {
        let items = (0..100).inspect(|_| {
            taken.fetch_add(1, Ordering::SeqCst);
            assert!(taken.load(Ordering::SeqCst) <= 7 * (begun.elapsed().as_secs() as usize + 1) + 1);
        });
        task.for_each_bounded(7, items, |_| takes(&own, 1)).await
    })
    .await
    .unwrap();
    assert_eq!(results.len(), 100);
    assert_eq!(crowd.most(), 7);
    assert_eq!(begun.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn for_each_bounded_ends_at_the_first_failure_or_settles_all() {
    let crowd = Crowd::default();
    let own = crowd.clone();
    let make = move |item: u32| if item == 2 { fails(&own, 1) } else { takes(&own, 1) };
    let first = make.clone();
    let failed = inside(move |task| async move { task.for_each_bounded(2, 0..50, first).await }).await;
    assert!(failed.is_err());
    assert_eq!(crowd.now(), 0);
    let settled = inside(move |task| async move { Ok(task.for_each_bounded_settled(2, 0..5, make).await) })
        .await
        .unwrap();
    assert_eq!(settled.iter().filter(|result| result.is_err()).count(), 1);
    assert!(settled[2].is_err());
}

#[tokio::test(start_paused = true)]
async fn the_stages_of_a_pipeline_overlap() {
    let begun = Instant::now();
    let (loads, works) = (Crowd::default(), Crowd::default());
    let (loading, working) = (loads.clone(), works.clone());
    let results = inside(move |task| async move {
        task.pipeline(0..6_u32)
            .stage(1, move |item| takes(&loading, 2).map(move |_| item))
            .stage(1, move |item| takes(&working, 2).map(move |_| item * 10))
            .collect()
            .await
    })
    .await
    .unwrap();
    assert_eq!(results, [0, 10, 20, 30, 40, 50]);
    assert_eq!(
        begun.elapsed().as_secs(),
        14,
        "12 s of loading and the work on the last one"
    );
    assert_eq!((loads.most(), works.most()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_slow_stage_holds_up_the_ones_before_it() {
    let loaded = Arc::new(AtomicUsize::new(0));
    let (count, slow) = (Arc::clone(&loaded), Crowd::default());
    let check = Arc::clone(&loaded);
    inside(move |task| async move {
        task.pipeline(0..100_u32)
            .stage(3, move |item| {
                let count = Arc::clone(&count);
                Task::new("load", move |_| async move {
                    count.fetch_add(1, Ordering::SeqCst);
                    Ok(item)
                })
            })
            .stage(1, move |_| {
                let check = Arc::clone(&check);
                let slow = takes(&slow, 1);
                Task::new("check", move |task: TaskContext| async move {
                    let before = check.load(Ordering::SeqCst);
                    task.run(slow).await?;
                    assert!(
                        check.load(Ordering::SeqCst) <= before + 8,
                        "what is loaded is bounded"
                    );
                    Ok(())
                })
            })
            .collect()
            .await
    })
    .await
    .unwrap();
    assert_eq!(loaded.load(Ordering::SeqCst), 100);
}

#[tokio::test(start_paused = true)]
async fn a_failure_goes_past_the_later_stages_or_ends_all() {
    let crowd = Crowd::default();
    let (own, other) = (crowd.clone(), crowd.clone());
    let settled = inside(move |task| async move {
        let pipeline = task.pipeline(0..4_u32).stage(2, move |item| {
            if item == 1 {
                fails(&own, 1)
            } else {
                takes(&own, 1).map(move |_| item)
            }
        });
        Ok(pipeline
            .stage(2, |item| {
                Task::new("double", move |_| async move { Ok(item * 2) })
            })
            .settle()
            .await)
    })
    .await
    .unwrap();
    let values: Vec<Option<u32>> = settled.into_iter().map(Result::ok).collect();
    assert_eq!(values, [Some(0), None, Some(4), Some(6)]);
    let begun = Instant::now();
    let failed = inside(move |task| async move {
        task.pipeline([1, 500])
            .stage(2, move |seconds| {
                if seconds == 1 {
                    fails(&other, 1)
                } else {
                    takes(&other, seconds)
                }
            })
            .collect()
            .await
    })
    .await;
    assert!(failed.is_err() && begun.elapsed() < 5 * SECOND);
    assert_eq!(crowd.now(), 0);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_child_cancels_it_and_asking_it_to_end_says_so() {
    let crowd = Crowd::default();
    let own = crowd.clone();
    inside(move |task| async move {
        let child = task.run(takes(&own, 100));
        let dropped = tokio::time::timeout(SECOND, child).await;
        assert!(dropped.is_err());
        assert_eq!(own.now(), 0);
        let child = task.run(takes(&own, 100));
        child.cancel();
        assert!(child.await.unwrap_err().is_cancelled());
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_child_is_an_error_of_that_child() {
    let results = inside(|task| async move {
        let children = (0..3).map(|index| {
            Task::new("child", move |_| async move {
                assert_ne!(index, 1, "on purpose");
                Ok(index)
            })
        });
        Ok(task.gather_settled(children).await)
    })
    .await
    .unwrap();
    assert!(matches!(results[1], Err(TaskError::Panicked(_))));
    assert!(results[0].is_ok() && results[2].is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_child_ends_with_the_deadline_of_its_parent_at_the_latest() {
    let begun = Instant::now();
    let crowd = Crowd::default();
    let result = inside(move |task| async move {
        let parent = Task::new("parent", move |task: TaskContext| async move {
            task.run(takes(&crowd, 100).deadline(500 * SECOND)).await
        });
        task.run(parent.deadline(3 * SECOND)).await
    })
    .await;
    assert!(matches!(result, Err(TaskError::TimedOut(_))), "{result:?}");
    assert_eq!(begun.elapsed().as_secs(), 3);
}
