/* t/tools/loose.c - what makes of spe-init one that loads another filter than its profile's: linked to it with
 * --wrap=syscall, so that t/0345-attest.t has a job whose filter is not what it should be. Nothing is installed. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
	static struct sock_filter all[] = { { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW } };
	static const struct sock_fprog loose = { 1, all };
	long a[6];
	va_list ap;
	int i;

	va_start(ap, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_seccomp)
		return __real_syscall(number, a[0], a[1], &loose);
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
