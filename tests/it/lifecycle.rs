//! Order, parallelism, floods, panics, hangs, control, interactions' deadlines, registration and shutdown, over real
//! sockets.

use std::time::Duration;

use duologue::prelude::*;
use duologue::{EngineConfig, ExecutorConfig, HandlerError, Router};
use duologue_sandbox::Network;
use duologue_tests::world::{self, NETWORKS, Setting, World};
use tokio::time::Instant;

/// Say a number after some milliseconds.
#[command]
async fn wait(number: u32, pause: Option<u64>) -> String {
    tokio::time::sleep(Duration::from_millis(pause.unwrap_or(0))).await;
    number.to_string()
}

/// Fall over.
#[command]
async fn fall() -> &'static str {
    panic!("on purpose")
}

/// Never end.
#[command]
async fn hang() {
    std::future::pending::<()>().await;
}

/// Say how things are, past the queue.
#[command(control)]
async fn status() -> &'static str {
    "all is well"
}

/// Work until the bot stops.
#[command]
async fn work(ctx: Context) {
    ctx.background("work", |ctx, stop| async move {
        let live = ctx.live("working").await?;
        stop.cancelled().await;
        live.finish("stopped in order").await?;
        Ok::<_, HandlerError>(())
    });
}

fn commands(router: &mut Router) {
    router.command(wait);
    router.command(fall);
    router.command(hang);
    router.command(status);
    router.command(work);
}

