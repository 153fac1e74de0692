/* t/tools/older.c - what makes of spe-filter one of a kernel before Linux 6.3, which can't keep memory from being written and
 * executed by itself: linked to it with --wrap=prctl, for t/0340-profiles.t. Nothing is installed. */
#include <errno.h>
#include <stdarg.h>
#include <sys/prctl.h>

#include "spe/mdwe.h"

int __real_prctl(int op, ...);
int __wrap_prctl(int op, ...);

int __wrap_prctl(int op, ...)
{
	unsigned long a[4];
	va_list ap;
	int i;

	va_start(ap, op);
	for (i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (op != PR_GET_MDWE)
		return __real_prctl(op, a[0], a[1], a[2], a[3]);
	errno = EINVAL;
	return -1;
}
