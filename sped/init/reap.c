/* init/reap.c - see init.h. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spe/msg.h"
#include "spe/weak.h"
#include "sped/init/init.h"

void reap_report(uint32_t end, int value, uint32_t step)
{
	const struct init_report n = { end, value, step };

	if (write(INIT_REPORT, &n, sizeof(n)) != sizeof(n)) /* a message as well, and no profile forbids it */
		_exit(1); /* the keeper is gone, and with it we */
}

int reap_wait(pid_t job, int failed)
{
	int status = 0, got = 0, error = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &got, 0)) != job)
		if (pid < 0 && errno != EINTR)
			return -errno;
	status = got;
	DEFENCE(reap, kill(-1, SIGKILL));
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	if (read(failed, &error, sizeof(error)) == sizeof(error))
		reap_report(END_NOEXEC, -error, 0);
	else if (WIFSIGNALED(status))
		reap_report(END_SIGNAL, WTERMSIG(status), 0);
	else
		reap_report(END_EXIT, WEXITSTATUS(status), 0);
	return 0;
}