fn engine(executor: ExecutorConfig) -> Setting {
    Setting {
        engine: EngineConfig {
            executor,
            ..EngineConfig::default()
        },
        ..Setting::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_is_answered_in_order_and_the_chats_do_not_wait_for_each_other() {
    let world = World::start(commands).await;
    for network in NETWORKS {
        let people: Vec<_> = ["Anna", "Ben", "Cleo", "Dan"]
            .into_iter()
            .map(|name| world.person(network, name))
            .collect();
        let start = Instant::now();
        for number in 0..5 {
            for person in &people {
                person.command(&format!("wait number={number} pause=150"));
            }
        }
        for person in &people {
            assert_eq!(person.hears(5).await, ["0", "1", "2", "3", "4"], "{network:?}");
        }
        // One chat alone takes 750 ms; one after another the four would take 3 s.
        assert!(
            start.elapsed() < Duration::from_millis(2000),
            "{network:?}: {:?}",
            start.elapsed()
        );
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_that_floods_does_not_delay_the_others() {
    let world = World::begin(
        engine(ExecutorConfig {
            turns: 4,
            ..ExecutorConfig::default()
        }),
        commands,
    )
    .await;
    world.ready(&NETWORKS).await;
    for network in NETWORKS {
        let flooder = world.person(network, "Flooder");
        for _ in 0..60 {
            flooder.command("wait number=0 pause=100");
        }
        let anna = world.anna(network);
        let start = Instant::now();
        anna.command("wait number=7");
        assert_eq!(anna.hears(1).await, ["7"]);
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{network:?}: {:?}",
            start.elapsed()
        );
    }
    drop(world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_and_a_hang_cost_one_turn_each() {
    let executor = ExecutorConfig {
        turn_deadline: Duration::from_millis(300),
        ..ExecutorConfig::default()
    };
    let world = World::begin(engine(executor), commands).await;
    world.ready(&NETWORKS).await;
    for network in NETWORKS {
        let anna = world.anna(network);
        for line in ["fall", "hang", "wait number=3"] {
            anna.command(line);
        }
        let heard = anna.hears(3).await;
        assert!(
            heard[0].contains("Something went wrong"),
            "{network:?}: {heard:?}"
        );
        assert!(heard[1].contains("longer than 300 ms"), "{network:?}: {heard:?}");
        assert_eq!(heard[2], "3", "{network:?}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_is_answered_at_once_while_every_worker_is_busy() {
    let world = World::begin(
        engine(ExecutorConfig {
            turns: 2,
            ..ExecutorConfig::default()
        }),
        commands,
    )
    .await;
    world.ready(&NETWORKS).await;
    for name in ["Anna", "Ben", "Cleo"] {
        world
            .person(Network::Telegram, name)
            .command("wait number=1 pause=4000");
    }
    for network in NETWORKS {
        let anna = world.anna(network);
        let start = Instant::now();
        anna.command("status");
        assert_eq!(anna.hears(1).await, ["all is well"]);
        assert!(
            start.elapsed() < Duration::from_millis(300),
            "{network:?}: {:?}",
            start.elapsed()
        );
    }
    drop(world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slash_command_is_deferred_in_time_even_when_every_worker_is_busy() {
    let world = World::begin(
        engine(ExecutorConfig {
            turns: 1,
            ..ExecutorConfig::default()
        }),
        commands,
    )
    .await;
    world.ready(&NETWORKS).await;
    let (anna, ben) = (
        world.anna(Network::Discord),
        world.person(Network::Discord, "Ben"),
    );
    anna.command("wait number=1 pause=3500");
    ben.command("wait number=2");
    for person in [&anna, &ben] {
        person
            .sees(|chat| chat.messages.iter().any(|message| message.thinking))
            .await;
    }
    assert_eq!(anna.hears(1).await, ["1"]);
    assert_eq!(ben.hears(1).await, ["2"]);
    let refused: Vec<_> = world
        .sandbox
        .requests()
        .into_iter()
        .filter(|call| call.status >= 400)
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_start_sends_no_command_again_and_answers_nothing_twice() {
    let world = World::start(commands).await;
    let (anna, ben) = (
        world.anna(Network::Telegram),
        world.person(Network::Discord, "Ben"),
    );
    anna.command("wait number=1");
    ben.command("wait number=2");
    anna.hears(1).await;
    ben.hears(1).await;
    let (sandbox, ended) = world.stop_bot().await;
    assert_eq!((ended.unhandled, ended.unsent, ended.aborted), (0, 0, vec![]));
    let writes = |sandbox: &duologue_sandbox::SandboxHandle| {
        sandbox
            .requests()
            .iter()
            .filter(|call| {
                call.method.contains("setMyCommands")
                    || (call.method.contains("/commands") && !call.method.starts_with("GET"))
            })
            .count()
    };
    let before = writes(&sandbox);
    assert!(before > 0);
    let mut router = Router::new();
    commands(&mut router);
    let adapters = vec![
        world::telegram(&sandbox, false).expect("an adapter"),
        world::discord(&sandbox, false).expect("an adapter"),
    ];
    let engine = duologue::Engine::new(EngineConfig::default(), router, adapters);
    let (stop, handle) = (tokio_util::sync::CancellationToken::new(), engine.handle());
    let again = async {
        anna.command("wait number=3");
        while !handle
            .health()
            .iter()
            .all(|health| matches!(health.status, duologue::SourceStatus::Online(_)))
        {
            tokio::task::yield_now().await;
        }
        ben.command("wait number=4");
        assert_eq!(anna.hears(2).await, ["1", "3"]);
        assert_eq!(ben.hears(2).await, ["2", "4"]);
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(engine.run(stop.clone()), again);
    assert_eq!(ended.unhandled, 0);
    assert_eq!(writes(&sandbox), before, "the menus were there already");
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_lets_work_say_that_it_was_stopped() {
    let world = World::start(commands).await;
    let people = NETWORKS.map(|network| world.anna(network));
    for person in &people {
        person.command("work");
        person.finds(|message| message.text == "working").await;
    }
    let start = Instant::now();
    let (sandbox, ended) = world.stop_bot().await;
    assert!(start.elapsed() < Duration::from_secs(8));
    assert_eq!((ended.unhandled, ended.unsent, ended.aborted), (0, 0, vec![]));
    for person in &people {
        person.finds(|message| message.text == "stopped in order").await;
    }
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_bots_live_in_one_process() {
    let (one, two) = (World::start(commands).await, World::start(commands).await);
    for network in NETWORKS {
        let (anna, ben) = (one.anna(network), two.anna(network));
        anna.command("wait number=1");
        ben.command("wait number=2");
        assert_eq!(
            (anna.hears(1).await, ben.hears(1).await),
            (vec!["1".to_owned()], vec!["2".to_owned()])
        );
    }
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_network_says_when_it_was_last_heard_of() {
    let world = World::start(|_| {}).await;
    // A poll comes back with it; the gateway's first sign is its session.
    world.anna(Network::Telegram).say("hello");
    let deadline = Instant::now() + world::PATIENCE;
    loop {
        let networks = world.bot.metrics().networks;
        let heard = networks.iter().filter(|network| network.unheard_for.is_some());
        if heard.count() == NETWORKS.len() {
            break;
        }
        assert!(Instant::now() < deadline, "{networks:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    world.stop().await;
}
