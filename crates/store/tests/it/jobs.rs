//! Jobs and tasks.

use duologue_core::store::{DueRequest, Job, JobId, JobOwner, Missed, NewJob, Store, StoredTask, Write};
use duologue_core::task::{TaskRecord, TaskState};
use duologue_core::{ChatId, MessageId, MessageRef, Person, TaskId, UserId};

use crate::world::*;

on_every_engine![
    jobs_are_due_in_the_order_of_their_times,
    a_job_stays_until_it_is_moved_or_dropped,
    a_job_comes_back_as_it_was_given,
    jobs_are_listed_by_chat_and_by_person,
    jobs_of_accounts_that_are_not_served_wait,
    the_next_job_is_known,
    a_job_of_an_origin_is_made_once_while_it_is_there,
    a_task_is_kept_with_all_that_it_needs,
    tasks_come_in_the_order_of_their_line,
    numbers_of_tasks_are_never_given_twice,
];

fn anna() -> Person {
    Person::User(PIGEON, UserId::new("anna"))
}

fn job(number: u32, due: u64) -> NewJob {
    NewJob {
        origin: None,
        chat: chat(number),
        person: anna(),
        name: "reminder".into(),
        due: at(due),
        repeat: None,
        missed: Missed::Once,
        body: format!("due at {due}").into(),
    }
}

async fn add(store: &dyn Store, job: NewJob) -> JobId {
    write(store, vec![Write::AddJob(job)], at(0))
        .await
        .committed()
        .unwrap()
        .jobs[0]
}

async fn due(store: &dyn Store, limit: usize, now: u64) -> Vec<Job> {
    let bots = vec![bot()];
    let now = at(now);
    store.due(DueRequest { bots, limit, now }).await.unwrap()
}

fn times(jobs: &[Job]) -> Vec<u64> {
    jobs.iter()
        .map(|job| job.ask.due.since(START).as_millis() as u64)
        .collect()
}

async fn jobs_are_due_in_the_order_of_their_times(store: &dyn Store) {
    for millis in [30, 10, 20, 40] {
        add(store, job(1, millis)).await;
    }
    assert_eq!(times(&due(store, 10, 30).await), [10, 20, 30]);
    assert_eq!(times(&due(store, 2, 30).await), [10, 20]);
    assert!(due(store, 10, 9).await.is_empty());
}

async fn a_job_stays_until_it_is_moved_or_dropped(store: &dyn Store) {
    let id = add(store, job(1, 10)).await;
    assert_eq!(due(store, 10, 10).await, due(store, 10, 10).await);
    write(store, vec![Write::MoveJob { id, due: at(20) }], at(10)).await;
    assert!(due(store, 10, 19).await.is_empty());
    assert_eq!(due(store, 10, 20).await[0].id, id);
    write(store, vec![Write::DropJob(id)], at(20)).await;
    write(
        store,
        vec![Write::MoveJob { id, due: at(30) }, Write::DropJob(id)],
        at(20),
    )
    .await;
    assert!(due(store, 10, 99).await.is_empty());
    assert_ne!(add(store, job(1, 10)).await, id);
}

async fn a_job_comes_back_as_it_was_given(store: &dyn Store) {
    for missed in [Missed::Once, Missed::Skip, Missed::Each] {
        let ask = NewJob {
            chat: thread(3),
            person: Person::Chat(PIGEON, ChatId::number(3)),
            repeat: Some("every Monday at 9 in Europe/Berlin".to_owned()),
            missed,
            origin: Some("turn 7".into()),
            ..job(3, 5)
        };
        let id = add(store, ask.clone()).await;
        let kept = due(store, 10, 5).await.remove(0);
        assert_eq!((kept.id, kept.created, kept.ask), (id, at(0), ask));
        write(store, vec![Write::DropJob(id)], at(6)).await;
    }
}

async fn jobs_are_listed_by_chat_and_by_person(store: &dyn Store) {
    add(store, job(1, 20)).await;
    add(store, job(2, 10)).await;
    let bens = NewJob {
        person: Person::User(PIGEON, UserId::new("ben")),
        ..job(1, 5)
    };
    add(store, bens).await;
    let in_chat = store.jobs(&JobOwner::Chat(chat(1))).await.unwrap();
    assert_eq!(times(&in_chat), [5, 20]);
    let of_anna = store.jobs(&JobOwner::Person(anna())).await.unwrap();
    assert_eq!(times(&of_anna), [10, 20]);
    assert!(store.jobs(&JobOwner::Chat(thread(1))).await.unwrap().is_empty());
}

