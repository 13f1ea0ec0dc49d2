//! `cargo bench -p duologue-bench --bench replies`: the benchmark itself. It is also every process that the benchmark starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    duologue_bench::replies(std::env::args().skip(1).collect())
}
