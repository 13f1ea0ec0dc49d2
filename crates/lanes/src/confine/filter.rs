//! The filter of system calls: what computing needs is allowed, and all else fails with "not permitted". So there is no
//! file to open, no socket to make and no process to start or to look into. Owns nothing.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition as Condition,
    SeccompFilter, SeccompRule, TargetArch,
};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;
type Fault = Box<dyn std::error::Error>;

/// What computing in one process needs: memory, its own threads, time, chance, and the pipes that are open already.
const ALLOWED: &[i64] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_lseek,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_membarrier,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Answered by the second filter.
    libc::SYS_clone3,
];

/// Installs the filter for this process and all its threads to come.
pub(super) fn install() -> Result<(), Fault> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    let not_permitted = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules()?, not_permitted, SeccompAction::Allow, architecture)?;
    // A thread is started by `clone3`, whose arguments a filter cannot see, or, where a kernel does not know that, by
    // `clone`, whose arguments it can.
    let unknown = Rules::from([(libc::SYS_clone3, Vec::new())]);
    let no_such_call = SeccompAction::Errno(libc::ENOSYS as u32);
    let second = SeccompFilter::new(unknown, SeccompAction::Allow, no_such_call, architecture)?;
    let programs: [BpfProgram; 2] = [second.try_into()?, filter.try_into()?];
    // The one that refuses more goes last: after it no other can be installed.
    for program in &programs {
        seccompiler::apply_filter(program)?;
    }
    Ok(())
}

fn rules() -> Result<Rules, Fault> {
    let mut rules: Rules = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // Only threads: a new process would not have this flag.
    let thread = libc::CLONE_THREAD as u64;
    let is_thread = Condition::new(0, Len::Qword, Op::MaskedEq(thread), thread)?;
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![is_thread])?]);
    // Signals and limits: only one's own, which a panic and the limit of each job need.
    let own = u64::from(std::process::id());
    let to_itself = |id| Condition::new(0, Len::Dword, Op::Eq, id);
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![to_itself(own)?])?]);
    rules.insert(
        libc::SYS_prlimit64,
        vec![
            SeccompRule::new(vec![to_itself(0)?])?,
            SeccompRule::new(vec![to_itself(own)?])?,
        ],
    );
    // The names of threads and of memory, for whoever looks with a debugger.
    let name = |option: i32| Condition::new(0, Len::Dword, Op::Eq, option as u64);
    rules.insert(
        libc::SYS_prctl,
        vec![
            SeccompRule::new(vec![name(libc::PR_SET_NAME)?])?,
            SeccompRule::new(vec![name(libc::PR_SET_VMA)?])?,
        ],
    );
    Ok(rules)
}
