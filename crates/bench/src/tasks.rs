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
//!   shown. p50 and p99 are over all single times of a row.
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

async fn measure(part: Part, quick: bool) -> Result<Section, Fault> {
    match part {
        Part::Memory => memory::measure(quick).await,
        Part::Python => python::measure(quick).await,
        part => {
            let role = Role::Part(part, quick);
            let mut child = Child::start(&role.words())?;
            let section = child.hear(PATIENCE).await;
            child.kill().await;
            section
        }
    }
}

/// Runs one process of the benchmark, on a runtime as `#[tokio::main]` makes it. It ends with whoever started it.
fn run_child(role: Role) {
    if role == Role::Pipe {
        // It ends with its input by itself; whoever does not read on any more has what it wanted.
        let _ = calls::give_back();
        return;
    }
    let told = child::end_with_parent();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the system has room for a runtime");
    match role {
        Role::Part(part, quick) => {
            let section = runtime.block_on(async {
                match part {
                    Part::Start => start::run(quick).await,
                    Part::Calls => calls::run(quick).await,
                    Part::Trials => trials::run(quick).await,
                    Part::Crowd => crowd::run(quick).await,
                    Part::Cancel => cancel::run(quick).await,
                    Part::Memory | Part::Python => unreachable!("these have processes of their own"),
                }
            });
            say(&section);
        }
        Role::Memory(what, count) => say(&runtime.block_on(memory::run(what, count))),
        Role::Pipe => unreachable!("it needs no runtime"),
        Role::Spin => spin(),
        Role::Files => runtime.block_on(download::serve()),
        Role::Contender(which) => runtime.block_on(python::run(which, &told)),
    }
}

/// Computes until it is killed.
fn spin() -> ! {
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
