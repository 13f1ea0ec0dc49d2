//! The three lanes: the same context, and how each is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use duologue_core::task::{PROCESS_FUNCTIONS, ProcessFunction};
use duologue_core::testing::Paper;
use duologue_core::{
    EngineConfig, InputFile, Lane, LaneLimits, Task, TaskContext, TaskError, TaskFile, TaskLimits, Unit,
};
use linkme::distributed_slice;

use super::{inside, says, start, starts};

fn call<A, T>(
    context: &TaskContext,
    input: &[u8],
    body: impl FnOnce(&TaskContext, A) -> Result<T, TaskError>,
) -> Result<Vec<u8>, TaskError>
where
    A: serde::de::DeserializeOwned,
    T: serde::Serialize,
{
    Ok(postcard::to_allocvec(&body(
        context,
        postcard::from_bytes(input)?,
    )?)?)
}

#[distributed_slice(PROCESS_FUNCTIONS)]
static SUM: ProcessFunction = ProcessFunction {
    name: "sum",
    run: |context, input| {
        call(context, input, |task, numbers: Vec<u64>| {
            task.unit(Unit::named("numbers"));
            let mut sum = 0;
            for (done, number) in numbers.iter().enumerate() {
                sum += number;
                task.progress(done as u64 + 1, numbers.len() as u64);
            }
            task.log("all added");
            task.show(format!("so far {sum}"));
            task.emit(&sum)?;
            Ok(sum)
        })
    },
};

#[distributed_slice(PROCESS_FUNCTIONS)]
static BAD: ProcessFunction = ProcessFunction {
    name: "bad",
    run: |context, input| {
        call(context, input, |_, how: String| match how.as_str() {
            "panic" => panic!("on purpose"),
            "say" => Err(TaskError::say("Give me less.")),
            how => Err::<(), _>(format!("it is {how}").into()),
        })
    },
};

#[distributed_slice(PROCESS_FUNCTIONS)]
static UPPER: ProcessFunction = ProcessFunction {
    name: "upper",
    run: |context, input| {
        call(context, input, |task, (): ()| {
            let mut files = Vec::new();
            for index in 0..task.inputs() {
                let file = task.input(index)?;
                let name = format!("upper-{}", file.name);
                let text = file.read_all(1000)?.to_ascii_uppercase();
                files.push(task.wait(task.write_file(name, text))?);
            }
            Ok(files)
        })
    },
};

#[distributed_slice(PROCESS_FUNCTIONS)]
static NEST: ProcessFunction = ProcessFunction {
    name: "nest",
    run: |context, input| {
        call(context, input, |task, numbers: Vec<Vec<u64>>| {
            let sums = numbers.iter().map(|numbers| sum(numbers));
            let gathered = task.wait(task.gather(sums.collect::<Vec<_>>()))?;
            let piped = task.wait(task.pipeline(numbers).stage(2, |numbers| sum(&numbers)).collect())?;
            assert_eq!(gathered, piped);
            let upward = task.wait(task.run(Task::new("up", |_| async { Ok(()) })));
            assert!(matches!(upward, Err(TaskError::WrongLane(_))));
            Ok(gathered)
        })
    },
};

fn sum(numbers: &[u64]) -> Task<u64> {
    Task::process("Sum", &SUM, &numbers)
}

#[tokio::test(start_paused = true)]
async fn a_process_gives_its_result_its_progress_and_values_meanwhile() {
    let (heard, hears) = sync_channel(8);
    let result = inside(move |task| async move {
        let child = sum(&[1, 2, 3, 4]).receive(move |sum: u64| heard.send(sum).unwrap());
        task.run(child).await
    })
    .await;
    assert_eq!(result.unwrap(), 10);
    assert_eq!(hears.try_recv(), Ok(10));
}

