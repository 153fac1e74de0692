/* spe/mdwe.h - names that are newer than Debian 12's headers (Linux 6.3, include/uapi/linux/prctl.h), or than its musl, with
 * which spe-init is built. */
#ifndef SPE_MDWE_H
#define SPE_MDWE_H
#include <sys/prctl.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN (1UL << 0)
#define PR_GET_MDWE 66
#endif
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#define PR_SCHED_CORE_CREATE 1
#define PR_SCHED_CORE_SCOPE_THREAD_GROUP 1
#endif
#ifndef __GLIBC__
#include <sys/syscall.h>
#include <unistd.h>
static inline int close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}
#endif
#endif
