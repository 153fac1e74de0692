# analysis.profile - see spe-profile(5).
# What most jobs run under, and the default: R, Python, shells, SQLite, compiled programs. Memory that was written
# is never executed, so no compiler at run time works here: Java and Julia want "jit".
name = "analysis"

# Memory that is writable and executable at once, or one after the other.
write-execute = false

# What is not here gives EPERM.
calls = {
	"accept", "accept4", "access", "alarm", "arch_prctl", "bind", "brk", "capget", "chdir", "chmod", "clock_getres",
	"clock_gettime", "clock_nanosleep", "close", "close_range", "connect", "copy_file_range", "creat", "dup", "dup2",
	"dup3", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd",
	"eventfd2", "execve", "execveat", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir",
	"fchmod", "fchmodat", "fdatasync", "fgetxattr", "flistxattr", "fork", "fstat", "fstatfs", "fsync", "ftruncate",
	"futex", "futex_waitv", "futimesat", "get_mempolicy", "get_robust_list", "getcpu", "getcwd", "getdents", "getdents64",
	"getegid", "geteuid", "getgid", "getgroups", "getitimer", "getpeername", "getpgid", "getpgrp", "getpid", "getppid",
	"getpriority", "getrandom", "getresgid", "getresuid", "getrlimit", "getrusage", "getsid", "getsockname", "getsockopt",
	"gettid", "gettimeofday", "getuid", "getxattr", "kill", "lgetxattr", "link", "linkat", "listen", "listxattr",
	"llistxattr", "lseek", "lstat", "madvise", "membarrier", "memfd_create", "mincore", "mkdir", "mkdirat", "mlock",
	"mlock2", "mlockall", "mmap", "mprotect", "mremap", "msync", "munlock", "munlockall", "munmap", "nanosleep",
	"newfstatat", "open", "openat", "openat2", "pause", "pipe", "pipe2", "poll", "ppoll", "pread64", "preadv", "prlimit64",
	"pselect6", "pwrite64", "pwritev", "read", "readahead", "readlink", "readlinkat", "readv", "recvfrom", "recvmmsg",
	"recvmsg", "rename", "renameat", "renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction", "rt_sigpending",
	"rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo",
	"sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity", "sched_yield", "select", "semctl", "semget",
	"semop", "semtimedop", "sendfile", "sendmmsg", "sendmsg", "sendto", "set_robust_list", "set_tid_address", "setitimer",
	"setpgid", "setpriority", "setrlimit", "setsid", "setsockopt", "shmat", "shmctl", "shmdt", "shmget", "shutdown",
	"sigaltstack", "signalfd", "signalfd4", "splice", "stat", "statfs", "statx", "symlink", "symlinkat", "sync_file_range",
	"sysinfo", "tee", "tgkill", "time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime",
	"timer_settime", "timerfd_create", "timerfd_gettime", "timerfd_settime", "times", "tkill", "truncate", "umask",
	"uname", "unlink", "unlinkat", "utime", "utimensat", "utimes", "vfork", "wait4", "waitid", "write", "writev"
}

# Allowed values of the argument that matters.
sockets = {
	"unix"
}
ioctl = {
	"TCGETS", "TIOCGWINSZ", "TIOCGPGRP", "FIONREAD", "FIONBIO", "FIOCLEX", "FIONCLEX"
}
prctl = {
	"PR_SET_NAME", "PR_GET_NAME", "PR_SET_PDEATHSIG", "PR_GET_DUMPABLE", "PR_CAPBSET_READ", "PR_SET_NO_NEW_PRIVS",
	"PR_SET_VMA"
}
personality = {
	"PER_LINUX", "query"
}
fcntl = {
	"F_DUPFD", "F_DUPFD_CLOEXEC", "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL", "F_GETLK", "F_SETLK", "F_SETLKW",
	"F_OFD_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW", "F_GETOWN", "F_SETPIPE_SZ", "F_GETPIPE_SZ", "F_ADD_SEALS", "F_GET_SEALS"
}

# Paths of the box, by Landlock; write and execute are less than read.
read = {
	"/usr", "/etc", "/var", "/proc", "/dev", "/data", "/code", "/work", "/outputs", "/tmp", "/dev/shm", "/dev/null",
	"/dev/zero", "/dev/full", "/dev/urandom", "/dev/random"
}
write = {
	"/work", "/outputs", "/tmp", "/dev/shm", "/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/random"
}
execute = {
	"/usr", "/code", "/work", "/tmp"
}
