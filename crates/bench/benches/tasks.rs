//! `cargo bench -p duologue-bench --bench tasks`: the benchmark itself. It is also every process that the benchmark
//! starts, the workers of the process lane among them.

use std::process::ExitCode;

fn main() -> ExitCode {
    duologue_bench::serve_if_asked();
    duologue_bench::tasks(std::env::args().skip(1).collect())
}
