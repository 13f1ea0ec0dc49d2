//! The runs: a server, a bot, and what the bot used for its replies. Owns the order in which the bots take turns.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::child::{Child, Fault};
use crate::replies::args::Options;
use crate::replies::bots::{Bot, Network};
use crate::replies::fairness::Fairness;
use crate::replies::ledger::Report;
use crate::replies::plan::Plan;
use crate::replies::server::{Line, ServerConfig};
use crate::replies::table;

/// How long a process may take to start.
const START: Duration = Duration::from_secs(30);

/// How long a load may take.
const LOAD: Duration = Duration::from_secs(180);

/// How long a bot has to come to rest before its load begins.
const SETTLE: Duration = Duration::from_millis(500);

/// A backlog that no queue of ours can hold, as after a long outage: nothing of it may be lost.
pub(crate) const BACKLOG: usize = 100_000;

/// One run of a bot.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) bot: Bot,
    /// Milliseconds of CPU for 1,000 replies.
    pub(crate) cpu: f64,
    /// Replies in a second.
    pub(crate) rate: f64,
    /// The most memory, in megabytes.
    pub(crate) peak: f64,
    /// From the start of the process to its first answer, in milliseconds.
    pub(crate) start: f64,
    pub(crate) report: Report,
}

/// Measures everything and prints it.
pub(crate) async fn all(options: &Options) -> ExitCode {
    let bots: Vec<Bot> = Bot::ALL
        .into_iter()
        .filter(|bot| options.wants(bot.name()))
        .collect();
    let mut runs = Vec::new();
    let mut fairness = Vec::new();
    let mut faults = 0;
    for round in 1..=options.rounds {
        for &bot in &bots {
            match run(bot, plan(bot, options)).await {
                Ok(run) => {
                    table::progress(round, &run);
                    runs.push(run);
                }
                Err(fault) => {
                    faults += 1;
                    println!("round {round}: {} was not measured: {fault}", bot.name());
                }
            }
        }
        if options.wants("fairness") {
            match measure_fairness().await {
                Ok(result) => fairness.push(result),
                Err(fault) => {
                    faults += 1;
                    println!("round {round}: fairness was not measured: {fault}");
                }
            }
        }
    }
    let mut backlog = None;
    if options.wants("backlog") {
        match long_backlog(options).await {
            Ok(report) => backlog = Some(report),
            Err(fault) => {
                faults += 1;
                println!("the backlog was not measured: {fault}");
            }
        }
    }
    table::print(options, &bots, &runs, &fairness, backlog);
    if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Telegram's updates are fetched by the bot as it likes; Discord's are pushed, so the window is what bounds them.
fn plan(bot: Bot, options: &Options) -> Plan {
    Plan {
        updates: options.replies,
        chats: options.chats,
        window: match bot.network() {
            Network::Telegram => options.replies,
            Network::Discord => options.window,
        },
    }
}

async fn long_backlog(options: &Options) -> Result<Report, Fault> {
    let plan = Plan {
        updates: BACKLOG,
        chats: options.chats,
        window: BACKLOG,
    };
    Ok(run(Bot::DuologueTelegram, plan).await?.report)
}

async fn run(bot: Bot, plan: Plan) -> Result<Run, Fault> {
    let start = first_answer(bot).await?;
    let (mut server, url) = serve(bot, plan, false).await?;
    let client = Child::start(&["--bot", bot.name(), &url])?;
    expect(&mut server, START, |line| matches!(line, Line::Ready)).await?;
    tokio::time::sleep(SETTLE).await;
    let before = client.usage()?;
    server.go().await?;
    expect(&mut server, LOAD, |line| matches!(line, Line::Done)).await?;
    let after = client.usage()?;
    let Line::Report(report) = expect(&mut server, START, |line| matches!(line, Line::Report(_))).await?
    else {
        return Err("the server said something else".to_owned());
    };
    client.kill().await;
    server.kill().await;
    if report.replies == 0 {
        return Err("the bot did not answer".to_owned());
    }
    let replies = report.replies as f64;
    Ok(Run {
        bot,
        cpu: (after.cpu - before.cpu).as_secs_f64() * 1e6 / replies,
        rate: replies / report.took.as_secs_f64(),
        peak: after.peak as f64 / f64::from(1 << 20),
        start: start.as_secs_f64() * 1e3,
        report,
    })
}

/// From the start of the process to the answer to one update that waits for it.
async fn first_answer(bot: Bot) -> Result<Duration, Fault> {
    let plan = Plan {
        updates: 1,
        chats: 1,
        window: 1,
    };
    let (mut server, url) = serve(bot, plan, true).await?;
    let started = Instant::now();
    let client = Child::start(&["--bot", bot.name(), &url])?;
    expect(&mut server, START, |line| matches!(line, Line::Ready)).await?;
    expect(&mut server, START, |line| matches!(line, Line::Done)).await?;
    let took = started.elapsed();
    client.kill().await;
    server.kill().await;
    Ok(took)
}

async fn serve(bot: Bot, plan: Plan, at_once: bool) -> Result<(Child, String), Fault> {
    let config = ServerConfig {
        network: bot.network(),
        plan,
        at_once,
    };
    let config = serde_json::to_string(&config).map_err(|error| error.to_string())?;
    let mut server = Child::start(&["--server", &config])?;
    let Line::Listening(port) = expect(&mut server, START, |line| matches!(line, Line::Listening(_))).await?
    else {
        return Err("the server said something else".to_owned());
    };
    Ok((server, format!("http://127.0.0.1:{port}")))
}

async fn expect(server: &mut Child, within: Duration, wanted: fn(&Line) -> bool) -> Result<Line, Fault> {
    let line: Line = server.hear(within).await?;
    if wanted(&line) {
        Ok(line)
    } else {
        Err(format!("the server said {line:?}"))
    }
}

async fn measure_fairness() -> Result<Fairness, Fault> {
    let mut child = Child::start(&["--fairness"])?;
    let result = child.hear(LOAD).await?;
    child.kill().await;
    Ok(result)
}
