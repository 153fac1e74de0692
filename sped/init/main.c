/* init/main.c - see init.h. A step that fails is told to the keeper; nothing has run then. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spe/msg.h"
#include "spe/weak.h"
#include "sped/base/confine.h"
#include "sped/init/init.h"

static int fail(int r, uint32_t step)
{
	reap_report(END_SETUP, -r, step);
	return 1;
}

struct first {
	const struct job *j;
	int failed;
};

static int begin_job(void *arg)
{
	const struct first *f = arg;

	signal(SIGPIPE, SIG_DFL);
	setup_run(f->j, f->failed);
}

/* As vfork(2): in our memory until the command is in its own, so that nothing is copied for it. The stack holds what
 * execvpe(3) puts there for a script without #!: its words once more. */
static pid_t begin(struct first *f)
{
	static char stack[SPE_ARGV_MAX * sizeof(char *) + 65536] __attribute__((aligned(16)));

	pid_t pid = clone(begin_job, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, f);

	/* before Linux 6.3 nobody shares memory with a process of another time namespace: there it is copied */
	return pid < 0 && errno == EINVAL ? clone(begin_job, stack + sizeof(stack), CLONE_VFORK | SIGCHLD, f) : pid;
}

int main(int argc, char **argv, char **env)
{
	struct job j = { .bundle = -1 };
	struct first f = { .j = &j };
	int r = confine_rlimits(), failed[2];
	uint32_t step;
	pid_t pid;

	umask(0077);
	DEFENCE(dumpable, prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	if (r == 0)
		r = setup_read(&j);
	if (r < 0)
		return fail(r, INIT_TICKET);
	if (j.bundle >= 0 && (r = setup_unpack(j.bundle, env)) < 0)
		return fail(r, INIT_UNPACK);
	close(j.bundle);
	close(INIT_CODE);
	close(INIT_UNPACKER);
	close(TASK_SOCKET);
	if ((r = setup_confine(&j, &step)) < 0)
		return fail(r, step);
	if (pipe2(failed, O_CLOEXEC) < 0)
		return fail(-errno, INIT_FORK);
	f.failed = failed[1];
	pid = begin(&f);
	close(failed[1]);
	return pid < 0 ? fail(-errno, INIT_FORK) : reap_wait(pid, failed[0]) < 0;
}
