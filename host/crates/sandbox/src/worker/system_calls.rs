//! The system calls of a worker: what computing, memory, clocks and the pipes to the host need.
//!
//! Any other is answered with `ENOSYS`, which libraries take for an old kernel and go on without; those that only somebody
//! who broke out would make end the process at once, so that the host sees it.

use std::{collections::BTreeMap, env::consts::ARCH, process};

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Compare,
    SeccompCondition as Condition, SeccompFilter, SeccompRule, TargetArch, apply_filter_all_threads,
};

/// Allowed whatever their arguments. `mremap` is not among them: it would enlarge what no limit counts. With nothing open but
/// three pipes, and nothing that opens more, `read` and `write` reach the host and nobody else.
const ALLOWED: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_madvise,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Allowed until the code is loaded, which the engine keeps in sealed files in memory, so that every call starts from the
/// same image; with what ends that time.
const LOADING: &[c_long] = &[
    libc::SYS_memfd_create,
    libc::SYS_ftruncate,
    libc::SYS_fcntl,
    libc::SYS_prlimit64,
    libc::SYS_prctl,
    libc::SYS_seccomp,
];

/// What nothing of ours calls, and nothing that it is built on: running programs, looking into others, other worlds, and
/// parts of the kernel that are often the way out.
const DEADLY: &[c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_perf_event_open,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
];

/// Lets no thread of this process make any system call but those of a worker and of loading, for good.
pub(super) fn forbid_all_but_loading() -> Result<(), String> {
    // Of two filters the stricter decides. The first leaves what installs the second.
    apply(deadly())?;
    apply(loading())
}

/// Lets no thread make those of loading any more, and no memory become code.
pub(super) fn forbid_loading() -> Result<(), String> {
    apply(serving())
}

fn apply(filter: Result<BpfProgram, Error>) -> Result<(), String> {
    let refused = |error: &dyn std::fmt::Display| format!("the system takes no filter of system calls: {error}");
    let filter = filter.map_err(|error| refused(&error))?;
    apply_filter_all_threads(&filter).map_err(|error| refused(&error))
}

/// Ends who makes a deadly call.
fn deadly() -> Result<BpfProgram, Error> {
    filter(any(DEADLY), SeccompAction::Allow, SeccompAction::KillProcess)
}

fn loading() -> Result<BpfProgram, Error> {
    let mut allowed = any(LOADING);
    allowed.insert(libc::SYS_mmap, either([vec![own_memory()?]])?);
    allowed.insert(libc::SYS_mprotect, Vec::new());
    unknown(allowed)
}

fn serving() -> Result<BpfProgram, Error> {
    let mut allowed = Rules::new();
    allowed.insert(libc::SYS_mmap, either([vec![own_memory()?, no_code()?]])?);
    allowed.insert(libc::SYS_mprotect, either([vec![no_code()?]])?);
    unknown(allowed)
}

/// Answers a call that is not allowed, here or for every worker, as a kernel does that does not know it.
fn unknown(mut allowed: Rules) -> Result<BpfProgram, Error> {
    // What a step allows whatever its arguments stays so.
    for (call, rules) in any(ALLOWED).into_iter().chain(conditional()?) {
        allowed.entry(call).or_insert(rules);
    }
    filter(allowed, SeccompAction::Errno(libc::ENOSYS.unsigned_abs()), SeccompAction::Allow)
}

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

fn any(calls: &[c_long]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

fn filter(rules: Rules, others: SeccompAction, these: SeccompAction) -> Result<BpfProgram, Error> {
    Ok(SeccompFilter::new(rules, others, these, TargetArch::try_from(ARCH)?)?.try_into()?)
}

/// Allowed for one purpose.
fn conditional() -> Result<Rules, Error> {
    let only = |argument, value| -> Result<Vec<SeccompRule>, BackendError> {
        either([vec![Condition::new(argument, Length::Dword, Compare::Eq, value)?]])
    };
    Ok(Rules::from([
        // Ending itself after a defect.
        (libc::SYS_tgkill, only(0, process::id().into())?),
        // The names of threads.
        (libc::SYS_prctl, only(0, bits(libc::PR_SET_NAME))?),
        // Reading limits, and not setting any.
        (libc::SYS_prlimit64, either([vec![Condition::new(2, Length::Qword, Compare::Eq, 0)?]])?),
        // Waiting and waking, and none of what else the kernel can do with locks.
        (libc::SYS_futex, either(FUTEX.map(futex).into_iter().collect::<Result<Vec<_>, _>>()?)?),
    ]))
}

/// What locks, threads and tasks are built on.
const FUTEX: [libc::c_int; 4] = [libc::FUTEX_WAIT, libc::FUTEX_WAKE, libc::FUTEX_WAIT_BITSET, libc::FUTEX_WAKE_BITSET];

fn futex(operation: libc::c_int) -> Result<Vec<Condition>, BackendError> {
    let options = bits(libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME);
    let operation = Condition::new(1, Length::Dword, Compare::MaskedEq(!options), bits(operation))?;
    Ok(vec![operation])
}

/// Memory of its own, which its limits count: neither what could be shared, nor stacks.
fn own_memory() -> Result<Condition, BackendError> {
    let kind = bits(libc::MAP_TYPE | libc::MAP_GROWSDOWN);
    Condition::new(3, Length::Dword, Compare::MaskedEq(kind), bits(libc::MAP_PRIVATE))
}

/// Memory that cannot be run.
fn no_code() -> Result<Condition, BackendError> {
    Condition::new(2, Length::Dword, Compare::MaskedEq(bits(libc::PROT_EXEC)), 0)
}

/// Any of these sets of conditions.
fn either(conditions: impl IntoIterator<Item = Vec<Condition>>) -> Result<Vec<SeccompRule>, BackendError> {
    conditions.into_iter().map(SeccompRule::new).collect()
}

fn bits(flags: libc::c_int) -> u64 {
    flags.unsigned_abs().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_can_be_made_and_agree() {
        deadly().unwrap();
        loading().unwrap();
        serving().unwrap();
        assert!(DEADLY.iter().all(|call| !ALLOWED.contains(call) && !LOADING.contains(call)));
        for reaches_out in [libc::SYS_openat, libc::SYS_socket, libc::SYS_connect, libc::SYS_clone, libc::SYS_kill] {
            assert!(!ALLOWED.contains(&reaches_out), "{reaches_out}");
        }
    }
}
