//! What tasks cost: the three lanes beside what one would write without them, in one run, as a table with ratios.
//!
//! `cargo bench -p duologue-bench --bench tasks` runs each part in a process of its own, one after the other. Behind
//! `--` stand `--quick`, which measures less often and smaller sizes, and `--only` with a part's name (`start`,
//! `calls`, `trials`, `crowd`, `cancel`, `memory`, `python`). The ratio of a row is its figure divided by that of the
//! row that it names, so below `1x` is less; nothing is asserted about time.
//!
//! Each part says in its first lines what its figures are. What holds for all of them:
//!
//! - The engine is the shipped one with its usual limits, where a part says nothing else. Its network exists in memory
//!   and answers at once ([`stage`]); tasks are started by a handler and have their cards. The process lane is the
//!   shipped pool, and its workers are this program, confined as always.
//! - What is compared takes turns in one process or in two that do the same work, and medians over the rounds are
//!   shown. p50 and p99 are over all single times of a row; of fewer than 100 times the p99 is the longest.
//! - Two processors are few: whoever computes takes them from whoever answers, on either side of a comparison.

mod args;
mod calls;
mod cancel;
mod crowd;
mod download;
mod drive;
mod memory;
mod python;
mod section;
mod stage;
mod start;
mod trials;

use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use self::args::{Args, Options, Part, Role};
use self::section::Section;
use crate::child::{self, Child, Fault};

/// How long a part may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs what the arguments ask for: the benchmark, or one of its processes.
pub(crate) fn main(args: Vec<String>) -> ExitCode {
    match args::parse(args) {
        Ok(Args::Nothing) => {
            println!(
                "nothing is measured without --bench: run `cargo bench -p duologue-bench --bench tasks`"
            );
            ExitCode::SUCCESS
        }
        Ok(Args::Bench(options)) => child::runtime().block_on(all(&options)),
        Ok(Args::Child(role)) => {
            run_child(role);
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::from(2)
        }
    }
}

/// Measures everything and prints it.
async fn all(options: &Options) -> ExitCode {
    let mut faults = 0;
    let mut sections = Vec::new();
    for part in Part::ALL.into_iter().filter(|part| options.wants(*part)) {
        eprintln!("measuring: {}", part.name());
        match measure(part, options.quick).await {
            Ok(section) => sections.push(section),
            Err(fault) => {
                faults += 1;
                println!("{} was not measured: {fault}", part.name());
            }
        }
    }
    print!("{}", section::table(&sections));
    if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Measures a part in a process of its own.
async fn measure(part: Part, quick: bool) -> Result<Section, Fault> {
    let mut child = Child::start(&Role::Part(part, quick).words())?;
    let section: Result<Section, Fault> = child.hear(PATIENCE).await?;
    child.end().await;
    section
}

/// Runs one process of the benchmark. It ends with whoever started it.
fn run_child(role: Role) {
    match role {
        // It ends with its input by itself; whoever does not read on any more has what it wanted.
        Role::Pipe => drop(calls::give_back()),
        Role::Spin => spin(),
        Role::Part(part, quick) => in_runtime(|_| async move { say(&run(part, quick).await) }),
        Role::Memory(kind, count) => in_runtime(|_| async move { say(&memory::run(kind, count).await) }),
        Role::Files => in_runtime(|_| download::serve()),
        Role::Contender(contender) => in_runtime(|told| python::run(contender, told)),
    }
}

async fn run(part: Part, quick: bool) -> Result<Section, Fault> {
    Ok(match part {
        Part::Start => start::run(quick).await,
        Part::Calls => calls::run(quick).await,
        Part::Trials => trials::run(quick).await,
        Part::Crowd => crowd::run(quick).await,
        Part::Cancel => cancel::run(quick).await,
        Part::Memory => memory::measure(quick).await?,
        Part::Python => python::measure(quick).await?,
    })
}

/// Runs what is given the lines that this process is told.
fn in_runtime<F: Future<Output = ()>>(work: impl FnOnce(Receiver<String>) -> F) {
    let told = child::end_with_parent();
    child::runtime_of_a_bot().block_on(work(told));
}

/// Computes until it is killed.
fn spin() -> ! {
    child::end_with_parent();
    let mut number = 1_u64;
    loop {
        number = std::hint::black_box(number.wrapping_mul(3));
    }
}

/// Says something to whoever started this process.
fn say(what: &impl serde::Serialize) {
    let text = serde_json::to_string(what).expect("what is said is plain data");
    println!("{text}");
}
