//! Numbers of system calls, as `/proc/PID/task/TID/syscall` shows them for a thread that waits in
//! one; see `proc_pid_syscall(5)`. They differ between processors.

pub const READ: i64 = libc::SYS_read;

/// Those that wait for one of several descriptors. The first argument is their number or a list of
/// them, and 0 if there is none.
#[cfg(target_arch = "x86_64")]
pub const POLLS: &[i64] = &[libc::SYS_pselect6, libc::SYS_ppoll, libc::SYS_select, libc::SYS_poll];
#[cfg(not(target_arch = "x86_64"))]
pub const POLLS: &[i64] = &[libc::SYS_pselect6, libc::SYS_ppoll];
