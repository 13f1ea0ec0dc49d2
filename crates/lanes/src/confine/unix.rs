//! Limits that every Unix has, and the death with the parent that Linux has. Owns nothing.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Measure;

/// How many files may be open: the three standard ones and the pipes to the bot, with a few to spare.
const OPEN_FILES: u64 = 16;

/// Sets the limits that hold for the whole life of the process. The memory is what it may have beside what the program
/// itself occupies.
pub(super) fn limit(memory: u64) -> Vec<Measure> {
    let set = |resource, most: u64| {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)
    };
    let space = occupied().unwrap_or_default().saturating_add(memory);
    vec![
        Measure::of("memory", set(Resource::As, space)),
        // Each job sets its own below.
        Measure::of("processor time", getrlimit_works()),
        Measure::of("new files", set(Resource::Fsize, 0)),
        Measure::of("core dumps", set(Resource::Core, 0)),
        Measure::of("open files", set(Resource::Nofile, OPEN_FILES)),
    ]
}

fn getrlimit_works() -> Result<(), rustix::io::Errno> {
    setrlimit(Resource::Cpu, getrlimit(Resource::Cpu))
}

/// Only the soft limit moves: the signal of that one ends the process, and the next job needs a later one.
pub(super) fn allow(processor: Duration) {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    // The parts of a second count: without them a job could get less than its time.
    let used = Duration::new(
        u64::try_from(used.tv_sec).unwrap_or_default(),
        u32::try_from(used.tv_nsec).unwrap_or_default(),
    );
    // The kernel counts whole seconds.
    let most = (used + processor).as_secs().saturating_add(1);
    let limit = Rlimit {
        current: Some(most),
        maximum: getrlimit(Resource::Cpu).maximum,
    };
    // That it can be set was tried when the process began.
    let _ = setrlimit(Resource::Cpu, limit);
}

/// The address space of the program itself, in bytes, where the system says so.
fn occupied() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = status.split_whitespace().next()?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// The kernel kills this process when its parent ends.
#[cfg(target_os = "linux")]
pub(super) fn die_with(parent: u32) -> Measure {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    let set = set_parent_process_death_signal(Some(Signal::KILL));
    // A parent that ended before that was set is not noticed by the kernel any more.
    if getppid().is_none_or(|now| u32::try_from(now.as_raw_nonzero().get()) != Ok(parent)) {
        std::process::exit(1);
    }
    Measure::of("dies with the bot at once", set)
}
