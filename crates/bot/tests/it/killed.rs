//! The program is killed at random moments, over and over, while people on both networks talk to it: each question has
//! one answer, in order, or the store says that nobody can know.
//!
//! Telegram keeps an update until it is confirmed, and Discord's session is resumed by the next process, so neither may
//! lose anything. `DUOLOGUE_CHAOS_SECONDS` makes it longer, `DUOLOGUE_CHAOS_SEED` repeats a run.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use duologue::store::{OutgoingId, OutgoingState, Page, Store as _};
use duologue::{SqliteOptions, SqliteStore};
use duologue_sandbox::{
    ChatKey, DiscordUser, Fault, FaultKind, Network, Sandbox, SandboxConfig, SandboxHandle, Slash,
    TelegramUser,
};
use duologue_tests::history::{Allowed, EndState, History};
use duologue_tests::life::Directory;
use duologue_tests::world::PATIENCE;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::process::Program;

/// How many people there are on Telegram at a time; each asks about once in two seconds, as a chat takes one answer a
/// second.
const ON_TELEGRAM: usize = 60;

/// The same on Discord.
const ON_DISCORD: usize = 20;

/// How long a network takes for a call, in milliseconds.
const LATENCY: u64 = 60;

/// How many calls are cut off on each network in each life, of each kind.
const CUTS: u32 = 2;

/// The calls that send.
const SENDS: [(Network, &str); 2] = [(Network::Telegram, "sendMessage"), (Network::Discord, "POST")];

/// The pause between two questions.
const PAUSE: Duration = Duration::from_millis(20);

/// After so many questions of a person somebody else comes: the sandbox keeps a thousand messages of a chat.
const QUESTIONS: usize = 200;

enum Who {
    Telegram(TelegramUser),
    Discord(DiscordUser),
}

struct Talker {
    who: Who,
    chat: ChatKey,
    asked: Vec<u64>,
}

impl Talker {
    fn on_telegram(sandbox: &SandboxHandle, number: usize) -> Self {
        let telegram = sandbox.telegram();
        let user = telegram.user(&format!("Tess {number}")).unwrap();
        let bot = telegram.bots().first().unwrap().id;
        let chat = telegram.private_chat(bot, &user).unwrap();
        let (who, asked) = (Who::Telegram(user), Vec::new());
        Self { who, chat, asked }
    }

    fn on_discord(sandbox: &SandboxHandle, number: usize) -> Self {
        let discord = sandbox.discord();
        let user = discord.user(&format!("Dan {number}")).unwrap();
        let chat = discord.channel(&format!("room-{number}")).unwrap();
        let (who, asked) = (Who::Discord(user), Vec::new());
        Self { who, chat, asked }
    }

    fn ask(&mut self, number: u64) {
        let words = words(number);
        match &self.who {
            Who::Telegram(user) => {
                user.send_text(&self.chat, &format!("/echo {words}")).unwrap();
            }
            Who::Discord(user) => {
                let slash = Slash::new("echo").option("text", words.as_str());
                // A client that does not know the command yet does not let it out.
                if user.slash(&self.chat, slash).is_err() {
                    return;
                }
            }
        }
        self.asked.push(number);
    }
}

fn words(number: u64) -> String {
    format!("n{number};")
}

/// The numbers that stand in something the bot wrote or is going to write.
fn numbers(body: &[u8]) -> Vec<u64> {
    let text = String::from_utf8_lossy(body);
    let parts = text.split('n').skip(1);
    parts
        .filter_map(|part| part.split_once(';')?.0.parse().ok())
        .collect()
}

struct World {
    sandbox: SandboxHandle,
    directory: Directory,
    variables: Vec<(String, String)>,
    people: Vec<Talker>,
    retired: Vec<Talker>,
    asked: u64,
    /// The call that said each number on Discord.
    said: HashMap<u64, u64>,
    random: ChaCha8Rng,
}

