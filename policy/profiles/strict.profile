# strict.profile - see spe-profile(5).
# For programs of one plain purpose: shells, awk, sqlite3, a check, a conversion. No sockets, no shared memory, nothing of
# /proc, no question how large or how full the host is, and only what is installed is executed.
# (sped's own checks and captures have lists in their programs that are narrower still.)
name = "strict"

# Memory that is writable and executable at once, or one after the other.
write-execute = false

# What is not here gives EPERM.
calls = {
	"access", "alarm", "arch_prctl", "brk", "chdir", "chmod", "clock_getres", "clock_gettime", "clock_nanosleep", "close",
	"close_range", "copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create", "epoll_create1", "epoll_ctl",
	"epoll_pwait", "epoll_wait", "eventfd", "eventfd2", "execve", "execveat", "exit", "exit_group", "faccessat",
	"faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod", "fchmodat", "fdatasync", "fgetxattr", "flistxattr", "fork",
	"fstat", "fsync", "ftruncate", "futex", "futex_waitv", "get_robust_list", "getcpu", "getcwd", "getdents",
	"getdents64", "getegid", "geteuid", "getgid", "getgroups", "getitimer", "getpgid", "getpgrp", "getpid", "getppid",
	"getrandom", "getresgid", "getresuid", "getrlimit", "getrusage", "getsid", "gettid", "gettimeofday", "getuid",
	"getxattr", "kill", "lgetxattr", "listxattr", "llistxattr", "lseek", "lstat", "madvise", "membarrier", "mkdir",
	"mkdirat", "mmap", "mprotect", "mremap", "msync", "munmap", "nanosleep", "newfstatat", "open", "openat", "openat2",
	"pause", "pipe", "pipe2", "poll", "ppoll", "pread64", "preadv", "prlimit64", "pselect6", "pwrite64", "pwritev", "read",
	"readlink", "readlinkat", "readv", "rename", "renameat", "renameat2", "restart_syscall", "rmdir", "rseq",
	"rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_getscheduler", "sched_rr_get_interval", "sched_yield", "select", "sendfile", "set_robust_list",
	"set_tid_address", "setitimer", "setpgid", "setrlimit", "setsid", "sigaltstack", "stat", "statx", "symlink",
	"symlinkat", "tgkill", "time", "times", "tkill", "truncate", "umask", "uname", "unlink", "unlinkat", "utimensat",
	"utimes", "vfork", "wait4", "waitid", "write", "writev"
}

# Allowed values of the argument that matters.
ioctl = {
	"TCGETS", "TIOCGWINSZ", "FIONREAD", "FIOCLEX", "FIONCLEX"
}
prctl = {
	"PR_SET_NAME", "PR_GET_NAME", "PR_SET_PDEATHSIG"
}
fcntl = {
	"F_DUPFD", "F_DUPFD_CLOEXEC", "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL", "F_GETLK", "F_SETLK", "F_SETLKW",
	"F_OFD_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW"
}

# Paths of the box, by Landlock; write and execute are less than read.
read = {
	"/usr", "/etc", "/var", "/dev", "/data", "/code", "/work", "/outputs", "/tmp", "/dev/null", "/dev/zero", "/dev/full",
	"/dev/urandom", "/dev/random"
}
write = {
	"/work", "/outputs", "/tmp", "/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/random"
}
execute = {
	"/usr"
}