#[tokio::test(start_paused = true)]
async fn what_a_process_says_stands_on_the_card() {
    let paper = Paper::new();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", move || {
            Task::new("Adding", move |task: TaskContext| async move {
                let sum = task.run(sum(&[1, 2, 3, 4])).await?;
                tokio::time::sleep(Duration::from_secs(5)).await;
                Ok(format!("it is {sum}"))
            })
        }));
    });
    paper.command("anna", "go");
    says(&paper, "✓ Sum").await;
    says(&paper, "it is 10").await;
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn errors_of_a_process_arrive_as_what_they_are() {
    for (how, expected) in [
        ("say", "Give me less."),
        ("panic", "panicked: on purpose"),
        ("broken", "it is broken"),
    ] {
        let result =
            inside(move |task| async move { task.run(Task::<()>::process("Bad", &BAD, &how)).await }).await;
        let error = result.unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(matches!(error, TaskError::Say(_)), how == "say");
    }
}

#[tokio::test(start_paused = true)]
async fn files_go_into_a_process_and_come_out_of_it() {
    let text = inside(|task| async move {
        let upper = Task::<Vec<TaskFile>>::process("Upper", &UPPER, &())
            .file(InputFile::new("a.txt", "hello"))
            .file(InputFile::new("b.txt", "there"));
        let files = task.run(upper).await?;
        assert_eq!(
            files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
            ["upper-a.txt", "upper-b.txt"]
        );
        let again = Task::<Vec<TaskFile>>::process("Upper", &UPPER, &()).file(task.as_input(&files[1])?);
        let again = task.run(again).await?;
        let read = Task::blocking("read", |task: &TaskContext| task.input(0)?.read_all(100));
        let bytes = task.run(read.file(task.as_input(&again[0])?)).await?;
        Ok(String::from_utf8(bytes)?)
    })
    .await;
    assert_eq!(text.unwrap(), "THERE");
}

#[tokio::test(start_paused = true)]
async fn children_of_a_process_run_inside_it() {
    let numbers = vec![vec![1_u64, 2], vec![3], vec![]];
    let result =
        inside(move |task| async move { task.run(Task::<Vec<u64>>::process("Nest", &NEST, &numbers)).await })
            .await;
    assert_eq!(result.unwrap(), [3, 3, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_lane_starts_children_in_itself_or_further_down() {
    inside(|task| async move {
        let blocking = Task::blocking("blocking", |task: &TaskContext| {
            assert_eq!(task.lane(), Lane::Blocking);
            let thread = std::thread::current().id();
            let same = task.wait(task.run(Task::blocking("inner", |_| Ok(std::thread::current().id()))))?;
            assert_eq!(
                same, thread,
                "a blocking child of a blocking task needs no thread"
            );
            let sums = task.wait(task.gather([sum(&[1]), sum(&[2])]))?;
            assert_eq!(sums, [1, 2]);
            let upward = task.wait(task.run(Task::new("up", |_| async { Ok(()) })));
            assert!(matches!(upward, Err(TaskError::WrongLane(_))));
            Ok(())
        });
        task.run(blocking).await?;
        let waited = task.wait(async { Ok(()) });
        assert!(matches!(waited, Err(TaskError::WrongLane(_))));
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_thread_sees_that_it_should_end_and_gives_its_room_back_only_then() {
    let paper = Paper::new();
    let config = EngineConfig {
        tasks: TaskLimits {
            blocking: LaneLimits {
                running: 1,
                ..TaskLimits::default().blocking
            },
            ..TaskLimits::default()
        },
        ..EngineConfig::default()
    };
    let (saw, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (seen, stopped) = (Arc::clone(&saw), Arc::clone(&stop));
    let bot = start(&paper, config, move |router| {
        router.command(starts("go", move || {
            let (seen, stopped) = (Arc::clone(&seen), Arc::clone(&stopped));
            Task::blocking("Stubborn", move |task| {
                while !stopped.load(Ordering::SeqCst) {
                    seen.fetch_or(task.check().is_err(), Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(1));
                }
                Ok(String::new())
            })
        }));
    });
    paper.command("anna", "go");
    says(&paper, "Stubborn").await;
    paper.command("anna", "cancel");
    says(&paper, "Stubborn: cancelled.").await;
    let lane = || bot.handle.lanes()[1];
    assert_eq!(lane().running, 1, "the thread still works");
    until("the thread saw it", || saw.load(Ordering::SeqCst)).await;
    stop.store(true, Ordering::SeqCst);
    until("the room came back", || lane().running == 0).await;
    bot.stop().await;
}

async fn until(what: &str, state: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while !state() {
        assert!(std::time::Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