async fn jobs_of_accounts_that_are_not_served_wait(store: &dyn Store) {
    let elsewhere = NewJob {
        chat: hare_chat(1),
        ..job(1, 1)
    };
    add(store, elsewhere).await;
    add(store, job(1, 2)).await;
    assert_eq!(times(&due(store, 1, 10).await), [2]);
    let request = DueRequest {
        bots: vec![bot(), hare_bot()],
        limit: 10,
        now: at(10),
    };
    assert_eq!(times(&store.due(request).await.unwrap()), [1, 2]);
}

async fn the_next_job_is_known(store: &dyn Store) {
    let next = async || store.next_due(vec![bot()]).await.unwrap().job;
    assert_eq!(next().await, None);
    add(store, job(1, 20)).await;
    add(store, job(1, 10)).await;
    assert_eq!(next().await, Some(at(10)));
}

fn task(id: u64, place: u64) -> StoredTask {
    StoredTask {
        record: TaskRecord {
            id: TaskId(id),
            name: "fetch".into(),
            person: anna(),
            chat: chat(1),
            card: None,
            state: TaskState::Waiting,
        },
        place,
        body: "address".into(),
        checkpoint: None,
    }
}

async fn a_task_is_kept_with_all_that_it_needs(store: &dyn Store) {
    let first = task(1, 1);
    write(store, vec![Write::Task(first.clone())], at(0)).await;
    assert_eq!(store.tasks().await.unwrap(), std::slice::from_ref(&first));
    let mut second = first;
    second.record.state = TaskState::Running;
    second.record.card = Some(MessageRef {
        chat: thread(1),
        id: MessageId::number(77),
    });
    second.checkpoint = Some("page 3".into());
    write(store, vec![Write::Task(second.clone())], at(1)).await;
    assert_eq!(store.tasks().await.unwrap(), [second]);
    write(
        store,
        vec![Write::DropTask(TaskId(1)), Write::DropTask(TaskId(9))],
        at(2),
    )
    .await;
    assert!(store.tasks().await.unwrap().is_empty());
}

async fn tasks_come_in_the_order_of_their_line(store: &dyn Store) {
    let tasks = [(3, 1), (1, 2), (2, 2)];
    let writes = tasks
        .iter()
        .rev()
        .map(|(id, place)| Write::Task(task(*id, *place)));
    write(store, writes.collect(), at(0)).await;
    let kept: Vec<u64> = store
        .tasks()
        .await
        .unwrap()
        .iter()
        .map(|task| task.record.id.0)
        .collect();
    assert_eq!(kept, [3, 1, 2]);
}

async fn numbers_of_tasks_are_never_given_twice(store: &dyn Store) {
    assert_eq!(store.reserve_task_ids(10).await.unwrap(), TaskId(1));
    assert_eq!(store.reserve_task_ids(1).await.unwrap(), TaskId(11));
    write(
        store,
        vec![Write::Task(task(100, 1)), Write::DropTask(TaskId(100))],
        at(0),
    )
    .await;
    assert_eq!(store.reserve_task_ids(5).await.unwrap(), TaskId(101));
}

async fn a_job_of_an_origin_is_made_once_while_it_is_there(store: &dyn Store) {
    let of = |origin: &str, due| NewJob {
        origin: Some(origin.into()),
        ..job(1, due)
    };
    let id = add(store, of("a", 10)).await;
    let other = add(store, of("b", 20)).await;
    assert_ne!(other, id);
    // Also for another chat and time: it stays as it is.
    let elsewhere = NewJob {
        chat: chat(2),
        ..of("a", 99)
    };
    let again = vec![
        Write::AddJob(elsewhere),
        Write::AddJob(of("c", 30)),
        Write::AddJob(of("c", 40)),
    ];
    let outcome = write(store, again, at(1)).await;
    let made = &outcome.committed().unwrap().jobs;
    assert_eq!((made[0], made[1]), (id, made[2]));
    assert_eq!(times(&due(store, 10, 99).await), [10, 20, 30]);
    assert_eq!(due(store, 1, 99).await[0].ask, of("a", 10));

    write(store, vec![Write::MoveJob { id, due: at(50) }], at(2)).await;
    assert_eq!(add(store, of("a", 10)).await, id);
    assert_eq!(times(&due(store, 10, 99).await), [20, 30, 50]);
    write(store, vec![Write::DropJob(id)], at(3)).await;
    let new = add(store, of("a", 60)).await;
    assert!(new > made[1], "a number is never given twice");
    store.forget(&anna()).await.unwrap();
    assert!(add(store, of("a", 70)).await > new);
    assert_ne!(add(store, job(1, 80)).await, add(store, job(1, 80)).await);
}
