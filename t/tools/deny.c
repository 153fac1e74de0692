/* tools/deny.c - t-deny CALL[,ARG,MASK,VALUE] ERRNO COMMAND...: run a command whose system call CALL (where argument ARG and
 * MASK are VALUE) fails with ERRNO, here and in all that it begins: what a defence does that the kernel refuses. */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int errno_of(const char *name)
{
	int e;

	for (e = 1; e < 134; e++)
		if (strerrorname_np(e) && strcmp(strerrorname_np(e), name) == 0)
			return e;
	return 0;
}

static int add(scmp_filter_ctx ctx, char *what, uint32_t action)
{
	char *arg = strchr(what, ','), *mask = arg ? strchr(arg + 1, ',') : NULL, *value = mask ? strchr(mask + 1, ',') : NULL;
	int nr;

	if (arg)
		*arg = '\0';
	nr = seccomp_syscall_resolve_name(what);
	if (nr == __NR_SCMP_ERROR || (arg && !value))
		return -EINVAL;
	if (!value)
		return seccomp_rule_add(ctx, action, nr, 0);
	return seccomp_rule_add(ctx, action, nr, 1, SCMP_CMP((unsigned)strtoul(arg + 1, NULL, 0), SCMP_CMP_MASKED_EQ,
		strtoull(mask + 1, NULL, 0), strtoull(value + 1, NULL, 0)));
}

int main(int argc, char **argv)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int error = argc > 3 ? errno_of(argv[2]) : 0;

	/* no_new_privs is one of the things to deny */
	if (!ctx || error == 0 || seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0) < 0 ||
	    add(ctx, argv[1], SCMP_ACT_ERRNO((uint16_t)error)) < 0 || seccomp_load(ctx) < 0) {
		fputs("usage: t-deny CALL[,ARG,MASK,VALUE] ERRNO COMMAND...\n", stderr);
		return 2;
	}
	seccomp_release(ctx);
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