impl World {
    async fn new(seed: u64) -> Self {
        let sandbox = Sandbox::start(SandboxConfig::default()).await.unwrap();
        let variables = [
            ("TELEGRAM_TOKEN", sandbox.telegram_token("duologue")),
            ("TELEGRAM_API_URL", sandbox.telegram_api_url()),
            ("DISCORD_TOKEN", sandbox.discord_token("duologue")),
            ("DISCORD_API_URL", sandbox.discord_api_url()),
        ];
        let telegram = (0..ON_TELEGRAM).map(|number| Talker::on_telegram(&sandbox, number));
        let discord = (0..ON_DISCORD).map(|number| Talker::on_discord(&sandbox, number));
        Self {
            people: telegram.chain(discord).collect(),
            retired: Vec::new(),
            directory: Directory::new(),
            variables: variables.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            asked: 0,
            said: HashMap::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
            sandbox,
        }
    }

    /// Calls take a while, so that some are on their way at each kill.
    fn slow_networks(&self) {
        for (network, method) in SENDS {
            let slow = FaultKind::Latency { ms: LATENCY };
            self.sandbox.faults().add(Fault::new(network, slow).on(method));
        }
    }

    /// Of the next calls some are cut off, before or behind their effect.
    fn cut_some(&self) {
        for (network, method) in SENDS {
            for cut in [FaultKind::CutAfterProcessing, FaultKind::CutBeforeBody] {
                let fault = Fault::new(network, cut).on(method).times(CUTS);
                self.sandbox.faults().add(fault);
            }
        }
    }

    fn start(&self) -> Program {
        Program::on(self.directory.path(), &self.variables)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Somebody asks something, whether the bot is there or not.
    fn talk(&mut self) {
        let index = self.random.random_range(0..self.people.len());
        self.asked += 1;
        self.people[index].ask(self.asked);
        if self.people[index].asked.len() >= QUESTIONS {
            let number = self.people.len() + self.retired.len();
            let new = match self.people[index].who {
                Who::Telegram(_) => Talker::on_telegram(&self.sandbox, number),
                Who::Discord(_) => Talker::on_discord(&self.sandbox, number),
            };
            self.retired.push(std::mem::replace(&mut self.people[index], new));
        }
    }

    /// People talk for a time.
    async fn talk_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        let mut pause = tokio::time::interval(PAUSE);
        while Instant::now() < end {
            pause.tick().await;
            self.talk();
        }
    }

    /// Looks at what was said on Discord. An answer stands there where its placeholder was put, and those of one moment
    /// are put side by side: the order in which things are said is that of the calls.
    fn listen(&mut self) {
        for call in self.sandbox.requests() {
            let effect = call.status == 0 || call.status < 300;
            if call.network == Network::Discord && effect {
                for number in numbers(call.request.to_string().as_bytes()) {
                    self.said.entry(number).or_insert(call.id);
                }
            }
        }
    }

    /// What was asked and what stands in the chats.
    fn history(&mut self) -> History {
        self.listen();
        let mut history = History::default();
        for person in self.retired.iter().chain(&self.people) {
            let chat = &person.chat.0;
            for number in &person.asked {
                history.asked(chat, *number);
            }
            let snapshot = self.sandbox.snapshot(&person.chat).unwrap();
            let said = snapshot.from_bots().filter(|message| !message.thinking);
            let mut said: Vec<u64> = said
                .flat_map(|message| numbers(message.text.as_bytes()))
                .collect();
            if matches!(person.who, Who::Discord(_)) {
                said.sort_by_key(|number| self.said.get(number));
            }
            history.answered(chat, said);
        }
        history
    }

    /// Everything that Telegram has waits in the store or was handled.
    async fn everything_arrives(&self) {
        let fetched = |sandbox: &SandboxHandle| {
            let status = sandbox.status();
            let bot = status.telegram_bots.first()?;
            (bot.pending == 0 && status.discord_bots.first()?.connection == "connected").then_some(())
        };
        let fetched = self.sandbox.wait_for(PATIENCE, fetched).await;
        fetched.unwrap_or_else(|error| panic!("{error}\n{}", self.log()));
    }

    /// What the store says. No program may run.
    async fn end_state(&self) -> EndState {
        let data = self.directory.path().join("data");
        let store = SqliteStore::open(SqliteOptions::new(data)).await.unwrap();
        let counts = store.counts().await.unwrap();
        let end = EndState {
            unknown: in_state(&store, OutgoingState::Unknown).await,
            failed: in_state(&store, OutgoingState::Failed).await,
            inbox: counts.inbox,
            outgoing: counts.outgoing + counts.sending,
            dead: counts.dead,
        };
        store.close().await;
        end
    }
}

