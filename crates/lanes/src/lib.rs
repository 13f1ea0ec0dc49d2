//! The parts of the lanes of tasks that touch the system: a pool of worker processes under limits, and the files of
//! tasks on disk. `core` says what both have to do and touches no system itself.
//!
//! # Worker processes
//!
//! A worker is the bot's own program, started again. [`serve_if_asked`] is the first thing that `main` does: in a
//! worker it runs jobs and never returns. `#[duologue::main]` writes that call.
//!
//! What a worker may do is decided before it reads its first job, and it cannot take that back. The table says what is
//! limited where; [`WorkerPool::confinement`] says it of the machine at hand.
//!
//! | | Linux (x86-64, ARM64, RISC-V) | other Unix | Windows |
//! |---|---|---|---|
//! | memory (address space) | yes | where the system obeys `RLIMIT_AS`; macOS does not | no |
//! | time on the processor, by job | yes | yes | no |
//! | no new files, no core dumps, few open files | yes | yes | no |
//! | no file system, no network, no other processes | by a filter of system calls | no | no |
//! | dies with the bot, also when that is killed | at once | when it next reads or writes | when it next reads or writes |
//! | an empty environment | yes | yes | yes |
//! | killed when it should end, or hangs | yes | yes | yes |
//!
//! Frames travel over the worker's standard input and output. What a job prints goes to its standard error, of which
//! the end is kept for the log.
//!
//! # Files
//!
//! [`DiskScratch`] keeps the files of tasks in a folder of its own, which goes with it. What an earlier process left
//! behind is removed at the next start.

#![warn(missing_docs)]

mod child;
mod confine;
mod frame;
mod pool;
mod scratch;
mod spawner;
mod worker;

pub use self::confine::Measure;
pub use self::pool::{WorkerConfig, WorkerPool};
pub use self::scratch::DiskScratch;
pub use self::worker::{WORKER_ARGUMENT, serve_if_asked, started_as_worker};
