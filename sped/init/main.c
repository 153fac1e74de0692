/* init/main.c - see init.h. A step that fails is told to the keeper; nothing has run then. */
#include <errno.h>
#include <fcntl.h>
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

int main(int argc, char **argv, char **env)
{
	struct job j = { .bundle = -1 };
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
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		setup_run(&j, failed[1]);
	}
	close(failed[1]);
	return pid < 0 ? fail(-errno, INIT_FORK) : reap_wait(pid, failed[0]) < 0;
}
