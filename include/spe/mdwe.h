/* spe/mdwe.h - names that are newer than Debian 12's headers (Linux 6.3, include/uapi/linux/prctl.h). */
#ifndef SPE_MDWE_H
#define SPE_MDWE_H
#include <sys/prctl.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN (1UL << 0)
#define PR_GET_MDWE 66
#endif
#endif
