//! Each fault of the sandbox's switch, and what a person notices of it: nothing is lost, nothing comes twice.

use std::time::Duration;

use duologue::prelude::*;
use duologue::{Router, SourceStatus};
use duologue_sandbox::{Fault, FaultKind, GatewayAction, Network};
use duologue_tests::world::{NETWORKS, Person, Setting, World};

/// Say a number again.
#[command]
async fn say(number: u32) -> String {
    number.to_string()
}

fn commands(router: &mut Router) {
    router.command(say);
}

/// The route of the call that answers a command.
fn answering(network: Network) -> &'static str {
    match network {
        Network::Telegram => "sendMessage",
        Network::Discord => "/callback",
    }
}

fn statuses(world: &World, network: Network) -> Vec<u16> {
    world
        .sandbox
        .requests_of(answering(network))
        .iter()
        .map(|call| call.status)
        .collect()
}

async fn answers(anna: &Person, number: usize) {
    let before = anna.heard().len();
    anna.command(&format!("say number={number}"));
    let heard = anna.hears(before + 1).await;
    assert_eq!(heard.last(), Some(&number.to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_refused_for_the_moment_is_made_again_and_heard_once() {
    let world = World::start(commands).await;
    for network in NETWORKS {
        for kind in [
            FaultKind::RateLimit {
                retry_after: 1.0,
                global: false,
            },
            FaultKind::ServerError {
                status: 502,
                html: true,
            },
        ] {
            let anna = world.anna(network);
            let before = statuses(&world, network).len();
            world
                .sandbox
                .faults()
                .add(Fault::new(network, kind.clone()).on(answering(network)).times(1));
            answers(&anna, before).await;
            let logged = |_: &duologue_sandbox::SandboxHandle| {
                let after = statuses(&world, network);
                (after.len() >= before + 2).then_some(after)
            };
            let after = world
                .sandbox
                .wait_for(duologue_tests::world::PATIENCE, logged)
                .await
                .expect("two calls");
            let ok = after[before + 1];
            assert!(
                after[before] >= 429 && (200..300).contains(&ok),
                "{network:?} {kind:?}: {after:?}"
            );
            assert_eq!(after.len(), before + 2, "{network:?} {kind:?}");
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rate_limit_on_one_chat_does_not_stop_the_others() {
    let world = World::start(commands).await;
    let (anna, ben) = (
        world.anna(Network::Telegram),
        world.person(Network::Telegram, "Ben"),
    );
    let limit = FaultKind::RateLimit {
        retry_after: 3.0,
        global: false,
    };
    world
        .sandbox
        .faults()
        .add(Fault::new(Network::Telegram, limit).on("sendMessage").times(1));
    let start = tokio::time::Instant::now();
    anna.command("say number=1");
    world
        .sandbox
        .wait_for(duologue_tests::world::PATIENCE, |_| {
            (!statuses(&world, Network::Telegram).is_empty()).then_some(())
        })
        .await
        .expect("the 429");
    answers(&ben, 2).await;
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "ben waited {:?}",
        start.elapsed()
    );
    assert_eq!(anna.hears(1).await, ["1"]);
    assert!(start.elapsed() >= Duration::from_secs(3));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_cut_is_never_heard_twice() {
    let world = World::start(commands).await;
    for network in NETWORKS {
        for kind in [
            FaultKind::CutBeforeBody,
            FaultKind::CutAfterProcessing,
            FaultKind::CutMidResponse,
        ] {
            let anna = world.anna(network);
            let before = anna.heard().len();
            world
                .sandbox
                .faults()
                .add(Fault::new(network, kind.clone()).on(answering(network)).times(1));
            anna.command("say number=77");
            anna.command("say number=78");
            anna.sees(|chat| chat.from_bots().skip(before).any(|message| message.text == "78"))
                .await;
            let heard = anna.heard();
            let cut = heard[before..].iter().filter(|text| *text == "77").count();
            assert!(cut <= 1, "{network:?} {kind:?}: {heard:?}");
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_network_is_waited_for() {
    let world = World::start(commands).await;
    for network in NETWORKS {
        let slow = FaultKind::Latency { ms: 700 };
        world
            .sandbox
            .faults()
            .add(Fault::new(network, slow).on(answering(network)).times(1));
        answers(&world.anna(network), 5).await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_delivered_twice_is_answered_once() {
    let world = World::start(commands).await;
    for network in NETWORKS {
        world
            .sandbox
            .faults()
            .add(Fault::new(network, FaultKind::DuplicateUpdates));
        let anna = world.anna(network);
        for number in 0..5 {
            answers(&anna, number).await;
        }
        assert_eq!(anna.heard(), ["0", "1", "2", "3", "4"], "{network:?}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_poller_is_named_and_waited_out() {
    let world = World::start(commands).await;
    let fault = world
        .sandbox
        .faults()
        .add(Fault::new(Network::Telegram, FaultKind::SecondPoller));
    // The poll that hangs is answered, and the next one is refused.
    world.anna(Network::Telegram).say("wake up");
    let status = world
        .health("telegram", |status| matches!(status, SourceStatus::Degraded(_)))
        .await;
    let SourceStatus::Degraded(why) = status else {
        unreachable!("it was waited for")
    };
    assert!(why.contains("Another program"), "{why}");
    answers(&world.anna(Network::Discord), 1).await;
    world.sandbox.faults().remove(fault);
    world
        .health("telegram", |status| matches!(status, SourceStatus::Online(_)))
        .await;
    answers(&world.anna(Network::Telegram), 2).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_revoked_ends_its_network_with_a_sentence_and_the_other_goes_on() {
    for (revoked, name, variable) in [
        (Network::Telegram, "telegram", "TELEGRAM_TOKEN"),
        (Network::Discord, "discord", "DISCORD_TOKEN"),
    ] {
        let world = World::start(commands).await;
        let faults = world.sandbox.faults();
        faults.add(Fault::new(revoked, FaultKind::TokenRevoked));
        match revoked {
            Network::Discord => {
                faults.gateway(None, GatewayAction::Close { code: Some(4004) });
            }
            // The poll that hangs is answered, and the next one is refused.
            Network::Telegram => {
                world.anna(Network::Telegram).say("wake up");
            }
        }
        let status = world
            .health(name, |status| matches!(status, SourceStatus::Failed(_)))
            .await;
        assert!(format!("{status:?}").contains(variable), "{status:?}");
        let other = NETWORKS
            .into_iter()
            .find(|network| *network != revoked)
            .expect("there are two");
        answers(&world.anna(other), 3).await;
        assert!(!world.stop().await.deserted);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_token_at_the_start_leaves_the_other_network_alone() {
    let setting = Setting {
        bad_discord_token: true,
        ..Setting::default()
    };
    let world = World::begin(setting, commands).await;
    world.ready(&[Network::Telegram]).await;
    world
        .health("discord", |status| matches!(status, SourceStatus::Failed(_)))
        .await;
    answers(&world.anna(Network::Telegram), 1).await;
    world.stop().await;
    let setting = Setting {
        bad_telegram_token: true,
        ..Setting::default()
    };
    let world = World::begin(setting, commands).await;
    world.ready(&[Network::Discord]).await;
    world
        .health("telegram", |status| matches!(status, SourceStatus::Failed(_)))
        .await;
    answers(&world.anna(Network::Discord), 1).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_comes_back_after_each_way_to_lose_it_and_no_command_is_lost_or_doubled() {
    let setting = || {
        let mut setting = Setting {
            only: Some(Network::Discord),
            ..Setting::default()
        };
        setting.sandbox.heartbeat_interval_ms = 1000;
        setting
    };
    let world = World::begin(setting(), commands).await;
    world.ready(&[Network::Discord]).await;
    let anna = world.anna(Network::Discord);
    let actions = [
        GatewayAction::Reconnect,
        GatewayAction::InvalidSession { resumable: true },
        GatewayAction::Close { code: Some(4000) },
        GatewayAction::Close { code: None },
        GatewayAction::Reset,
        GatewayAction::End,
    ];
    for (number, action) in actions.into_iter().enumerate() {
        // It may still be on its way back from the last one.
        let reached = |sandbox: &duologue_sandbox::SandboxHandle| {
            (sandbox.faults().gateway(None, action) == 1).then_some(())
        };
        world
            .sandbox
            .wait_for(duologue_tests::world::PATIENCE, reached)
            .await
            .expect("there is a connection");
        answers(&anna, number).await;
        assert_eq!(anna.heard().len(), number + 1, "{action:?}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_is_tried_again_while_it_is_not_there() {
    for kind in [FaultKind::GatewayRefuse, FaultKind::GatewayNoAck] {
        let mut setting = Setting {
            only: Some(Network::Discord),
            ..Setting::default()
        };
        setting.sandbox.heartbeat_interval_ms = 500;
        let world = World::begin(setting, commands).await;
        world.ready(&[Network::Discord]).await;
        let fault = world
            .sandbox
            .faults()
            .add(Fault::new(Network::Discord, kind.clone()));
        world.sandbox.faults().gateway(None, GatewayAction::Reset);
        let connection = |connected: bool| {
            move |sandbox: &duologue_sandbox::SandboxHandle| {
                let now = sandbox.status().discord_bots.first()?.connection == "connected";
                (now == connected).then_some(())
            }
        };
        let patience = duologue_tests::world::PATIENCE;
        world
            .sandbox
            .wait_for(patience, connection(false))
            .await
            .expect("it is lost");
        world.sandbox.faults().remove(fault);
        world
            .sandbox
            .wait_for(patience, connection(true))
            .await
            .expect("it is back");
        answers(&world.anna(Network::Discord), 1).await;
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_while_the_gateway_was_away_is_replayed() {
    let world = World::begin(
        Setting {
            only: Some(Network::Discord),
            ..Setting::default()
        },
        |router| {
            router.message(|_: Context, message: duologue::Message| async move {
                format!("heard {}", message.text.text)
            });
            router.command(say);
        },
    )
    .await;
    world.ready(&[Network::Discord]).await;
    let anna = world.anna(Network::Discord);
    let fault = world
        .sandbox
        .faults()
        .add(Fault::new(Network::Discord, FaultKind::GatewayRefuse));
    world.sandbox.faults().gateway(None, GatewayAction::Reset);
    for number in 0..10 {
        anna.say(&number.to_string());
    }
    world.sandbox.faults().remove(fault);
    let wanted: Vec<String> = (0..10).map(|number| format!("heard {number}")).collect();
    assert_eq!(anna.hears(10).await, wanted);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_lost_is_begun_anew() {
    let world = World::begin(
        Setting {
            only: Some(Network::Discord),
            ..Setting::default()
        },
        commands,
    )
    .await;
    world.ready(&[Network::Discord]).await;
    let anna = world.anna(Network::Discord);
    for (number, action) in [
        GatewayAction::InvalidSession { resumable: false },
        GatewayAction::Close { code: Some(4009) },
    ]
    .into_iter()
    .enumerate()
    {
        // Discord keeps nothing for a session that it dropped: the person speaks once the bot is back.
        let looked_up = |sandbox: &duologue_sandbox::SandboxHandle| {
            sandbox
                .requests()
                .iter()
                .filter(|call| call.method == "GET /gateway/bot")
                .count()
        };
        let before = looked_up(&world.sandbox);
        world.sandbox.faults().gateway(None, action);
        let anew = |sandbox: &duologue_sandbox::SandboxHandle| (looked_up(sandbox) > before).then_some(());
        world
            .sandbox
            .wait_for(duologue_tests::world::PATIENCE, anew)
            .await
            .expect("it begins anew");
        world
            .health("discord", |status| matches!(status, SourceStatus::Online(_)))
            .await;
        world.ready(&[Network::Discord]).await;
        answers(&anna, number).await;
    }
    world.stop().await;
}