async fn in_state(store: &SqliteStore, state: OutgoingState) -> Vec<u64> {
    let (mut found, mut after) = (Vec::new(), None::<OutgoingId>);
    loop {
        let page = store
            .outgoing_in(state, Page { after, limit: 500 })
            .await
            .unwrap();
        let Some(last) = page.last() else { return found };
        after = Some(last.id);
        found.extend(page.iter().flat_map(|one| numbers(&one.ask.body)));
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_answers_every_question_once_and_in_order() {
    let seed = variable("DUOLOGUE_CHAOS_SEED").unwrap_or_else(rand::random);
    let time = Duration::from_secs(variable("DUOLOGUE_CHAOS_SECONDS").unwrap_or(10));
    println!("seed {seed}");
    let mut world = World::new(seed).await;
    world.slow_networks();
    let (end, mut kills) = (Instant::now() + time, 0);
    while Instant::now() < end {
        let program = world.start();
        world.cut_some();
        let life = Duration::from_millis(world.random.random_range(50..2500));
        world.talk_for(life).await;
        program.kill().await;
        kills += 1;
        world.listen();
        let dead = Duration::from_millis(world.random.random_range(0..200));
        world.talk_for(dead).await;
    }
    // Then it is left in peace until all is done.
    let patience = Instant::now() + 2 * PATIENCE + time;
    let end = loop {
        let program = world.start();
        world.everything_arrives().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        program.terminate().await;
        let mut program = program;
        assert!(program.exits().await.success(), "seed {seed}: {}", world.log());
        let end = world.end_state().await;
        if end.inbox + end.outgoing == 0 {
            break end;
        }
        assert!(Instant::now() < patience, "seed {seed}: {end:?}\n{}", world.log());
    };
    let history = world.history();
    let allowed = Allowed {
        // One call of each chat can be on its way at a kill.
        unknown: kills * (ON_TELEGRAM + ON_DISCORD + 4 * CUTS as usize),
        failed: 0,
        dead: 0,
    };
    let anomalies = history.check(&end, &allowed);
    println!(
        "{kills} kills, {} questions, {} answers, {} unknown, {} refused",
        history.questions(),
        history.answers(),
        end.unknown.len(),
        end.failed.len()
    );
    let anomalies: Vec<String> = anomalies.iter().map(ToString::to_string).collect();
    assert!(
        anomalies.is_empty(),
        "seed {seed}: {anomalies:#?}\n{}",
        world.log()
    );
    world.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_program_on_the_same_data_says_who_has_it_and_ends_with_an_error() {
    let world = World::new(1).await;
    let first = world.start();
    world.everything_arrives().await;
    let mut second = world.start();
    let status = second.exits().await;
    assert!(!status.success());
    let log = world.log();
    let id = first.id().to_string();
    let said = log.lines().find(|line| line.contains("has used"));
    assert!(
        said.is_some_and(|line| line.contains(&id)),
        "{id} is not named: {log}"
    );
    // The first one goes on as if nothing had been.
    first.terminate().await;
    let mut first = first;
    assert!(first.exits().await.success());
    world.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_end_in_the_middle_of_everything_it_ends_in_time_and_nothing_is_lost() {
    let mut world = World::new(2).await;
    for _ in 0..2 {
        let mut program = world.start();
        world.everything_arrives().await;
        for _ in 0..200 {
            world.talk();
        }
        world.talk_for(Duration::from_millis(300)).await;
        let asked = Instant::now();
        program.terminate().await;
        assert!(program.exits().await.success(), "{}", world.log());
        assert!(asked.elapsed() < Duration::from_secs(9), "{:?}", asked.elapsed());
    }
    let patience = Instant::now() + PATIENCE;
    let end = loop {
        let mut program = world.start();
        world.everything_arrives().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        program.terminate().await;
        assert!(program.exits().await.success());
        let end = world.end_state().await;
        if end.inbox + end.outgoing == 0 {
            break end;
        }
        assert!(Instant::now() < patience, "{end:?}\n{}", world.log());
    };
    let anomalies = world.history().check(&end, &Allowed::default());
    assert!(anomalies.is_empty(), "{anomalies:#?}\n{}", world.log());
    world.sandbox.shutdown().await;
}
